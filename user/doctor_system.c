// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "address.h"
#include "doctor_run.h"
#include "util.h"

bool doctor_is_own(const struct doctor_run *run, const struct natloop_addr *a)
{
	return netlink_has_address(&run->addresses, a);
}

bool doctor_is_uplink(const struct doctor_run *run, int ifindex)
{
	for (int i = 0; i < run->uplinks; i++)
		if (run->uplink[i] == ifindex)
			return true;
	return false;
}

/* Its address: that which is dialled, if it is there, else the first. */
static void find_wan(struct doctor_run *run)
{
	const struct natloop_addr *wanted = &run->asked->public;

	for (size_t i = 0; i < run->addresses.addresses; i++) {
		const struct interface_address *a = &run->addresses.address[i];

		if (a->ifindex != run->uplink[0] || a->scope != 0)
			continue;
		if (address_is_zero(&run->facts->wan) || address_equal(&a->addr, wanted))
			run->facts->wan = a->addr;
	}
}

void doctor_system(struct doctor_run *run)
{
	const struct link *link;
	char wan[ADDRESS_TEXT_MAX];
	int err = netlink_links(&run->links);

	if (!err)
		err = netlink_addresses(&run->addresses);
	if (err) {
		doctor_add(run->report, "interfaces", DOCTOR_UNKNOWN, "", "",
			   "the kernel's interfaces cannot be read: %s", strerror(-err));
		return;
	}
	run->uplinks = netlink_uplinks(run->uplink, ARRAY_SIZE(run->uplink));
	if (run->uplinks < 0)
		run->uplinks = 0;
	link = run->uplink[0] ? netlink_link_by_index(&run->links, run->uplink[0]) : NULL;
	if (!link) {
		doctor_add(run->report, "uplink", DOCTOR_WARNING, "", "ip route",
			   "there is no default route: no way to the Internet");
		return;
	}
	find_wan(run);
	if (address_is_zero(&run->facts->wan))
		doctor_add(run->report, "uplink", DOCTOR_WARNING, link->name, "ip address",
			   "the interface towards the Internet has no IPv4 address");
	else
		doctor_add(run->report, "uplink", DOCTOR_OK, link->name, "",
			   "leads to the Internet, with the address %s",
			   address_format(&run->facts->wan, wan, sizeof(wan)));
}

int doctor_check_public(const struct doctor_run *run, struct problem *p)
{
	const struct natloop_addr *a = &run->asked->public;
	char text[ADDRESS_TEXT_MAX];
	const struct link *link;

	if (address_is_zero(a) || dns_address_global(a) || !run->uplinks)
		return 0;
	for (size_t i = 0; i < run->addresses.addresses; i++) {
		int ifindex = run->addresses.address[i].ifindex;

		link = netlink_link_by_index(&run->links, ifindex);
		if (link && !doctor_is_uplink(run, ifindex) && doctor_on_link(run, ifindex, a))
			return problem_usage(p, address_format(a, text, sizeof(text)),
					     "give what clients dial from outside, a name or the "
					     "public address, and the server by --server",
					     "is an address of the LAN on %s, which needs no "
					     "NAT loopback",
					     link->name);
	}
	return 0;
}
