// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lan_text.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "forward_text.h"
#include "util.h"

#define SEPARATORS ", \t"
#define VALUE_REMEDY "write allow or deny, and the ports if not all are meant"

/* One line, before it becomes rules. */
struct lan_line {
	struct natloop_rule who; /* .net and .mask */
	char interface[IFNAMSIZ];
	bool allow;
	struct forward_ports ports[NATLOOP_MAX_RULES];
	size_t count;
};

static bool is_address(const char *text)
{
	return strchr(text, '/') || (*text && strspn(text, "0123456789.") == strlen(text));
}

static int parse_who(const char *text, struct lan_line *line, struct problem *p)
{
	_cleanup_free_ struct settings *checked = NULL;
	struct prefix prefix;
	int err;

	if (is_address(text)) {
		err = address_parse_prefix(text, &prefix, p);
		if (err)
			return err;
		line->who.net = prefix.net;
		line->who.mask = prefix.mask;
		return 0;
	}
	checked = calloc(1, sizeof(*checked));
	if (!checked)
		return problem(p, -ENOMEM, text, "", "out of memory");
	err = settings_add_interface(checked, text, p);
	if (!err)
		memcpy(line->interface, checked->interface[0], IFNAMSIZ);
	return err;
}

static bool has_ports(const struct lan_line *line, const struct forward_ports *ports)
{
	for (size_t i = 0; i < line->count; i++)
		if (line->ports[i].proto == ports->proto && line->ports[i].first == ports->first &&
		    line->ports[i].last == ports->last)
			return true;
	return false;
}

static int add_ports(const char *text, struct lan_line *line, struct problem *p)
{
	struct forward_ports ports[FORWARD_PORTS_MAX];
	size_t count = 0;
	int err;

	/* inih knows only ';' as the start of a comment behind a value. */
	if (*text == '#')
		return problem_usage(p, text, "begin it with ';'", "a comment behind a value");
	err = forward_parse_ports(text, ports, &count, p);
	for (size_t i = 0; i < count && !err; i++) {
		if (has_ports(line, &ports[i]))
			continue;
		if (line->count == ARRAY_SIZE(line->ports))
			return problem_usage(p, text, "use ranges", "more than %zu ports",
					     ARRAY_SIZE(line->ports));
		line->ports[line->count++] = ports[i];
	}
	return err;
}

/* "allow tcp/443 udp/21116"; changes @text. */
static int parse_value(char *text, struct lan_line *line, struct problem *p)
{
	char *rest = NULL;
	char *word = strtok_r(text, SEPARATORS, &rest);
	int err = 0;

	if (!word || (strcmp(word, "allow") != 0 && strcmp(word, "deny") != 0))
		return problem_usage(p, word ? word : "value", VALUE_REMEDY,
				     "neither allow nor deny");
	line->allow = !strcmp(word, "allow");
	for (word = strtok_r(NULL, SEPARATORS, &rest); word && !err;
	     word = strtok_r(NULL, SEPARATORS, &rest))
		err = add_ports(word, line, p);
	return err;
}

static bool same_who(const struct settings *s, size_t a, size_t b)
{
	return !strcmp(s->rule_interface[a], s->rule_interface[b]) &&
	       address_equal(&s->rule[a].net, &s->rule[b].net) &&
	       address_equal(&s->rule[a].mask, &s->rule[b].mask);
}

static void add_rule(struct settings *s, const struct lan_line *line,
		     const struct forward_ports *ports)
{
	struct natloop_rule *rule = &s->rule[s->rules];

	*rule = line->who;
	rule->proto = ports ? ports->proto : 0;
	rule->first = ports ? ports->first : 0;
	rule->last = ports ? ports->last : 65535;
	/* What is not among the ports gets the other answer. */
	rule->allow = ports || !line->count ? line->allow : !line->allow;
	memcpy(s->rule_interface[s->rules++], line->interface, IFNAMSIZ);
}

/* Takes the rules from @at on away again. */
static void cut_rules(struct settings *s, size_t at)
{
	memset(&s->rule[at], 0, (s->rules - at) * sizeof(s->rule[0]));
	memset(&s->rule_interface[at], 0, (s->rules - at) * sizeof(s->rule_interface[0]));
	s->rules = at;
}

static int add_line(struct settings *s, const char *who, const struct lan_line *line,
		    struct problem *p)
{
	size_t at = s->rules;
	char text[2 * NATLOOP_MAX_RULES * 16];

	if (line->count + 1 > ARRAY_SIZE(s->rule) - s->rules)
		return problem_usage(p, who, "use ranges of ports, or fewer lines",
				     "more than %zu rules", ARRAY_SIZE(s->rule));
	for (size_t i = 0; i < line->count; i++)
		add_rule(s, line, &line->ports[i]);
	add_rule(s, line, NULL);
	lan_rule_format(s, at, text, sizeof(text));
	if (strlen(text) >= LAN_TEXT_MAX) {
		cut_rules(s, at);
		return problem_usage(p, who, "use ranges of ports", "too many ports for one line");
	}
	for (size_t i = 0; i < at; i++) {
		if (!same_who(s, i, at))
			continue;
		cut_rules(s, at);
		return problem_usage(p, who, "put all of it on one line",
				     "a line above has the same network already");
	}
	return 0;
}

int lan_rule_parse(const char *who, const char *value, struct settings *s, struct problem *p)
{
	_cleanup_free_ struct lan_line *line = calloc(1, sizeof(*line));
	_cleanup_free_ char *text = strdup(value);
	int err;

	if (!line || !text)
		return problem(p, -ENOMEM, who, "", "out of memory");
	err = parse_who(who, line, p);
	if (!err)
		err = parse_value(text, line, p);
	return err ? err : add_line(s, who, line, p);
}

/* Is rule @i, of TCP, followed by the same of UDP? */
static bool is_both(const struct settings *s, size_t i, size_t end)
{
	const struct natloop_rule *rule = &s->rule[i];

	return i + 1 < end && rule[0].proto == IPPROTO_TCP && rule[1].proto == IPPROTO_UDP &&
	       rule[0].first == rule[1].first && rule[0].last == rule[1].last;
}

static void append_ports(const struct natloop_rule *rule, const char *proto, char *buf, size_t size)
{
	size_t length = strlen(buf);

	if (rule->first == rule->last)
		snprintf(buf + length, size - length, " %s/%u", proto, rule->first);
	else
		snprintf(buf + length, size - length, " %s/%u-%u", proto, rule->first, rule->last);
}

size_t lan_rule_format(const struct settings *s, size_t at, char *buf, size_t size)
{
	const struct prefix prefix = { s->rule[at].net, s->rule[at].mask };
	char who[ADDRESS_TEXT_MAX];
	size_t end = at;

	while (end < s->rules && s->rule[end].proto)
		end++;
	if (*s->rule_interface[at])
		snprintf(who, sizeof(who), "%s", s->rule_interface[at]);
	else
		address_format_prefix(&prefix, who, sizeof(who));
	/* With no ports the rule for the rest is all there is. */
	snprintf(buf, size, "%s = %s", who, s->rule[at].allow ? "allow" : "deny");
	for (size_t i = at; i < end; i++) {
		bool both = is_both(s, i, end);

		append_ports(&s->rule[i],
			     both			     ? "tcp+udp" :
			     s->rule[i].proto == IPPROTO_TCP ? "tcp" :
							       "udp",
			     buf, size);
		i += both;
	}
	return end < s->rules ? end + 1 : end;
}
