/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a running natloop is found again: BPFFS/natloop/INSTANCE/, under one lock. */
#ifndef PINS_H
#define PINS_H

#include <limits.h>
#include <stdbool.h>

#include "command.h"
#include "problem.h"

/*
 * The pin by which an instance is there: made when all others are, and removed before them. Others
 * without it are what a command left that was killed; they mean nothing, and may be cleared.
 */
#define PINS_MARK "natloop_config"

/* The remedy for what is mounted read-only. */
#define PINS_READ_ONLY "make it writable: 'mount -o remount,rw /sys/fs/bpf'"

struct pins {
	char root[PATH_MAX]; /* BPFFS/natloop */
	char dir[PATH_MAX];  /* BPFFS/natloop/INSTANCE */
	int bpffs;	     /* these three directories, opened and checked; -1: none */
	int lock;	     /* root: the lock of all instances, held while open */
	int fd;		     /* dir */
};

/* An empty struct pins, safe to unlock. */
#define PINS_NONE ((struct pins){ .bpffs = -1, .lock = -1, .fd = -1 })

/*
 * Takes the lock and fills @ret. Another natloopctl that holds it is waited for, and after three
 * seconds named on standard error (not with --json). With @create the bpf file system is mounted
 * and the directories are made (mode 0700) if they are missing; without, -ENOENT and no problem
 * text when there is no directory for this instance. -EINTR: SIGTERM or SIGINT, held by the caller,
 * came while another held the lock.
 *
 * The file system is writable by all on some systems, so nothing in it is believed: both
 * directories must be on it, no symbolic links, root's or this user's own, and closed to others.
 * After that their paths lead nowhere else, too: what others may not enter they may not change,
 * and BPFFS/natloop itself they may not rename (see bpffs_open).
 */
int pins_lock(const struct env *env, bool create, struct pins *ret, struct problem *p);
void pins_unlock(struct pins *pins);

/* Path of the pin @name of this instance into @buf (PATH_MAX bytes). Returns @buf. */
const char *pins_path(const struct pins *pins, const char *name, char *buf);

/* Is there an instance? */
bool pins_present(const struct pins *pins);

/*
 * Removes every pin of the instance: what is called natloop_ and is no directory. A negative errno
 * if one of them stays.
 */
int pins_clear(const struct pins *pins);

/*
 * The same, and removes the directory, and BPFFS/natloop if that is empty then. -ENOTEMPTY when
 * the directory holds what natloop did not make.
 */
int pins_remove(const struct pins *pins);

/* The problem of a pins_clear or pins_remove that failed with @err. Returns @err. */
int pins_left(const struct pins *pins, int err, struct problem *p);

#endif
