// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "import_nft_sets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_json.h"
#include "util.h"

#define MOST_NESTED 32

struct chain {
	const char *family;
	const char *table;
	const char *name;
	bool reached;
	bool looked_at;
};

struct search {
	struct json_object *objects;
	struct chain *chain;
	size_t chains;
	const char *family; /* of the rule at hand */
	const char *table;
	FILE *out;
	bool more; /* a chain was reached that nobody has looked at */
};

static bool in_table(const struct search *s, struct json_object *o)
{
	return !strcmp(json_text(o, "family"), s->family) &&
	       !strcmp(json_text(o, "table"), s->table);
}

static void reach(struct search *s, const char *name)
{
	for (size_t i = 0; i < s->chains; i++) {
		struct chain *c = &s->chain[i];

		if (c->reached || strcmp(c->name, name) != 0 || strcmp(c->table, s->table) != 0 ||
		    strcmp(c->family, s->family) != 0)
			continue;
		c->reached = s->more = true;
	}
}

static void look(struct search *s, struct json_object *o, unsigned int depth);

/* A verdict map leads on to chains. Sets, which may be large, do not. */
static void use_set(struct search *s, const char *name, unsigned int depth)
{
	fprintf(s->out, "%s %s\n", s->table, name);
	for (size_t i = 0; i < json_length(s->objects); i++) {
		struct json_object *value;
		const char *kind = json_first(json_at(s->objects, i), &value);

		if (!strcmp(kind, "map") && in_table(s, value) &&
		    !strcmp(json_text(value, "name"), name))
			look(s, json_get(value, "elem"), depth + 1);
	}
}

static void look_at_members(struct search *s, struct json_object *o, unsigned int depth)
{
	struct json_object_iterator at = json_object_iter_begin(o), end = json_object_iter_end(o);

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *key = json_object_iter_peek_name(&at);
		struct json_object *value = json_object_iter_peek_value(&at);

		if (!strcmp(key, "jump") || !strcmp(key, "goto"))
			reach(s, json_text(value, "target"));
		else
			look(s, value, depth + 1);
	}
}

/* Anything that begins with '@' is taken for a set. */
static void look(struct search *s, struct json_object *o, unsigned int depth)
{
	const char *text = json_string(o);

	if (depth > MOST_NESTED)
		return;
	if (text && *text == '@')
		use_set(s, text + 1, depth);
	else if (json_is_list(o))
		for (size_t i = 0; i < json_length(o); i++)
			look(s, json_at(o, i), depth + 1);
	else if (json_object_is_type(o, json_type_object))
		look_at_members(s, o, depth);
}

static int collect_chains(struct search *s)
{
	s->chain = calloc(json_length(s->objects) + 1, sizeof(*s->chain));
	if (!s->chain)
		return -ENOMEM;
	for (size_t i = 0; i < json_length(s->objects); i++) {
		struct json_object *value;
		const char *kind = json_first(json_at(s->objects, i), &value);
		struct chain *c = &s->chain[s->chains];

		if (strcmp(kind, "chain") != 0)
			continue;
		c->family = json_text(value, "family");
		c->table = json_text(value, "table");
		c->name = json_text(value, "name");
		c->reached = !strcmp(json_text(value, "type"), "nat") &&
			     !strcmp(json_text(value, "hook"), "prerouting");
		s->chains++;
	}
	return 0;
}

static bool is_of(struct json_object *rule, const struct chain *c)
{
	return !strcmp(json_text(rule, "chain"), c->name) &&
	       !strcmp(json_text(rule, "table"), c->table) &&
	       !strcmp(json_text(rule, "family"), c->family);
}

static void look_at_chain(struct search *s, struct chain *c)
{
	c->looked_at = true;
	s->family = c->family;
	s->table = c->table;
	for (size_t i = 0; i < json_length(s->objects); i++) {
		struct json_object *value;
		const char *kind = json_first(json_at(s->objects, i), &value);

		if (!strcmp(kind, "rule") && is_of(value, c))
			look(s, json_get(value, "expr"), 0);
	}
}

int import_nft_sets(struct json_object *objects, char **ret)
{
	struct search s = { .objects = objects, .more = true };
	size_t size = 0;
	char *text = NULL;
	int err = collect_chains(&s);

	if (!err)
		s.out = open_memstream(&text, &size);
	if (!err && !s.out)
		err = -ENOMEM;
	while (!err && s.more) {
		s.more = false;
		for (size_t i = 0; i < s.chains; i++)
			if (s.chain[i].reached && !s.chain[i].looked_at)
				look_at_chain(&s, &s.chain[i]);
	}
	if (s.out && fclose(s.out))
		err = -ENOMEM;
	free(s.chain);
	if (err)
		free(text);
	else
		*ret = text;
	return err;
}
