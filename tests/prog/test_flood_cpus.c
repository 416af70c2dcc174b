// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same flood through both hooks at once, by two threads that send the same packets, while the
 * sweep takes hostile flows away that have just been made, and live flows go on. What two CPUs do
 * to one flow, one binding or one client at once must leave the tables in agreement.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crowd.h"
#include "hostile.h"
#include "tables.h"

#define MAX_FLOWS 2048
#define TURNS 400    /* while the flood goes on */
#define TURN_US 5000 /* between two of them */
#define SWEEPS 4     /* a turn; so two looks at one flow of the crowd are 10 ms apart or more */
#define TIMEOUT (TICKS(1) / 10) /* of hostile flows */
#define KINDS 12
#define SAME 64 /* packets that both threads send before they have others */

struct shared {
	uint64_t seed;
	atomic_ullong taken; /* stretches of SAME packets, by both threads */
	atomic_bool stop;
};

struct flooder {
	struct prog_run *r;
	enum natloop_hook hook;
	struct shared *shared;
	unsigned long long packets;
	unsigned int failures;
};

/* Two stretches that are taken one after the other, so by both threads, have the same packets. */
static void *flood(void *argument)
{
	static const enum hostile kinds[KINDS] = {
		HOSTILE_SYN_ONE,	HOSTILE_UDP_ONE,	HOSTILE_SYN_MANY,
		HOSTILE_UDP_MANY,	HOSTILE_FEW_SOCKETS,	HOSTILE_FEW_SOCKETS,
		HOSTILE_STRAY_END,	HOSTILE_TTL_ONE,	HOSTILE_ICMP_ERROR,
		HOSTILE_FIRST_FRAGMENT, HOSTILE_LATER_FRAGMENT, HOSTILE_ODD_FRAGMENT,
	};
	struct flooder *f = argument;
	struct prog_result result = {};
	struct wire w = {};

	while (!atomic_load(&f->shared->stop)) {
		const struct dialogue *victim;

		if (f->packets % SAME == 0)
			hostile_seed_thread(f->shared->seed +
					    atomic_fetch_add(&f->shared->taken, 1) / 2);
		victim = crowd_pick(true);
		w.length = 0;
		hostile_write(kinds[hostile_pick(KINDS)], victim, &w);
		f->failures += !!prog_run_uncounted(f->r, f->hook, &w, &result);
		f->packets++;
	}
	return NULL;
}

/* Some outcomes tell that the CPUs did get in each other's way; the others must not happen. */
static void expect_outcomes(struct prog_run *r, const struct flooder f[2])
{
	struct natloop_counts counts[NATLOOP_HOOK_COUNT];
	unsigned long long made = 0;

	prog_run_counts(r, counts);
	for (int i = 0; i < 2; i++) {
		const struct natloop_count *c = counts[f[i].hook].outcome;

		print_message("%s: %llu packets, new_flow %llu to_server %llu busy %llu "
			      "table_full %llu client_limit %llu\n",
			      f[i].hook == NATLOOP_HOOK_XDP ? "XDP" : "TC", f[i].packets,
			      c[NATLOOP_NEW_FLOW].packets, c[NATLOOP_TO_SERVER].packets,
			      c[NATLOOP_BUSY].packets + c[NATLOOP_DEFER_BUSY].packets,
			      c[NATLOOP_TABLE_FULL].packets, c[NATLOOP_CLIENT_LIMIT].packets);
		CHECK(!f[i].failures, "%u runs failed", f[i].failures);
		CHECK(!c[NATLOOP_FAULT].packets, "%llu packets fault", c[NATLOOP_FAULT].packets);
		made += c[NATLOOP_NEW_FLOW].packets;
	}
	CHECK(made > 2 * MAX_FLOWS, "hostile flows did not come and go: %llu", made);
}

static void two_cpus_and_the_sweep(void **state)
{
	struct prog_run *r = *state;
	struct shared shared = {};
	struct flooder f[2] = { { .r = r, .hook = NATLOOP_HOOK_XDP, .shared = &shared },
				{ .r = r, .hook = NATLOOP_HOOK_TC, .shared = &shared } };
	pthread_t thread[2];

	hostile_seed();
	hostile_lan(r->cfg);
	shared.seed = (uint64_t)hostile_pick(1 << 30) << 24;
	r->cfg->max_flows = MAX_FLOWS;
	r->cfg->client_flows = MAX_FLOWS / 4;
	crowd_open(r, CROWD_TCP);
	r->cfg->timeout[NATLOOP_TIMEOUT_UDP] = TIMEOUT;
	r->cfg->timeout[NATLOOP_TIMEOUT_TCP_TRANSITORY] = TIMEOUT;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, flood, &f[i]), 0);
	for (int turn = 0; turn < TURNS; turn++) {
		const struct dialogue *d = crowd_pick(false);

		for (int i = 0; i < SWEEPS; i++)
			prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
		if (!crowd_carried(r, d, false, ACK) || !crowd_carried(r, d, true, ACK))
			f[0].failures++;
		usleep(TURN_US);
	}
	atomic_store(&shared.stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	expect_outcomes(r, f);
	prog_run_label(r, "while hostile flows are there");
	tables_audit(r);
	usleep(300000);
	for (int turn = 0; turn < 4 * MAX_FLOWS / 128; turn++)
		prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	prog_run_label(r, "after the flood");
	crowd_expect_alone(r);
	crowd_expect_untouched(r);
	crowd_speak_all(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_XDP(two_cpus_and_the_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
