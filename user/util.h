/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cleanup attributes and the few macros that every file of the controller uses. */
#ifndef UTIL_H
#define UTIL_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Frees the pointer when it goes out of scope; it must start as NULL or owned. */
#define _cleanup_free_ __attribute__((cleanup(util_freep)))
/* Closes the descriptor when it goes out of scope; it must start as -1 or owned. */
#define _cleanup_close_ __attribute__((cleanup(util_closep)))

/* Hand ownership to the caller: the value, and nothing left for the cleanup to undo. */
#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) _taken = (p);                                                        \
		(p) = NULL;                                                                        \
		_taken;                                                                            \
	})
#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int _taken = (fd);                                                                 \
		(fd) = -1;                                                                         \
		_taken;                                                                            \
	})

static inline void util_freep(void *p)
{
	free(*(void **)p);
}

static inline void util_fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void util_closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#endif
