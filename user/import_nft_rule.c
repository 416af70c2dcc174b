// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One rule out of libnftables' JSON. */
#include "import_nft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "util.h"

struct nft_rule {
	struct import_nft_table table;
	struct import_line line;
	struct import_scope scope;    /* of the matches so far */
	struct import_condition pair; /* of the pair of a map that is being read, for its step */
	bool matches;
};

/* @by NULL: everything that the matches let through. Takes over @step. */
static int add_step(struct nft_rule *r, struct import_step *step, const struct import_scope *by)
{
	int err = import_scope_all(&step->scope);

	if (!err)
		err = import_scope_narrow(&step->scope, &r->scope);
	if (!err && by)
		err = import_scope_narrow(&step->scope, by);
	if (err == -E2BIG) {
		import_line_reason(&r->line, "too many ports");
		err = 0;
	}
	if (err) {
		import_scope_free(&step->scope);
		import_condition_free(&step->condition);
		free(step->chain);
		return err;
	}
	step->condition = r->pair;
	r->pair = (struct import_condition){ .names = 0 };
	return import_line_step(&r->line, step);
}

static int take_match(struct nft_rule *r, const char *name, struct json_object *value)
{
	int err = import_nft_match(&r->table, value, &r->scope, &r->line);

	(void)name;
	r->matches = true;
	if (err != -E2BIG)
		return err;
	import_line_reason(&r->line, "too many ports");
	return 0;
}

static bool set_ports(struct json_object *port, struct import_target *target)
{
	struct json_object *range = json_get(port, "range");

	if (!port)
		return true;
	if (import_nft_number(port, &target->first)) {
		target->last = target->first;
		return target->first;
	}
	return json_length(range) == 2 && import_nft_number(json_at(range, 0), &target->first) &&
	       import_nft_number(json_at(range, 1), &target->last) && target->first &&
	       target->first <= target->last;
}

/* One address, perhaps with the port behind it ("192.168.11.20 . 80"); @port may be NULL. */
static int add_dnat(struct nft_rule *r, struct json_object *addr, struct json_object *port,
		    const struct import_scope *by)
{
	struct import_step step = { .verdict = IMPORT_DNAT };
	struct json_object *pair = json_get(addr, "concat");
	const char *text;
	char shown[64];

	if (json_length(pair) == 2 && !port) {
		addr = json_at(pair, 0);
		port = json_at(pair, 1);
	}
	text = json_string(addr);
	if (text && strchr(text, ':'))
		import_line_reason(&r->line, "IPv6");
	else if (!text || address_parse(text, &step.target.addr, NULL))
		import_line_reason(&r->line, "not to one server: %s",
				   import_nft_expression(addr, shown, sizeof(shown)));
	else if (!set_ports(port, &step.target))
		import_line_reason(&r->line, "not to one port: %s",
				   import_nft_expression(port, shown, sizeof(shown)));
	return add_step(r, &step, by);
}

/* What a map makes of each of its keys. */
typedef int (*take_pair)(struct nft_rule *r, struct json_object *data, struct json_object *port,
			 const struct import_scope *by);

static int take_map(struct nft_rule *r, struct json_object *map, struct json_object *port,
		    take_pair take)
{
	struct json_object *list = import_nft_elements(&r->table, json_get(map, "data"));
	int err = 0;

	for (size_t i = 0; !err && i < json_length(list); i++) {
		struct import_scope by _cleanup_scope_ = { .piece = NULL };
		struct json_object *pair = json_at(list, i);

		err = import_nft_key(&r->table, json_get(map, "key"), json_at(pair, 0), &by,
				     &r->line);
		if (err == -E2BIG) {
			import_line_reason(&r->line, "too many ports");
			err = 0;
		}
		if (!err)
			err = import_nft_read_condition(&r->table, json_get(map, "key"),
							"==", json_at(pair, 0), &r->pair);
		if (!err)
			err = take(r, json_at(pair, 1), port, &by);
		import_condition_free(&r->pair);
	}
	return err;
}

static int take_dnat(struct nft_rule *r, const char *name, struct json_object *value)
{
	struct json_object *addr = json_get(value, "addr");
	struct json_object *port = json_get(value, "port");

	(void)name;
	if (!strcmp(json_text(value, "family"), "ip6"))
		import_line_reason(&r->line, "IPv6");
	if (!addr)
		import_line_reason(&r->line, "ends on this router itself");
	if (json_get(addr, "map"))
		return take_map(r, json_get(addr, "map"), port, add_dnat);
	return add_dnat(r, addr, port, NULL);
}

static int take_redirect(struct nft_rule *r, const char *name, struct json_object *value)
{
	struct import_step step = { .verdict = IMPORT_DNAT };

	(void)name;
	(void)value;
	import_line_reason(&r->line, "ends on this router itself");
	return add_step(r, &step, NULL);
}

static int add_jump(struct nft_rule *r, enum import_verdict verdict, struct json_object *value,
		    const struct import_scope *by)
{
	struct import_step step = { .verdict = verdict };
	struct json_object *where = json_get(value, "target");
	char name[512];

	snprintf(name, sizeof(name), "%s %s %s", r->table.family, r->table.name,
		 where && json_string(where) ? json_string(where) : "");
	step.chain = strdup(name);
	return step.chain ? add_step(r, &step, by) : -ENOMEM;
}

static int take_jump(struct nft_rule *r, const char *name, struct json_object *value)
{
	return add_jump(r, !strcmp(name, "jump") ? IMPORT_JUMP : IMPORT_GOTO, value, NULL);
}

static int take_end(struct nft_rule *r, const char *name, struct json_object *value)
{
	struct import_step step = {
		.verdict = !strcmp(name, "return") ? IMPORT_RETURN : IMPORT_END,
	};

	(void)value;
	return add_step(r, &step, NULL);
}

static int take_snat(struct nft_rule *r, const char *name, struct json_object *value)
{
	struct import_step step = { .verdict = IMPORT_SNAT };

	(void)name;
	if (!strcmp(json_text(value, "family"), "ip6"))
		import_line_reason(&r->line, "IPv6");
	return add_step(r, &step, NULL);
}

/* {"jump": {"target": ...}}, or a verdict that leads nowhere. */
static int add_verdict(struct nft_rule *r, struct json_object *data, struct json_object *unused,
		       const struct import_scope *by)
{
	struct json_object *value;
	const char *name = json_first(data, &value);

	(void)unused;
	if (!strcmp(name, "jump"))
		return add_jump(r, IMPORT_JUMP, value, by);
	if (!strcmp(name, "goto"))
		return add_jump(r, IMPORT_GOTO, value, by);
	return 0;
}

static int take_vmap(struct nft_rule *r, const char *name, struct json_object *value)
{
	(void)name;
	r->matches = true;
	return take_map(r, value, NULL, add_verdict);
}

/* A part of iptables: nft tells its name at most. */
static int take_xt(struct nft_rule *r, const char *name, struct json_object *value)
{
	(void)name;
	(void)value;
	r->line.xt = true;
	r->matches = true;
	import_line_reason(&r->line, "made by iptables: see 'iptables-save -t nat'");
	return 0;
}

static int take_nothing(struct nft_rule *r, const char *name, struct json_object *value)
{
	(void)r;
	(void)name;
	(void)value;
	return 0;
}

static int take_unknown(struct nft_rule *r, const char *name, struct json_object *value)
{
	(void)value;
	r->matches = true;
	import_line_reason(&r->line, "only for some packets: %.64s", name);
	return 0;
}

static const struct statement {
	const char *name;
	int (*take)(struct nft_rule *r, const char *name, struct json_object *value);
} statements[] = {
	{ "match", take_match },
	{ "vmap", take_vmap },
	{ "dnat", take_dnat },
	{ "redirect", take_redirect },
	{ "snat", take_snat },
	{ "masquerade", take_snat },
	{ "jump", take_jump },
	{ "goto", take_jump },
	{ "accept", take_end },
	{ "drop", take_end },
	{ "reject", take_end },
	{ "return", take_end },
	{ "queue", take_end },
	{ "xt", take_xt },
	/* They choose nothing. */
	{ "counter", take_nothing },
	{ "log", take_nothing },
	{ "mangle", take_nothing },
	{ "set", take_nothing },
	{ "map", take_nothing },
	{ "last", take_nothing },
	{ "ct helper", take_nothing },
	{ "ct timeout", take_nothing },
	{ "secmark", take_nothing },
	{ "dup", take_nothing },
};

static int take_statement(struct nft_rule *r, struct json_object *o)
{
	struct json_object *value;
	const char *name = json_first(o, &value);

	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (!strcmp(name, statements[i].name))
			return statements[i].take(r, name, value);
	return take_unknown(r, name, value);
}

/* A rule of iptables without a verdict that nft can tell: it may be a DNAT. */
static int finish_xt(struct nft_rule *r, struct json_object *list)
{
	struct import_step step = { .verdict = IMPORT_DNAT };

	if (!r->line.xt || r->line.steps)
		return 0;
	for (size_t i = 0; i < json_length(list); i++) {
		struct json_object *xt = json_get(json_at(list, i), "xt");

		if (!strcmp(json_text(xt, "type"), "target") &&
		    strcmp(json_text(xt, "name"), "DNAT") != 0)
			return 0;
	}
	return add_step(r, &step, NULL);
}

static bool has_nat(const struct import_line *line)
{
	for (size_t i = 0; i < line->steps; i++)
		if (line->step[i].verdict == IMPORT_DNAT || line->step[i].verdict == IMPORT_SNAT)
			return true;
	return false;
}

static int read_statements(struct nft_rule *r, struct json_object *o)
{
	struct json_object *list = json_get(o, "expr");
	int err = import_scope_all(&r->scope);

	for (size_t i = 0; !err && i < json_length(list); i++)
		err = take_statement(r, json_at(list, i));
	if (!err)
		err = finish_xt(r, list);
	if (!err && has_nat(&r->line)) {
		r->line.text = import_nft_text(o);
		err = r->line.text ? 0 : -ENOMEM;
	}
	r->line.always = !r->matches;
	return err;
}

int import_nft_rule(const struct import_nft_table *table, struct json_object *rule,
		    struct import_line *ret)
{
	struct nft_rule r = { .table = *table };
	int err = read_statements(&r, rule);

	import_scope_free(&r.scope);
	if (err) {
		import_line_free(&r.line);
		return err;
	}
	*ret = r.line;
	return 0;
}
