/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Children of this process that answer through a descriptor, so that nobody waits for them. */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#define CHILD_ANSWER 3 /* where the answer is written, behind child_enter */

/*
 * To be called first in a child of @parent. Afterwards it holds nothing of its parent's, such as a
 * lock, but for the standard streams, and @answer as CHILD_ANSWER; does not outlive it; has no
 * signal blocked, and is ended after @seconds. Ends the child where that cannot be had.
 */
void child_enter(pid_t parent, int answer, unsigned int seconds);

#endif
