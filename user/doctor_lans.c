// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which networks do clients live in, and is natloop in front of each of them? */
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "doctor_run.h"
#include "plan.h"

static void add_word(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? " " : "", word);
}

/* Without a carrier there are no hosts. */
static bool has_network(const struct doctor_run *run, const struct link *link)
{
	if (link->type != ARPHRD_ETHER || !(link->flags & IFF_UP) || !(link->flags & IFF_RUNNING))
		return false;
	for (size_t i = 0; i < run->addresses.addresses; i++) {
		const struct interface_address *a = &run->addresses.address[i];

		if (a->ifindex == link->ifindex && a->scope == 0 && a->prefix_length < 31 &&
		    !dns_address_global(&a->addr))
			return true;
	}
	return false;
}

static bool is_attached(const struct doctor_run *run, const struct link *link)
{
	return plan_is_l3(&run->config, link->ifindex);
}

static void add_unserved(struct doctor_run *run, const struct link *link)
{
	char next[sizeof(run->facts->lans) + 32];

	snprintf(next, sizeof(next), "natloopctl attach %s", run->facts->lans);
	doctor_add(run->report, "lan-not-served", DOCTOR_WARNING, link->name, next,
		   "natloop is not attached here: hosts behind %s are not served", link->name);
}

void doctor_lans(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;

	if (!run->lan)
		return;
	for (size_t i = 0; i < run->links.links; i++) {
		const struct link *link = &run->links.link[i];

		if (is_attached(run, link))
			add_word(facts->served, sizeof(facts->served), link->name);
		if (is_attached(run, link) || link->ifindex == run->lan ||
		    (!doctor_is_uplink(run, link->ifindex) && has_network(run, link)))
			add_word(facts->lans, sizeof(facts->lans), link->name);
	}
	for (size_t i = 0; i < run->links.links && run->config.links; i++) {
		const struct link *link = &run->links.link[i];

		if (!is_attached(run, link) && !doctor_is_uplink(run, link->ifindex) &&
		    has_network(run, link))
			add_unserved(run, link);
	}
}
