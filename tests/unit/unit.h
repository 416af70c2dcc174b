/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the unit tests share: cmocka, and checks that say which case failed and why. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "problem.h"

/* Fails the test with a sentence unless @condition holds. */
#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			print_error("%s:%d: %s\n", __FILE__, __LINE__, #condition);                \
			fail_msg(__VA_ARGS__);                                                     \
		}                                                                                  \
	} while (0)

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
