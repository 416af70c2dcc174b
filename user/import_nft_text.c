// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rules as text: the JSON does not have it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_nft.h"

/* Longer rules are cut: a set may have thousands of elements. */
#define LONGEST 240
#define MOST_LISTED 16

static void print(FILE *out, struct json_object *o);

static void print_list(FILE *out, struct json_object *list, const char *between)
{
	for (size_t i = 0; i < json_length(list); i++) {
		if (i)
			fputs(between, out);
		if (i == MOST_LISTED) {
			fputs("...", out);
			return;
		}
		print(out, json_at(list, i));
	}
}

/* Elements of a map are lists of two. */
static void print_set(FILE *out, struct json_object *set)
{
	size_t count = json_is_list(set) ? json_length(set) : 1;

	fputs("{ ", out);
	for (size_t i = 0; i < count; i++) {
		struct json_object *element = json_is_list(set) ? json_at(set, i) : set;

		if (i)
			fputs(", ", out);
		if (i == MOST_LISTED) {
			fputs("...", out);
			break;
		}
		if (json_length(element) == 2)
			print_list(out, element, " : ");
		else
			print(out, element);
	}
	fputs(" }", out);
}

static void print_payload(FILE *out, struct json_object *payload)
{
	if (*json_text(payload, "base"))
		fprintf(out, "@%s,%d,%d", json_text(payload, "base"),
			json_object_get_int(json_get(payload, "offset")),
			json_object_get_int(json_get(payload, "len")));
	else
		fprintf(out, "%s %s", json_text(payload, "protocol"), json_text(payload, "field"));
}

static void print_meta(FILE *out, struct json_object *meta)
{
	const char *key = json_text(meta, "key");

	fprintf(out, "%s%s", !strncmp(key, "iif", 3) || !strncmp(key, "oif", 3) ? "" : "meta ",
		key);
}

static void print_map(FILE *out, const char *name, struct json_object *map)
{
	print(out, json_get(map, "key"));
	fprintf(out, " %s ", name);
	print(out, json_get(map, "data"));
}

static void print_object(FILE *out, struct json_object *o)
{
	struct json_object *value;
	const char *name = json_first(o, &value);

	if (!strcmp(name, "payload"))
		print_payload(out, value);
	else if (!strcmp(name, "meta"))
		print_meta(out, value);
	else if (!strcmp(name, "ct"))
		fprintf(out, "ct %s", json_text(value, "key"));
	else if (!strcmp(name, "range"))
		print_list(out, value, "-");
	else if (!strcmp(name, "concat"))
		print_list(out, value, " . ");
	else if (!strcmp(name, "set"))
		print_set(out, value);
	else if (!strcmp(name, "elem"))
		print(out, json_get(value, "val"));
	else if (!strcmp(name, "map") || !strcmp(name, "vmap"))
		print_map(out, name, value);
	else if (!strcmp(name, "jump") || !strcmp(name, "goto"))
		fprintf(out, "%s %s", name, json_text(value, "target"));
	else if (!strcmp(name, "prefix"))
		fprintf(out, "%s/%d", json_text(value, "addr"),
			json_object_get_int(json_get(value, "len")));
	else if (!strcmp(name, "fib")) {
		fputs("fib ", out);
		print(out, json_get(value, "flags"));
		fprintf(out, " %s", json_text(value, "result"));
	} else {
		fputs(*name ? name : "?", out);
	}
}

static void print(FILE *out, struct json_object *o)
{
	if (json_is_list(o))
		print_list(out, o, ",");
	else if (json_object_is_type(o, json_type_object))
		print_object(out, o);
	else
		fputs(o ? json_object_get_string(o) : "?", out);
}

static void print_match(FILE *out, struct json_object *match)
{
	const char *op = json_text(match, "op");

	print(out, json_get(match, "left"));
	if (strcmp(op, "==") != 0 && strcmp(op, "in") != 0)
		fprintf(out, " %s", op);
	fputc(' ', out);
	print(out, json_get(match, "right"));
}

static void print_nat(FILE *out, const char *name, struct json_object *nat)
{
	struct json_object *addr = json_get(nat, "addr");
	struct json_object *port = json_get(nat, "port");

	fputs(name, out);
	if (addr || port)
		fputs(" to ", out);
	if (addr)
		print(out, addr);
	if (port) {
		fputc(':', out);
		print(out, port);
	}
}

static void print_statement(FILE *out, struct json_object *statement)
{
	struct json_object *value;
	const char *name = json_first(statement, &value);

	if (!strcmp(name, "counter"))
		return;
	fputc(' ', out);
	if (!strcmp(name, "match"))
		print_match(out, value);
	else if (!strcmp(name, "dnat") || !strcmp(name, "redirect") || !strcmp(name, "snat") ||
		 !strcmp(name, "masquerade"))
		print_nat(out, name, value);
	else if (!strcmp(name, "xt") && *json_text(value, "name"))
		fprintf(out, "xt %s", json_text(value, "name"));
	else
		print_object(out, statement);
}

/* Not within a character of UTF-8. */
static void cut(char *text, size_t length)
{
	if (strlen(text) <= length)
		return;
	length -= strlen("...");
	while (length && (text[length] & 0xc0) == 0x80)
		length--;
	memcpy(text + length, "...", sizeof("..."));
}

const char *import_nft_expression(struct json_object *o, char *buf, size_t size)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	buf[0] = '\0';
	if (!out)
		return buf;
	print(out, o);
	fclose(out);
	if (text) {
		cut(text, size - 1);
		snprintf(buf, size, "%s", text);
	}
	free(text);
	return buf;
}

char *import_nft_text(struct json_object *rule)
{
	struct json_object *statements = json_get(rule, "expr");
	const char *comment = json_text(rule, "comment");
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fprintf(out, "%s %s %s:", json_text(rule, "family"), json_text(rule, "table"),
		json_text(rule, "chain"));
	for (size_t i = 0; i < json_length(statements); i++)
		print_statement(out, json_at(statements, i));
	if (*comment)
		fprintf(out, " comment \"%s\"", comment);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	cut(text, LONGEST);
	return text;
}
