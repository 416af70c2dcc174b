/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What stands in natloop's way, told by watch. */
#ifndef WATCH_CONFLICTS_H
#define WATCH_CONFLICTS_H

#include <sys/types.h>

#include "conflicts.h"

struct watch;

struct watch_conflicts {
	struct conflict *known; /* those that were told, and are there still */
	size_t count;
	pid_t child; /* that looks for them */
	int ended;   /* readable when it has; -1: nobody is looking */
	int answer;
};

void watch_conflicts_init(struct watch_conflicts *c);

/* Begins to look, unless that is under way. It is given up after a minute. */
void watch_conflicts_start(struct watch_conflicts *c, const struct watch *w);

/*
 * When .ended is readable: says what is new and what is gone since the last time. What could not be
 * looked at stays as it was.
 */
void watch_conflicts_take(struct watch_conflicts *c, struct watch *w);

/* Frees what @c holds; ends the child. */
void watch_conflicts_end(struct watch_conflicts *c);

#endif
