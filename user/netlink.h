/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel says of links, addresses and routes, in the current network namespace. */
#ifndef NETLINK_H
#define NETLINK_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"

struct link {
	int ifindex;
	int master; /* ifindex of the bridge or bond it is a port of, or 0 */
	int parent; /* the trunk of a VLAN interface, or 0; 0 if in another namespace */
	char name[IFNAMSIZ];
	char kind[16];	    /* "veth", "bridge", "vlan", ...; empty for hardware */
	unsigned int type;  /* ARPHRD_ETHER ... */
	unsigned int vlan;  /* VLAN id of a "vlan" link, else 0 */
	unsigned int flags; /* IFF_UP ... */
	bool wireless;	    /* known to nl80211 */
	__u8 mac[6];
};

struct link_table {
	struct link *link;
	size_t links;
};

struct interface_address {
	int ifindex;
	struct natloop_addr addr;
	struct natloop_addr net;    /* in the prefix: @addr, or the peer of a point-to-point link */
	unsigned int prefix_length; /* of IPv4, of @net */
	unsigned char scope;	    /* RT_SCOPE_UNIVERSE ... */
};

struct address_table {
	struct interface_address *address;
	size_t addresses;
};

struct route {
	int ifindex;		    /* egress */
	unsigned char type;	    /* RTN_UNICAST, RTN_LOCAL, ... */
	unsigned int prefix_length; /* of the route that matched; 0: the default route */
	struct natloop_addr source; /* our address that the kernel prefers towards it */
	struct natloop_addr via;    /* the router that it goes to first; zero: none, or of IPv6 */
};

/*
 * Each returns 0 or a negative errno and leaves @ret alone on failure. Tables are the caller's, to
 * be released with the matching _free (which takes an empty table, too).
 */

/* RTM_GETLINK: all links; and which of them are Wi-Fi (nl80211 dump, where there is one). */
int netlink_links(struct link_table *ret);
void netlink_links_free(struct link_table *t);

/* RTM_GETADDR: all IPv4 addresses, of every scope. */
int netlink_addresses(struct address_table *ret);
void netlink_addresses_free(struct address_table *t);

/* Is @addr in the table? */
bool netlink_has_address(const struct address_table *t, const struct natloop_addr *addr);

/*
 * RTM_GETROUTE for IPv4 @to: with RTM_F_FIB_MATCH for the prefix length, and without it for the
 * rest. -ENETUNREACH: no route; -EHOSTUNREACH, -EACCES, -EINVAL: an unreachable, prohibit or
 * blackhole route.
 */
int netlink_route(const struct natloop_addr *to, struct route *ret);

/*
 * The interfaces of all IPv4 default routes in the tables that a policy rule refers to, each once:
 * those of the main table first, and among equals the lower metric; of a multipath route each. At
 * most @max of them into @ret_ifindex. Their number; -ESRCH: there is none.
 */
int netlink_uplinks(int *ret_ifindex, size_t max);

/*
 * NETDEV_XDP_ACT_* bits of the interface (generic netlink family "netdev", since kernel 6.3);
 * -EOPNOTSUPP where the kernel cannot tell. Drivers change them when a program is attached.
 */
int netlink_xdp_features(int ifindex, __u64 *ret);

/*
 * From include/uapi/linux/netdev.h of kernel 6.3, enum netdev_xdp_act: the driver implements
 * ndo_xdp_xmit, so frames can be redirected to it.
 */
#define NETLINK_XDP_NDO_XMIT (1ULL << 2)

/*
 * Do its packets begin with their IP header, and has it no address of its own below IP? So it is
 * with WireGuard, tun and mobile modems (ARPHRD_NONE, ARPHRD_RAWIP). Not PPP: older kernels take
 * its packets for frames (dev_is_mac_header_xmit), and would send the empty header of layer3.bpf.h.
 */
bool netlink_is_layer3(const struct link *link);

/* NULL: not in the table. Valid as long as the table. */
const struct link *netlink_link_by_name(const struct link_table *t, const char *name);
const struct link *netlink_link_by_index(const struct link_table *t, int ifindex);

#endif
