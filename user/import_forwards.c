// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From packets and where they are sent to forwards, and from forwards to settings. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "forward_text.h"
#include "import_rules.h"
#include "util.h"

/* So many ports that all go to one port of the server are written as forwards of one port each. */
#define MOST_TO_ONE 32

struct forward_list {
	struct natloop_forward *forward;
	size_t forwards;
};

static int append(struct forward_list *list, const struct natloop_forward *f)
{
	struct natloop_forward *grown;

	for (size_t i = 0; i < list->forwards; i++)
		if (!memcmp(&list->forward[i], f, sizeof(*f)))
			return 0;
	if (list->forwards == NATLOOP_MAX_FORWARDS)
		return -E2BIG;
	grown = reallocarray(list->forward, list->forwards + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->forward = grown;
	list->forward[list->forwards++] = *f;
	return 0;
}

/* Public and server ports of a forward. */
struct ports {
	unsigned int first;
	unsigned int last;
	unsigned int server_first;
};

static int add_ports(struct import_rule *rule, const struct import_piece *piece,
		     const struct import_target *target, const struct ports *ports)
{
	static const struct {
		unsigned int bit;
		__u8 proto;
	} protocols[] = { { IMPORT_TCP, IPPROTO_TCP }, { IMPORT_UDP, IPPROTO_UDP } };
	struct forward_list list = { rule->forward, rule->forwards };
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(protocols); i++) {
		struct natloop_forward f;

		if (!(piece->protocols & protocols[i].bit))
			continue;
		memset(&f, 0, sizeof(f));
		f.server = target->addr;
		f.first = (__u16)ports->first;
		f.last = (__u16)ports->last;
		f.server_first = (__u16)ports->server_first;
		f.proto = protocols[i].proto;
		err = append(&list, &f);
	}
	rule->forward = list.forward;
	rule->forwards = list.forwards;
	return err == -E2BIG ? import_rule_skip(rule, "more forwards than natloop can hold") : err;
}

static int add_to_one(struct import_rule *rule, const struct import_piece *piece,
		      const struct import_target *target)
{
	struct ports ports;
	char why[96];
	int err = 0;

	if (piece->last - piece->first >= MOST_TO_ONE) {
		snprintf(why, sizeof(why), "all ports from %u to %u go to port %u", piece->first,
			 piece->last, target->first);
		return import_rule_skip(rule, why);
	}
	for (unsigned int port = piece->first; !err && port <= piece->last; port++) {
		ports = (struct ports){ port, port, target->first };
		err = add_ports(rule, piece, target, &ports);
	}
	return err;
}

/* To a range of ports, of which the kernel chooses one unless the packet's own is among them. */
static int add_to_range(struct import_rule *rule, const struct import_piece *piece,
			const struct import_target *target)
{
	struct ports ports = { piece->first, piece->last, piece->first };
	char why[160];

	if (!target->base && piece->first >= target->first && piece->last <= target->last)
		return add_ports(rule, piece, target, &ports);
	if (target->base && piece->first >= target->base &&
	    piece->last - target->base <= target->last - target->first) {
		ports.server_first = target->first + (piece->first - target->base);
		return add_ports(rule, piece, target, &ports);
	}
	snprintf(why, sizeof(why),
		 "ports %u-%u do not go to %u-%u one by one; give the forward that is meant",
		 piece->first, piece->last, target->first, target->last);
	return import_rule_skip(rule, why);
}

static int add_piece(struct import_rule *rule, struct import_piece piece,
		     const struct import_target *target)
{
	struct ports ports;

	if (!piece.first && piece.last == IMPORT_LAST_PORT)
		return import_rule_skip(rule, "all ports: give those that are wanted");
	if (!piece.first)
		piece.first = 1;
	if (piece.first > piece.last)
		return 0;
	if (!target->first) {
		ports = (struct ports){ piece.first, piece.last, piece.first };
		return add_ports(rule, &piece, target, &ports);
	}
	if (target->first == target->last)
		return add_to_one(rule, &piece, target);
	return add_to_range(rule, &piece, target);
}

int import_rule_forwards(struct import_rule *rule, const struct import_scope *scope,
			 const struct import_target *target)
{
	char addr[ADDRESS_TEXT_MAX];
	struct natloop_addr same;
	struct problem inner;
	int err = 0;

	if (address_parse_host(address_format(&target->addr, addr, sizeof(addr)), &same, &inner)) {
		char why[sizeof(inner.object) + sizeof(inner.what) + 4];

		snprintf(why, sizeof(why), "%s: %s", inner.object, inner.what);
		return import_rule_skip(rule, why);
	}
	for (size_t i = 0; !err && i < scope->pieces; i++)
		err = add_piece(rule, scope->piece[i], target);
	return err;
}

void import_free(struct import *imported)
{
	for (size_t i = 0; i < imported->rules; i++)
		import_rule_free(&imported->rule[i]);
	free(imported->rule);
	free(imported->sets);
	*imported = (struct import){ .rule = NULL };
}

/* The forward of @s with the lowest port that is also one of @f from @port on, or NULL. */
static const struct natloop_forward *next_taken(const struct settings *s,
						const struct natloop_forward *f, unsigned int port)
{
	const struct natloop_forward *found = NULL;

	for (size_t i = 0; i < s->forwards; i++) {
		const struct natloop_forward *old = &s->forward[i];

		if (old->proto == f->proto && old->last >= port && old->first <= f->last &&
		    (!found || old->first < found->first))
			found = old;
	}
	return found;
}

static struct natloop_forward cut(const struct natloop_forward *f, unsigned int first,
				  unsigned int last)
{
	struct natloop_forward part = *f;

	part.first = (__u16)first;
	part.last = (__u16)last;
	part.server_first = (__u16)(f->server_first + (first - f->first));
	return part;
}

static bool same_mapping(const struct natloop_forward *a, const struct natloop_forward *b)
{
	return address_equal(&a->server, &b->server) &&
	       a->server_first - a->first == b->server_first - b->first;
}

/*
 * The parts of @f that no forward of @s takes yet go to @s; those, and what @s sends to the same
 * place already, go to @kept.
 */
static int add_parts(struct settings *s, const struct natloop_forward *f, struct import_rule *rule,
		     struct forward_list *kept, struct problem *p)
{
	char why[FORWARD_TEXT_MAX + 32], text[FORWARD_TEXT_MAX];
	unsigned int port = f->first;
	int err = 0;

	while (!err && port <= f->last) {
		const struct natloop_forward *old = next_taken(s, f, port);
		struct natloop_forward taken, part;

		if (!old || old->first > port) {
			part = cut(f, port, old ? old->first - 1U : f->last);
			port = part.last + 1U;
			err = settings_add_forward(s, &part, p) ? -ENOSPC : append(kept, &part);
			continue;
		}
		taken = *old;
		part = cut(f, port, taken.last < f->last ? taken.last : f->last);
		port = part.last + 1U;
		if (same_mapping(&taken, f)) {
			err = append(kept, &part);
			continue;
		}
		snprintf(why, sizeof(why), "an earlier rule means %s",
			 forward_format(&taken, text, sizeof(text)));
		err = import_rule_skip(rule, why);
	}
	return err == -E2BIG ? -ENOSPC : err;
}

static int add_rule(struct settings *s, struct import_rule *rule, struct problem *p)
{
	struct forward_list kept = { .forward = NULL };
	int err = 0;

	for (size_t i = 0; !err && i < rule->forwards; i++)
		err = add_parts(s, &rule->forward[i], rule, &kept, p);
	if (err) {
		free(kept.forward);
		return err;
	}
	free(rule->forward);
	rule->forward = kept.forward;
	rule->forwards = kept.forwards;
	return 0;
}

int import_add_forwards(struct import *imported, struct settings *s, struct problem *p)
{
	size_t before = s->forwards;
	struct problem inner;
	int err = 0;

	for (size_t i = 0; !err && i < imported->rules; i++)
		err = add_rule(s, &imported->rule[i], &inner);
	if (!err) {
		s->forwards_imported = true;
		return 0;
	}
	memset(&s->forward[before], 0, (s->forwards - before) * sizeof(s->forward[0]));
	s->forwards = before;
	if (err == -ENOMEM)
		return problem(p, err, "import", "", "out of memory");
	return problem(p, err, "import", "give those that are wanted by --forward",
		       "the router's rules are more than %d forwards", NATLOOP_MAX_FORWARDS);
}

static bool has_forward(const struct settings *s, const struct natloop_forward *f)
{
	for (size_t i = 0; i < s->forwards; i++)
		if (!memcmp(&s->forward[i], f, sizeof(*f)))
			return true;
	return false;
}

int import_skip_others(struct import *imported, const struct settings *s, const char *why)
{
	for (size_t i = 0; i < imported->rules; i++) {
		struct import_rule *rule = &imported->rule[i];
		size_t kept = 0;
		int err = 0;

		for (size_t k = 0; k < rule->forwards; k++)
			if (has_forward(s, &rule->forward[k]))
				rule->forward[kept++] = rule->forward[k];
		if (kept < rule->forwards)
			err = import_rule_skip(rule, why);
		if (err)
			return err;
		rule->forwards = kept;
	}
	return 0;
}
