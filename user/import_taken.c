// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "import_taken.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "address.h"

/* Others' rules must not cost more memory or time than this; see too_many. */
#define MOST_TAKEN 20000
#define MOST_COMPARED 30000000
/* So many rules are named as the reason why ports of another one are left out. */
#define MOST_NAMED 4

void import_takings_free(struct import_takings *t)
{
	for (size_t i = 0; i < t->count; i++)
		import_scope_free(&t->taken[i].scope);
	free(t->taken);
	*t = (struct import_takings){ .taken = NULL };
}

void import_needs_add(struct import_needs *needs, const struct import_condition *c)
{
	if (c->unknown)
		needs->unknown = true;
	if (c->subject == IMPORT_NO_SUBJECT)
		return;
	if (needs->count == IMPORT_MOST_NEEDS)
		needs->unknown = true;
	else
		needs->of[needs->count++] = c;
}

/* The least piece that has all of @scope, which is not empty. */
static struct import_piece hull_of(const struct import_scope *scope)
{
	struct import_piece hull = scope->piece[0];

	for (size_t i = 1; i < scope->pieces; i++) {
		const struct import_piece *piece = &scope->piece[i];

		hull.protocols |= piece->protocols;
		hull.first = piece->first < hull.first ? piece->first : hull.first;
		hull.last = piece->last > hull.last ? piece->last : hull.last;
	}
	return hull;
}

static bool meets(const struct import_piece *a, const struct import_piece *b)
{
	return a->protocols & b->protocols && a->first <= b->last && b->first <= a->last;
}

static int make_room(struct import_takings *t)
{
	size_t room = t->room ? 2 * t->room : 16;
	struct import_taken *grown;

	if (t->count < t->room)
		return 0;
	grown = reallocarray(t->taken, room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	t->taken = grown;
	t->room = room;
	return 0;
}

int import_takings_add(struct import_takings *t, struct import_taken *taken)
{
	int err = 0;

	t->too_many = t->too_many || t->count == MOST_TAKEN;
	if (taken->scope.pieces && !t->too_many) {
		err = make_room(t);
		if (!err) {
			taken->hull = hull_of(&taken->scope);
			t->taken[t->count++] = *taken;
			return 0;
		}
	}
	import_scope_free(&taken->scope);
	return err;
}

static bool are_disjoint(const struct import_needs *a, const struct import_needs *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (import_condition_disjoint(a->of[i], b->of[k]))
				return true;
	return false;
}

/* Do packets for which @needs hold meet all that @taken asks for, but for its scope? */
static bool is_met(const struct import_taken *taken, const struct import_needs *needs)
{
	for (size_t i = 0; i < taken->needs.count; i++) {
		bool met = false;

		for (size_t k = 0; !met && k < needs->count; k++)
			met = import_condition_implied(taken->needs.of[i], needs->of[k]);
		if (!met)
			return false;
	}
	return !taken->needs.unknown;
}

/* Networks that no public address is in, in host order. */
static bool is_private(const struct import_addresses *range)
{
	static const struct import_addresses networks[] = {
		{ 0x00000000, 0x00ffffff }, { 0x0a000000, 0x0affffff }, { 0x7f000000, 0x7fffffff },
		{ 0xa9fe0000, 0xa9feffff }, { 0xac100000, 0xac1fffff }, { 0xc0a80000, 0xc0a8ffff },
		{ 0xe0000000, 0xffffffff },
	};

	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (range->first >= networks[i].first && range->last <= networks[i].last)
			return true;
	return false;
}

/* It may be one that clients dial. */
static bool is_public_destination(const struct import_condition *c)
{
	if (c->subject != IMPORT_DESTINATION || c->negated || c->unknown)
		return false;
	for (size_t i = 0; i < c->ranges; i++)
		if (!is_private(&c->range[i]))
			return true;
	return false;
}

/*
 * Does it take packets by other things than their ports: what comes by some interface, from some
 * address, with a mark? Rules with forwards are for the rest of them. Docker returns what its own
 * bridges send like this, others drop what blocked addresses send. But what goes to a public
 * address are packets that forwards are for.
 */
static bool is_about_others(const struct import_taken *taken)
{
	for (size_t i = 0; i < taken->needs.count; i++)
		if (is_public_destination(taken->needs.of[i]))
			return false;
	return taken->whole && (taken->needs.count || taken->needs.unknown);
}

/* Packets that came back from the chain are not surely led away by what stood behind that rule. */
static void doubt(struct import_takings *t, size_t from, const struct import_taken *returned)
{
	for (size_t i = from; i < t->count; i++) {
		struct import_taken *taken = &t->taken[i];
		struct import_piece common;

		t->compared++;
		if (!meets(&taken->hull, &returned->hull))
			continue;
		for (size_t k = 0; !taken->needs.unknown && k < returned->scope.pieces; k++) {
			t->compared += taken->scope.pieces;
			if (import_scope_common(&taken->scope, &returned->scope.piece[k],
						&common) &&
			    !are_disjoint(&taken->needs, &returned->needs))
				taken->needs.unknown = true;
		}
		t->too_many = t->too_many || t->compared > MOST_COMPARED;
		if (t->too_many)
			return;
	}
}

void import_takings_end(struct import_takings *t, size_t from, enum import_reach most)
{
	size_t kept = from;

	for (size_t i = from; i < t->count; i++)
		if (t->taken[i].reach == IMPORT_RETURNED)
			doubt(t, i + 1, &t->taken[i]);
	for (size_t i = from; i < t->count; i++) {
		if (t->taken[i].reach <= most)
			import_scope_free(&t->taken[i].scope);
		else
			t->taken[kept++] = t->taken[i];
	}
	t->count = kept;
}

int import_takings_cut_sure(struct import_takings *t, const struct import_needs *needs,
			    struct import_scope *scope)
{
	struct import_piece hull;
	int err = 0;

	if (!scope->pieces)
		return 0;
	hull = hull_of(scope);
	for (size_t i = 0; !err && scope->pieces && i < t->count; i++) {
		t->compared++;
		if (!meets(&hull, &t->taken[i].hull))
			continue;
		t->compared += scope->pieces * t->taken[i].scope.pieces;
		t->too_many = t->too_many || t->compared > MOST_COMPARED;
		if (t->too_many)
			return 0;
		if (is_met(&t->taken[i], needs))
			err = import_scope_cut(scope, &t->taken[i].scope);
		/* What is not cut is told of once more at most. */
		if (err == -E2BIG)
			err = 0;
	}
	return err;
}

/* The server's port for the public one; 0: not known. */
static unsigned int port_at(const struct import_target *target, unsigned int port)
{
	if (!target->first)
		return port;
	if (target->first == target->last)
		return target->first;
	if (target->base)
		return port >= target->base && port - target->base <= target->last - target->first ?
			       target->first + (port - target->base) :
			       0;
	return port >= target->first && port <= target->last ? port : 0;
}

static bool same_place(const struct import_target *a, const struct import_target *b,
		       const struct import_piece *ports)
{
	return a && address_equal(&a->addr, &b->addr) && port_at(a, ports->first) &&
	       port_at(a, ports->last) && port_at(a, ports->first) == port_at(b, ports->first) &&
	       port_at(a, ports->last) == port_at(b, ports->last);
}

/* What both have, and send to two places, in @ret. */
static int find_lost(const struct import_taken *taken, const struct import_target *target,
		     const struct import_scope *scope, struct import_scope *ret)
{
	int err = 0;

	for (size_t i = 0; !err && i < taken->scope.pieces; i++) {
		for (size_t k = 0; !err && k < scope->pieces; k++) {
			const struct import_scope one = { &scope->piece[k], 1 };
			struct import_piece common;

			if (import_scope_common(&one, &taken->scope.piece[i], &common) &&
			    !same_place(taken->target, target, &common))
				err = import_scope_add(ret, &common);
		}
	}
	return err;
}

static int tell(const struct import_taken *taken, const struct import_scope *lost, bool sure,
		struct import_rule *rule)
{
	static const char *const protocols[] = { "", "tcp/", "udp/", "" };
	const struct import_piece *piece = lost->piece;
	char ports[16] = "", why[512];

	if (piece->last > piece->first)
		snprintf(ports, sizeof(ports), "-%u", piece->last);
	if (!piece->first && piece->last == IMPORT_LAST_PORT)
		snprintf(why, sizeof(why), "an earlier rule takes %s%s: %.300s",
			 sure ? "" : "some of ",
			 piece->protocols == IMPORT_TCP ? "all of TCP" :
			 piece->protocols == IMPORT_UDP ? "all of UDP" :
							  "all",
			 taken->text);
	else
		snprintf(why, sizeof(why), "an earlier rule takes %s%s%u%s%s: %.300s",
			 sure ? "" : "some of ", protocols[piece->protocols & IMPORT_BOTH],
			 piece->first, ports, lost->pieces > 1 ? " and others" : "", taken->text);
	return import_rule_skip(rule, why);
}

/* *@told: of so many rules @rule says already that they take something. */
static int cut_one(const struct import_taken *taken, const struct import_target *target, bool sure,
		   struct import_scope *scope, struct import_rule *rule, unsigned int *told)
{
	struct import_scope lost _cleanup_scope_ = { .piece = NULL };
	int err = find_lost(taken, target, scope, &lost);

	if (!err && !lost.pieces)
		return 0;
	if (!err)
		err = import_scope_cut(scope, &lost);
	if (err == -E2BIG) {
		import_scope_free(scope);
		return import_rule_skip(rule, "earlier rules take too many of its ports");
	}
	if (!err && *told < MOST_NAMED)
		err = tell(taken, &lost, sure, rule);
	else if (!err && *told == MOST_NAMED)
		err = import_rule_skip(rule, "more earlier rules take ports of it");
	++*told;
	return err;
}

int import_takings_cut(struct import_takings *t, const struct import_needs *needs,
		       const struct import_target *target, struct import_scope *scope,
		       struct import_rule *rule)
{
	struct import_piece hull;
	unsigned int told = 0;
	int err = 0;

	if (!scope->pieces)
		return 0;
	hull = hull_of(scope);
	for (size_t i = 0; !err && scope->pieces && !t->too_many && i < t->count; i++) {
		const struct import_taken *taken = &t->taken[i];
		bool sure;

		t->compared++;
		if (!meets(&hull, &taken->hull))
			continue;
		sure = is_met(taken, needs);
		t->compared += scope->pieces * taken->scope.pieces;
		t->too_many = t->compared > MOST_COMPARED;
		if (t->too_many || are_disjoint(&taken->needs, needs) ||
		    (!sure && is_about_others(taken)))
			continue;
		err = cut_one(taken, target, sure, scope, rule, &told);
	}
	if (err || !t->too_many)
		return err;
	import_scope_free(scope);
	return import_rule_skip(rule, "too many rules to know which packets come to it");
}
