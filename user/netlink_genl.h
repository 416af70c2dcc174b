/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What only generic netlink families know. */
#ifndef NETLINK_GENL_H
#define NETLINK_GENL_H

#include "netlink.h"

/*
 * Sets wireless on the links of @t that nl80211 knows; none where the kernel has no Wi-Fi. 0 or a
 * negative errno. (sysfs would answer for the namespace that it was mounted in, not for ours.)
 */
int netlink_mark_wireless(struct link_table *t);

#endif
