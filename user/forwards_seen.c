// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "forwards_seen.h"

#include <string.h>

static bool same(const struct natloop_forward *a, const struct natloop_forward *b)
{
	return !memcmp(&a->server, &b->server, sizeof(a->server)) && a->first == b->first &&
	       a->last == b->last && a->server_first == b->server_first && a->proto == b->proto;
}

static bool overlap(const struct natloop_forward *a, const struct natloop_forward *b)
{
	return a->proto == b->proto && a->first <= b->last && b->first <= a->last;
}

static bool any(const struct natloop_forward *list, size_t count, const struct natloop_forward *f,
		bool (*like)(const struct natloop_forward *, const struct natloop_forward *))
{
	for (size_t i = 0; i < count; i++)
		if (like(&list[i], f))
			return true;
	return false;
}

static void append(struct forwards_seen *s, const struct natloop_forward *f, int64_t until)
{
	s->forward[s->forwards] = *f;
	s->until[s->forwards++] = until;
}

bool forwards_seen_take(struct forwards_seen *s, const struct natloop_forward *list, size_t count,
			int64_t now)
{
	struct forwards_seen before = *s;
	bool changed = false;

	s->forwards = 0;
	for (size_t i = 0; i < count && i < NATLOOP_MAX_FORWARDS; i++) {
		append(s, &list[i], 0);
		changed |= !any(before.forward, before.forwards, &list[i], same);
	}
	for (size_t i = 0; i < before.forwards; i++) {
		const struct natloop_forward *f = &before.forward[i];

		if (any(list, count, f, same))
			continue;
		if (any(list, count, f, overlap) || s->forwards == NATLOOP_MAX_FORWARDS)
			changed = true;
		else
			append(s, f, before.until[i] ? before.until[i] : now + FORWARDS_GRACE);
	}
	return changed;
}

bool forwards_seen_expire(struct forwards_seen *s, int64_t now)
{
	size_t kept = 0, before = s->forwards;

	for (size_t i = 0; i < before; i++) {
		if (s->until[i] && s->until[i] <= now)
			continue;
		s->forward[kept] = s->forward[i];
		s->until[kept++] = s->until[i];
	}
	s->forwards = kept;
	return kept != before;
}

int64_t forwards_seen_due(const struct forwards_seen *s)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < s->forwards; i++)
		if (s->until[i] && s->until[i] < due)
			due = s->until[i];
	return due;
}
