// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which rules do packets from outside come to, and which packets? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "import_rules.h"
#include "util.h"

/* The kernel's NFT_JUMP_STACK_SIZE; it refuses rules that go deeper, and loops. */
#define MOST_JUMPS 16
/* A chain may be called from many places, and call others from many: there must be an end. */
#define MOST_VISITS 20000

struct walk {
	struct import_ruleset *set;
	struct import *out;
	unsigned int visits;
};

/* What a packet must be to have come here. */
struct path {
	struct import_scope scope;
	const char *reason; /* why that is not known, or empty */
	const char *sources;
	bool xt;
	unsigned int jumps;
};

static int walk_chain(struct walk *w, size_t chain, const struct path *path);

static int new_rule(struct walk *w, struct import_line *line)
{
	struct import_rule *grown;
	struct import_rule rule = {
		.source = w->set->source,
		.text = strdup(line->text ? line->text : ""),
		.xt = line->xt,
	};

	if (!rule.text)
		return -ENOMEM;
	grown = reallocarray(w->out->rule, w->out->rules + 1, sizeof(*grown));
	if (!grown) {
		free(rule.text);
		return -ENOMEM;
	}
	w->out->rule = grown;
	w->out->rule[w->out->rules++] = rule;
	line->rule = w->out->rules;
	return 0;
}

static int take_dnat(struct walk *w, struct import_line *line, const struct import_step *step,
		     const struct path *path)
{
	struct import_rule *rule;
	int err = line->rule ? 0 : new_rule(w, line);

	if (err)
		return err;
	rule = &w->out->rule[line->rule - 1];
	rule->xt = rule->xt || path->xt;
	if (*path->reason)
		return import_rule_skip(rule, path->reason);
	if (!path->scope.pieces)
		return import_rule_skip(rule, "no TCP or UDP packet from outside comes to it");
	line->restricted = line->restricted || *path->sources;
	return import_rule_forwards(rule, &path->scope, &step->target);
}

/* @here: what the packets are that have come to @line. */
static int take_step(struct walk *w, struct import_line *line, const struct import_step *step,
		     const struct path *here)
{
	struct import_scope scope _cleanup_scope_ = { .piece = NULL };
	struct path inner = *here;
	size_t chain;
	int err = import_scope_all(&scope);

	if (!err)
		err = import_scope_narrow(&scope, &here->scope);
	if (!err)
		err = import_scope_narrow(&scope, &step->scope);
	if (err == -E2BIG && !*inner.reason)
		inner.reason = "too many ports";
	if (err && err != -E2BIG)
		return err;
	inner.scope = scope;
	if (step->verdict == IMPORT_DNAT)
		return take_dnat(w, line, step, &inner);
	if ((step->verdict != IMPORT_JUMP && step->verdict != IMPORT_GOTO) || !scope.pieces ||
	    here->jumps == MOST_JUMPS || import_find_chain(w->set, step->chain, &chain))
		return 0;
	inner.jumps++;
	return walk_chain(w, chain, &inner);
}

/* Before routing there is none. */
static bool asks_for_output(const struct import_line *line)
{
	for (size_t i = 0; i < line->conditions; i++)
		if (line->condition[i].subject == IMPORT_OUTPUT)
			return true;
	for (size_t i = 0; i < line->steps; i++)
		if (line->step[i].condition.subject == IMPORT_OUTPUT)
			return true;
	return false;
}

static int walk_line(struct walk *w, struct import_line *line, const struct path *path)
{
	struct path here = *path;

	if (!*here.reason)
		here.reason = line->reason;
	if (!*here.reason && asks_for_output(line))
		here.reason = "only for some packets: by the interface that they leave by";
	if (!*here.sources)
		here.sources = line->sources;
	here.xt = here.xt || line->xt;
	for (size_t i = 0; i < line->steps; i++) {
		int err = take_step(w, line, &line->step[i], &here);

		if (err)
			return err;
	}
	return 0;
}

/* Does no packet get behind the line? */
static bool ends(const struct import_line *line)
{
	return line->always && line->steps == 1 && line->step[0].verdict != IMPORT_JUMP;
}

static int walk_chain(struct walk *w, size_t chain, const struct path *path)
{
	struct import_line *line;

	for (size_t i = w->set->chain[chain].first; i; i = line->next) {
		int err;

		line = &w->set->line[i - 1];
		if (++w->visits > MOST_VISITS)
			return -EPROTO;
		err = walk_line(w, line, path);
		if (err)
			return err;
		if (ends(line))
			break;
	}
	return 0;
}

/* The same port of the same server, for the port @port of @a. */
static bool same_at(const struct natloop_forward *a, const struct natloop_forward *b,
		    unsigned int port)
{
	return a->proto == b->proto && port >= b->first && port <= b->last &&
	       address_equal(&a->server, &b->server) &&
	       a->server_first - a->first == b->server_first - b->first;
}

static const struct natloop_forward *find_same(const struct walk *w, const bool *restricted,
					       const struct natloop_forward *f, unsigned int port)
{
	for (size_t i = 0; i < w->out->rules; i++) {
		const struct import_rule *rule = &w->out->rule[i];

		for (size_t k = 0; !restricted[i] && k < rule->forwards; k++)
			if (same_at(f, &rule->forward[k], port))
				return &rule->forward[k];
	}
	return NULL;
}

/* Do rules that take packets from everybody mean all of @f, too? */
static bool is_common(const struct walk *w, const bool *restricted, const struct natloop_forward *f)
{
	unsigned int port = f->first;

	while (port <= f->last) {
		const struct natloop_forward *same = find_same(w, restricted, f, port);

		if (!same)
			return false;
		port = same->last + 1U;
	}
	return true;
}

static int settle_line(const struct walk *w, const bool *restricted, const struct import_line *line)
{
	struct import_rule *rule = &w->out->rule[line->rule - 1];
	char why[sizeof(line->sources) + 32];
	size_t kept = 0;

	for (size_t i = 0; i < rule->forwards; i++)
		if (is_common(w, restricted, &rule->forward[i]))
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

/*
 * A rule that takes packets from some sources only is no forward for all; but it is how NAT
 * reflection for the LAN is made by rules, and then another rule has the same forward for all.
 */
static int settle_restricted(const struct walk *w, size_t before)
{
	_cleanup_free_ bool *restricted = calloc(w->out->rules + 1, sizeof(*restricted));
	int err = restricted ? 0 : -ENOMEM;

	for (size_t i = 0; restricted && i < w->set->lines; i++)
		if (w->set->line[i].rule > before)
			restricted[w->set->line[i].rule - 1] = w->set->line[i].restricted;
	for (size_t i = 0; !err && i < w->set->lines; i++)
		if (w->set->line[i].rule > before && w->set->line[i].restricted)
			err = settle_line(w, restricted, &w->set->line[i]);
	return err;
}

int import_walk(struct import_ruleset *set, struct import *ret)
{
	struct import_scope scope _cleanup_scope_ = { .piece = NULL };
	struct walk w = { .set = set, .out = ret };
	struct path path = { .reason = "", .sources = "" };
	const struct import_chain *base = NULL;
	size_t before = ret->rules;
	int err = import_scope_all(&scope);

	path.scope = scope;
	while (!err && (base = import_next_base(set, IMPORT_PREROUTING, base)))
		err = walk_chain(&w, (size_t)(base - set->chain), &path);
	if (!err)
		err = settle_restricted(&w, before);
	if (!err)
		return 0;
	while (ret->rules > before)
		import_rule_free(&ret->rule[--ret->rules]);
	if (!before)
		import_free(ret);
	return err;
}
