// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Do lines of [lan] keep hosts of a LAN from the forwards? */
#include <arpa/inet.h>

#include "doctor_run.h"
#include "lookup.h"

/* A host of that LAN, its last. A line for a narrower prefix says nothing of the whole. */
static struct natloop_addr host_of(const struct natloop_lan *lan)
{
	struct natloop_addr a = lan->net;

	a.w[3] |= ~lan->mask.w[3] & htonl(0xfffffffe);
	return a;
}

static bool is_denied(const struct doctor_run *run, const struct natloop_lan *lan,
		      const struct doctor_service *s)
{
	struct doctor_port port[2];
	size_t count = doctor_service_ports(s, port);

	for (size_t i = 0; i < count; i++) {
		struct natloop_tuple tuple = {
			.src = host_of(lan),
			.dst = run->facts->public,
			.dport = htons(port[i].port),
			.proto = port[i].proto,
		};

		if (!lookup_allowed(&run->config, lan->ifindex, &tuple))
			return true;
	}
	return false;
}

static void look_service(struct doctor_run *run, const struct doctor_service *s)
{
	const struct natloop_config *c = &run->config;
	const struct link *link = NULL;
	size_t lans = 0, denied = 0;
	char port[32];

	for (__u32 i = 0; i < c->lans; i++) {
		const struct natloop_lan *lan = &c->lan[i];

		if (!lan->ifindex)
			continue;
		lans++;
		if (!is_denied(run, lan, s))
			continue;
		denied++;
		link = netlink_link_by_index(&run->links, (int)lan->ifindex);
	}
	if (!denied)
		return;
	doctor_add(run->report, "lan-rules", denied == lans ? DOCTOR_PROBLEM : DOCTOR_WARNING,
		   doctor_service_text(s, false, port, sizeof(port)),
		   "allow it in [lan] of the configuration file, then: natloopctl reload",
		   "is denied to hosts behind %s by a line of [lan]", link ? link->name : "a LAN");
}

void doctor_lan_rules(struct doctor_run *run)
{
	if (run->facts->attached != DOCTOR_YES || !run->config.rules)
		return;
	for (size_t i = 0; i < run->facts->services; i++)
		if (run->facts->service[i].reflected == DOCTOR_YES)
			look_service(run, &run->facts->service[i]);
}
