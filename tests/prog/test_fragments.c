// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fragments: RFC 4787 REQ-14, RFC 1858 and RFC 3128, RFC 7857 section 10. What was held comes in
 * again by the kernel's backlog, where BPF_PROG_RUN cannot see it: tests/netns and the conformance
 * suite look at that end.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "frame_icmp.h"
#include "tables.h"

#define MOST_DATAGRAMS (NATLOOP_FRAG_SETS * NATLOOP_FRAG_WAYS)

/* The fragment of @f at @offset, and how it must leave: of the translated packet, with @id. */
static void expect_piece(struct prog_run *r, const struct frame *in, const struct frame *out,
			 uint16_t offset, uint16_t length, enum natloop_outcome outcome)
{
	bool more = offset + length < frame_ip_payload(in);
	struct wire before = {}, after = {};

	frame_fragment_write(in, offset, length, more, &before);
	if (r->hook == NATLOOP_HOOK_XDP) {
		expect_kept_wire(r, &before, NATLOOP_DEFER_FRAGMENT);
		return;
	}
	frame_fragment_write(out, offset, length, more, &after);
	expect_sent_wire(r, &before, &after, outcome);
}

static void expect_kept_piece(struct prog_run *r, const struct frame *in, uint16_t offset,
			      uint16_t length, enum natloop_outcome outcome)
{
	struct wire w = {};

	frame_fragment_write(in, offset, length, offset + length < frame_ip_payload(in), &w);
	expect_kept_wire(r, &w, outcome);
}

/*
 * The first fragment. Nothing foretells the identification that the datagram gets: *@out gets the
 * one that it has, and all else is checked.
 */
static void expect_first(struct prog_run *r, const struct frame *in, struct frame *out,
			 uint16_t length, enum natloop_outcome outcome)
{
	struct wire before = {}, after = {};
	struct prog_result result = {};

	frame_fragment_write(in, 0, length, length < frame_ip_payload(in), &before);
	if (r->hook == NATLOOP_HOOK_XDP) {
		expect_kept_wire(r, &before, NATLOOP_DEFER_FRAGMENT);
		return;
	}
	prog_run(r, &before, &result);
	CHECK(result.outcome == outcome, "%s: outcome %s", r->label, outcome_name(result.outcome));
	assert_int_equal(result.verdict, TC_ACT_REDIRECT);
	out->id = result.out.byte[before.l3 + 4] << 8 | result.out.byte[before.l3 + 5];
	frame_fragment_write(out, 0, length, length < frame_ip_payload(in), &after);
	expect_packet(r, &before, &after, &result.out);
}

static struct frame large(const struct dialogue *d, bool client, uint16_t id, uint16_t payload)
{
	struct frame f = client ? client_says(d) : server_says(d);

	f.id = id;
	f.payload = payload;
	f.flags = ACK;
	return f;
}

static struct frame translated(const struct dialogue *d, bool client, const struct frame *in)
{
	return client ? server_hears(d, in) : client_hears(d, in);
}

static void in_order(void **state)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	struct prog_run *r = *state;

	for (int i = 0; i < 2 * 2 * 12; i++) {
		struct dialogue d = dialogue_with(protos[i % 2]);
		bool client = i & 2;
		struct frame in, out;
		uint16_t step = 8 * (3 + i), all;

		prog_run_label(r, "case %d", i);
		tables_clear(r);
		d.dialled = 9004;
		d.server_port = 7004;
		dialogue_open(r, &d);
		in = large(&d, client, 4000 + i, 1000 + 37 * i);
		in.ip_options = i % 11 * 4;
		in.no_check = d.proto == IPPROTO_UDP && i % 5 == 0;
		in.check_error = i % 7 ? 0 : 99;
		out = translated(&d, client, &in);
		all = frame_ip_payload(&in);
		expect_first(r, &in, &out, step, client ? NATLOOP_TO_SERVER : NATLOOP_TO_CLIENT);
		for (uint16_t at = step; at < all; at += step)
			expect_piece(r, &in, &out, at, step,
				     client ? NATLOOP_TO_SERVER : NATLOOP_TO_CLIENT);
		/* Complete, and so forgotten. */
		assert_int_equal(tables_datagrams(r), 0);
	}
}

/* A datagram of many fragments may be the first that a client sends. */
static void a_fragment_opens_a_flow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = large(&d, true, 77, 300), out = translated(&d, true, &in);

	expect_first(r, &in, &out, 104, NATLOOP_NEW_FLOW);
	expect_piece(r, &in, &out, 104, 104, NATLOOP_TO_SERVER);
	expect_piece(r, &in, &out, 208, 104, NATLOOP_TO_SERVER);
}

/* RFC 6864: two datagrams of one identification by two hosts must not become one. */
static void identifications_differ(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d[2] = { dialogue_with(IPPROTO_UDP), dialogue_with(IPPROTO_UDP) };
	struct frame in[2], out[2];

	d[1].client = CLIENT2;
	d[1].port = d[1].snat_port = 40001;
	for (int i = 0; i < 2; i++) {
		dialogue_open(r, &d[i]);
		in[i] = large(&d[i], true, 1234, 200);
	}
	for (int i = 0; i < 2; i++) {
		out[i] = translated(&d[i], true, &in[i]);
		expect_first(r, &in[i], &out[i], 104, NATLOOP_TO_SERVER);
	}
	assert_int_not_equal(out[0].id, out[1].id);
	for (int i = 0; i < 2; i++)
		expect_piece(r, &in[i], &out[i], 104, 104, NATLOOP_TO_SERVER);
}

/* What comes early is held; the first one leaves as if nothing had been in the way. */
static void the_first_comes_last(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = large(&d, true, 555, 1400), out;

	dialogue_open(r, &d);
	for (uint16_t at = 1200; at; at -= 200)
		expect_kept_piece(r, &in, at, 200, NATLOOP_FRAGMENT_HELD);
	out = translated(&d, true, &in);
	expect_first(r, &in, &out, 200, NATLOOP_TO_SERVER);
	/* None is held any more: each is known now. */
	expect_piece(r, &in, &out, 1000, 200, NATLOOP_TO_SERVER);
}

/* So does that of a datagram to the router itself. */
static void the_first_of_another_comes_last(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 22);

	in.payload = 600;
	expect_kept_piece(r, &in, 400, 208, NATLOOP_FRAGMENT_HELD);
	expect_kept_piece(r, &in, 200, 200, NATLOOP_FRAGMENT_HELD);
	expect_kept_piece(r, &in, 0, 200, NATLOOP_NOT_FORWARDED);
	expect_kept_piece(r, &in, 400, 208, NATLOOP_FRAGMENT);
}

static void what_overlaps_is_dropped(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = large(&d, true, 1, 1400), out;

	dialogue_open(r, &d);
	out = translated(&d, true, &in);
	expect_first(r, &in, &out, 400, NATLOOP_TO_SERVER);
	/* The same once more is no harm. */
	expect_kept_piece(r, &in, 0, 400, NATLOOP_FRAGMENT_OVERLAP);
	expect_kept_piece(r, &in, 200, 200, NATLOOP_FRAGMENT_OVERLAP);
	expect_piece(r, &in, &out, 400, 200, NATLOOP_TO_SERVER);
	/* Some of it again: the rest of the datagram is refused. */
	expect_kept_piece(r, &in, 200, 800, NATLOOP_FRAGMENT_OVERLAP);
	expect_kept_piece(r, &in, 600, 200, NATLOOP_FRAGMENT_REFUSED);
}

static void what_does_not_end_is_dropped(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = large(&d, true, 1, 1400), out, longer;

	dialogue_open(r, &d);
	out = translated(&d, true, &in);
	expect_first(r, &in, &out, 400, NATLOOP_TO_SERVER);
	expect_piece(r, &in, &out, 1200, 208, NATLOOP_TO_SERVER);
	longer = in;
	longer.payload = 5000;
	expect_kept_piece(r, &longer, 1408, 800, NATLOOP_FRAGMENT_ENDLESS);
	expect_kept_piece(r, &in, 400, 800, NATLOOP_FRAGMENT_REFUSED);
	/* More gaps than can be remembered. */
	in = large(&d, true, 2, 8000);
	out = translated(&d, true, &in);
	expect_first(r, &in, &out, 8, NATLOOP_TO_SERVER);
	for (uint16_t i = 1; i < NATLOOP_MAX_RANGES; i++)
		expect_piece(r, &in, &out, 24 * i, 8, NATLOOP_TO_SERVER);
	expect_kept_piece(r, &in, 24 * NATLOOP_MAX_RANGES, 8, NATLOOP_FRAGMENT_ENDLESS);
}

/* RFC 1858 3.2.1: a first fragment that hides the flags; to another port it is not our business. */
static void a_tiny_first_fragment(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 21116);

	in.payload = 600;
	for (int length = 8; length < 32; length += 8) {
		in.id = length;
		tables_clear(r);
		if (length < 20) {
			expect_kept_piece(r, &in, 0, length, NATLOOP_FRAGMENT_TINY);
			expect_kept_piece(r, &in, length, 200, NATLOOP_FRAGMENT_REFUSED);
		} else {
			struct frame out = frame_translated(&in, PUBLIC, 40000, SERVER, 21116);

			expect_first(r, &in, &out, length, NATLOOP_NEW_FLOW);
		}
		in.dport = 22;
		in.id++;
		expect_kept_piece(r, &in, 0, length, NATLOOP_NOT_FORWARDED);
		in.dport = 21116;
	}
}

/* Fragments of refused flows are not held for anybody. */
static void the_rest_of_what_was_refused(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);
	struct prog_result result = {};
	struct wire w = {};

	r->cfg->max_flows = 0;
	in.payload = 600;
	frame_fragment_write(&in, 0, 200, true, &w);
	prog_run(r, &w, &result);
	assert_int_equal(result.outcome, NATLOOP_TABLE_FULL);
	expect_kept_piece(r, &in, 200, 200, NATLOOP_FRAGMENT_REFUSED);
}

/* Of one datagram no more are held than a whole one can have; the others are the kernel's. */
static void holding_has_limits(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);

	in.payload = 8000;
	for (int i = 1; i <= NATLOOP_MAX_HOLDS + 5; i++)
		expect_kept_piece(r, &in, 8 * i, 8,
				  i <= NATLOOP_MAX_HOLDS ? NATLOOP_FRAGMENT_HELD :
							   NATLOOP_FRAGMENT_LIMIT);
	in.payload = NATLOOP_HELD_BYTES + 100;
	expect_kept_piece(r, &in, 24, (NATLOOP_HELD_BYTES - 14 - 20 + 8) & ~7,
			  NATLOOP_FRAGMENT_LIMIT);
	in.id++;
	expect_kept_piece(r, &in, 24, (NATLOOP_HELD_BYTES - 14 - 20) & ~7, NATLOOP_FRAGMENT_HELD);
}

/* However many come: the newest are held, in a room that does not grow. */
static void the_oldest_makes_room(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);

	in.payload = 8000;
	for (int i = 0; i < MOST_DATAGRAMS + 200; i++) {
		in.id = i;
		expect_kept_piece(r, &in, 400, 8, NATLOOP_FRAGMENT_HELD);
	}
	assert_true(tables_datagrams(r) <= MOST_DATAGRAMS);
}

/* Half a minute of ticks would be long to wait for. */
static void wait_ticks(unsigned int ticks)
{
	usleep((ticks << NATLOOP_TICK_SHIFT) / 1000);
}

/* What never became whole is not taken for its successor with the same identification. */
static void old_datagrams_are_over(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = large(&d, true, 9, 600), out;

	dialogue_open(r, &d);
	out = translated(&d, true, &in);
	expect_first(r, &in, &out, 200, NATLOOP_TO_SERVER);
	expect_kept_piece(r, &in, 0, 200, NATLOOP_FRAGMENT_OVERLAP);
	r->cfg->timeout[NATLOOP_TIMEOUT_FRAGMENT] = 1;
	wait_ticks(4);
	expect_first(r, &in, &out, 200, NATLOOP_TO_SERVER);
	assert_int_equal(tables_datagrams(r), 1);
}

/* However many stray fragments come, a datagram in order goes through between them. */
static void a_flood_does_no_harm(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame stray = frame_from(IPPROTO_UDP, CLIENT2, 1, PUBLIC, 21116);
	unsigned int lost = 0;

	dialogue_open(r, &d);
	stray.payload = 8000;
	for (int i = 0; i < 3000; i++) {
		struct frame in = large(&d, true, i, 600), out = translated(&d, true, &in);
		struct prog_result result = {};
		struct wire w = {};

		expect_first(r, &in, &out, 200, NATLOOP_TO_SERVER);
		/* A packet of the flood comes in between, each time another datagram. */
		stray.id = 5000 + i;
		frame_fragment_write(&stray, i % 2 ? 400 : 0, 8, true, &w);
		prog_run(r, &w, &result);
		memset(&w, 0, sizeof(w));
		frame_fragment_write(&in, 200, 200, true, &w);
		prog_run(r, &w, &result);
		lost += result.outcome != NATLOOP_TO_SERVER;
	}
	assert_int_equal(lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(in_order),
		PROG_TEST_TC(a_fragment_opens_a_flow),
		PROG_TEST_TC(identifications_differ),
		PROG_TEST_TC(the_first_comes_last),
		PROG_TEST_TC(the_first_of_another_comes_last),
		PROG_TEST_TC(what_overlaps_is_dropped),
		PROG_TEST_TC(what_does_not_end_is_dropped),
		PROG_TEST_TC(a_tiny_first_fragment),
		PROG_TEST_TC(the_rest_of_what_was_refused),
		PROG_TEST_TC(holding_has_limits),
		PROG_TEST_TC(the_oldest_makes_room),
		PROG_TEST_TC(old_datagrams_are_over),
		PROG_TEST_TC(a_flood_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
