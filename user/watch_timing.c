// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "watch_timing.h"

#define BACKOFF_MOST 60
#define TTL_LEAST 5
#define TTL_MOST 300
#define TTL_UNKNOWN 60

void burst_event(struct burst *b, int64_t now)
{
	if (!b->pending)
		b->first = now;
	b->pending = true;
	b->last = now;
}

int64_t burst_due(const struct burst *b)
{
	int64_t over = b->last + b->quiet, latest = b->first + b->most;

	if (!b->pending)
		return WATCH_NEVER;
	return over < latest ? over : latest;
}

bool burst_take(struct burst *b, int64_t now)
{
	if (now < burst_due(b))
		return false;
	b->pending = false;
	return true;
}

unsigned int watch_backoff(unsigned int failures)
{
	unsigned int seconds = 1;

	while (failures-- > 1 && seconds < BACKOFF_MOST)
		seconds *= 2;
	return seconds < BACKOFF_MOST ? seconds : BACKOFF_MOST;
}

unsigned int watch_ttl(bool known, __u32 ttl)
{
	if (!known)
		return TTL_UNKNOWN;
	if (ttl < TTL_LEAST)
		return TTL_LEAST;
	return ttl < TTL_MOST ? ttl : TTL_MOST;
}
