/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The connections that netfilter keeps track of. */
#ifndef NETLINK_CONNTRACK_H
#define NETLINK_CONNTRACK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>

#include "natloop/abi.h"

/* A connection of IPv4 by TCP or UDP; ports in host order. */
struct conntrack {
	__u8 proto;
	struct natloop_addr client; /* who began it */
	struct natloop_addr dialled;
	struct natloop_addr server; /* who answers: another one than was dialled, if it is DNAT */
	__u16 port;		    /* that was dialled */
	bool answered;
};

/* One message of the dump into @ret. Pure. False: it is none, or of another protocol. */
bool conntrack_parse(const struct nlmsghdr *nlh, struct conntrack *ret);

/*
 * Calls @each for all of them, of the current network namespace. A dump that begins again calls it
 * again for some. A negative errno: -EPERM without CAP_NET_ADMIN, or there is no such table.
 */
int netlink_conntrack(void (*each)(void *data, const struct conntrack *c), void *data);

#endif
