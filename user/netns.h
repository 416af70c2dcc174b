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

/*
 * Which network namespace. Both numbers: the kernel uses inode numbers again, but not the cookies
 * (SO_NETNS_COOKIE); and only the inode number can be read without entering. 0: unknown.
 */
struct netns_id {
	__u64 inode;
	__u64 cookie;
};

/* That of this process. */
struct netns_id netns_own(void);
bool netns_same(struct netns_id a, struct netns_id b);

enum netns_state {
	NETNS_GONE,
	NETNS_THERE,
	NETNS_UNKNOWN, /* rights are missing to look at some process or to enter: it may be there */
};

/*
 * Does that network namespace still exist? Looks at the names under /run/netns and at all
 * processes; one that is only held by an open file is not found.
 */
enum netns_state netns_state(struct netns_id id);

#endif
