/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The three programs, loaded once in each process: the verifier's walk takes longer than most
 * tests, under emulation half a minute. Each test has the maps as a fresh load would make them.
 */
#ifndef LOADED_H
#define LOADED_H

#include <stdint.h>

#include "dataplane.h"

struct loaded {
	struct dataplane dp; /* loaded as natloopctl does it */
	int pusher;	     /* TC: puts a tag into the skb and goes on to natloop_tc */
	int jumps;
	/* The maps natloop_flows, natloop_buckets, natloop_binding. */
	struct natloop_pair *pairs;
	struct natloop_bucket *buckets;
	struct natloop_bindings *bindings;
	unsigned int places; /* elements of natloop_flows */
};

/*
 * The programs on fresh maps for @flows, for the network namespace of now: those that are loaded
 * already if they are for as many, else they are loaded. The test fails if a map is not fresh.
 */
const struct loaded *loaded_fresh(uint32_t flows);

/* natloop_xdp, loaded when it is first asked for. */
int loaded_xdp(void);

/* Nothing is loaded any more, and all memory is given back. */
void loaded_drop(void);

#endif
