/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When watch does what: times in milliseconds of one clock that never goes back. Pure. */
#ifndef WATCH_TIMING_H
#define WATCH_TIMING_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

/* Nothing is due. */
#define WATCH_NEVER INT64_MAX

/* Events come in bursts: what they mean is looked at when a burst is over, or has taken long. */
struct burst {
	int64_t quiet; /* so long without an event: it is over */
	int64_t most;  /* so long after the first one it is not waited for any more */
	bool pending;
	int64_t first;
	int64_t last;
};

void burst_event(struct burst *b, int64_t now);
/* When to look; WATCH_NEVER: there was no event. */
int64_t burst_due(const struct burst *b);
/* Is it time? Then the burst is over, too. */
bool burst_take(struct burst *b, int64_t now);

/* Seconds to wait after that many failures, one or more, in a row: 1, 2, 4 ... 60. */
unsigned int watch_backoff(unsigned int failures);

/* Seconds until a host name is asked for again: its TTL within 5 to 300; not known: 60. */
unsigned int watch_ttl(bool known, __u32 ttl);

#endif
