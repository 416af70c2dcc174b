/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel knows of a neighbour: ARP. */
#ifndef NETLINK_NEIGHBOUR_H
#define NETLINK_NEIGHBOUR_H

#include "natloop/abi.h"

enum netlink_neighbour {
	NEIGHBOUR_NONE,	    /* nobody has asked for it, or the answer is forgotten */
	NEIGHBOUR_PENDING,  /* it was asked, or it answered once and is to be asked again */
	NEIGHBOUR_ANSWERED, /* up to some 45 s ago (base_reachable_time) */
	NEIGHBOUR_FIXED,    /* its address is set by hand, or needs no ARP */
	NEIGHBOUR_FAILED,   /* it does not answer */
};

/*
 * RTM_GETNEIGH of IPv4 @addr on the interface, into @ret, and into @age_ms how long ago it answered
 * last, or a connection to it was seen to work; only if ANSWERED. A negative errno.
 */
int netlink_neighbour(int ifindex, const struct natloop_addr *addr, enum netlink_neighbour *ret,
		      unsigned int *age_ms);

/*
 * Has the kernel ask it again now, where it would do so only after some seconds (NUD_PROBE): then
 * it is PENDING until it answers, or some 3 s. Needs CAP_NET_ADMIN. Not to be called for a FIXED
 * one, which it would make forget its address.
 */
int netlink_neighbour_ask(int ifindex, const struct natloop_addr *addr);

#endif
