// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One rule as iptables-save prints it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "import_iptables.h"
#include "number.h"
#include "util.h"

struct ipt_rule {
	struct import_line line;
	struct import_scope protocols;
	struct import_scope ports;
	struct import_target target;
	const char *chain; /* -A */
	const char *jump;  /* -j or -g; NULL: none */
	bool go;	   /* -g */
	bool matches;
	bool has_target; /* --to-destination */
	bool negated;	 /* the option that is being read */
};

static const char *next_word(struct import_words *w)
{
	return w->at < w->count ? w->word[w->at++] : NULL;
}

static int no_memory_or_reason(struct ipt_rule *r, int err)
{
	if (err != -E2BIG)
		return err;
	import_line_reason(&r->line, "too many ports");
	return 0;
}

/* "80", or "5000:5010" as iptables writes a range. Changes @text. */
static bool parse_ports(char *text, char between, struct import_piece *ret)
{
	char *end = strchr(text, between);

	if (end)
		*end++ = '\0';
	if (number_parse(text, 0, IMPORT_LAST_PORT, &ret->first))
		return false;
	ret->last = ret->first;
	return !end ||
	       (!number_parse(end, 0, IMPORT_LAST_PORT, &ret->last) && ret->first <= ret->last);
}

/* A list with commas. */
static int take_ports(struct ipt_rule *r, const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	struct import_scope by _cleanup_scope_ = { .piece = NULL };
	char *rest = NULL, *item;
	int err = copy ? 0 : -ENOMEM;

	for (item = copy ? strtok_r(copy, ",", &rest) : NULL; !err && item;
	     item = strtok_r(NULL, ",", &rest)) {
		struct import_piece piece = { .protocols = IMPORT_BOTH };

		if (!parse_ports(item, ':', &piece)) {
			import_line_reason(&r->line, "ports %.64s", value);
			return 0;
		}
		err = import_scope_add(&by, &piece);
	}
	if (!err)
		err = import_scope_narrow(&r->ports, &by);
	return no_memory_or_reason(r, err);
}

static int take_protocol(struct ipt_rule *r, const char *value)
{
	struct import_scope by _cleanup_scope_ = { .piece = NULL };
	struct import_piece piece = { 0, 0, IMPORT_LAST_PORT };
	int err = 0;

	if (!strcmp(value, "tcp") || !strcmp(value, "6"))
		piece.protocols = IMPORT_TCP;
	else if (!strcmp(value, "udp") || !strcmp(value, "17"))
		piece.protocols = IMPORT_UDP;
	else if (!strcmp(value, "all") || !strcmp(value, "0"))
		piece.protocols = IMPORT_BOTH;
	if (piece.protocols)
		err = import_scope_add(&by, &piece);
	return err ? err : import_scope_narrow(&r->protocols, &by);
}

/* No packet from outside has this. */
static int take_none(struct ipt_rule *r)
{
	import_scope_free(&r->protocols);
	return 0;
}

static int add_interface(struct ipt_rule *r, enum import_subject subject, const char *value)
{
	struct import_condition c = { .subject = subject, .negated = r->negated };
	int err = import_condition_name(&c, value);

	if (!err)
		return import_line_condition(&r->line, &c);
	import_condition_free(&c);
	return err;
}

static int take_input(struct ipt_rule *r, const char *value)
{
	int err = add_interface(r, IMPORT_INPUT, value);

	return err || r->negated || strcmp(value, "lo") != 0 ? err : take_none(r);
}

static int take_output(struct ipt_rule *r, const char *value)
{
	return add_interface(r, IMPORT_OUTPUT, value);
}

static int add_prefix(struct ipt_rule *r, enum import_subject subject, const char *value)
{
	struct import_condition c = { .subject = subject, .negated = r->negated };
	int err = import_condition_prefix(&c, value);

	if (!err)
		return import_line_condition(&r->line, &c);
	import_condition_free(&c);
	return err;
}

static int take_destination(struct ipt_rule *r, const char *value)
{
	int err = add_prefix(r, IMPORT_DESTINATION, value);

	return err || strncmp(value, "127.", 4) != 0 ? err : take_none(r);
}

static int take_destination_type(struct ipt_rule *r, const char *value)
{
	if (strcmp(value, "LOCAL") != 0)
		import_line_reason(&r->line, "only for destinations of type %.32s", value);
	return 0;
}

static int take_state(struct ipt_rule *r, const char *value)
{
	return strstr(value, "NEW") ? 0 : take_none(r);
}

static int take_source(struct ipt_rule *r, const char *value)
{
	if (!r->line.sources[0])
		snprintf(r->line.sources, sizeof(r->line.sources), "%s-s %.64s",
			 r->negated ? "! " : "", value);
	return add_prefix(r, IMPORT_SOURCE, value);
}

static int take_nothing(struct ipt_rule *r, const char *value)
{
	(void)r;
	(void)value;
	return 0;
}

static int take_chain(struct ipt_rule *r, const char *value)
{
	r->chain = value;
	return 0;
}

static int take_jump(struct ipt_rule *r, const char *value)
{
	r->jump = value;
	return 0;
}

static int take_goto(struct ipt_rule *r, const char *value)
{
	r->go = true;
	return take_jump(r, value);
}

/* "192.168.11.20", "192.168.11.20:80", "192.168.11.20:6000-6010", "192.168.11.20:6000-6010/5000" */
static int take_target(struct ipt_rule *r, const char *value)
{
	struct import_piece ports = { .first = 0 };
	char copy[64], *port, *base;

	r->has_target = true;
	snprintf(copy, sizeof(copy), "%s", value);
	port = strchr(copy, ':');
	if (port)
		*port++ = '\0';
	base = port ? strchr(port, '/') : NULL;
	if (base)
		*base++ = '\0';
	if (address_parse(copy, &r->target.addr, NULL))
		import_line_reason(&r->line, "not to one server: %.64s", value);
	else if ((port && (!parse_ports(port, '-', &ports) || !ports.first)) ||
		 (base && number_parse(base, 1, IMPORT_LAST_PORT, &r->target.base)))
		import_line_reason(&r->line, "not to one port: %.64s", value);
	r->target.first = ports.first;
	r->target.last = ports.last;
	return 0;
}

static const struct ipt_option {
	const char *name;
	bool value;   /* one follows */
	bool match;   /* not every packet has it */
	bool negated; /* may be */
	int (*take)(struct ipt_rule *r, const char *value);
} options[] = {
	{ "-A", true, false, false, take_chain },
	{ "-j", true, false, false, take_jump },
	{ "-g", true, false, false, take_goto },
	{ "-m", true, false, false, take_nothing },
	{ "-p", true, true, false, take_protocol },
	{ "-i", true, true, true, take_input },
	{ "-o", true, true, true, take_output },
	{ "-d", true, true, false, take_destination },
	{ "-s", true, true, true, take_source },
	{ "--dport", true, true, false, take_ports },
	{ "--dports", true, true, false, take_ports },
	{ "--dst-type", true, true, false, take_destination_type },
	{ "--ctstate", true, true, false, take_state },
	{ "--state", true, true, false, take_state },
	{ "--comment", true, false, false, take_nothing },
	{ "--to-destination", true, false, false, take_target },
	{ "--random", false, false, false, take_nothing },
	{ "--persistent", false, false, false, take_nothing },
};

static const struct ipt_option *find_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(name, options[i].name))
			return &options[i];
	return NULL;
}

/* An option that is not known: with it, which packets are meant is not known. */
static void take_unknown(struct ipt_rule *r, bool negated, const char *name)
{
	r->matches = true;
	/* Behind the target, options are the target's, and choose no packets. */
	if (r->jump)
		return;
	import_line_reason(&r->line, "only for some packets: %s%.64s", negated ? "! " : "", name);
}

static int take_option(struct ipt_rule *r, struct import_words *w, const char *name)
{
	bool negated = !strcmp(name, "!");
	const struct ipt_option *option;
	const char *value = NULL;

	if (negated)
		name = next_word(w);
	option = name ? find_option(name) : NULL;
	if (!option) {
		if (name && *name == '-')
			take_unknown(r, negated, name);
		return 0;
	}
	r->matches = r->matches || option->match;
	if (option->value) {
		value = next_word(w);
		if (!value)
			return -EPROTO;
	}
	if (negated && !option->negated) {
		import_line_reason(&r->line, "only for some packets: ! %s %.64s", name, value);
		return 0;
	}
	r->negated = negated;
	return option->take(r, value);
}

static enum import_verdict find_verdict(const struct ipt_rule *r)
{
	static const struct {
		const char *name;
		enum import_verdict verdict;
	} targets[] = {
		{ "ACCEPT", IMPORT_END },    { "DROP", IMPORT_END },
		{ "REJECT", IMPORT_END },    { "QUEUE", IMPORT_END },
		{ "RETURN", IMPORT_RETURN }, { "DNAT", IMPORT_DNAT },
		{ "REDIRECT", IMPORT_DNAT }, { "NETMAP", IMPORT_DNAT },
		{ "SNAT", IMPORT_SNAT },     { "MASQUERADE", IMPORT_SNAT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(r->jump, targets[i].name))
			return targets[i].verdict;
	return r->go ? IMPORT_GOTO : IMPORT_JUMP;
}

/* The step that -j or -g stands for. */
static int add_step(struct ipt_rule *r)
{
	struct import_step step = { .verdict = find_verdict(r) };
	int err = import_scope_all(&step.scope);

	if (!err)
		err = import_scope_narrow(&step.scope, &r->protocols);
	if (!err)
		err = no_memory_or_reason(r, import_scope_narrow(&step.scope, &r->ports));
	if (step.verdict == IMPORT_DNAT) {
		step.target = r->target;
		if (!strcmp(r->jump, "REDIRECT"))
			import_line_reason(&r->line, "ends on this router itself");
		else if (!r->has_target)
			import_line_reason(&r->line, "not to one server: %s", r->jump);
	} else if (!err && (step.verdict == IMPORT_JUMP || step.verdict == IMPORT_GOTO)) {
		step.chain = strdup(r->jump);
		err = step.chain ? 0 : -ENOMEM;
	}
	if (err) {
		import_scope_free(&step.scope);
		return err;
	}
	return import_line_step(&r->line, &step);
}

static int read_options(struct ipt_rule *r, struct import_words *w)
{
	const char *name;
	int err = import_scope_all(&r->protocols);

	if (!err)
		err = import_scope_all(&r->ports);
	while (!err && (name = next_word(w)))
		err = take_option(r, w, name);
	r->line.always = !r->matches;
	if (!err && r->jump)
		err = add_step(r);
	return err;
}

int import_iptables_rule(char *text, struct import_line *line, const char **chain)
{
	struct ipt_rule r = { .line = { .text = strdup(text) } };
	struct import_words w;
	int err = r.line.text ? 0 : -ENOMEM;

	if (!err && !import_iptables_split(text, &w))
		err = -EPROTO;
	if (!err)
		err = read_options(&r, &w);
	if (!err && !r.chain)
		err = -EPROTO;
	import_scope_free(&r.protocols);
	import_scope_free(&r.ports);
	if (err) {
		import_line_free(&r.line);
		return err;
	}
	*line = r.line;
	*chain = r.chain;
	return 0;
}
