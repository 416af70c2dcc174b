/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the two hooks share; others use attach.h. */
#ifndef ATTACH_PARTS_H
#define ATTACH_PARTS_H

#include <linux/types.h>

#include <stdbool.h>

#include "netlink_query.h"

/*
 * Dumps the filters of clsact to @q->reply: @minor is TC_H_MIN_INGRESS or TC_H_MIN_EGRESS. An
 * interface or a qdisc that does not exist has none.
 */
int attach_tc_dump(int ifindex, __u32 minor, const struct netlink_query *q);

/* The id of the program of a BPF filter, as attach_tc_dump finds it; 0: it is none. */
__u32 attach_filter_program(const struct nlmsghdr *nlh);

/* Does the program use the map with id *@data (a __u32)? */
bool attach_uses_map(__u32 prog_id, const void *data);

/* Is it a natloop_dns, by its name? */
bool attach_is_dns(__u32 prog_id);

/*
 * Calls @ours for the id of each XDP program on the interface, behind a dispatcher or alone, until
 * it returns true; then its id, else 0. Or a negative errno.
 */
int attach_xdp_search(int ifindex, bool (*ours)(__u32 id, const void *data), const void *data,
		      __u32 *ret_id);

#endif
