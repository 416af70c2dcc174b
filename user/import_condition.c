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
