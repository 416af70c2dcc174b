// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which rules for some sources only say what another one says for all? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "import_rules.h"
#include "util.h"

/* The same port of the same server, for the port @port of @a. */
static bool same_at(const struct natloop_forward *a, const struct natloop_forward *b,
		    unsigned int port)
{
	return a->proto == b->proto && port >= b->first && port <= b->last &&
	       address_equal(&a->server, &b->server) &&
	       a->server_first - a->first == b->server_first - b->first;
}

static const struct natloop_forward *find_same(const struct import *out, const bool *restricted,
					       const struct natloop_forward *f, unsigned int port)
{
	for (size_t i = 0; i < out->rules; i++) {
		const struct import_rule *rule = &out->rule[i];

		for (size_t k = 0; !restricted[i] && k < rule->forwards; k++)
			if (same_at(f, &rule->forward[k], port))
				return &rule->forward[k];
	}
	return NULL;
}

/* Do rules that take packets from everybody mean all of @f, too? */
static bool is_common(const struct import *out, const bool *restricted,
		      const struct natloop_forward *f)
{
	unsigned int port = f->first;

	while (port <= f->last) {
		const struct natloop_forward *same = find_same(out, restricted, f, port);

		if (!same)
			return false;
		port = same->last + 1U;
	}
	return true;
}

static int settle_line(struct import *out, const bool *restricted, const struct import_line *line)
{
	struct import_rule *rule = &out->rule[line->rule - 1];
	char why[sizeof(line->sources) + 32];
	size_t kept = 0;

	for (size_t i = 0; i < rule->forwards; i++)
		if (is_common(out, restricted, &rule->forward[i]))
			rule->forward[kept++] = rule->forward[i];
	if (kept == rule->forwards)
		return 0;
	rule->forwards = kept;
	if (line->sources[0])
		snprintf(why, sizeof(why), "only for some sources: %s", line->sources);
	else
		snprintf(why, sizeof(why), "only for some sources");
	return import_rule_skip(rule, why);
}

int import_settle_restricted(const struct import_ruleset *set, struct import *out, size_t before)
{
	_cleanup_free_ bool *restricted = calloc(out->rules + 1, sizeof(*restricted));
	int err = restricted ? 0 : -ENOMEM;

	for (size_t i = 0; restricted && i < set->lines; i++)
		if (set->line[i].rule > before)
			restricted[set->line[i].rule - 1] = set->line[i].restricted;
	for (size_t i = 0; !err && i < set->lines; i++)
		if (set->line[i].rule > before && set->line[i].restricted)
			err = settle_line(out, restricted, &set->line[i]);
	return err;
}
