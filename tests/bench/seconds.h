/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The time, for the length of samples. */
#ifndef SECONDS_H
#define SECONDS_H

#include <time.h>

/* Of CLOCK_MONOTONIC. */
static inline double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#endif
