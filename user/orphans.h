/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs of natloop's that no instance owns: its pins were removed by hand, or vanished with the
 * file system that they were on. They go on translating, and no command can reach them.
 */
#ifndef ORPHANS_H
#define ORPHANS_H

#include <linux/types.h>
#include <net/if.h>
#include <stddef.h>

/*
 * An instance owns a program that uses its map natloop_config, if that is pinned in any bpf file
 * system that this mount namespace has. There may be others, of containers; so nothing is removed,
 * only told of. Nor is anything told where there are pins that cannot be looked at.
 */
struct orphan {
	__u32 prog_id;
	char iface[IFNAMSIZ];
	char what[96];	  /* "TC filter natloop_tc of preference 1" */
	char remedy[128]; /* the command that takes it away */
};

#define ORPHANS_MAX 8
#define ORPHANS_WHAT "%s belongs to no instance that is pinned, and goes on translating"

struct orphans {
	struct orphan orphan[ORPHANS_MAX]; /* more than there is room for are left out */
	size_t count;
};

/* Adds those on one interface of this network namespace. What cannot be read has none. */
void orphans_on(int ifindex, struct orphans *ret);

/* Those on all interfaces. */
void orphans_find(struct orphans *ret);

#endif
