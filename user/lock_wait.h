/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Waiting for a lock that another command may hold. */
#ifndef LOCK_WAIT_H
#define LOCK_WAIT_H

#include <stdbool.h>

/*
 * flock(2) of @fd, @how: LOCK_EX or LOCK_SH. Waits until it is had; after 3 s, if not @quiet, it
 * says on standard error who holds the lock on @path. -EINTR when a SIGTERM or SIGINT is pending
 * that the caller holds back to read later; else the errno of flock, negative.
 */
int lock_wait(int fd, int how, const char *path, bool quiet);

#endif
