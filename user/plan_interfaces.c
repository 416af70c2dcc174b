// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* May natloop be attached there, and by which hook? */
#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "plan_parts.h"
#include "util.h"

#define UNFINISHED_CHECKSUMS "TC carries unfinished checksums"

/* Why TC, for kinds of links of which more is known than that they are virtual. */
static const struct {
	const char *kind;
	const char *why;
} tc_kinds[] = {
	{ "veth", UNFINISHED_CHECKSUMS },
	{ "bridge", "it has no native XDP, and TC sees every port" },
	{ "vlan", "it has no native XDP" },
	{ "bond", "native XDP depends on every port of it" },
	{ "team", "it has no native XDP" },
	{ "tun", UNFINISHED_CHECKSUMS },
	{ "macvlan", "it has no native XDP" },
	{ "ipvlan", "it has no native XDP" },
};

const struct link *plan_bridge_of(const struct link *link, const struct link_table *links)
{
	const struct link *master;

	master = link->master ? netlink_link_by_index(links, link->master) : NULL;
	return master && !strcmp(master->kind, "bridge") ? master : NULL;
}

static bool is_among(int ifindex, const int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == ifindex)
			return true;
	return false;
}

const struct link *plan_missed_port(const struct link *port, const struct link_table *links,
				    const int *attached, size_t count)
{
	const struct link *bridge = plan_bridge_of(port, links);

	if (!bridge || is_among(bridge->ifindex, attached, count))
		return NULL;
	for (size_t i = 0; i < links->links; i++)
		if (links->link[i].master == bridge->ifindex &&
		    !is_among(links->link[i].ifindex, attached, count))
			return &links->link[i];
	return NULL;
}

enum natloop_mode plan_auto_mode(const struct link *link, const struct link_table *links,
				 char *reason, size_t size)
{
	const struct link *bridge = plan_bridge_of(link, links);

	if (netlink_is_layer3(link)) {
		snprintf(reason, size, "no Ethernet header");
		return NATLOOP_MODE_TC;
	}
	if (bridge) {
		snprintf(reason, size, "port of %s: the bridge chooses the way out", bridge->name);
		return NATLOOP_MODE_TC;
	}
	if (link->wireless) {
		snprintf(reason, size, "Wi-Fi: it has no native XDP");
		return NATLOOP_MODE_TC;
	}
	for (size_t i = 0; i < ARRAY_SIZE(tc_kinds); i++) {
		if (strcmp(link->kind, tc_kinds[i].kind) != 0)
			continue;
		snprintf(reason, size, "%s: %s", link->kind, tc_kinds[i].why);
		return NATLOOP_MODE_TC;
	}
	if (link->kind[0]) {
		snprintf(reason, size, "%s: a virtual interface", link->kind);
		return NATLOOP_MODE_TC;
	}
	snprintf(reason, size, "hardware: native XDP");
	return NATLOOP_MODE_XDP;
}

static enum settings_mode asked_mode(const struct settings *s, size_t i)
{
	if (s->interface_mode_given[i])
		return s->interface_mode[i];
	return s->mode_given ? s->mode : SETTINGS_MODE_AUTO;
}

/* A frame for the router that arrives on a port belongs to what the port is a part of. */
static int check_master(const struct planner *pl, const struct link *link, enum settings_mode asked)
{
	const struct link *master;
	char remedy[128];

	master = link->master ? netlink_link_by_index(&pl->view->links, link->master) : NULL;
	if (!master || !strcmp(master->kind, "vrf"))
		return 0;
	if (strcmp(master->kind, "bridge") != 0) {
		snprintf(remedy, sizeof(remedy), "attach %s instead", master->name);
		return problem(pl->p, -EINVAL, link->name, remedy, "a port of %s (%s)",
			       master->name, master->kind);
	}
	if (asked == SETTINGS_MODE_XDP || asked == SETTINGS_MODE_XDP_GENERIC) {
		snprintf(remedy, sizeof(remedy), "attach %s instead, or use --mode tc",
			 master->name);
		return problem(pl->p, -EINVAL, link->name, remedy,
			       "a port of the bridge %s: XDP frames would leave by the wrong port",
			       master->name);
	}
	return 0;
}

static int check_link(const struct planner *pl, const struct link *link, enum settings_mode asked)
{
	const struct plan *plan = pl->plan;

	for (size_t i = 0; i < plan->interfaces; i++)
		if (plan->interface[i].link.ifindex == link->ifindex)
			return problem_usage(pl->p, link->name, "name it once", "given twice");
	if (link->flags & IFF_LOOPBACK)
		return problem(pl->p, -EINVAL, link->name, "give the LAN interface",
			       "the loopback interface is no LAN");
	if (!netlink_is_layer3(link) && link->type != ARPHRD_ETHER)
		return problem(pl->p, -EINVAL, link->name,
			       "give the LAN's Ethernet, Wi-Fi, bridge, WireGuard or tun interface",
			       "PPP, a tunnel or another kind of link that natloop does not know");
	if (netlink_is_layer3(link) &&
	    (asked == SETTINGS_MODE_XDP || asked == SETTINGS_MODE_XDP_GENERIC))
		return problem(pl->p, -EINVAL, link->name, "use --mode tc",
			       "its packets have no Ethernet header, which XDP needs");
	if (asked == SETTINGS_MODE_XDP && !strcmp(link->kind, "bridge"))
		return problem(pl->p, -EINVAL, link->name, "use --mode tc",
			       "a bridge, which has no native XDP");
	return check_master(pl, link, asked);
}

bool plan_hides_vlans(const struct link *link, const struct link_table *links,
		      int (*rx_vlan)(const char *name))
{
	for (size_t i = 0; i < links->links; i++)
		if (links->link[i].parent == link->ifindex)
			return rx_vlan(link->name) > 0;
	return false;
}

/* What was chosen, against the VLANs. */
static int check_vlans(const struct planner *pl, struct plan_interface *iface,
		       const struct link *link)
{
	const char *name = link->name;
	char remedy[128];

	if (iface->mode == NATLOOP_MODE_TC ||
	    !plan_hides_vlans(link, &pl->view->links, pl->view->calls->rx_vlan))
		return 0;
	if (iface->auto_mode) {
		iface->mode = NATLOOP_MODE_TC;
		snprintf(iface->reason, sizeof(iface->reason),
			 "VLAN tags are taken off before XDP; 'ethtool -K %s rxvlan off' helps",
			 name);
		return 0;
	}
	snprintf(remedy, sizeof(remedy), "ethtool -K %s rxvlan off, or use --mode tc", name);
	return problem(pl->p, -EINVAL, name, remedy, PLAN_HIDES_VLANS);
}

bool plan_breaks_checksums(const struct plan_interface *iface)
{
	if (iface->mode == NATLOOP_MODE_TC)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(tc_kinds); i++)
		if (!strcmp(iface->link.kind, tc_kinds[i].kind))
			return !strcmp(tc_kinds[i].why, UNFINISHED_CHECKSUMS);
	return false;
}

static void choose_mode(const struct planner *pl, struct plan_interface *iface,
			enum settings_mode asked)
{
	const char *name = "tc";

	switch (asked) {
	case SETTINGS_MODE_AUTO:
		iface->auto_mode = true;
		iface->mode = plan_auto_mode(&iface->link, &pl->view->links, iface->reason,
					     sizeof(iface->reason));
		return;
	case SETTINGS_MODE_XDP:
		iface->mode = NATLOOP_MODE_XDP;
		name = "xdp";
		break;
	case SETTINGS_MODE_XDP_GENERIC:
		iface->mode = NATLOOP_MODE_XDP_GENERIC;
		name = "xdp-generic";
		break;
	case SETTINGS_MODE_TC:
		iface->mode = NATLOOP_MODE_TC;
		break;
	}
	snprintf(iface->reason, sizeof(iface->reason), "asked for by --mode %s%s", name,
		 plan_breaks_checksums(iface) ? ", although " PLAN_BREAKS_CHECKSUMS : "");
}

int plan_interfaces(struct planner *pl)
{
	struct plan *plan = pl->plan;
	int err;

	if (!pl->s->interfaces)
		return problem_usage(pl->p, "interface", "natloopctl attach IFACE",
				     "no interface given");
	for (size_t i = 0; i < pl->s->interfaces; i++) {
		const char *name = pl->s->interface[i];
		const struct link *link = netlink_link_by_name(&pl->view->links, name);
		enum settings_mode asked = asked_mode(pl->s, i);
		struct plan_interface *iface;

		if (!link)
			return problem(pl->p, -ENODEV, name,
				       "see 'ip link' for the names (altname does not do)",
				       "no such interface");
		err = check_link(pl, link, asked);
		if (err)
			return err;
		if (plan->interfaces == ARRAY_SIZE(plan->interface))
			return problem(pl->p, -E2BIG, name, "attach fewer interfaces",
				       "more than %zu interfaces", ARRAY_SIZE(plan->interface));
		iface = &plan->interface[plan->interfaces++];
		iface->link = *link;
		choose_mode(pl, iface, asked);
		err = check_vlans(pl, iface, link);
		if (err)
			return err;
	}
	return 0;
}
