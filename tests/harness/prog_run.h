/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The three programs on fresh maps in a fresh namespace (struct prog_run), and one packet through
 * one of them by BPF_PROG_RUN. They are loaded once in each process (loaded.h). What every packet
 * must obey is checked at every run: exactly one outcome counter of the hook goes up, by one packet
 * and its bytes.
 */
#ifndef PROG_RUN_H
#define PROG_RUN_H

#include "check.h"
#include "dataplane.h"
#include "frame.h"
#include "world.h"

struct prog_run {
	enum natloop_hook hook; /* the one that the test is about */
	uint32_t ifindex[FRAME_INTERFACES];
	struct natloop_configs *configs;
	struct natloop_config *cfg; /* the active one */
	struct natloop_pair *pairs; /* the maps natloop_flows, natloop_buckets, natloop_binding */
	struct natloop_bucket *buckets;
	struct natloop_bindings *bindings;
	unsigned int places;	/* elements of natloop_flows */
	char label[192];	/* printed when something fails */
	bool tag_beside;	/* TC: the outer tag is in the skb, not in the bytes */
	bool checksum_complete; /* TC: as if the NIC had summed the packet */
	uint16_t linear;	/* bytes in the first buffer; 0: all */
	unsigned int reached[NATLOOP_HOOK_COUNT][NATLOOP_OUTCOME_COUNT];

	struct dataplane dp; /* belongs to loaded.c, as do the maps and the pusher */
	int pusher;
};

struct prog_result {
	int verdict;
	enum natloop_outcome outcome;
	struct wire out;
};

#define PROG_RUN_FLOWS 16384

/* With maps for @flows. To be undone by prog_run_teardown. */
struct prog_run *prog_run_make(enum natloop_hook hook, uint32_t flows);

/* cmocka fixtures, for PROG_RUN_FLOWS; the test's prestate is an enum natloop_hook * or NULL (XDP).
 */
int prog_run_setup(void **state);
int prog_run_teardown(void **state);

extern enum natloop_hook prog_run_hook[NATLOOP_HOOK_COUNT];

#define PROG_TEST_HOOK(function, suffix, hook)                                                     \
	{                                                                                          \
#function suffix, function, prog_run_setup, prog_run_teardown,                     \
			&prog_run_hook[hook]                                                       \
	}
#define PROG_TEST_XDP(function) PROG_TEST_HOOK(function, ".xdp", NATLOOP_HOOK_XDP)
#define PROG_TEST_TC(function) PROG_TEST_HOOK(function, ".tc", NATLOOP_HOOK_TC)
#define PROG_TEST_BOTH(function) PROG_TEST_XDP(function), PROG_TEST_TC(function)

void prog_run_label(struct prog_run *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* 0, or a negative errno: the kernel did not run the program. */
int prog_run_try(struct prog_run *r, enum natloop_hook hook, const struct wire *in,
		 struct prog_result *result);

/*
 * The same without a look at the counters, for many packets: that they add up is the caller's to
 * check. There is no outcome.
 */
int prog_run_uncounted(struct prog_run *r, enum natloop_hook hook, const struct wire *in,
		       struct prog_result *result);

/* The counters of both hooks, the CPUs added up. */
void prog_run_counts(const struct prog_run *r, struct natloop_counts sum[NATLOOP_HOOK_COUNT]);

/* The same as prog_run_try through r->hook, and the test fails if the program did not run. */
void prog_run(struct prog_run *r, const struct wire *in, struct prog_result *result);

/*
 * From here on TC's packets come with the NIC's sum, XDP's in several buffers (r->linear in the
 * first). False: this kernel's BPF_PROG_RUN cannot do it.
 */
bool prog_run_checksum_complete(struct prog_run *r);
bool prog_run_buffers(struct prog_run *r);

/* What natloop_ctl returns, or the negative errno of running it. */
int prog_run_ctl(struct prog_run *r, enum natloop_ctl_op op, const struct natloop_tuple *to_server,
		 uint32_t id);

int prog_run_map(const struct prog_run *r, const char *name);

/* natloop's program of that hook. */
int prog_run_program(const struct prog_run *r, enum natloop_hook hook);

const char *outcome_name(enum natloop_outcome outcome);
enum natloop_fate outcome_fate(enum natloop_outcome outcome);

#endif
