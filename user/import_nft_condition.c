// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Interfaces and addresses that a match of nftables asks for. */
#include <errno.h>
#include <string.h>

#include "import_nft.h"
#include "util.h"

/* Sets in sets: nft makes no such thing, but a text may. */
#define MOST_NESTED 8

static const struct {
	const char *name;
	enum import_subject subject;
} keys[] = {
	{ "meta iif", IMPORT_INPUT },	     { "meta iifname", IMPORT_INPUT },
	{ "meta iifgroup", IMPORT_INPUT },   { "meta oif", IMPORT_OUTPUT },
	{ "meta oifname", IMPORT_OUTPUT },   { "ip saddr", IMPORT_SOURCE },
	{ "nh,96,32", IMPORT_SOURCE },	     { "ip daddr", IMPORT_DESTINATION },
	{ "nh,128,32", IMPORT_DESTINATION },
};

static enum import_subject find_subject(struct json_object *key)
{
	struct json_object *value;
	const char *kind = json_first(key, &value);
	char name[64] = "";

	if (!strcmp(kind, "meta"))
		snprintf(name, sizeof(name), "meta %s", json_text(value, "key"));
	else if (!strcmp(kind, "payload") && *json_text(value, "base"))
		snprintf(name, sizeof(name), "%s,%d,%d", json_text(value, "base"),
			 json_object_get_int(json_get(value, "offset")),
			 json_object_get_int(json_get(value, "len")));
	else if (!strcmp(kind, "payload"))
		snprintf(name, sizeof(name), "%s %s", json_text(value, "protocol"),
			 json_text(value, "field"));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(name, keys[i].name))
			return keys[i].subject;
	return IMPORT_NO_SUBJECT;
}

static int add_prefix(struct json_object *prefix, struct import_condition *c)
{
	char text[80];

	snprintf(text, sizeof(text), "%.64s/%d", json_text(prefix, "addr"),
		 json_object_get_int(json_get(prefix, "len")));
	return import_condition_prefix(c, text);
}

/* Both ends are read as prefixes of one address each. */
static int add_range(struct json_object *range, struct import_condition *c)
{
	struct import_condition ends _cleanup_condition_ = { .names = 0 };
	struct import_addresses both;
	int err = 0;

	for (size_t i = 0; !err && i < 2; i++) {
		const char *text = json_string(json_at(range, i));

		err = import_condition_prefix(&ends, text ? text : "");
	}
	if (err)
		return err;
	if (ends.unknown || ends.range[0].first > ends.range[1].last) {
		c->unknown = true;
		return 0;
	}
	both = (struct import_addresses){ ends.range[0].first, ends.range[1].last };
	return import_condition_range(c, &both);
}

static int add_one(struct json_object *value, struct import_condition *c)
{
	const char *text = json_string(value);
	bool interface = c->subject == IMPORT_INPUT || c->subject == IMPORT_OUTPUT;

	if (text && interface)
		return import_condition_name(c, text);
	if (text)
		return import_condition_prefix(c, text);
	if (!interface && json_get(value, "prefix"))
		return add_prefix(json_get(value, "prefix"), c);
	if (!interface && json_get(value, "range"))
		return add_range(json_get(value, "range"), c);
	c->unknown = true;
	return 0;
}

static int add_value(const struct import_nft_table *table, struct json_object *value,
		     struct import_condition *c, unsigned int depth)
{
	struct json_object *list = json_is_list(value) ? value : import_nft_elements(table, value);
	struct json_object *element = json_get(value, "elem");
	const char *name = json_string(value);
	int err = 0;

	if (depth == MOST_NESTED || (!list && name && *name == '@')) {
		c->unknown = true;
		return 0;
	}
	if (list && !json_is_list(list))
		return add_value(table, list, c, depth + 1);
	for (size_t i = 0; !err && i < json_length(list); i++)
		err = add_value(table, json_at(list, i), c, depth + 1);
	if (list)
		return err;
	if (element)
		return add_value(table, json_get(element, "val"), c, depth + 1);
	return add_one(value, c);
}

/* Several keys at once: whether one of these is among them is all that is asked. */
static bool asks(struct json_object *concat)
{
	for (size_t i = 0; i < json_length(concat); i++)
		if (find_subject(json_at(concat, i)) != IMPORT_NO_SUBJECT)
			return true;
	return false;
}

int import_nft_read_condition(const struct import_nft_table *table, struct json_object *key,
			      const char *op, struct json_object *value,
			      struct import_condition *ret)
{
	ret->subject = find_subject(key);
	ret->negated = !strcmp(op, "!=");
	ret->unknown = asks(json_get(key, "concat")) ||
		       (!ret->negated && strcmp(op, "==") != 0 && strcmp(op, "in") != 0);
	if (ret->subject == IMPORT_NO_SUBJECT || ret->unknown)
		return 0;
	return add_value(table, value, ret, 0);
}

int import_nft_condition(const struct import_nft_table *table, struct json_object *key,
			 const char *op, struct json_object *value, struct import_line *line)
{
	struct import_condition c _cleanup_condition_ = { .names = 0 };
	int err = import_nft_read_condition(table, key, op, value, &c);

	if (err || (c.subject == IMPORT_NO_SUBJECT && !c.unknown))
		return err;
	return import_line_condition(line, &c);
}
