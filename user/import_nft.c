// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Chains and rules out of libnftables' JSON. */
#include "import_nft.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_nft_sets.h"
#include "util.h"

/* "ip nat PREROUTING", for which @buf is large enough: nft's names have up to 127 characters. */
static const char *chain_name(struct json_object *o, const char *chain, char *buf, size_t size)
{
	snprintf(buf, size, "%s %s %s", json_text(o, "family"), json_text(o, "table"), chain);
	return buf;
}

static int read_rule(struct import_ruleset *set, struct json_object *objects, struct json_object *o)
{
	const struct import_nft_table table = { objects, json_text(o, "family"),
						json_text(o, "table") };
	struct import_line line = { .text = NULL };
	char name[512];
	size_t chain;
	int err = import_nft_rule(&table, o, &line);

	if (!err)
		err = import_ruleset_chain(
			set, chain_name(o, json_text(o, "chain"), name, sizeof(name)), &chain);
	if (err) {
		import_line_free(&line);
		return err;
	}
	return import_ruleset_line(set, chain, &line);
}

static int read_chain(struct import_ruleset *set, struct json_object *o)
{
	char name[512];
	size_t chain;
	int err;

	err = import_ruleset_chain(set, chain_name(o, json_text(o, "name"), name, sizeof(name)),
				   &chain);
	if (err || strcmp(json_text(o, "type"), "nat") != 0)
		return err;
	if (!strcmp(json_text(o, "hook"), "prerouting"))
		set->chain[chain].hook = IMPORT_PREROUTING;
	if (!strcmp(json_text(o, "hook"), "postrouting"))
		set->chain[chain].hook = IMPORT_POSTROUTING;
	set->chain[chain].drops = !strcmp(json_text(o, "policy"), "drop");
	set->chain[chain].priority = json_object_get_int(json_get(o, "prio"));
	return 0;
}

static int read_object(struct import_ruleset *set, struct json_object *objects,
		       struct json_object *o)
{
	struct json_object *value;
	const char *kind = json_first(o, &value);
	const char *family = json_text(value, "family");

	if (strcmp(family, "ip") != 0 && strcmp(family, "inet") != 0)
		return 0;
	if (!strcmp(kind, "chain"))
		return read_chain(set, value);
	if (!strcmp(kind, "rule"))
		return read_rule(set, objects, value);
	return 0;
}

static int complain(int err, enum json_tokener_error wrong, struct problem *p)
{
	if (err == -ENOMEM)
		return problem(p, err, "nft", "", "out of memory");
	if (err == -ELOOP)
		return problem(p, err, "nft", "give the forwards by --forward",
			       "its chains jump to one another more often than can be followed");
	if (err)
		return problem(p, err, "nft",
			       "give the forwards by --forward, or see 'nft -j list ruleset'",
			       "its rules are not understood: %s",
			       wrong != json_tokener_success ? json_tokener_error_desc(wrong) :
							       "not the JSON of a rule set");
	return 0;
}

int import_ruleset_nft(const char *text, struct import_ruleset *ret, struct problem *p)
{
	enum json_tokener_error wrong = json_tokener_success;
	struct json_object *root = json_tokener_parse_verbose(text, &wrong);
	struct json_object *objects = json_get(root, "nftables");
	int err = json_is_list(objects) ? 0 : -EPROTO;

	ret->source = IMPORT_NFT;
	for (size_t i = 0; !err && i < json_length(objects); i++)
		err = read_object(ret, objects, json_at(objects, i));
	if (!err)
		err = import_nft_sets(objects, &ret->sets);
	json_object_put(root);
	return complain(err, wrong, p);
}

static int walk(struct import_ruleset *set, struct import *ret, struct problem *p)
{
	int err = complain(import_walk(set, ret), json_tokener_success, p);

	if (err)
		return err;
	free(ret->sets);
	ret->sets = TAKE_PTR(set->sets);
	return 0;
}

int import_parse_nft(const char *text, struct import *ret, struct problem *p)
{
	struct import_ruleset set _cleanup_ruleset_ = { .source = IMPORT_NFT };
	int err = import_ruleset_nft(text, &set, p);

	return err ? err : walk(&set, ret, p);
}

int import_parse_nft_beside(const char *text, struct import *ret, struct problem *p)
{
	struct import_ruleset set _cleanup_ruleset_ = { .source = IMPORT_NFT };
	int err = import_ruleset_nft(text, &set, p);
	size_t chain;

	if (!err && set.chain && !import_find_chain(&set, "ip nat PREROUTING", &chain))
		set.chain[chain].hook = IMPORT_NO_HOOK;
	return err ? err : walk(&set, ret, p);
}
