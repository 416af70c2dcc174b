/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames of many flows for a program that runs again and again inside one BPF_PROG_RUN. The kernel
 * gives each repetition what the one before left behind, so a feeder (feed.bpf.c) writes the frame
 * anew and then jumps to the program in question by a tail call: to natloop's, or to one that
 * returns at once, which shows what all but natloop's program costs.
 */
#ifndef FEED_H
#define FEED_H

#include "feed_plan.h"
#include "prog_run.h"

#define FEED_FLOWS_MAX 1000000

struct feed_bpf;

enum feed_way {
	FEED_ALIKE, /* one frame, again and again */
	FEED_TO_SERVER,
	FEED_TO_CLIENT,
};

struct feed_load {
	enum feed_way way;
	uint8_t proto;
	bool own_bindings;
	uint32_t flows;
	struct wire first; /* the frame of flow 0 */
};

enum feed_target {
	FEED_NATLOOP,
	FEED_NOTHING, /* returns XDP_PASS, or TC_ACT_UNSPEC */
	FEED_LINE,    /* by XDP: counts in a cache line that the flow has in an array */
};

struct feed {
	struct prog_run *run;
	struct feed_bpf *skel;
	struct feed_plan *plan;
	struct feed_load load;
};

/*
 * For the programs and maps of @r, which gets a configuration for FEED_FLOWS_MAX flows of one
 * protocol. @lines: of the array for FEED_LINE. All functions here fail as a test does.
 */
void feed_make(struct feed *feed, struct prog_run *r, uint32_t lines);
void feed_end(struct feed *feed);

/*
 * UDP, or TCP with ACK alone. @way is not FEED_ALIKE. Client sockets dial ports of one public
 * address, and so have one binding for several flows when there are more flows than ports.
 */
struct feed_load feed_flows(uint8_t proto, enum feed_way way, uint32_t flows);

/* Towards the server; sockets dial several public addresses, so that each flow has a binding. */
struct feed_load feed_bindings(uint8_t proto, uint32_t flows);

struct feed_load feed_alike(const struct wire *frame);

/*
 * What is fed from here on. The flows come in an order in which neighbours lie far apart, all of
 * them before the first one comes again; from flow 0.
 */
void feed_choose(struct feed *feed, const struct feed_load *load);

/* Through the program of @hook: CPU nanoseconds for each frame, the feeder's own among them. */
double feed_run(struct feed *feed, enum natloop_hook hook, enum feed_target target,
		uint32_t frames);

/* The same by natloop; fails unless all frames had the @outcome, by the counters of both hooks. */
double feed_expect(struct feed *feed, enum natloop_hook hook, enum natloop_outcome outcome,
		   uint32_t frames);

#endif
