/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A log-linear histogram: each power of two has as many steps as the next, so that a percentile is
 * right to 0.4 % whether it is 10 ns or 10 s, and counting one more costs next to nothing.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 8  /* 256 steps for each power of two */
#define HISTOGRAM_MOST 40 /* values are below 2^40, 18 minutes in ns; higher ones count as that */

struct histogram {
	uint64_t count;
	uint64_t cell[(HISTOGRAM_MOST - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS];
};

void histogram_add(struct histogram *h, uint64_t value);

/* The value that @share of all values are not above (0.99: the 99th percentile); the middle of its
 * step. 0 if there is no value. */
double histogram_percentile(const struct histogram *h, double share);

#endif
