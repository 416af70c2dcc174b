// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What arrives on the interfaces: which tags mean which layer 3 interface, and which LANs. */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "plan_parts.h"
#include "util.h"

bool plan_is_l3(const struct natloop_config *config, int ifindex)
{
	for (size_t i = 0; i < config->links; i++)
		if (config->link[i].l3_ifindex == (__u32)ifindex)
			return true;
	return false;
}

static bool has_link(const struct natloop_config *config, const struct natloop_link *link)
{
	for (size_t i = 0; i < config->links; i++)
		if (config->link[i].ifindex == link->ifindex &&
		    !memcmp(config->link[i].vlan, link->vlan, sizeof(link->vlan)))
			return true;
	return false;
}

/* The first meaning of a tag wins: eth1.10 takes its frames before the bridge of eth1 sees them. */
static int add_link(const struct planner *pl, const struct plan_interface *iface,
		    const struct link *l3, const __u16 vlan[2])
{
	struct natloop_config *config = &pl->plan->config;
	struct natloop_link link = {
		.ifindex = (__u32)iface->link.ifindex,
		.l3_ifindex = (__u32)l3->ifindex,
		.vlan = { vlan[0], vlan[1] },
	};

	if (!strcmp(l3->kind, "bridge") && l3->ifindex != iface->link.ifindex)
		link.flags = NATLOOP_LINK_BRIDGED;
	memcpy(link.mac, l3->mac, sizeof(link.mac));
	if (has_link(config, &link))
		return 0;
	if (config->links == ARRAY_SIZE(config->link))
		return problem(pl->p, -E2BIG, iface->link.name, "attach fewer interfaces",
			       "more than %zu interfaces and VLANs", ARRAY_SIZE(config->link));
	config->link[config->links++] = link;
	return 0;
}

/* VLAN interfaces on @parent, and on these once more (two tags). @outer is 0 for the first tag. */
static int add_vlans(const struct planner *pl, const struct plan_interface *iface,
		     const struct link *parent, __u16 outer)
{
	const struct link_table *links = &pl->view->links;
	int err;

	for (size_t i = 0; i < links->links; i++) {
		const struct link *link = &links->link[i];
		const struct link *bridge = plan_bridge_of(link, links);
		__u16 vid = (__u16)link->vlan;
		const __u16 vlan[2] = { outer ? outer : vid, outer ? vid : 0 };

		if (link->parent != parent->ifindex)
			continue;
		err = add_link(pl, iface, bridge ? bridge : link, vlan);
		if (!err && !outer)
			err = add_vlans(pl, iface, link, vid);
		if (err)
			return err;
	}
	return 0;
}

static int add_interface(const struct planner *pl, const struct plan_interface *iface)
{
	const struct link *bridge = plan_bridge_of(&iface->link, &pl->view->links);
	const __u16 untagged[2] = { 0, 0 };
	int err;

	err = add_link(pl, iface, bridge ? bridge : &iface->link, untagged);
	if (!err)
		err = add_vlans(pl, iface, &iface->link, 0);
	if (!err && bridge)
		err = add_vlans(pl, iface, bridge, 0);
	return err;
}

static int add_lan(const struct planner *pl, const struct natloop_lan *lan)
{
	struct natloop_config *config = &pl->plan->config;

	for (size_t i = 0; i < config->lans; i++)
		if (!memcmp(&config->lan[i], lan, sizeof(*lan)))
			return 0;
	if (config->lans == ARRAY_SIZE(config->lan))
		return problem(pl->p, -E2BIG, "lan", "attach fewer interfaces",
			       "more than %zu LAN prefixes", ARRAY_SIZE(config->lan));
	config->lan[config->lans++] = *lan;
	return 0;
}

static int add_lans(const struct planner *pl)
{
	const struct address_table *t = &pl->view->addresses;
	int err;

	for (size_t i = 0; i < t->addresses; i++) {
		const struct interface_address *a = &t->address[i];
		struct natloop_lan lan = {
			.mask = address_mask_v4(a->prefix_length),
			.router = a->addr,
			.ifindex = (__u32)a->ifindex,
		};

		if (!plan_is_l3(&pl->plan->config, a->ifindex))
			continue;
		for (size_t w = 0; w < ARRAY_SIZE(lan.net.w); w++)
			lan.net.w[w] = a->net.w[w] & lan.mask.w[w];
		err = add_lan(pl, &lan);
		if (err)
			return err;
	}
	for (size_t i = 0; i < pl->s->lans; i++) {
		const struct natloop_lan lan = {
			.net = pl->s->lan[i].net,
			.mask = pl->s->lan[i].mask,
		};

		err = add_lan(pl, &lan);
		if (err)
			return err;
	}
	return 0;
}

static const struct plan_interface *find_interface(const struct plan *plan, __u32 ifindex)
{
	for (size_t i = 0; i < plan->interfaces; i++)
		if (plan->interface[i].link.ifindex == (int)ifindex)
			return &plan->interface[i];
	return NULL;
}

int plan_set_xmit(struct natloop_config *config, const struct plan *plan,
		  int (*features)(int ifindex, __u64 *ret))
{
	int err, first = 0;

	for (size_t i = 0; i < config->links; i++) {
		struct natloop_link *link = &config->link[i];
		const struct plan_interface *iface = find_interface(plan, link->ifindex);
		__u64 bits = 0;

		link->flags &= (__u16)~NATLOOP_LINK_XDP_XMIT;
		if (!iface || iface->mode != NATLOOP_MODE_XDP || link->vlan[0] ||
		    link->l3_ifindex != link->ifindex)
			continue;
		err = features((int)link->ifindex, &bits);
		if (err && err != -EOPNOTSUPP && !first)
			first = err;
		if (!err && (bits & NETLINK_XDP_NDO_XMIT))
			link->flags |= NATLOOP_LINK_XDP_XMIT;
	}
	return first;
}

int plan_refresh_xmit(struct natloop_config *config, const struct plan *plan)
{
	return plan_set_xmit(config, plan, netlink_xdp_features);
}

int plan_links(struct planner *pl)
{
	struct plan *plan = pl->plan;
	int err;

	for (size_t i = 0; i < plan->interfaces; i++) {
		err = add_interface(pl, &plan->interface[i]);
		if (err)
			return err;
	}
	err = add_lans(pl);
	if (err)
		return err;
	if (!plan->config.lans)
		return problem(pl->p, -EADDRNOTAVAIL, plan->interface[0].link.name,
			       "give --lan CIDR", "no IPv4 address, so no LAN prefix is known");
	/* Only a guess before attach; without an answer XDP leaves the frame to TC. */
	(void)plan_set_xmit(&plan->config, plan, pl->view->calls->xdp_features);
	return 0;
}
