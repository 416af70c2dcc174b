// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "conflicts_diff.h"

#include <string.h>

static bool has(const struct conflict *list, size_t count, const struct conflict *c)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].object, c->object) && !strcmp(list[i].what, c->what))
			return true;
	return false;
}

void conflicts_diff(const struct conflict *before, size_t befores, const struct conflict *after,
		    size_t afters, void (*say)(void *data, const struct conflict *c, bool gone),
		    void *data)
{
	for (size_t i = 0; i < befores; i++)
		if (!has(after, afters, &before[i]) && !has(before, i, &before[i]))
			say(data, &before[i], true);
	for (size_t i = 0; i < afters; i++)
		if (!has(before, befores, &after[i]) && !has(after, i, &after[i]))
			say(data, &after[i], false);
}
