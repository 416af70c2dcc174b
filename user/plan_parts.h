/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of plan_make, in the order in which it calls them. None changes anything but the plan.
 */
#ifndef PLAN_PARTS_H
#define PLAN_PARTS_H

#include "plan.h"

#define PLAN_UPLINKS_MAX 32 /* that are looked at */

struct planner {
	const struct settings *s;
	const struct system_view *view;
	struct plan *plan;
	struct problem *p;
	size_t spec; /* of plan_publics: index of the public_spec that it is at */
};

/* Each returns 0, or a negative errno with planner->p filled. */
int plan_interfaces(struct planner *pl); /* plan->interface */
int plan_links(struct planner *pl);	 /* config.link and .lan; needs plan_interfaces */
int plan_publics(struct planner *pl);	 /* config.address[0..publics); needs plan_links */
int plan_rules(struct planner *pl);	 /* config.rule; needs plan_links */
int plan_forwards(struct planner *pl); /* config.forward, .snat_*, SNAT-only addresses; needs all */

/* plan_refresh_xmit with @features in the place of netlink_xdp_features. */
int plan_set_xmit(struct natloop_config *config, const struct plan *plan,
		  int (*features)(int ifindex, __u64 *ret));

/* The bridge that @link is a port of, or NULL. */
const struct link *plan_bridge_of(const struct link *link, const struct link_table *links);

/*
 * The interface's own LAN in which @addr is the address of another host than this router, or NULL.
 * (A prefix of --lan may be a supernet that takes in anything.) Needs plan_links.
 */
const struct natloop_lan *plan_neighbour_lan(const struct planner *pl,
					     const struct natloop_addr *addr);

/*
 * "the broadcast address of 192.168.11.0/24", or the network's, of a prefix of any of this router's
 * addresses, into @buf. NULL: it is neither, or is the router's own.
 */
const char *plan_no_host(const struct planner *pl, const struct natloop_addr *addr, char *buf,
			 size_t size);

/* -EINVAL and @p if @addr cannot be the address of one host (loopback, multicast, ...). */
int plan_check_host(const struct natloop_addr *addr, struct problem *p);

#endif
