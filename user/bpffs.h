/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bpf file system: is it there, may it be mounted here, and who may write into it. */
#ifndef BPFFS_H
#define BPFFS_H

#include <stdbool.h>

#include "mountinfo.h"
#include "problem.h"

/* Would a file system that this process mounts outlive it? */
enum bpffs_place {
	BPFFS_LASTS,
	BPFFS_FLEETING, /* the mount namespace ends with a command or a service */
	BPFFS_UNKNOWN,
};

/* By what it is told. */
struct bpffs_signs {
	bool netns_sysfs;	 /* /sys is a sysfs that is called as a network namespace */
	bool initial;		 /* the kernel's own first mount namespace, by its inode number */
	bool first_known;	 /* the mount namespace of process 1 can be read ... */
	bool first;		 /* ... and is this one */
	struct mountinfo root;	 /* what is mounted on / */
	struct mountinfo holder; /* what holds the path */
};

/*
 * The cases; the first line that fits decides.
 *
 *	where natloopctl runs		    /sys	process 1	/		place
 *	ip netns exec NAME		    called NAME	any		slave		fleeting
 *	the machine, Linux 6.18		    sysfs	any		any		lasts
 *(inode) the machine, a container	    sysfs	here		any		lasts
 *	unshare -m, systemd PrivateMounts=  sysfs	elsewhere	any		fleeting
 *	the same by few capabilities	    sysfs	not readable	slave		fleeting
 *	the machine by few capabilities	    sysfs	not readable	shared		lasts
 *	unshare -m by few capabilities	    sysfs	not readable	private		unknown
 *	a machine without systemd, the same sysfs	not readable	private		unknown
 *
 * It matters only where no bpf file system is in sight: under PrivateMounts= and in a plain
 * unshare -m the machine's own is. Process 1 cannot be read by who lacks one of its capabilities.
 */
enum bpffs_place bpffs_judge(const struct bpffs_signs *signs);

/*
 * Opens the directory @path, where the bpf file system is or, with @mount, will be mounted if this
 * lasts. With a problem: -EINVAL where the one of the machine is hidden or would not last, -EPERM
 * where somebody else may rename what root has made in it. Without @mount -ENOENT and no problem
 * when there is none.
 */
int bpffs_open(const char *path, bool mount, int *ret, struct problem *p);

#endif
