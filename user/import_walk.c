// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which rules do packets from outside come to, and which packets? */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "import_rules.h"
#include "import_taken.h"
#include "util.h"

/* The kernel's NFT_JUMP_STACK_SIZE; it refuses rules that go deeper, and loops. */
#define MOST_JUMPS 16
/* A chain may be called from many places, and call others from many: there must be an end. */
#define MOST_VISITS 20000

struct walk {
	struct import_ruleset *set;
	struct import *out;
	struct import_takings taken;
	unsigned int visits;
};

/* What a packet must be to have come here. */
struct path {
	struct import_scope scope;
	struct import_needs needs;
	const char *reason; /* why that is not known, or empty */
	const char *sources;
	bool elsewhere; /* as of struct import_line */
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

static int copy_scope(struct import_scope *ret, const struct import_scope *scope)
{
	int err = import_scope_all(ret);

	return err ? err : import_scope_narrow(ret, scope);
}

static bool is_whole(const struct import_scope *scope)
{
	return scope->pieces == 1 && scope->piece->protocols == IMPORT_BOTH &&
	       !scope->piece->first && scope->piece->last == IMPORT_LAST_PORT;
}

/* Packets of @path->scope come no further; @target as of struct import_taken. */
static int take_away(struct walk *w, const struct import_line *line, enum import_reach reach,
		     const struct import_target *target, const struct path *path)
{
	struct import_taken taken = {
		.needs = path->needs,
		.target = target,
		.text = line->text ? line->text : "",
		.reach = reach,
	};
	int err;

	if (path->elsewhere)
		return 0;
	err = copy_scope(&taken.scope, &path->scope);
	taken.whole = is_whole(&taken.scope);
	if (!err)
		err = import_takings_cut_sure(&w->taken, &path->needs, &taken.scope);
	if (!err)
		return import_takings_add(&w->taken, &taken);
	import_scope_free(&taken.scope);
	return err;
}

/* Takes pieces with all ports out of @scope, and tells in @rule what is to be told of them. */
static int split_whole(struct import_rule *rule, struct import_scope *scope,
		       const struct import_target *target)
{
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; !err && i < scope->pieces; i++) {
		const struct import_scope one = { &scope->piece[i], 1 };

		if (scope->piece[i].first || scope->piece[i].last != IMPORT_LAST_PORT)
			scope->piece[kept++] = scope->piece[i];
		else
			err = import_rule_forwards(rule, &one, target);
	}
	scope->pieces = kept;
	return err;
}

static int add_forwards(struct walk *w, struct import_rule *rule, const struct path *path,
			const struct import_target *target)
{
	struct import_scope scope _cleanup_scope_ = { .piece = NULL };
	int err = copy_scope(&scope, &path->scope);

	if (!err)
		err = split_whole(rule, &scope, target);
	if (!err)
		err = import_takings_cut(&w->taken, &path->needs, target, &scope, rule);
	return err || !scope.pieces ? err : import_rule_forwards(rule, &scope, target);
}

/* What became no forward is taken, too; of two forwards import_add_forwards chooses. */
static int take_rest(struct walk *w, const struct import_line *line, const struct import_step *step,
		     const struct path *path)
{
	const struct import_rule *rule = &w->out->rule[line->rule - 1];
	const struct import_target *target = *path->reason ? NULL : &step->target;
	struct path left = *path;
	int err;

	left.scope = (struct import_scope){ .piece = NULL };
	err = copy_scope(&left.scope, &path->scope);
	for (size_t i = 0; !err && !line->restricted && i < rule->forwards; i++) {
		const struct natloop_forward *f = &rule->forward[i];
		struct import_piece piece = {
			f->proto == IPPROTO_TCP ? IMPORT_TCP : IMPORT_UDP,
			/* There is no port 0. */
			f->first == 1 ? 0 : f->first,
			f->last,
		};
		const struct import_scope by = { &piece, 1 };

		err = import_scope_cut(&left.scope, &by);
		/* Then more is taken away than need be. */
		if (err == -E2BIG)
			err = 0;
	}
	if (!err)
		err = take_away(w, line, IMPORT_GONE, target, &left);
	import_scope_free(&left.scope);
	return err;
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
	if (*path->reason) {
		err = import_rule_skip(rule, path->reason);
	} else if (!path->scope.pieces) {
		err = import_rule_skip(rule, "no TCP or UDP packet from outside comes to it");
	} else {
		line->restricted = line->restricted || *path->sources;
		err = add_forwards(w, rule, path, &step->target);
	}
	return err ? err : take_rest(w, line, step, path);
}

static int take_jump(struct walk *w, const struct import_line *line, const struct import_step *step,
		     struct path *path)
{
	size_t chain;
	int err = 0;

	if (import_find_chain(w->set, step->chain, &chain)) {
		path->needs.unknown = true;
		return import_target_passes(step->chain) ?
			       0 :
			       take_away(w, line, IMPORT_GONE, NULL, path);
	}
	if (path->jumps == MOST_JUMPS)
		return 0;
	path->jumps++;
	err = walk_chain(w, chain, path);
	if (err || step->verdict == IMPORT_JUMP)
		return err;
	return take_away(w, line, IMPORT_RETURNED, NULL, path);
}

static int take_verdict(struct walk *w, struct import_line *line, const struct import_step *step,
			struct path *path)
{
	switch (step->verdict) {
	case IMPORT_DNAT:
		return take_dnat(w, line, step, path);
	case IMPORT_JUMP:
	case IMPORT_GOTO:
		return path->scope.pieces ? take_jump(w, line, step, path) : 0;
	case IMPORT_RETURN:
		return take_away(w, line, IMPORT_RETURNED, NULL, path);
	default:
		return take_away(w, line, step->accepts ? IMPORT_ACCEPTED : IMPORT_GONE, NULL,
				 path);
	}
}

/* @here: what the packets are that have come to @line. */
static int take_step(struct walk *w, struct import_line *line, const struct import_step *step,
		     const struct path *here)
{
	struct import_scope scope _cleanup_scope_ = { .piece = NULL };
	struct path inner = *here;
	int err = copy_scope(&scope, &here->scope);

	if (!err)
		err = import_scope_narrow(&scope, &step->scope);
	if (err == -E2BIG) {
		inner.needs.unknown = true;
		if (!*inner.reason)
			inner.reason = "too many ports";
	} else if (err) {
		return err;
	}
	inner.scope = scope;
	import_needs_add(&inner.needs, &step->condition);
	return take_verdict(w, line, step, &inner);
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
	here.elsewhere = here.elsewhere || line->elsewhere;
	here.needs.unknown = here.needs.unknown || line->vague || asks_for_output(line);
	here.xt = here.xt || line->xt;
	for (size_t i = 0; i < line->conditions; i++)
		import_needs_add(&here.needs, &line->condition[i]);
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
	/* A map may have one element only, and a packet that is not in it goes on. */
	return line->always && !line->elsewhere && line->steps == 1 &&
	       line->step[0].verdict != IMPORT_JUMP && is_whole(&line->step[0].scope) &&
	       line->step[0].condition.subject == IMPORT_NO_SUBJECT;
}

static int walk_chain(struct walk *w, size_t chain, const struct path *path)
{
	size_t before = w->taken.count;
	struct import_line *line;
	int err = 0;

	for (size_t i = w->set->chain[chain].first; !err && i; i = line->next) {
		line = &w->set->line[i - 1];
		if (++w->visits > MOST_VISITS)
			return -ELOOP;
		err = walk_line(w, line, path);
		if (ends(line))
			break;
	}
	import_takings_end(&w->taken, before, IMPORT_RETURNED);
	return err;
}

/* Of a nat chain, what was not translated goes on to the next one; see nf_nat_inet_fn. */
static int walk_base(struct walk *w, const struct import_chain *base, const struct path *path)
{
	const struct import_line policy = { .text = base->name };
	size_t before = w->taken.count;
	int err = walk_chain(w, (size_t)(base - w->set->chain), path);

	import_takings_end(&w->taken, before, IMPORT_ACCEPTED);
	return err || !base->drops ? err : take_away(w, &policy, IMPORT_GONE, NULL, path);
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
		err = walk_base(&w, base, &path);
	if (!err)
		err = import_settle_restricted(set, ret, before);
	import_takings_free(&w.taken);
	if (!err)
		return 0;
	while (ret->rules > before)
		import_rule_free(&ret->rule[--ret->rules]);
	if (!before)
		import_free(ret);
	return err;
}
