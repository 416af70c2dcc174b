// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* natloop_ctl: how flows end, by time or by order. Each sweep is asked for, but for the timer's. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "dialogue.h"
#include "tables.h"

#define LONG 100000u /* ticks: half an hour */
#define SILENCE 1000u

static const struct census one_flow = {
	.flows = 2,
	.binding = 1,
	.clients = 1,
	.places = 1,
	.state = 1,
};
static const struct census no_flow;

static int sweep(struct prog_run *r)
{
	return prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
}

/* Both directions were silent for SILENCE ticks. */
static void be_silent(struct prog_run *r, const struct dialogue *d)
{
	struct frame out = client_says(d), back = server_says(d);

	tables_age_seen(r, &out, SILENCE);
	tables_age_seen(r, &back, SILENCE);
}

static uint32_t life(struct prog_run *r, const struct frame *f)
{
	const struct natloop_pair *pair = tables_pair(r, f);

	CHECK(pair, "%s: there is no flow", r->label);
	return pair->life;
}

static void expect_life(struct prog_run *r, const struct dialogue *d, uint32_t expected)
{
	struct frame out = client_says(d), back = server_says(d);

	CHECK(life(r, &out) == expected, "%s: life to the server is %u, not %u", r->label,
	      life(r, &out), expected);
	CHECK(life(r, &back) == expected, "%s: life to the client is %u, not %u", r->label,
	      life(r, &back), expected);
}

/* The flow of @d ends if it is silent for as long as @which says, and stays if not. */
static void expect_timeout(struct prog_run *r, const struct dialogue *d, enum natloop_timeout which)
{
	be_silent(r, d);
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		r->cfg->timeout[i] = i == (int)which ? SILENCE + 100 : 1;
	for (int i = 0; i < 5; i++)
		assert_int_equal(sweep(r), 1);
	expect_life(r, d, NATLOOP_LIVE);
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		r->cfg->timeout[i] = i == (int)which ? SILENCE - 1 : LONG;
	assert_int_equal(sweep(r), 1);
	expect_life(r, d, NATLOOP_IDLE);
	tables_expect(r, &one_flow);
	assert_int_equal(sweep(r), 1);
	tables_expect(r, &no_flow);
	assert_int_equal(sweep(r), 0);
}

static void udp_timeout(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	prog_run_label(r, "one way");
	dialogue_open(r, &d);
	expect_timeout(r, &d, NATLOOP_TIMEOUT_UDP);
	prog_run_label(r, "answered");
	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	expect_timeout(r, &d, NATLOOP_TIMEOUT_UDP);
}

static void tcp_timeouts(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	/* Flags in turn, the client's first, up to the entry that is -1. */
	static const struct {
		const char *what;
		int flags[8];
		enum natloop_timeout timeout;
	} cases[] = {
		{ "SYN", { SYN, -1 }, NATLOOP_TIMEOUT_TCP_TRANSITORY },
		{ "SYN ACK", { SYN, SYN | ACK, -1 }, NATLOOP_TIMEOUT_TCP_TRANSITORY },
		{ "open", { SYN, SYN | ACK, ACK, -1 }, NATLOOP_TIMEOUT_TCP_ESTABLISHED },
		{ "picked up", { ACK, ACK, -1 }, NATLOOP_TIMEOUT_TCP_ESTABLISHED },
		{ "picked up, one way", { ACK, -1 }, NATLOOP_TIMEOUT_TCP_TRANSITORY },
		{ "client's FIN, half closed",
		  { SYN, SYN | ACK, FIN | ACK, ACK, -1 },
		  NATLOOP_TIMEOUT_TCP_ESTABLISHED },
		{ "server's FIN, half closed",
		  { SYN, SYN | ACK, ACK, FIN | ACK, ACK, -1 },
		  NATLOOP_TIMEOUT_TCP_ESTABLISHED },
		{ "both FINs",
		  { SYN, SYN | ACK, FIN | ACK, FIN | ACK, ACK, -1 },
		  NATLOOP_TIMEOUT_TCP_TRANSITORY },
		{ "server's RST", { SYN, RST | ACK, -1 }, NATLOOP_TIMEOUT_TCP_TRANSITORY },
		{ "client's RST",
		  { SYN, SYN | ACK, ACK, ACK, RST, -1 },
		  NATLOOP_TIMEOUT_TCP_TRANSITORY },
		{ "forged RST of the client, who goes on",
		  { SYN, SYN | ACK, RST, ACK, ACK, -1 },
		  NATLOOP_TIMEOUT_TCP_ESTABLISHED },
		{ "forged RST of the server, who goes on",
		  { SYN, SYN | ACK, ACK, RST, ACK, ACK, -1 },
		  NATLOOP_TIMEOUT_TCP_ESTABLISHED },
		{ "port used again",
		  { SYN, SYN | ACK, FIN | ACK, FIN | ACK, SYN, SYN | ACK, ACK, -1 },
		  NATLOOP_TIMEOUT_TCP_ESTABLISHED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		prog_run_label(r, "%s", cases[i].what);
		for (int step = 0; cases[i].flags[step] >= 0; step++) {
			struct frame in = step % 2 ? server_says(&d) : client_says(&d);
			struct frame out = step % 2 ? client_hears(&d, &in) : server_hears(&d, &in);

			in.flags = out.flags = cases[i].flags[step];
			expect_sent(r, &in, &out,
				    !step    ? NATLOOP_NEW_FLOW :
				    step % 2 ? NATLOOP_TO_CLIENT :
					       NATLOOP_TO_SERVER);
		}
		expect_timeout(r, &d, cases[i].timeout);
	}
}

static void one_direction_that_speaks_is_enough(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame silent[2];

	r->cfg->timeout[NATLOOP_TIMEOUT_UDP] = SILENCE - 1;
	dialogue_open(r, &d);
	silent[0] = client_says(&d);
	silent[1] = server_says(&d);
	for (int i = 0; i < 2; i++) {
		struct natloop_flow before = {};

		prog_run_label(r, "silent: %s", i ? "server" : "client");
		assert_true(tables_flow(r, &silent[i], &before));
		tables_age_seen(r, &silent[i], SILENCE);
		for (int turn = 0; turn < 4; turn++)
			assert_int_equal(sweep(r), 1);
		expect_life(r, &d, NATLOOP_LIVE);
		tables_put_flow(r, &silent[i], &before);
	}
	tables_expect(r, &one_flow);
}

static void an_idle_flow_lives_again_by_a_packet(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	r->cfg->timeout[NATLOOP_TIMEOUT_UDP] = SILENCE - 1;
	dialogue_open(r, &d);
	for (int i = 0; i < 6; i++) {
		prog_run_label(r, "case %d", i);
		be_silent(r, &d);
		assert_int_equal(sweep(r), 1);
		expect_life(r, &d, NATLOOP_IDLE);
		if (i % 3 != 1)
			dialogue_to_server(r, &d);
		if (i % 3 != 0)
			dialogue_to_client(r, &d);
		for (int turn = 0; turn < 4; turn++)
			assert_int_equal(sweep(r), 1);
		expect_life(r, &d, NATLOOP_LIVE);
		tables_expect(r, &one_flow);
	}
}

/* What natloop does not carry is no sign of life. */
static void an_expired_ttl_keeps_no_flow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d);

	r->cfg->timeout[NATLOOP_TIMEOUT_UDP] = SILENCE - 1;
	dialogue_open(r, &d);
	be_silent(r, &d);
	assert_int_equal(sweep(r), 1);
	in.ttl = 1;
	expect_answered(r, &in, NATLOOP_TTL_EXPIRED, 0);
	for (int turn = 0; turn < 3; turn++)
		sweep(r);
	tables_expect(r, &no_flow);
}

static uint32_t flow_id(struct prog_run *r, const struct frame *f)
{
	const struct natloop_pair *pair = tables_pair(r, f);

	CHECK(pair, "%s: there is no flow", r->label);
	return pair->id;
}

static void a_killed_flow_is_used_by_nobody(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < 4; i++) {
		struct dialogue d = dialogue_with(i & 1 ? IPPROTO_UDP : IPPROTO_TCP);
		struct frame out = client_says(&d), back = server_says(&d);
		struct natloop_tuple key = tables_key(&out);
		enum natloop_outcome busy =
			r->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_BUSY : NATLOOP_BUSY;

		prog_run_label(r, "proto %u, idle %d", d.proto, i & 2);
		dialogue_open(r, &d);
		if (i & 2) {
			be_silent(r, &d);
			for (int t = 0; t < NATLOOP_TIMEOUT_COUNT; t++)
				r->cfg->timeout[t] = 1;
			assert_int_equal(sweep(r), 1);
			expect_life(r, &d, NATLOOP_IDLE);
		}
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, flow_id(r, &out)), 1);
		tables_expect(r, &one_flow);
		for (int turn = 0; turn < 2; turn++) {
			expect_kept(r, &out, busy);
			expect_kept(r, &back, busy);
			assert_int_equal(sweep(r), 1);
		}
		tables_expect(r, &no_flow);
		expect_kept(r, &back, NATLOOP_NOT_FORWARDED);
		dialogue_open(r, &d);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, flow_id(r, &out)), 1);
		for (int turn = 0; turn < 2; turn++)
			sweep(r);
	}
	tables_expect(r, &no_flow);
}

static void kill_names_one_flow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame out = client_says(&d), back = server_says(&d), other = out;
	struct natloop_tuple key, reverse = tables_key(&back), unknown;
	uint32_t id;

	dialogue_open(r, &d);
	key = tables_key(&out);
	id = flow_id(r, &out);
	other.sport++;
	unknown = tables_key(&other);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, id + 1), 0);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &reverse, id), 0);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &unknown, id), 0);
	expect_life(r, &d, NATLOOP_LIVE);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, id), 1);
	expect_life(r, &d, NATLOOP_KILLED);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, id), 0);
	assert_int_equal(sweep(r), 1);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, id), 0);
	assert_int_equal(sweep(r), 1);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, id), 0);
	assert_int_equal(prog_run_ctl(r, 99, NULL, 0), -EINVAL);
	tables_expect(r, &no_flow);
}

/* As the controller ends flows, without waiting for the sweep. */
static void remove_ends_what_was_killed(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame out = client_says(&d), back = server_says(&d);
	struct natloop_tuple key = tables_key(&out), reverse = tables_key(&back);

	for (int swept = 0; swept < 2; swept++) {
		uint32_t id;

		dialogue_open(r, &d);
		id = flow_id(r, &out);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_REMOVE, &key, id), 0);
		expect_life(r, &d, NATLOOP_LIVE);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, id), 1);
		if (swept)
			sweep(r);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_REMOVE, &key, id + 1), 0);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_REMOVE, &reverse, id), 0);
		tables_expect(r, &one_flow);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_REMOVE, &key, id), 1);
		tables_expect(r, &no_flow);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_REMOVE, &key, id), 0);
		tables_audit(r);
	}
}

/* A flow that was removed leaves its place to the next one, another flow does not get it. */
static void places_are_used_again(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP), other = dialogue_with(IPPROTO_TCP);

	dialogue_open(r, &other);
	for (int i = 0; i < 50; i++) {
		struct frame out;
		struct natloop_tuple key;

		d.port = d.snat_port = 30000 + i;
		out = client_says(&d);
		key = tables_key(&out);
		dialogue_open(r, &d);
		dialogue_to_client(r, &d);
		assert_int_equal(tables_state(r).fresh, 2);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, flow_id(r, &out)), 1);
		assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_REMOVE, &key, flow_id(r, &out)), 1);
		dialogue_to_client(r, &other);
	}
}

/* The timer, started twice, does it without being asked: at the latest after two seconds. */
static void the_timer_sweeps(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct census now = one_flow;

	dialogue_open(r, &d);
	be_silent(r, &d);
	r->cfg->timeout[NATLOOP_TIMEOUT_UDP] = SILENCE - 1;
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_START, NULL, 0), 0);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_START, NULL, 0), 0);
	for (int i = 0; i < 50 && now.state; i++) {
		usleep(100000);
		now = tables_census(r);
	}
	tables_expect(r, &no_flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(udp_timeout),
		PROG_TEST_BOTH(tcp_timeouts),
		PROG_TEST_BOTH(one_direction_that_speaks_is_enough),
		PROG_TEST_BOTH(an_idle_flow_lives_again_by_a_packet),
		PROG_TEST_BOTH(an_expired_ttl_keeps_no_flow),
		PROG_TEST_BOTH(a_killed_flow_is_used_by_nobody),
		PROG_TEST_TC(kill_names_one_flow),
		PROG_TEST_TC(remove_ends_what_was_killed),
		PROG_TEST_BOTH(places_are_used_again),
		PROG_TEST_TC(the_timer_sweeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
