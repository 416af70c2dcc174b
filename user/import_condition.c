// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "import_condition.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

void import_condition_free(struct import_condition *c)
{
	free(c->name);
	free(c->range);
	*c = (struct import_condition){ .names = 0 };
}

int import_condition_name(struct import_condition *c, const char *name)
{
	char(*grown)[IFNAMSIZ] = reallocarray(c->name, c->names + 1, sizeof(*grown));
	size_t length = strlen(name);

	if (!grown)
		return -ENOMEM;
	c->name = grown;
	if (!length || length >= IFNAMSIZ) {
		c->unknown = true;
		return 0;
	}
	memcpy(grown[c->names], name, length + 1);
	if (name[length - 1] == '+')
		grown[c->names][length - 1] = '*';
	c->names++;
	return 0;
}

int import_condition_range(struct import_condition *c, const struct import_addresses *range)
{
	struct import_addresses *grown = reallocarray(c->range, c->ranges + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	c->range = grown;
	grown[c->ranges++] = *range;
	return 0;
}

int import_condition_prefix(struct import_condition *c, const char *text)
{
	struct import_addresses range;
	unsigned int length = 32;
	struct in_addr addr;
	char copy[64], *slash;
	__u32 host;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (inet_pton(AF_INET, copy, &addr) != 1 ||
	    (slash && number_parse(slash, 0, 32, &length))) {
		c->unknown = true;
		return 0;
	}
	host = length ? ~(~0U << (32 - length) % 32) : ~0U;
	range.first = ntohl(addr.s_addr) & ~host;
	range.last = range.first | host;
	return import_condition_range(c, &range);
}

static bool is_interface(const char *pattern, const char *name)
{
	size_t length = strlen(pattern);

	if (pattern[length - 1] == '*')
		return !strncmp(pattern, name, length - 1);
	return !strcmp(pattern, name);
}

enum import_share import_condition_interface(const struct import_condition *c, const char *name)
{
	bool found = false;

	if (c->subject == IMPORT_NO_SUBJECT && !c->unknown)
		return IMPORT_ALL_OF_THEM;
	if (c->unknown || !name)
		return IMPORT_NONE;
	for (size_t i = 0; i < c->names; i++)
		found = found || is_interface(c->name[i], name);
	return found != c->negated ? IMPORT_ALL_OF_THEM : IMPORT_NONE;
}

enum import_share import_condition_addresses(const struct import_condition *c,
					     const struct import_addresses *range)
{
	enum import_share share = IMPORT_NONE;

	if (c->subject == IMPORT_NO_SUBJECT && !c->unknown)
		return IMPORT_ALL_OF_THEM;
	if (c->unknown)
		return IMPORT_NONE;
	for (size_t i = 0; i < c->ranges; i++) {
		const struct import_addresses *r = &c->range[i];

		if (r->last < range->first || r->first > range->last)
			continue;
		if (r->first <= range->first && r->last >= range->last)
			share = IMPORT_ALL_OF_THEM;
		else if (share == IMPORT_NONE)
			share = IMPORT_SOME;
	}
	if (!c->negated || share == IMPORT_SOME)
		return share;
	return share == IMPORT_NONE ? IMPORT_ALL_OF_THEM : IMPORT_NONE;
}

static size_t count(const struct import_condition *c)
{
	return c->names ? c->names : c->ranges;
}

/* Is all that value @k of @b stands for within value @i of @a? */
static bool is_within(const struct import_condition *a, size_t i, const struct import_condition *b,
		      size_t k)
{
	if (a->names)
		return !strcmp(a->name[i], b->name[k]) || is_interface(a->name[i], b->name[k]);
	return a->range[i].first <= b->range[k].first && a->range[i].last >= b->range[k].last;
}

static bool overlap(const struct import_condition *a, size_t i, const struct import_condition *b,
		    size_t k)
{
	if (a->names)
		return is_within(a, i, b, k) || is_within(b, k, a, i);
	return a->range[i].first <= b->range[k].last && a->range[i].last >= b->range[k].first;
}

/* Is each value of @b within one of @a? */
static bool all_within(const struct import_condition *a, const struct import_condition *b)
{
	for (size_t k = 0; k < count(b); k++) {
		bool found = false;

		for (size_t i = 0; !found && i < count(a); i++)
			found = is_within(a, i, b, k);
		if (!found)
			return false;
	}
	return true;
}

static bool none_overlaps(const struct import_condition *a, const struct import_condition *b)
{
	for (size_t i = 0; i < count(a); i++)
		for (size_t k = 0; k < count(b); k++)
			if (overlap(a, i, b, k))
				return false;
	return true;
}

/* Two that are known, and ask for values of the same kind. */
static bool comparable(const struct import_condition *a, const struct import_condition *b)
{
	return a->subject == b->subject && a->subject != IMPORT_NO_SUBJECT && !a->unknown &&
	       !b->unknown && count(a) && count(b) && !a->names == !b->names;
}

bool import_condition_disjoint(const struct import_condition *a, const struct import_condition *b)
{
	if (!comparable(a, b) || (a->negated && b->negated))
		return false;
	if (a->negated)
		return all_within(a, b);
	return b->negated ? all_within(b, a) : none_overlaps(a, b);
}

bool import_condition_implied(const struct import_condition *a, const struct import_condition *b)
{
	if (!comparable(a, b))
		return false;
	if (!a->negated)
		return !b->negated && all_within(a, b);
	return b->negated ? all_within(b, a) : none_overlaps(a, b);
}
