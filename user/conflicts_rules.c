// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asks the router's own rules whether they reflect natloop's forwards, too. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "conflicts_hairpin.h"
#include "conflicts_parts.h"
#include "forward_text.h"
#include "import_ask.h"
#include "plan.h"
#include "util.h"

/* nft, and iptables in both variants. */
#define MOST_SETS 3

struct conflict_rules {
	struct import_ruleset set[MOST_SETS];
	size_t sets;
};

static int take_iptables(void *data, const char *text, bool legacy, struct problem *p)
{
	struct conflict_rules *rules = data;

	if (rules->sets == MOST_SETS)
		return 0;
	rules->set[rules->sets].legacy = legacy;
	return import_ruleset_iptables(text, &rules->set[rules->sets++], p);
}

static bool has_xt(const struct import_ruleset *set)
{
	for (size_t i = 0; i < set->lines; i++)
		if (set->line[i].xt)
			return true;
	return false;
}

/* Named sets are left empty: with a hundred thousand addresses to block they would take a second.
 */
struct conflict_rules *conflicts_read_rules(void)
{
	struct conflict_rules *rules = calloc(1, sizeof(*rules));
	_cleanup_free_ char *text = NULL;
	struct problem p = { .usage = false };
	bool nft_shown = false;

	if (!rules)
		return NULL;
	if (!import_ask_nft(true, &text, &p) && text && *text) {
		if (import_ruleset_nft(text, &rules->set[0], &p))
			import_ruleset_free(&rules->set[0]);
		else
			nft_shown = !has_xt(&rules->set[0]);
		rules->sets++;
	}
	(void)import_ask_iptables(take_iptables, rules, &nft_shown, &p);
	return rules;
}

void conflicts_free_rules(struct conflict_rules *rules)
{
	for (size_t i = 0; rules && i < rules->sets; i++)
		import_ruleset_free(&rules->set[i]);
	free(rules);
}

static bool is_vague(const struct import_ruleset *set)
{
	for (size_t i = 0; i < set->lines; i++)
		for (size_t k = 0; *set->line[i].reason && k < set->line[i].steps; k++)
			if (set->line[i].step[k].verdict >= IMPORT_DNAT)
				return true;
	return false;
}

bool conflicts_reflection(const struct conflict_rules *rules,
			  const struct hairpin_question *question, enum hairpin_share *ret)
{
	enum hairpin_share share = hairpin_share(rules->set, rules->sets, question);

	for (size_t i = 0; share != HAIRPIN_WHOLE && i < rules->sets; i++)
		if (is_vague(&rules->set[i]))
			return false;
	*ret = share;
	return true;
}

static struct import_addresses addresses_of(const struct interface_address *a)
{
	__u32 host = a->prefix_length ? (1U << (32 - a->prefix_length)) - 1 : ~0U;
	__u32 addr = ntohl(a->addr.w[3]);

	return (struct import_addresses){ addr & ~host, addr | host };
}

/* The interface whose network the server is in. */
static const char *way_to(const struct conflict_search *search, const struct natloop_addr *server)
{
	__u32 addr = ntohl(server->w[3]);

	for (size_t i = 0; i < search->addresses.addresses; i++) {
		const struct interface_address *a = &search->addresses.address[i];
		struct import_addresses net = addresses_of(a);
		const struct link *link = netlink_link_by_index(&search->links, a->ifindex);

		if (link && addr >= net.first && addr <= net.last)
			return link->name;
	}
	return NULL;
}

/* Some client of an attached LAN, and some public address. */
static bool is_reflected(const struct conflict_search *search, const struct conflict_rules *rules,
			 const struct natloop_forward *forward, struct hairpin_answer *ret)
{
	const struct natloop_config *config = search->config;
	struct hairpin_question q = {
		.forward = forward,
		.output = way_to(search, &forward->server),
	};

	for (size_t i = 0; i < search->addresses.addresses; i++) {
		const struct interface_address *a = &search->addresses.address[i];
		const struct link *link = netlink_link_by_index(&search->links, a->ifindex);

		if (!link || !plan_is_l3(config, a->ifindex))
			continue;
		q.input = link->name;
		q.clients = addresses_of(a);
		for (__u32 k = 0; k < config->publics; k++) {
			q.public = ntohl(config->address[k].w[3]);
			if (hairpin_find(rules->set, rules->sets, &q, ret))
				return true;
		}
	}
	return false;
}

/* Forwards that one rule of source NAT serves are told in one line. */
struct served {
	struct hairpin_answer answer;
	const struct natloop_forward *forward; /* the first one */
	unsigned int more;
};

static void tell(const struct served *s, struct conflict_search *search)
{
	char object[FORWARD_TEXT_MAX + 32], remedy[sizeof(search->found->remedy)];

	forward_format(s->forward, object, sizeof(object));
	if (s->more)
		snprintf(object + strlen(object), 32, " and %u more", s->more);
	conflict_add(search, object, hairpin_remedy(&s->answer, remedy, sizeof(remedy)),
		     "rules of the router reflect it, too, with its own address as source: a "
		     "client that [lan] denies gets through, and a detach changes what the server "
		     "sees");
}

void conflicts_rules(const struct conflict_rules *rules, struct conflict_search *search)
{
	_cleanup_free_ struct served *served = calloc(NATLOOP_MAX_FORWARDS, sizeof(*served));
	size_t count = 0;

	for (__u32 i = 0; rules && served && i < search->config->forwards; i++) {
		const struct natloop_forward *forward = &search->config->forward[i];
		struct hairpin_answer answer;
		size_t k = 0;

		if (!is_reflected(search, rules, forward, &answer))
			continue;
		while (k < count && served[k].answer.snat != answer.snat)
			k++;
		if (k < count)
			served[k].more++;
		else
			served[count++] = (struct served){ answer, forward, 0 };
	}
	for (size_t k = 0; k < count; k++)
		tell(&served[k], search);
}
