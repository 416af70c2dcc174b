// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "import_rules.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static void free_step(struct import_step *step)
{
	import_scope_free(&step->scope);
	import_condition_free(&step->condition);
	free(step->chain);
}

void import_line_free(struct import_line *line)
{
	for (size_t i = 0; i < line->steps; i++)
		free_step(&line->step[i]);
	for (size_t i = 0; i < line->conditions; i++)
		import_condition_free(&line->condition[i]);
	free(line->condition);
	free(line->step);
	free(line->text);
	*line = (struct import_line){ .text = NULL };
}

void import_ruleset_free(struct import_ruleset *set)
{
	for (size_t i = 0; i < set->lines; i++)
		import_line_free(&set->line[i]);
	for (size_t i = 0; i < set->chains; i++)
		free(set->chain[i].name);
	free(set->line);
	free(set->sets);
	free(set->chain);
	*set = (struct import_ruleset){ .source = set->source };
}

int import_ruleset_chain(struct import_ruleset *set, const char *name, size_t *ret)
{
	struct import_chain *grown;
	char *copy;

	if (!import_find_chain(set, name, ret))
		return 0;
	grown = reallocarray(set->chain, set->chains + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	set->chain = grown;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	set->chain[set->chains] = (struct import_chain){ .name = copy };
	*ret = set->chains++;
	return 0;
}

int import_ruleset_line(struct import_ruleset *set, size_t chain, struct import_line *line)
{
	struct import_chain *c = &set->chain[chain];
	struct import_line *grown;

	grown = reallocarray(set->line, set->lines + 1, sizeof(*grown));
	if (!grown) {
		import_line_free(line);
		return -ENOMEM;
	}
	set->line = grown;
	set->line[set->lines++] = *line;
	*line = (struct import_line){ .text = NULL };
	if (c->last)
		set->line[c->last - 1].next = set->lines;
	else
		c->first = set->lines;
	c->last = set->lines;
	return 0;
}

int import_line_step(struct import_line *line, struct import_step *step)
{
	struct import_step *grown;

	grown = reallocarray(line->step, line->steps + 1, sizeof(*grown));
	if (!grown) {
		free_step(step);
		return -ENOMEM;
	}
	line->step = grown;
	line->step[line->steps++] = *step;
	return 0;
}

int import_line_condition(struct import_line *line, struct import_condition *c)
{
	struct import_condition *grown =
		reallocarray(line->condition, line->conditions + 1, sizeof(*grown));

	if (!grown) {
		import_condition_free(c);
		return -ENOMEM;
	}
	line->condition = grown;
	line->condition[line->conditions++] = *c;
	*c = (struct import_condition){ .names = 0 };
	return 0;
}

int import_find_chain(const struct import_ruleset *set, const char *name, size_t *ret)
{
	for (size_t i = 0; i < set->chains; i++) {
		if (strcmp(set->chain[i].name, name) != 0)
			continue;
		*ret = i;
		return 0;
	}
	return -ENOENT;
}

const struct import_chain *import_next_base(const struct import_ruleset *set, enum import_hook hook,
					    const struct import_chain *last)
{
	const struct import_chain *next = NULL;

	for (size_t i = 0; i < set->chains; i++) {
		const struct import_chain *c = &set->chain[i];

		if (c->hook != hook || (last && (c->priority < last->priority ||
						 (c->priority == last->priority && c <= last))))
			continue;
		if (!next || c->priority < next->priority)
			next = c;
	}
	return next;
}

static void set_reason(struct import_line *line, const char *format, va_list ap)
{
	if (!line->reason[0])
		vsnprintf(line->reason, sizeof(line->reason), format, ap);
}

void import_line_reason(struct import_line *line, const char *format, ...)
{
	va_list ap;

	line->vague = true;
	va_start(ap, format);
	set_reason(line, format, ap);
	va_end(ap);
}

void import_line_no_server(struct import_line *line, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set_reason(line, format, ap);
	va_end(ap);
}

void import_line_elsewhere(struct import_line *line, const char *why)
{
	line->elsewhere = true;
	import_line_no_server(line, "%s", why);
}

bool import_target_passes(const char *name)
{
	static const char *const passing[] = {
		"AUDIT",       "CHECKSUM", "CLASSIFY",	"CONNMARK", "CONNSECMARK", "CT",
		"DSCP",	       "HMARK",	   "IDLETIMER", "LED",	    "LOG",	   "MARK",
		"NFLOG",       "NOTRACK",  "RATEEST",	"SECMARK",  "SET",	   "TCPMSS",
		"TCPOPTSTRIP", "TEE",	   "TOS",	"TRACE",    "TTL",	   "ULOG",
	};

	for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
		if (!strcmp(name, passing[i]))
			return true;
	return false;
}

void import_rule_free(struct import_rule *rule)
{
	free(rule->text);
	free(rule->skipped);
	free(rule->forward);
	*rule = (struct import_rule){ .text = NULL };
}

int import_rule_skip(struct import_rule *rule, const char *why)
{
	char *both;

	if (rule->skipped && strstr(rule->skipped, why))
		return 0;
	if (asprintf(&both, "%s%s%s", rule->skipped ? rule->skipped : "", rule->skipped ? "; " : "",
		     why) < 0)
		return -ENOMEM;
	free(rule->skipped);
	rule->skipped = both;
	return 0;
}
