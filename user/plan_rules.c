// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which clients may use which forwards? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan_parts.h"
#include "util.h"

/* A name that can never fit would silently let in whom it was to keep out. */
static int find_interface(const struct planner *pl, const char *name, const struct link **ret)
{
	const struct link_table *links = &pl->view->links;
	const struct link *link = netlink_link_by_name(links, name);
	const struct link *bridge;
	char remedy[128];

	if (!link)
		return problem(pl->p, -ENODEV, name, "see 'ip link' for the names",
			       "no such interface, but [lan] has a line for it");
	bridge = plan_bridge_of(link, links);
	if (bridge && !plan_is_l3(&pl->plan->config, link->ifindex)) {
		snprintf(remedy, sizeof(remedy), "name %s in [lan], or a prefix of addresses",
			 bridge->name);
		return problem(pl->p, -EINVAL, name, remedy,
			       "its clients are seen on the bridge %s", bridge->name);
	}
	*ret = link;
	return 0;
}

int plan_rules(struct planner *pl)
{
	struct natloop_config *config = &pl->plan->config;
	const struct settings *s = pl->s;

	for (size_t i = 0; i < s->rules; i++) {
		struct natloop_rule *rule = &config->rule[config->rules];
		const struct link *link = NULL;
		int err = 0;

		if (*s->rule_interface[i])
			err = find_interface(pl, s->rule_interface[i], &link);
		if (err)
			return err;
		/* Nobody comes in there. */
		if (link && !plan_is_l3(config, link->ifindex))
			continue;
		*rule = s->rule[i];
		rule->ifindex = link ? (__u32)link->ifindex : 0;
		config->rules++;
	}
	return 0;
}
