/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Imported forwards over time. Whoever loads rules again flushes them first: what is gone counts as
 * there for some seconds, or the flows would end. Pure; times in milliseconds.
 */
#ifndef FORWARDS_SEEN_H
#define FORWARDS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "natloop/abi.h"

#define FORWARDS_GRACE 5000

struct forwards_seen {
	struct natloop_forward forward[NATLOOP_MAX_FORWARDS];
	int64_t until[NATLOOP_MAX_FORWARDS]; /* not there any more, and kept so long; 0: there */
	size_t forwards;
};

/*
 * The rules mean @list now, which has no overlaps and room in @s. What came is added at once, what
 * went is kept for the grace, unless it overlaps what is there, or there is no room. Returns
 * whether anything but the times changed.
 */
bool forwards_seen_take(struct forwards_seen *s, const struct natloop_forward *list, size_t count,
			int64_t now);

/* Drops what has been gone too long. Returns whether there was any. */
bool forwards_seen_expire(struct forwards_seen *s, int64_t now);

/* When the next one will have been; INT64_MAX: all are there. */
int64_t forwards_seen_due(const struct forwards_seen *s);

#endif
