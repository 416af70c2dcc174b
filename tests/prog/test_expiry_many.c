// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The sweep with more flows than it looks at in one turn. */
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <unistd.h>

#include "dialogue.h"
#include "tables.h"

#define BATCH 128 /* flows that one turn looks at */
#define FLOWS 10000
#define TICK_US 16778

static int sweep(struct prog_run *r)
{
	return prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
}

static unsigned int flows(const struct prog_run *r)
{
	struct natloop_state state = {};
	uint32_t key = 0;

	assert_int_equal(bpf_map_lookup_elem(prog_run_map(r, "natloop_state"), &key, &state), 0);
	return state.flows;
}

static void open_many(struct prog_run *r, int count)
{
	struct prog_result result = {};
	struct wire w = {};

	for (int i = 0; i < count; i++) {
		struct dialogue d = dialogue_with(i % 2 ? IPPROTO_UDP : IPPROTO_TCP);
		struct frame in;

		/* Every third port is asked for by two clients. */
		d.client = i % 3 ? CLIENT : CLIENT2;
		d.port = 2000 + (i - i % 3) + (i % 3 ? i % 3 - 1 : 0);
		in = client_says(&d);
		frame_write(&in, &w);
		prog_run(r, &w, &result);
		CHECK(result.outcome == NATLOOP_NEW_FLOW, "flow %d: %s", i,
		      outcome_name(result.outcome));
	}
}

static void unlimited(struct prog_run *r)
{
	r->cfg->max_flows = r->cfg->client_flows = 16384;
}

/* Sweeps until nothing is left; returns the turns. Each looks at as many as it says. */
static int sweep_all(struct prog_run *r)
{
	int turns = 0;

	for (unsigned int left = flows(r); left; left = flows(r), turns++) {
		unsigned int most = left < BATCH ? left : BATCH;

		CHECK(turns < 4 * FLOWS / BATCH, "%u flows are left after %d turns", left, turns);
		assert_int_equal(sweep(r), most);
	}
	return turns;
}

static void a_turn_looks_at_each_flow_once(void **state)
{
	struct prog_run *r = *state;
	static const int counts[] = { 1, 5, 127, 128 };

	unlimited(r);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		open_many(r, counts[i]);
		tables_audit(r);
		assert_int_equal(sweep(r), counts[i]);
		tables_audit(r);
		for (int t = 0; t < NATLOOP_TIMEOUT_COUNT; t++)
			r->cfg->timeout[t] = 0;
		usleep(2 * TICK_US);
		assert_int_equal(sweep(r), counts[i]);
		assert_int_equal(flows(r), counts[i]);
		assert_int_equal(sweep(r), counts[i]);
		assert_int_equal(flows(r), 0);
		world_configure(r->cfg, r->ifindex);
		unlimited(r);
	}
	tables_expect(r, &(struct census){});
}

static void nothing_is_left_of_ten_thousand_flows(void **state)
{
	struct prog_run *r = *state;
	int turns = (FLOWS + BATCH - 1) / BATCH;

	unlimited(r);
	for (int round = 0; round < 3; round++) {
		open_many(r, FLOWS);
		assert_int_equal(flows(r), FLOWS);
		for (int t = 0; t < NATLOOP_TIMEOUT_COUNT; t++)
			r->cfg->timeout[t] = 0;
		usleep(2 * TICK_US);
		/* In the queue's order: none goes before all have been looked at once. */
		for (int turn = 0; turn < turns; turn++) {
			CHECK(flows(r) == FLOWS, "a flow went in turn %d", turn);
			sweep(r);
		}
		assert_int_equal(flows(r), 2 * FLOWS - turns * BATCH);
		assert_in_range(sweep_all(r), turns - 1, turns);
		tables_expect(r, &(struct census){});
	}
}

static void flows_come_and_go(void **state)
{
	struct prog_run *r = *state;

	unlimited(r);
	for (int t = 0; t < NATLOOP_TIMEOUT_COUNT; t++)
		r->cfg->timeout[t] = 0;
	for (int round = 0; round < 100; round++) {
		open_many(r, 100);
		usleep(2 * TICK_US);
		assert_int_equal(sweep(r), 100);
		if (round % 10 == 0)
			tables_audit(r);
		assert_int_equal(sweep(r), 100);
		assert_int_equal(flows(r), 0);
	}
	tables_expect(r, &(struct census){});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_TC(a_turn_looks_at_each_flow_once),
		PROG_TEST_TC(nothing_is_left_of_ten_thousand_flows),
		PROG_TEST_XDP(flows_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
