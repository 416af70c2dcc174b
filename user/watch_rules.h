/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The router's rules, read by a child: a large rule set takes seconds, and memory that nobody gives
 * back.
 */
#ifndef WATCH_RULES_H
#define WATCH_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "natloop/abi.h"
#include "problem.h"

#define WATCH_RULES_SETS 16384

/* What the child has found. */
struct watch_rules_answer {
	int err;      /* a negative errno: nothing else but @problem is said */
	bool partial; /* one of the sources could not be read, see @problem; the child has told it
		       */
	struct problem problem;
	struct natloop_forward forward[NATLOOP_MAX_FORWARDS];
	size_t forwards;
	bool sets_known;	     /* false: too many, or nft was not asked */
	char sets[WATCH_RULES_SETS]; /* see import_nft_sets.h */
};

struct watch_rules {
	pid_t child;
	int ended; /* readable when the child has; -1: none is reading */
	int answer;
};

/* A struct watch_rules that reads nothing. */
#define WATCH_RULES_NONE ((struct watch_rules){ .ended = -1, .answer = -1 })

/*
 * Starts a child, if none is reading. 0 or a negative errno. @known: rules have been read before,
 * and a part of them would be worse than these.
 */
int watch_rules_start(struct watch_rules *r, bool known);

/* When .ended is readable: its answer, which may be an error. */
void watch_rules_take(struct watch_rules *r, struct watch_rules_answer *ret);

/* Ends the child. */
void watch_rules_end(struct watch_rules *r);

#endif
