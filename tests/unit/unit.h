/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the unit tests share: checks that say which case failed and why. */
#ifndef UNIT_H
#define UNIT_H

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "problem.h"

static inline void check_text(const char *what, const char *got, const char *wanted)
{
	CHECK(!strcmp(got, wanted), "%s: got \"%s\", wanted \"%s\"", what, got, wanted);
}

/* @p is a mistake of the user's about @object, says what is wrong, and how to do better. */
static inline void check_usage(const char *what, const struct problem *p, const char *object)
{
	CHECK(p->usage, "%s: not marked as wrong usage", what);
	CHECK(!strcmp(p->object, object), "%s: the object is \"%s\", wanted \"%s\"", what,
	      p->object, object);
	CHECK(*p->what, "%s: does not say what is wrong", what);
	CHECK(*p->remedy, "%s: has no remedy (what: %s)", what, p->what);
}

#endif
