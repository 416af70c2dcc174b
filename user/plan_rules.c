// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which clients may use which forwards? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan_parts.h"
#include "util.h"

bool plan_has_rule_for(const struct natloop_config *config, const char *name)
{
	for (__u32 i = 0; i < config->rules; i++)
		if (!strcmp(config->rule_interface[i], name))
			return true;
	return false;
}

const char *plan_next_waiting(const struct natloop_config *config, __u32 *i)
{
	while (*i < config->rules) {
		const char *name = config->rule_interface[*i];
		__u32 first = 0;

		while (strcmp(config->rule_interface[first], name) != 0)
			first++;
		if (config->rule[(*i)++].ifindex == NATLOOP_NO_INTERFACE && first + 1 == *i)
			return name;
	}
	return NULL;
}

static bool was_there(const struct planner *pl, const char *name)
{
	return pl->view->running && plan_has_rule_for(pl->view->running, name);
}

/*
 * The interface that a rule means: by its name, and if there is none, the one that had it when the
 * rule was last looked at, and is called otherwise now: whom it keeps out stays out.
 */
static const struct link *link_of(const struct planner *pl, const char *name)
{
	const struct link *link = netlink_link_by_name(&pl->view->links, name);
	const struct natloop_config *running = pl->view->running;

	for (__u32 i = 0; running && !link && i < running->rules; i++)
		if (!strcmp(running->rule_interface[i], name))
			link = netlink_link_by_index(&pl->view->links,
						     (int)running->rule[i].ifindex);
	return link;
}

/* A name that can never fit would silently let in whom it was to keep out. */
static int check_name(const struct planner *pl, const char *name, const struct link *link)
{
	const struct link_table *links = &pl->view->links;
	const struct link *bridge = link ? plan_bridge_of(link, links) : NULL;
	char remedy[128];

	if (link && (!bridge || plan_is_l3(&pl->plan->config, link->ifindex)))
		return 0;
	/* What was right once must not stand in the way of what else changes. */
	if (pl->s->rules_wait || was_there(pl, name))
		return 0;
	if (!link)
		return problem(pl->p, -ENODEV, name, "see 'ip link' for the names",
			       "no such interface, but [lan] has a line for it");
	snprintf(remedy, sizeof(remedy), "name %s in [lan], or a prefix of addresses",
		 bridge->name);
	return problem(pl->p, -EINVAL, name, remedy, "its clients are seen on the bridge %s",
		       bridge->name);
}

/* The ifindex for a rule that names @name. */
static int find_interface(const struct planner *pl, const char *name, __u32 *ret)
{
	const struct link *link = link_of(pl, name);
	int err = check_name(pl, name, link);

	if (err)
		return err;
	/* Nobody comes in on one that is not attached. */
	*ret = link && plan_is_l3(&pl->plan->config, link->ifindex) ? (__u32)link->ifindex :
								      NATLOOP_NO_INTERFACE;
	return 0;
}

int plan_rules(struct planner *pl)
{
	struct natloop_config *config = &pl->plan->config;
	const struct settings *s = pl->s;

	for (size_t i = 0; i < s->rules; i++) {
		const char *name = s->rule_interface[i];
		__u32 ifindex = 0;
		int err = *name ? find_interface(pl, name, &ifindex) : 0;

		if (err)
			return err;
		config->rule[i] = s->rule[i];
		config->rule[i].ifindex = ifindex;
		memcpy(config->rule_interface[i], name, NATLOOP_NAME);
	}
	config->rules = (__u32)s->rules;
	return 0;
}
