// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which packets does a match of nftables let through? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import_nft.h"
#include "util.h"

/* Sets in sets: nft makes no such thing, but a text may. */
#define MOST_NESTED 8
#define TCP_NUMBER 6
#define UDP_NUMBER 17

enum subject {
	SUBJECT_PORT,
	SUBJECT_PROTOCOL,
	SUBJECT_INTERFACE,
	SUBJECT_OUTPUT, /* interface */
	SUBJECT_DESTINATION,
	SUBJECT_SOURCE,
	SUBJECT_DESTINATION_TYPE, /* "local": one of this router's addresses */
	SUBJECT_FAMILY,
	SUBJECT_STATE, /* of the connection */
	SUBJECT_OTHER,
};

/* What is compared; a port belongs to these protocols. */
struct key {
	enum subject subject;
	unsigned int protocols;
};

struct named_key {
	const char *name;
	struct key key;
};

static const struct named_key meta_keys[] = {
	{ "l4proto", { SUBJECT_PROTOCOL, IMPORT_BOTH } },
	{ "iif", { SUBJECT_INTERFACE, IMPORT_BOTH } },
	{ "iifname", { SUBJECT_INTERFACE, IMPORT_BOTH } },
	{ "iifgroup", { SUBJECT_INTERFACE, IMPORT_BOTH } },
	{ "oif", { SUBJECT_OUTPUT, IMPORT_BOTH } },
	{ "oifname", { SUBJECT_OUTPUT, IMPORT_BOTH } },
	{ "nfproto", { SUBJECT_FAMILY, IMPORT_BOTH } },
	{ "protocol", { SUBJECT_FAMILY, IMPORT_BOTH } },
};

/* Protocol and field. */
static const struct named_key payload_keys[] = {
	{ "tcp dport", { SUBJECT_PORT, IMPORT_TCP } },
	{ "udp dport", { SUBJECT_PORT, IMPORT_UDP } },
	{ "th dport", { SUBJECT_PORT, IMPORT_BOTH } },
	{ "ip daddr", { SUBJECT_DESTINATION, IMPORT_BOTH } },
	{ "ip saddr", { SUBJECT_SOURCE, IMPORT_BOTH } },
	{ "ip protocol", { SUBJECT_PROTOCOL, IMPORT_BOTH } },
};

/* Base, offset and length in bits: how nft shows fields of rules that it did not make itself. */
static const struct named_key raw_keys[] = {
	{ "nh,72,8", { SUBJECT_PROTOCOL, IMPORT_BOTH } },
	{ "nh,96,32", { SUBJECT_SOURCE, IMPORT_BOTH } },
	{ "nh,128,32", { SUBJECT_DESTINATION, IMPORT_BOTH } },
	{ "th,16,16", { SUBJECT_PORT, IMPORT_BOTH } },
};

static struct key find_key(const struct named_key *keys, size_t count, const char *name)
{
	static const struct key other = { SUBJECT_OTHER, IMPORT_BOTH };

	for (size_t i = 0; i < count; i++)
		if (!strcmp(keys[i].name, name))
			return keys[i].key;
	return other;
}

static struct key payload_key(struct json_object *payload)
{
	char name[64];

	if (*json_text(payload, "base")) {
		snprintf(name, sizeof(name), "%s,%d,%d", json_text(payload, "base"),
			 json_object_get_int(json_get(payload, "offset")),
			 json_object_get_int(json_get(payload, "len")));
		return find_key(raw_keys, ARRAY_SIZE(raw_keys), name);
	}
	snprintf(name, sizeof(name), "%s %s", json_text(payload, "protocol"),
		 json_text(payload, "field"));
	return find_key(payload_keys, ARRAY_SIZE(payload_keys), name);
}

/* Is it the word, or a list with nothing but it? */
static bool is_word(struct json_object *o, const char *word)
{
	const char *text = json_string(json_length(o) == 1 ? json_at(o, 0) : o);

	return text && !strcmp(text, word);
}

static struct key read_key(struct json_object *o)
{
	struct key key = { SUBJECT_OTHER, IMPORT_BOTH };
	struct json_object *value;
	const char *name = json_first(o, &value);

	if (!strcmp(name, "payload"))
		return payload_key(value);
	if (!strcmp(name, "meta"))
		return find_key(meta_keys, ARRAY_SIZE(meta_keys), json_text(value, "key"));
	if (!strcmp(name, "fib") && !strcmp(json_text(value, "result"), "type") &&
	    is_word(json_get(value, "flags"), "daddr"))
		key.subject = SUBJECT_DESTINATION_TYPE;
	if (!strcmp(name, "ct") && !strcmp(json_text(value, "key"), "state"))
		key.subject = SUBJECT_STATE;
	return key;
}

bool import_nft_number(struct json_object *o, unsigned int *ret)
{
	const char *text = json_string(o);
	unsigned long value;
	char *end;

	if (json_object_is_type(o, json_type_int)) {
		int64_t number = json_object_get_int64(o);

		if (number < 0 || number > IMPORT_LAST_PORT)
			return false;
		*ret = (unsigned int)number;
		return true;
	}
	if (!text || *text < '0' || *text > '9')
		return false;
	value = strtoul(text, &end, 0);
	if (*end || value > IMPORT_LAST_PORT)
		return false;
	*ret = (unsigned int)value;
	return true;
}

static struct json_object *named_elements(const struct import_nft_table *table, const char *name)
{
	for (size_t i = 0; i < json_length(table->objects); i++) {
		struct json_object *value;
		const char *kind = json_first(json_at(table->objects, i), &value);

		if ((!strcmp(kind, "set") || !strcmp(kind, "map")) &&
		    !strcmp(json_text(value, "name"), name) &&
		    !strcmp(json_text(value, "table"), table->name) &&
		    !strcmp(json_text(value, "family"), table->family))
			return json_get(value, "elem");
	}
	return NULL;
}

struct json_object *import_nft_elements(const struct import_nft_table *table,
					struct json_object *data)
{
	const char *name = json_string(data);

	if (name && *name == '@')
		return named_elements(table, name + 1);
	return json_get(data, "set");
}

static int add_ports(const struct key *key, struct json_object *value, struct import_scope *scope,
		     struct import_line *line)
{
	struct json_object *range = json_get(value, "range");
	struct import_piece piece = { key->protocols, 0, 0 };
	char text[64];

	if (json_length(range) == 2 && import_nft_number(json_at(range, 0), &piece.first) &&
	    import_nft_number(json_at(range, 1), &piece.last) && piece.first <= piece.last)
		return import_scope_add(scope, &piece);
	if (import_nft_number(value, &piece.first)) {
		piece.last = piece.first;
		return import_scope_add(scope, &piece);
	}
	import_line_reason(line, "port %s", import_nft_expression(value, text, sizeof(text)));
	return 0;
}

static int add_protocol(struct json_object *value, struct import_scope *scope)
{
	struct import_piece piece = { 0, 0, IMPORT_LAST_PORT };
	const char *name = json_string(value);
	unsigned int number = 0;

	import_nft_number(value, &number);
	if ((name && !strcmp(name, "tcp")) || number == TCP_NUMBER)
		piece.protocols = IMPORT_TCP;
	if ((name && !strcmp(name, "udp")) || number == UDP_NUMBER)
		piece.protocols = IMPORT_UDP;
	return piece.protocols ? import_scope_add(scope, &piece) : 0;
}

/* Words that decide whether any packet from outside is meant. */
static bool is_from_outside(enum subject subject, struct json_object *value)
{
	struct json_object *prefix = json_get(value, "prefix");
	const char *text = prefix ? json_text(prefix, "addr") : json_string(value);

	if (!text)
		return subject == SUBJECT_DESTINATION || subject == SUBJECT_INTERFACE;
	switch (subject) {
	case SUBJECT_INTERFACE:
		return strcmp(text, "lo") != 0;
	case SUBJECT_DESTINATION:
		return strncmp(text, "127.", 4) != 0;
	case SUBJECT_FAMILY:
		return !strcmp(text, "ipv4") || !strcmp(text, "ip");
	case SUBJECT_STATE:
		return !strcmp(text, "new");
	case SUBJECT_DESTINATION_TYPE:
		return !strcmp(text, "local");
	default:
		return false;
	}
}

static int add_one(struct json_object *key_expression, struct json_object *value,
		   struct import_scope *scope, struct import_line *line)
{
	const struct key key = read_key(key_expression);
	char text[96];

	if (is_word(value, "*"))
		return import_scope_all(scope);
	switch (key.subject) {
	case SUBJECT_PORT:
		return add_ports(&key, value, scope, line);
	case SUBJECT_PROTOCOL:
		return add_protocol(value, scope);
	case SUBJECT_SOURCE:
		if (!line->sources[0])
			import_nft_expression(key_expression, line->sources, sizeof(line->sources));
		return import_scope_all(scope);
	case SUBJECT_OUTPUT:
		return import_scope_all(scope);
	case SUBJECT_OTHER:
		import_line_reason(line, "only for some packets: %s",
				   import_nft_expression(key_expression, text, sizeof(text)));
		return import_scope_all(scope);
	default:
		return is_from_outside(key.subject, value) ? import_scope_all(scope) : 0;
	}
}

/* Several keys at once, "tcp . 80". */
static int add_concat(struct json_object *keys, struct json_object *value,
		      struct import_scope *scope, struct import_line *line)
{
	struct import_scope all _cleanup_scope_ = { .piece = NULL };
	struct json_object *values = json_get(value, "concat");
	int err = import_scope_all(&all);

	if (!json_length(values) || json_length(values) != json_length(keys)) {
		import_line_reason(line, "a set of another form than its keys");
		return 0;
	}
	for (size_t i = 0; !err && i < json_length(keys); i++) {
		struct import_scope one _cleanup_scope_ = { .piece = NULL };

		err = add_one(json_at(keys, i), json_at(values, i), &one, line);
		if (!err)
			err = import_scope_narrow(&all, &one);
	}
	for (size_t i = 0; !err && i < all.pieces; i++)
		err = import_scope_add(scope, &all.piece[i]);
	return err;
}

static int add_value(const struct import_nft_table *table, struct json_object *key,
		     struct json_object *value, struct import_scope *scope,
		     struct import_line *line, unsigned int depth)
{
	struct json_object *list = json_is_list(value) ? value : import_nft_elements(table, value);
	struct json_object *element = json_get(value, "elem");
	const char *name = json_string(value);
	int err = 0;

	if (depth == MOST_NESTED) {
		import_line_reason(line, "sets in sets");
		return 0;
	}
	if (list && !json_is_list(list))
		return add_value(table, key, list, scope, line, depth + 1);
	if (list || (name && *name == '@')) {
		for (size_t i = 0; !err && i < json_length(list); i++)
			err = add_value(table, key, json_at(list, i), scope, line, depth + 1);
		return err;
	}
	if (element)
		return add_value(table, key, json_get(element, "val"), scope, line, depth + 1);
	if (json_get(key, "concat"))
		return add_concat(json_get(key, "concat"), value, scope, line);
	return add_one(key, value, scope, line);
}

int import_nft_key(const struct import_nft_table *table, struct json_object *key,
		   struct json_object *value, struct import_scope *scope, struct import_line *line)
{
	return add_value(table, key, value, scope, line, 0);
}

/* Whatever is compared with whatever. */
static void note_sources(struct json_object *left, const char *op, struct json_object *right,
			 struct import_line *line)
{
	bool equal = !strcmp(op, "==") || !strcmp(op, "in");
	char key[48], value[96];

	import_nft_expression(left, key, sizeof(key));
	import_nft_expression(right, value, sizeof(value));
	if (!line->sources[0])
		snprintf(line->sources, sizeof(line->sources), "%s %s%s%s", key, equal ? "" : op,
			 equal ? "" : " ", value);
}

int import_nft_match(const struct import_nft_table *table, struct json_object *match,
		     struct import_scope *scope, struct import_line *line)
{
	struct import_scope by _cleanup_scope_ = { .piece = NULL };
	struct json_object *right = json_get(match, "right");
	struct json_object *left = json_get(match, "left");
	const struct key key = read_key(left);
	const char *op = json_text(match, "op");
	char text[64], value[64];
	int err = import_nft_condition(table, left, op, right, line);

	if (err || key.subject == SUBJECT_OUTPUT)
		return err;
	if (key.subject == SUBJECT_SOURCE) {
		note_sources(left, op, right, line);
		return 0;
	}
	/* A negated interface is not the LAN's, or is a container's: "from everywhere else". */
	if (!strcmp(op, "!=") && key.subject == SUBJECT_INTERFACE)
		return 0;
	if (strcmp(op, "==") != 0 && strcmp(op, "in") != 0) {
		import_line_reason(line, "only for some packets: %s %.16s %s",
				   import_nft_expression(left, text, sizeof(text)), op,
				   import_nft_expression(right, value, sizeof(value)));
		return 0;
	}
	err = import_nft_key(table, left, right, &by, line);
	if (err)
		return err;
	if (!by.pieces && key.subject == SUBJECT_FAMILY) {
		import_line_reason(line, "IPv6");
		return 0;
	}
	if (!by.pieces && key.subject == SUBJECT_DESTINATION_TYPE) {
		import_line_reason(line, "only for destinations that are not this router's");
		return 0;
	}
	return import_scope_narrow(scope, &by);
}
