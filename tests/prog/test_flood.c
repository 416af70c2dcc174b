// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A flood ends no live flow: 1,000 flows, half of them silent for as long as they may be, and then
 * hostile packets of every kind, while the sweep runs and hostile flows come and go. What XDP
 * passes goes on to TC, as on an interface. NATLOOP_FLOOD_PACKETS=N in the environment: that many
 * packets for each hook; NATLOOP_SEED=N: the same packets again.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crowd.h"
#include "hostile.h"
#include "natloop_tc.skel.h"
#include "packet.h"
#include "table.h"
#include "tables.h"

#define PACKETS 100000 /* for each hook */
#define ROUNDS 50      /* at most, and a round has at least BATCH packets of each kind */
#define BATCH 1000
#define MAX_FLOWS 4096
#define CLIENT_FLOWS 1024
#define SWEEP_FLOWS 128	 /* that one turn looks at */
#define ELEMENT_MOST 256 /* bytes that an element of a map that grows may take */

static unsigned long long tally[HOSTILE_KINDS][NATLOOP_OUTCOME_COUNT];

static void make_world(struct prog_run *r)
{
	hostile_seed();
	hostile_lan(r->cfg);
	memset(tally, 0, sizeof(tally));
	r->cfg->max_flows = MAX_FLOWS;
	r->cfg->client_flows = CLIENT_FLOWS;
	r->cfg->timeout[NATLOOP_TIMEOUT_UDP] = TICKS(300);
	r->cfg->timeout[NATLOOP_TIMEOUT_TCP_ESTABLISHED] = TICKS(7440);
	r->cfg->timeout[NATLOOP_TIMEOUT_TCP_TRANSITORY] = TICKS(240);
}

/* One hostile packet; true if XDP left it to TC. */
static bool run_hostile(struct prog_run *r, enum hostile kind)
{
	static struct prog_result result;
	static struct wire in;
	int err;

	in.length = 0;
	hostile_write(kind, crowd_pick(!hostile_is_forged(kind)), &in);
	err = prog_run_uncounted(r, r->hook, &in, &result);
	CHECK(!err, "%s: the kernel did not run the program: %s", r->label, strerror(-err));
	if (result.verdict != verdict_kept(r->hook, NATLOOP_FATE_PASS))
		return false;
	CHECK(wire_equal(&in, &result.out), "%s: a packet that is passed on is changed", r->label);
	if (r->hook != NATLOOP_HOOK_XDP)
		return false;
	err = prog_run_uncounted(r, NATLOOP_HOOK_TC, &in, &result);
	CHECK(!err, "%s: the kernel did not run TC: %s", r->label, strerror(-err));
	return true;
}

static bool left_behind(enum natloop_outcome outcome)
{
	return outcome_fate(outcome) == NATLOOP_FATE_PASS ||
	       outcome_fate(outcome) == NATLOOP_FATE_DEFER;
}

/* What was counted between @before and now: every packet once at each hook that it came to. */
static void add_up(struct prog_run *r, enum hostile kind,
		   const struct natloop_counts before[NATLOOP_HOOK_COUNT], unsigned int packets,
		   unsigned int left_to_tc)
{
	unsigned long long expected[NATLOOP_HOOK_COUNT] = {}, sum[NATLOOP_HOOK_COUNT] = {};
	struct natloop_counts after[NATLOOP_HOOK_COUNT];

	expected[NATLOOP_HOOK_TC] = left_to_tc;
	expected[r->hook] = packets;
	prog_run_counts(r, after);
	for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++) {
			unsigned long long more =
				after[hook].outcome[i].packets - before[hook].outcome[i].packets;

			sum[hook] += more;
			/* What XDP passes on is counted again by TC. */
			if (hook == NATLOOP_HOOK_TC || !left_behind(i))
				tally[kind][i] += more;
			CHECK(!more || (i != NATLOOP_FAULT && i != NATLOOP_BUSY &&
					i != NATLOOP_DEFER_BUSY),
			      "%s: %llu packets %s", r->label, more, outcome_name(i));
		}
		CHECK(sum[hook] == expected[hook], "%s: %llu packets counted at hook %d, not %llu",
		      r->label, sum[hook], hook, expected[hook]);
	}
}

/* @packets of one kind, with a turn of the sweep for every BATCH; returns the nanoseconds. */
static unsigned long long flood(struct prog_run *r, enum hostile kind, unsigned int packets)
{
	struct natloop_counts before[NATLOOP_HOOK_COUNT];
	struct timespec start, end;
	unsigned int left_to_tc = 0;

	prog_run_label(r, "%s", hostile_what(kind));
	prog_run_counts(r, before);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned int i = 0; i < packets; i++) {
		left_to_tc += run_hostile(r, kind);
		if (i % BATCH == 0)
			prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	add_up(r, kind, before, packets, left_to_tc);
	return (end.tv_sec - start.tv_sec) * 1000000000ULL + end.tv_nsec - start.tv_nsec;
}

/* Hostile flows become older than any timeout: one in @share of them. */
static void hostile_flows_age(struct prog_run *r, unsigned int share)
{
	for (uint32_t i = 0; i < tables_state(r).fresh; i++) {
		struct natloop_pair *pair = &r->pairs[i];
		struct natloop_addr client = packet_addr_v4(pair->key[0].src);

		if (pair->life == NATLOOP_FREE || crowd_has(&client) || pair->id % share)
			continue;
		for (int d = 0; d < 2; d++)
			pair->flow[d].seen -= TICKS(8000);
	}
}

/* No map is larger than the limits say. */
static void expect_bounded(struct prog_run *r)
{
	struct census c = tables_census(r);

	CHECK(c.flows <= 2 * MAX_FLOWS && c.binding <= MAX_FLOWS && c.moved <= MAX_FLOWS &&
		      c.clients <= MAX_FLOWS && c.places <= MAX_FLOWS && c.state <= MAX_FLOWS,
	      "%s: the maps have flows %u binding %u moved %u clients %u places %u state %u",
	      r->label, c.flows, c.binding, c.moved, c.clients, c.places, c.state);
}

static void print_tables(const struct prog_run *r)
{
	struct bpf_map *map;

	print_message("  elements:");
	bpf_object__for_each_map (map, r->dp.tc_skel->obj) {
		struct table t = {};

		if (bpf_map__type(map) != BPF_MAP_TYPE_HASH)
			continue;
		t = table_read(r, bpf_map__name(map), bpf_map__key_size(map),
			       bpf_map__value_size(map));
		print_message(" %s %u", bpf_map__name(map), t.count);
		table_free(&t);
	}
	print_message("\n");
}

static void print_tally(const struct prog_run *r, unsigned long long packets, unsigned long long ns,
			unsigned long long memory)
{
	print_message(
		"%s: %llu hostile packets, %llu a second (one CPU, with this test's own work); "
		"maps %llu bytes, %llu before the flood\n",
		r->hook == NATLOOP_HOOK_XDP ? "XDP and TC behind it" : "TC", packets,
		packets * 1000000000ULL / (ns ? ns : 1), tables_charged(r), memory);
	print_tables(r);
	for (int kind = 0; kind < HOSTILE_KINDS; kind++) {
		print_message("  %s:", hostile_what(kind));
		for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++) {
			if (tally[kind][i])
				print_message(" %s %llu", outcome_name(i), tally[kind][i]);
		}
		print_message("\n");
	}
}

static unsigned int packets_of_a_round(void)
{
	const char *given = getenv("NATLOOP_FLOOD_PACKETS");
	unsigned long long all = given ? strtoull(given, NULL, 0) : PACKETS;
	unsigned long long each = all / ROUNDS / HOSTILE_KINDS;

	return each > BATCH ? each : BATCH;
}

static unsigned int rounds(unsigned int each)
{
	const char *given = getenv("NATLOOP_FLOOD_PACKETS");
	unsigned long long all = given ? strtoull(given, NULL, 0) : PACKETS;
	unsigned int n = (all + each * HOSTILE_KINDS - 1) / (each * HOSTILE_KINDS);

	return n > 1 ? n : 1;
}

/* Everything that timed out goes, and only that. */
static void sweep_out(struct prog_run *r)
{
	for (int i = 0; i < 3 * MAX_FLOWS / SWEEP_FLOWS; i++)
		prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	crowd_expect_alone(r);
}

static void new_flow_of_another_client(struct prog_run *r, uint8_t proto)
{
	struct dialogue d = dialogue_with(proto);

	/* The crowd may have got this port by chance. */
	d.port = 50000;
	dialogue_open_moved(r, &d);
	crowd_say(r, &d, true, SYN | ACK);
	crowd_speak(r, &d);
}

static void a_flood_ends_no_live_flow(void **state)
{
	struct prog_run *r = *state;
	unsigned int each = packets_of_a_round(), most = rounds(each);
	unsigned long long ns = 0, memory;

	make_world(r);
	crowd_open(r, CROWD_ALL);
	memory = tables_charged(r);
	for (unsigned int round = 0; round < most; round++) {
		for (int kind = 0; kind < HOSTILE_KINDS; kind++) {
			ns += flood(r, kind, each);
			for (int i = 0; i < 20; i++)
				crowd_speak(r, crowd_pick(false));
		}
		prog_run_label(r, "round %u", round);
		expect_bounded(r);
		crowd_expect_untouched(r);
		if (round % 10 == 0)
			tables_audit(r);
		if (round + 1 < most)
			hostile_flows_age(r, 2);
	}
	print_tally(r, (unsigned long long)each * most * HOSTILE_KINDS, ns, memory);
	CHECK(tables_charged(r) - memory < MAX_FLOWS * 2 * ELEMENT_MOST, "the maps have grown");
	hostile_flows_age(r, 1);
	prog_run_label(r, "after the flood");
	sweep_out(r);
	crowd_expect_untouched(r);
	crowd_speak_all(r);
	new_flow_of_another_client(r, IPPROTO_TCP);
	new_flow_of_another_client(r, IPPROTO_UDP);
}

/* --client-flows: what is left of the table is for the others, at once. */
static void one_client_cannot_take_the_table(void **state)
{
	struct prog_run *r = *state;

	make_world(r);
	crowd_open(r, CROWD_ALL);
	for (int i = 0; i < 4; i++)
		flood(r, i % 2 ? HOSTILE_UDP_ONE : HOSTILE_SYN_ONE, 4 * CLIENT_FLOWS);
	CHECK(tables_census(r).state == CROWD_FLOWS + CLIENT_FLOWS, "%u flows in all",
	      tables_census(r).state);
	new_flow_of_another_client(r, IPPROTO_TCP);
	new_flow_of_another_client(r, IPPROTO_UDP);
	crowd_expect_untouched(r);
	crowd_speak_all(r);
}

/* RFC 4787 REQ-14a: fragments that nobody waits for must not stop those that come in order. */
static void fragments_pass_in_a_flood_of_fragments(void **state)
{
	static const enum hostile kinds[] = { HOSTILE_LATER_FRAGMENT, HOSTILE_ODD_FRAGMENT,
					      HOSTILE_FIRST_FRAGMENT };
	struct prog_run *r = *state;

	make_world(r);
	crowd_open(r, CROWD_ALL);
	crowd_say_in_fragments(r);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		flood(r, kinds[i], 2 * BATCH);
		crowd_say_in_fragments(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(a_flood_ends_no_live_flow),
		PROG_TEST_BOTH(one_client_cannot_take_the_table),
		PROG_TEST_BOTH(fragments_pass_in_a_flood_of_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
