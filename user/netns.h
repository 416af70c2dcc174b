/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --netns: work in another network namespace. */
#ifndef NETNS_H
#define NETNS_H

#include <linux/types.h>
#include <stdbool.h>

#include "problem.h"

/*
 * Moves this process into the network namespace @name: a name under /run/netns as "ip netns" makes
 * them, or, with a slash in it, the path of a namespace file. Mounts stay as they are, so the pins
 * under /sys/fs/bpf remain in sight. A negative errno and a problem if there is no such namespace,
 * the file is not one, or the right to enter is missing.
 */
int netns_enter(const char *name, struct problem *p);

/* The inode number of this process's network namespace; 0 if it cannot be found out. */
__u64 netns_own(void);

/*
 * Is there still a network namespace with this inode number? Looks at the names under /run/netns
 * and at all processes; one that is only held by an open file is not found.
 */
bool netns_exists(__u64 inode);

#endif
