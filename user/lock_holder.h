/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who holds a lock that somebody else waits for. */
#ifndef LOCK_HOLDER_H
#define LOCK_HOLDER_H

#include <stddef.h>

/*
 * Describes the process that holds the flock(2) on the file behind @fd, as "process 123 (natloopctl
 * attach eth1)", or as much of it as can be found out, into @buf. Returns @buf.
 */
const char *lock_holder(int fd, char *buf, size_t size);

/* The same of a process whose id is known; 0: "another process". */
const char *lock_holder_process(int pid, char *buf, size_t size);

#endif
