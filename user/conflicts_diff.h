/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which conflicts are new, and which are gone? Pure. */
#ifndef CONFLICTS_DIFF_H
#define CONFLICTS_DIFF_H

#include <stdbool.h>

#include "conflicts.h"

/*
 * Calls @say for each conflict of @before that is not in @after (@gone), then for each of @after
 * that is not in @before, in their order; the same one is told once, however often a list has it.
 * Two are the same if object and what are: the remedy may depend on other things.
 */
void conflicts_diff(const struct conflict *before, size_t befores, const struct conflict *after,
		    size_t afters, void (*say)(void *data, const struct conflict *c, bool gone),
		    void *data);

#endif
