// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the packets of a TCP connection make of its flow: how long it may be silent after each, and
 * that it translates whatever comes (RFC 5382 REQ-2 and REQ-5, RFC 7857 section 2).
 */
#include <netinet/in.h>
#include <string.h>

#include "dialogue.h"
#include "tables.h"

#define SERVERS 0x100 /* a step that the server takes, not the client */
#define END (-1)
#define STEPS 12

enum lasts {
	LASTS_TRANSITORY = 240,
	LASTS_ESTABLISHED = 7440,
};

struct step {
	int who_and_flags;
	enum lasts then;
};

static const struct census one_flow = {
	.flows = 2,
	.binding = 1,
	.clients = 1,
	.places = 1,
	.state = 1,
};

static void set_timeouts(struct prog_run *r)
{
	r->cfg->timeout[NATLOOP_TIMEOUT_UDP] = 1;
	r->cfg->timeout[NATLOOP_TIMEOUT_TCP_ESTABLISHED] = TICKS(LASTS_ESTABLISHED);
	r->cfg->timeout[NATLOOP_TIMEOUT_TCP_TRANSITORY] = TICKS(LASTS_TRANSITORY);
}

/* Would the sweep find the flow of @d timed out after @seconds of silence? Changes nothing. */
static bool times_out(struct prog_run *r, const struct dialogue *d, unsigned int seconds)
{
	struct frame f[2] = { client_says(d), server_says(d) };
	struct natloop_flow before[2] = {};
	bool idle = true;

	for (int i = 0; i < 2; i++) {
		CHECK(tables_flow(r, &f[i], &before[i]), "%s: there is no flow", r->label);
		tables_age_seen(r, &f[i], TICKS(seconds));
	}
	prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	for (int i = 0; i < 2; i++) {
		const struct natloop_pair *pair = tables_pair(r, &f[i]);

		CHECK(pair, "%s: the flow has gone", r->label);
		idle &= pair->life == NATLOOP_IDLE;
		tables_put_flow(r, &f[i], &before[i]);
	}
	return idle;
}

static void expect_lasts(struct prog_run *r, const struct dialogue *d, enum lasts seconds)
{
	CHECK(!times_out(r, d, seconds - 5), "%s: times out before %u s", r->label, seconds);
	CHECK(times_out(r, d, seconds + 5), "%s: lasts longer than %u s", r->label, seconds);
}

static void take(struct prog_run *r, const struct dialogue *d, int who_and_flags, bool first)
{
	bool servers = who_and_flags & SERVERS;
	struct frame in = servers ? server_says(d) : client_says(d), out;

	in.flags = who_and_flags & 0xff;
	out = servers ? client_hears(d, &in) : server_hears(d, &in);
	expect_sent(r, &in, &out,
		    first   ? NATLOOP_NEW_FLOW :
		    servers ? NATLOOP_TO_CLIENT :
			      NATLOOP_TO_SERVER);
}

/* Every packet is carried, with the port of the first, and the flow lasts as each step says. */
static void walk(struct prog_run *r, const struct dialogue *d, const char *what,
		 const struct step *steps)
{
	for (int i = 0; steps[i].who_and_flags != END; i++) {
		prog_run_label(r, "%s, step %d", what, i);
		take(r, d, steps[i].who_and_flags, !i);
		expect_lasts(r, d, steps[i].then);
	}
	tables_expect(r, &one_flow);
	tables_clear(r);
}

#define C(flags, lasts)                                                                            \
	{                                                                                          \
		(flags), LASTS_##lasts                                                             \
	}
#define S(flags, lasts)                                                                            \
	{                                                                                          \
		SERVERS | (flags), LASTS_##lasts                                                   \
	}
#define OPEN C(SYN, TRANSITORY), S(SYN | ACK, TRANSITORY), C(ACK, ESTABLISHED), S(ACK, ESTABLISHED)
#define STOP                                                                                       \
	{                                                                                          \
		END, 0                                                                             \
	}

struct conversation {
	const char *what;
	struct step steps[STEPS];
};

static void walk_all(struct prog_run *r, const struct conversation *c, size_t count)
{
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	set_timeouts(r);
	for (size_t i = 0; i < count; i++)
		walk(r, &d, c[i].what, c[i].steps);
}

#define WALK(r, conversations)                                                                     \
	walk_all(r, conversations, sizeof(conversations) / sizeof((conversations)[0]))

static void rfc5382_req2_req5_opening(void **state)
{
	static const struct conversation ways[] = {
		{ "three-way handshake", { OPEN, STOP } },
		{ "SYN sent again",
		  { C(SYN, TRANSITORY), C(SYN, TRANSITORY), C(SYN, TRANSITORY),
		    S(SYN | ACK, TRANSITORY), S(SYN | ACK, TRANSITORY), C(ACK, ESTABLISHED),
		    STOP } },
		{ "SYN with ECN set-up",
		  { C(SYN | 0xc0, TRANSITORY), S(SYN | ACK | 0x40, TRANSITORY), C(ACK, ESTABLISHED),
		    STOP } },
		{ "an old SYN comes late",
		  { OPEN, C(SYN, TRANSITORY), S(ACK, TRANSITORY), C(ACK, ESTABLISHED), STOP } },
		{ "refused", { C(SYN, TRANSITORY), S(RST | ACK, TRANSITORY), STOP } },
		{ "refused, and tried again",
		  { C(SYN, TRANSITORY), S(RST | ACK, TRANSITORY), C(SYN, TRANSITORY),
		    S(SYN | ACK, TRANSITORY), C(ACK, ESTABLISHED), STOP } },
	};

	WALK(*state, ways);
}

static void rfc5382_req2a_simultaneous_open(void **state)
{
	static const struct conversation ways[] = {
		{ "SYNs cross, both answer with SYN ACK",
		  { C(SYN, TRANSITORY), S(SYN, TRANSITORY), C(SYN | ACK, TRANSITORY),
		    S(SYN | ACK, ESTABLISHED), STOP } },
		{ "SYNs cross, the server's SYN ACK first",
		  { C(SYN, TRANSITORY), S(SYN, TRANSITORY), S(SYN | ACK, TRANSITORY),
		    C(SYN | ACK, ESTABLISHED), C(ACK, ESTABLISHED), STOP } },
		{ "SYNs cross, answered by ACK",
		  { C(SYN, TRANSITORY), S(SYN, TRANSITORY), C(ACK, TRANSITORY), S(ACK, ESTABLISHED),
		    STOP } },
	};

	WALK(*state, ways);
}

static void rfc7857_s2_half_closed_is_established(void **state)
{
	static const struct conversation ways[] = {
		{ "by the client",
		  { OPEN, C(FIN | ACK, ESTABLISHED), S(ACK, ESTABLISHED), S(PSH | ACK, ESTABLISHED),
		    C(ACK, ESTABLISHED), STOP } },
		{ "by the server",
		  { OPEN, S(FIN | ACK, ESTABLISHED), C(ACK, ESTABLISHED), C(PSH | ACK, ESTABLISHED),
		    S(ACK, ESTABLISHED), STOP } },
		{ "FIN sent again",
		  { OPEN, C(FIN | ACK, ESTABLISHED), C(FIN | ACK, ESTABLISHED), S(ACK, ESTABLISHED),
		    STOP } },
	};

	WALK(*state, ways);
}

static void rfc7857_s2_closed_by_both_is_transitory(void **state)
{
	static const struct conversation ways[] = {
		{ "the client first",
		  { OPEN, C(FIN | ACK, ESTABLISHED), S(FIN | ACK, TRANSITORY), C(ACK, TRANSITORY),
		    S(FIN | ACK, TRANSITORY), C(ACK, TRANSITORY), STOP } },
		{ "the server first",
		  { OPEN, S(FIN | ACK, ESTABLISHED), C(ACK, ESTABLISHED), C(FIN | ACK, TRANSITORY),
		    S(ACK, TRANSITORY), STOP } },
		{ "at once",
		  { OPEN, C(FIN | ACK, ESTABLISHED), S(FIN | ACK, TRANSITORY), S(ACK, TRANSITORY),
		    C(ACK, TRANSITORY), STOP } },
		{ "before a byte was sent",
		  { C(SYN, TRANSITORY), S(SYN | ACK, TRANSITORY), C(FIN | ACK, ESTABLISHED),
		    S(FIN | ACK, TRANSITORY), C(ACK, TRANSITORY), STOP } },
	};

	WALK(*state, ways);
}

/* The four minutes after a RST are there for those who did not believe it. */
static void rfc7857_s2_2_rst_stays_four_minutes(void **state)
{
	static const struct conversation ways[] = {
		{ "the client's", { OPEN, C(RST, TRANSITORY), S(ACK, TRANSITORY), STOP } },
		{ "the server's", { OPEN, S(RST | ACK, TRANSITORY), C(ACK, TRANSITORY), STOP } },
		{ "the client goes on: it was not its own",
		  { OPEN, C(RST, TRANSITORY), S(ACK, TRANSITORY), C(ACK, ESTABLISHED), STOP } },
		{ "the server goes on: it was not its own",
		  { OPEN, S(RST, TRANSITORY), C(ACK, TRANSITORY), S(ACK, ESTABLISHED), STOP } },
		{ "both",
		  { OPEN, C(RST, TRANSITORY), S(RST, TRANSITORY), S(ACK, TRANSITORY),
		    C(ACK, ESTABLISHED), STOP } },
		{ "after the FINs",
		  { OPEN, C(FIN | ACK, ESTABLISHED), S(FIN | ACK, TRANSITORY), S(RST, TRANSITORY),
		    STOP } },
	};

	WALK(*state, ways);
}

/* No combination ends a flow at once, or makes it shorter than REQ-5 allows. */
static void rfc5382_req5_whatever_flags_come(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	set_timeouts(r);
	for (int who = 0; who <= SERVERS; who += SERVERS) {
		for (int flags = 0; flags < 64; flags++) {
			prog_run_label(r, "%s, flags %#x", who ? "server" : "client", flags);
			take(r, &d, SYN, true);
			take(r, &d, SERVERS | SYN | ACK, false);
			take(r, &d, ACK, false);
			take(r, &d, who | flags, false);
			CHECK(!times_out(r, &d, LASTS_TRANSITORY - 5), "%s: too short", r->label);
			if (flags & RST)
				expect_lasts(r, &d, LASTS_TRANSITORY);
			/* Both go on: it is a connection again, unless both ended it. */
			take(r, &d, ACK, false);
			take(r, &d, SERVERS | ACK, false);
			expect_lasts(r, &d, LASTS_ESTABLISHED);
			tables_clear(r);
		}
	}
}

/* RFC 9293 3.6.1, RFC 5382 REQ-2: a SYN may come while the old connection is still closing. */
static void rfc5382_req2_port_used_again_at_once(void **state)
{
	static const struct conversation ways[] = {
		{ "after FINs",
		  { OPEN, C(FIN | ACK, ESTABLISHED), S(FIN | ACK, TRANSITORY), C(ACK, TRANSITORY),
		    C(SYN, TRANSITORY), S(SYN | ACK, TRANSITORY), C(ACK, ESTABLISHED), STOP } },
		{ "after a RST",
		  { OPEN, C(RST, TRANSITORY), C(SYN, TRANSITORY), S(SYN | ACK, TRANSITORY),
		    C(ACK, ESTABLISHED), STOP } },
		{ "after the server's RST",
		  { OPEN, S(RST, TRANSITORY), C(SYN, TRANSITORY), S(SYN | ACK, TRANSITORY),
		    C(ACK, ESTABLISHED), STOP } },
		{ "half closed",
		  { OPEN, S(FIN | ACK, ESTABLISHED), C(SYN, TRANSITORY), S(SYN | ACK, TRANSITORY),
		    C(ACK, ESTABLISHED), STOP } },
	};

	WALK(*state, ways);
}

/* The SNAT port is not given to another client while the four minutes after the FINs run. */
static void rfc5382_req5_the_mapping_outlives_fin(void **state)
{
	struct prog_run *r = *state;
	struct dialogue taker = dialogue_with(IPPROTO_TCP), d = taker, other = taker;

	set_timeouts(r);
	taker.client = CLIENT2;
	prog_run_label(r, "own port taken");
	dialogue_open(r, &taker);
	dialogue_open_moved(r, &d);
	take(r, &d, SERVERS | SYN | ACK, false);
	take(r, &d, FIN | ACK, false);
	take(r, &d, SERVERS | FIN | ACK, false);
	take(r, &d, ACK, false);
	CHECK(!times_out(r, &d, LASTS_TRANSITORY - 5), "%s: times out early", r->label);
	other.client = CLIENT_ETH2;
	other.port = d.snat_port;
	dialogue_open_moved(r, &other);
	CHECK(other.snat_port != d.snat_port, "%s: two have port %u", r->label, d.snat_port);
	take(r, &d, SERVERS | ACK, false);
	/* The same tuple again, and another destination of the same socket: the same port. */
	take(r, &d, SYN, false);
	d.dialled = d.server_port = 21115;
	dialogue_open(r, &d);
}

/* After a restart without state: the connection goes on, but not by what the server alone says. */
static void mid_stream_pick_up(void **state)
{
	static const struct conversation ways[] = {
		{ "by an ACK", { C(ACK, TRANSITORY), S(ACK, ESTABLISHED), STOP } },
		{ "by data", { C(PSH | ACK, TRANSITORY), S(PSH | ACK, ESTABLISHED), STOP } },
		{ "by a FIN",
		  { C(FIN | ACK, TRANSITORY), S(ACK, ESTABLISHED), S(FIN | ACK, TRANSITORY),
		    STOP } },
		{ "by a SYN ACK",
		  { C(SYN | ACK, TRANSITORY), S(ACK, ESTABLISHED), C(ACK, ESTABLISHED), STOP } },
	};
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct prog_run *r = *state;
	static const uint8_t flags[] = { SYN, SYN | ACK, ACK, PSH | ACK, FIN | ACK, RST };

	WALK(r, ways);
	for (size_t i = 0; i < sizeof(flags); i++) {
		struct frame in = server_says(&d);

		prog_run_label(r, "the server's, flags %#x", flags[i]);
		in.flags = flags[i];
		expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	}
	tables_expect(r, &(struct census){});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(rfc5382_req2_req5_opening),
		PROG_TEST_BOTH(rfc5382_req2a_simultaneous_open),
		PROG_TEST_BOTH(rfc7857_s2_half_closed_is_established),
		PROG_TEST_BOTH(rfc7857_s2_closed_by_both_is_transitory),
		PROG_TEST_BOTH(rfc7857_s2_2_rst_stays_four_minutes),
		PROG_TEST_BOTH(rfc5382_req5_whatever_flags_come),
		PROG_TEST_BOTH(rfc5382_req2_port_used_again_at_once),
		PROG_TEST_BOTH(rfc5382_req5_the_mapping_outlives_fin),
		PROG_TEST_BOTH(mid_stream_pick_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
