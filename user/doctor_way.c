// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How the server is reached from here, and does the kernel forward? */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "doctor_run.h"
#include "forwarding.h"
#include "sysctl.h"

static void look_forwarding(struct doctor_run *run, const char *lan)
{
	struct doctor_report *report = run->report;

	run->facts->forwarding = forwarding_is_off(lan) ? DOCTOR_NO : DOCTOR_YES;
	if (run->facts->forwarding == DOCTOR_YES) {
		doctor_add(report, "ip-forward", DOCTOR_OK, lan, "", "IP forwarding is on");
		return;
	}
	/* With natloop attached it has been said. */
	for (size_t i = 0; i < report->checks; i++)
		if (!strcmp(report->check[i].id, "ip-forward"))
			return;
	doctor_add(report, "ip-forward", DOCTOR_PROBLEM, lan, FORWARDING_REMEDY,
		   "IP forwarding is off, so nothing is forwarded, neither from outside nor from "
		   "inside");
}

static int rp_filter_of(const char *interface)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", interface);
	return sysctl_digit(path);
}

/* The kernel takes the higher one of "all" and the interface. */
static void look_rp_filter(struct doctor_run *run, const char *lan)
{
	int all = rp_filter_of("all"), own = rp_filter_of(lan);

	own = own > all ? own : all;
	if (own < 0)
		doctor_add(run->report, "rp-filter", DOCTOR_UNKNOWN, lan, "",
			   "whether the kernel drops packets by their source cannot be read");
	else if (own == 1 && run->uplinks > 1)
		doctor_add(run->report, "rp-filter", DOCTOR_WARNING, lan,
			   "sysctl -w net.ipv4.conf.all.rp_filter=2",
			   "rp_filter is strict and there are several uplinks: answers that come "
			   "by another one than the route says are dropped");
	else
		doctor_add(run->report, "rp-filter", DOCTOR_OK, lan, "",
			   "rp_filter is %d, which is no obstacle here", own);
}

bool doctor_on_link(const struct doctor_run *run, int ifindex, const struct natloop_addr *addr)
{
	for (size_t i = 0; i < run->addresses.addresses; i++) {
		const struct interface_address *a = &run->addresses.address[i];
		struct prefix prefix = { .mask = address_mask_v4(a->prefix_length) };

		for (int w = 0; w < 4; w++)
			prefix.net.w[w] = a->net.w[w] & prefix.mask.w[w];
		if (a->ifindex == ifindex && address_in_prefix(addr, &prefix))
			return true;
	}
	return false;
}

bool doctor_is_near(const struct doctor_run *run, const struct natloop_addr *addr)
{
	for (size_t i = 0; i < run->addresses.addresses; i++)
		if (doctor_on_link(run, run->addresses.address[i].ifindex, addr))
			return true;
	return false;
}

/* The interface whose network has the server, if it is down or has no carrier: routes lead past. */
static const struct link *find_down(const struct doctor_run *run)
{
	const struct link *down = NULL;

	for (size_t i = 0; i < run->links.links; i++) {
		const struct link *link = &run->links.link[i];

		if (!doctor_on_link(run, link->ifindex, &run->facts->server))
			continue;
		if ((link->flags & IFF_UP) && (link->flags & IFF_RUNNING))
			return NULL;
		down = link;
	}
	return down;
}

static bool is_down(struct doctor_run *run, const char *server)
{
	const struct link *down = find_down(run);
	char next[96];

	if (!down)
		return false;
	run->facts->lan_down = DOCTOR_YES;
	snprintf(run->facts->lan, sizeof(run->facts->lan), "%s", down->name);
	snprintf(next, sizeof(next), "ip link show %s; see the cable, or ip link set %s up",
		 down->name, down->name);
	doctor_add(run->report, "route", DOCTOR_PROBLEM, server, next,
		   "is in the network of %s, which %s", down->name,
		   down->flags & IFF_UP ? "has no carrier" : "is down");
	return true;
}

void doctor_way(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;
	char server[ADDRESS_TEXT_MAX];
	const struct link *link;
	struct route route;
	int err;

	if (address_is_zero(&facts->server) || !run->links.links)
		return;
	address_format(&facts->server, server, sizeof(server));
	facts->server_is_own = doctor_is_own(run, &facts->server) ? DOCTOR_YES : DOCTOR_NO;
	if (facts->server_is_own == DOCTOR_NO && is_down(run, server))
		return;
	err = netlink_route(&facts->server, &route);
	link = err ? NULL : netlink_link_by_index(&run->links, route.ifindex);
	if (!link) {
		doctor_add(run->report, "route", DOCTOR_UNKNOWN, server, "ip route get ADDR",
			   "there is no route to the server: %s", strerror(err ? -err : ENODEV));
		return;
	}
	if (facts->server_is_own == DOCTOR_NO) {
		run->lan = route.ifindex;
		snprintf(facts->lan, sizeof(facts->lan), "%s", link->name);
		facts->server_on_link =
			doctor_on_link(run, route.ifindex, &facts->server) ? DOCTOR_YES : DOCTOR_NO;
	}
	if (facts->server_is_own == DOCTOR_NO && route.ifindex == run->uplink[0])
		doctor_add(run->report, "route", DOCTOR_WARNING, server,
			   "natloopctl doctor --server ADDR",
			   "is reached by %s, which leads to the Internet", link->name);
	else
		doctor_add(run->report, "route", DOCTOR_OK, server, "", "is %s %s",
			   facts->server_is_own == DOCTOR_YES  ? "this router's own, by" :
			   facts->server_on_link == DOCTOR_YES ? "in the network of" :
								 "reached by",
			   link->name);
	if (facts->server_is_own == DOCTOR_NO)
		look_forwarding(run, link->name);
	look_rp_filter(run, link->name);
}
