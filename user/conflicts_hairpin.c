// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "conflicts_hairpin.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "util.h"

/* As in import_walk.c. */
#define MOST_JUMPS 16
#define MOST_VISITS 20000

/* Packets that are the same but for the client and, of a range of ports, the port. */
struct packet {
	const struct hairpin_question *question;
	const char *output; /* NULL: none yet, or not known */
	struct import_addresses destination;
	struct import_piece ports;
	enum import_verdict wanted; /* IMPORT_DNAT before routing, IMPORT_SNAT behind it */
	const struct import_line *found;
	bool for_all;
	unsigned int visits;
};

/* What becomes of the packets, or of some of them. */
enum fate {
	FATE_ON,      /* to the next rule */
	FATE_RETURN,  /* to the chain that this one was called from */
	FATE_ACCEPT,  /* to the next base chain */
	FATE_ADDRESS, /* to another address: over */
};

static enum fate walk_chain(const struct import_ruleset *set, size_t chain, struct packet *packet,
			    unsigned int jumps, bool for_all);

static enum import_share lesser(enum import_share a, enum import_share b)
{
	return a < b ? a : b;
}

/* A server that is its own client is none of the LAN's (Docker has a rule for that). */
static bool is_server_only(const struct import_condition *c, const struct packet *packet)
{
	return packet->wanted == IMPORT_SNAT && !c->negated && c->ranges == 1 &&
	       c->range[0].first == c->range[0].last &&
	       c->range[0].first == packet->destination.first;
}

static enum import_share condition_share(const struct import_condition *c,
					 const struct packet *packet)
{
	switch (c->subject) {
	case IMPORT_INPUT:
		/* Behind routing, too, since Linux 5.7 ("Support iif matches in POSTROUTING"). */
		return import_condition_interface(c, packet->question->input);
	case IMPORT_OUTPUT:
		return import_condition_interface(c, packet->output);
	case IMPORT_SOURCE:
		return is_server_only(c, packet) ?
			       IMPORT_NONE :
			       import_condition_addresses(c, &packet->question->clients);
	case IMPORT_DESTINATION:
		return import_condition_addresses(c, &packet->destination);
	default:
		return c->unknown ? IMPORT_NONE : IMPORT_ALL_OF_THEM;
	}
}

static enum import_share scope_share(const struct import_scope *scope, const struct packet *packet)
{
	const struct import_piece *p = &packet->ports;
	enum import_share share = IMPORT_NONE;

	for (size_t i = 0; i < scope->pieces; i++) {
		const struct import_piece *s = &scope->piece[i];

		if (!(s->protocols & p->protocols) || s->last < p->first || s->first > p->last)
			continue;
		if (s->first <= p->first && s->last >= p->last)
			return IMPORT_ALL_OF_THEM;
		share = IMPORT_SOME;
	}
	return share;
}

static enum import_share step_share(const struct import_line *line, const struct import_step *step,
				    const struct packet *packet)
{
	enum import_share share = line->reason[0] ? IMPORT_NONE : IMPORT_ALL_OF_THEM;

	for (size_t i = 0; i < line->conditions; i++)
		share = lesser(share, condition_share(&line->condition[i], packet));
	share = lesser(share, condition_share(&step->condition, packet));
	return lesser(share, scope_share(&step->scope, packet));
}

/* Does the line say that it is not for the packets to the Internet? */
static bool is_bound(const struct import_line *line, const struct import_step *step)
{
	bool bound = step->condition.subject == IMPORT_OUTPUT && !step->condition.negated;

	for (size_t i = 0; i < line->conditions; i++) {
		const struct import_condition *c = &line->condition[i];

		bound = bound || c->subject == IMPORT_DESTINATION ||
			(c->subject == IMPORT_OUTPUT && !c->negated);
	}
	return bound;
}

/* Only a server that is the forward's own is a reflection of it. */
static bool leads_to_server(const struct import_step *step, const struct packet *packet)
{
	return packet->wanted == IMPORT_SNAT ||
	       address_equal(&step->target.addr, &packet->question->forward->server);
}

static enum fate take_step(const struct import_ruleset *set, const struct import_line *line,
			   const struct import_step *step, struct packet *packet,
			   unsigned int jumps, bool for_all)
{
	enum import_share share = step_share(line, step, packet);
	enum fate fate;
	size_t chain;

	if (share == IMPORT_NONE)
		return FATE_ON;
	for_all = for_all && !is_bound(line, step);
	switch (step->verdict) {
	case IMPORT_DNAT:
	case IMPORT_SNAT:
		if (step->verdict != packet->wanted)
			return FATE_ON;
		if (leads_to_server(step, packet)) {
			packet->found = line;
			packet->for_all = for_all;
			return FATE_ADDRESS;
		}
		return share == IMPORT_ALL_OF_THEM ? FATE_ADDRESS : FATE_ON;
	case IMPORT_RETURN:
		return share == IMPORT_ALL_OF_THEM ? FATE_RETURN : FATE_ON;
	case IMPORT_END:
		return share == IMPORT_ALL_OF_THEM ? FATE_ACCEPT : FATE_ON;
	default:
		break;
	}
	if (jumps == MOST_JUMPS || import_find_chain(set, step->chain, &chain))
		return FATE_ON;
	fate = walk_chain(set, chain, packet, jumps + 1, for_all);
	/* What held for those that came there holds for the rest only if that was all. */
	if (fate == FATE_ADDRESS && packet->found)
		return fate;
	if (share != IMPORT_ALL_OF_THEM)
		return FATE_ON;
	if (fate == FATE_ON || fate == FATE_RETURN)
		return step->verdict == IMPORT_GOTO ? FATE_RETURN : FATE_ON;
	return fate;
}

static enum fate walk_chain(const struct import_ruleset *set, size_t chain, struct packet *packet,
			    unsigned int jumps, bool for_all)
{
	const struct import_line *line;

	for (size_t i = set->chain[chain].first; i; i = line->next) {
		line = &set->line[i - 1];
		if (++packet->visits > MOST_VISITS)
			return FATE_ACCEPT;
		for (size_t k = 0; k < line->steps; k++) {
			enum fate fate =
				take_step(set, line, &line->step[k], packet, jumps, for_all);

			if (fate != FATE_ON)
				return fate;
		}
	}
	return FATE_ON;
}

static const struct import_line *walk(const struct import_ruleset *set, struct packet *packet)
{
	enum import_hook hook =
		packet->wanted == IMPORT_DNAT ? IMPORT_PREROUTING : IMPORT_POSTROUTING;
	const struct import_chain *base = NULL;

	packet->found = NULL;
	packet->visits = 0;
	while ((base = import_next_base(set, hook, base)))
		if (walk_chain(set, (size_t)(base - set->chain), packet, 0, true) == FATE_ADDRESS)
			break;
	return packet->found;
}

static unsigned int protocols(const struct natloop_forward *f)
{
	return f->proto == IPPROTO_TCP ? IMPORT_TCP : IMPORT_UDP;
}

/* What is found of it is in @answer. */
static enum hairpin_share find(const struct import_ruleset *sets, size_t count,
			       const struct hairpin_question *question,
			       struct hairpin_answer *answer)
{
	const struct natloop_forward *f = question->forward;
	const __u32 server = ntohl(f->server.w[3]);
	struct packet before = {
		.question = question,
		.destination = { question->public, question->public },
		.ports = { protocols(f), f->first, f->last },
		.wanted = IMPORT_DNAT,
	};
	struct packet behind = {
		.question = question,
		.output = question->output,
		.destination = { server, server },
		.ports = { protocols(f), f->server_first,
			   f->server_first + (unsigned int)(f->last - f->first) },
		.wanted = IMPORT_SNAT,
	};

	for (size_t i = 0; i < count && !answer->dnat; i++) {
		answer->dnat = walk(&sets[i], &before);
		answer->dnat_set = &sets[i];
	}
	for (size_t i = 0; i < count && answer->dnat && !answer->snat; i++) {
		answer->snat = walk(&sets[i], &behind);
		answer->snat_set = &sets[i];
	}
	answer->for_all = behind.for_all;
	if (answer->snat)
		return HAIRPIN_WHOLE;
	return answer->dnat ? HAIRPIN_HALF : HAIRPIN_NONE;
}

enum hairpin_share hairpin_share(const struct import_ruleset *sets, size_t count,
				 const struct hairpin_question *question)
{
	struct hairpin_answer answer = { .dnat = NULL };

	return find(sets, count, question, &answer);
}

bool hairpin_find(const struct import_ruleset *sets, size_t count,
		  const struct hairpin_question *question, struct hairpin_answer *ret)
{
	struct hairpin_answer answer = { .dnat = NULL };

	if (find(sets, count, question, &answer) != HAIRPIN_WHOLE)
		return false;
	*ret = answer;
	return true;
}

/* "!fw4: NAME (reflection)": firewall4 makes them of a section of its file. */
static bool reflection_name(const char *text, char *buf, size_t size)
{
	const char *name = strstr(text, "!fw4: ");
	const char *end = name ? strstr(name, " (reflection)") : NULL;

	if (!end)
		return false;
	name += strlen("!fw4: ");
	snprintf(buf, size, "%.*s", (int)(end - name), name);
	return true;
}

const char *hairpin_remedy(const struct hairpin_answer *answer, char *buf, size_t size)
{
	const char *rule = answer->snat->text;
	const char *program = answer->snat_set->legacy ? "iptables-legacy" : "iptables-nft";
	bool iptables = answer->snat_set->source == IMPORT_IPTABLES;
	char name[64];

	if (reflection_name(answer->dnat->text, name, sizeof(name)))
		snprintf(buf, size,
			 "set option reflection '0' in redirect '%s' of "
			 "/etc/config/firewall",
			 name);
	else if (answer->for_all)
		snprintf(buf, size, "give this rule of %s the uplink's interface (%s): %s",
			 iptables ? program : "nft", iptables ? "-o" : "oifname", rule);
	else if (iptables && !strncmp(rule, "-A ", 3))
		snprintf(buf, size, "%s -t nat -D %s", program, rule + 3);
	else
		snprintf(buf, size,
			 "delete this rule of nft ('nft -a list ruleset' has its handle): %s",
			 rule);
	return buf;
}
