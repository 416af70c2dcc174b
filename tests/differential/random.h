/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One number after the other from a seed: splitmix64, so that seeds in a row differ at once. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint32_t random_below(struct random *r, uint32_t n)
{
	return (random_next(r) >> 32) % n;
}

static inline bool one_in(struct random *r, uint32_t n)
{
	return random_below(r, n) == 0;
}

#endif
