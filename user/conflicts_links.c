// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does natloop see all that comes in, as it came? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "conflicts_parts.h"
#include "ethtool.h"
#include "util.h"

/* Attach has seen to it, but a VLAN interface or the driver's setting may have come later. */
static void find_hidden_vlans(struct conflict_search *search, const struct instance_iface *iface,
			      const struct link *link)
{
	char remedy[96];

	if (iface->iface.mode == NATLOOP_MODE_TC ||
	    !plan_hides_vlans(link, &search->links, ethtool_rx_vlan))
		return;
	snprintf(remedy, sizeof(remedy), "ethtool -K %s rxvlan off", link->name);
	conflict_add(search, link->name, remedy, PLAN_HIDES_VLANS);
}

static void find_missed_port(struct conflict_search *search, const struct link *port,
			     const int *attached)
{
	const struct link *missed, *bridge;
	char remedy[64];

	missed = plan_missed_port(port, &search->links, attached, search->ifaces);
	bridge = missed ? netlink_link_by_index(&search->links, missed->master) : NULL;
	if (!bridge)
		return;
	snprintf(remedy, sizeof(remedy), "attach %s instead", bridge->name);
	conflict_add(search, port->name, remedy, PLAN_MISSED_PORT, bridge->name, missed->name);
}

void conflicts_links(struct conflict_search *search)
{
	_cleanup_free_ int *attached = calloc(search->ifaces + 1, sizeof(*attached));

	if (!attached) {
		search->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < search->ifaces; i++)
		attached[i] = search->iface[i].ifindex;
	for (size_t i = 0; i < search->ifaces; i++) {
		const struct link *link = netlink_link_by_index(&search->links, attached[i]);

		if (!link)
			continue;
		find_hidden_vlans(search, &search->iface[i], link);
		find_missed_port(search, link, attached);
	}
}
