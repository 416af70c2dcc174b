/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Forwards that come from the router's own rules, as they were last read well; what is missing
 * since a moment ago is still among them, see forwards_seen.h.
 */
#ifndef WATCH_FORWARDS_H
#define WATCH_FORWARDS_H

#include <stdbool.h>
#include <stdint.h>

#include "forwards_seen.h"
#include "settings.h"
#include "watch_rules.h"

struct env;
struct nlmsghdr;

struct watch_forwards {
	struct watch_rules rules;
	struct forwards_seen seen;
	bool known;  /* they have been read */
	bool wanted; /* they are to be read again */
	bool sets_known;
	char sets[WATCH_RULES_SETS]; /* that the rules use */
	bool missed;		     /* a change of another set while they were read */
	int64_t begun;
	int64_t from; /* not to be read before */
	unsigned int failures;
	int err; /* of the last reading, with its problem */
	struct problem problem;
};

/* Fills in what the rules forward, if @s names no forward; see watch_forwards_renew. */
void watch_import_forwards(const struct watch_forwards *f, struct settings *s);
/* Are they those of the rules? Then rule changes matter. */
bool watch_imports_forwards(const struct settings *s);
/* The same again in @s, which has those of an earlier reading, if of any. */
void watch_forwards_renew(const struct watch_forwards *f, struct settings *s);

/* Are there rules whose changes nobody tells of? */
bool watch_must_poll_forwards(void);
/* Does this message of nf_tables tell of a change that may mean other forwards? */
bool watch_forwards_event(struct watch_forwards *f, const struct nlmsghdr *nlh);

/* The rules are to be read, but the CPU is not to be busy with it all the time. */
void watch_forwards_want(struct watch_forwards *f);
/* They mean nothing any more. */
void watch_forwards_forget(struct watch_forwards *f);
/* Milliseconds: when to call the next two. */
int64_t watch_forwards_due(const struct watch_forwards *f);
/* Begins to read if it is time. */
void watch_forwards_start(struct watch_forwards *f, const struct env *env, int64_t now);
/* Drops what has been gone too long. Returns whether there was any. */
bool watch_forwards_expire(struct watch_forwards *f, int64_t now);
/*
 * When f->rules.ended is readable. A failure is reported, once, and tried again after 1, 2, 4 ...
 * 60 seconds; what is known stays. Returns whether there are others than before.
 */
bool watch_forwards_take(struct watch_forwards *f, const struct env *env, int64_t now);

#endif
