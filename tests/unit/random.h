/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random input for tests of pure code: another seed each time, printed, given by NATLOOP_SEED. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"

static uint64_t random_state = 1;

static inline void random_start(void)
{
	const char *given = getenv("NATLOOP_SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	random_state = given ? strtoull(given, NULL, 0) : (uint64_t)now.tv_sec << 30 ^ now.tv_nsec;
	print_message("NATLOOP_SEED=%llu\n", (unsigned long long)random_state);
	random_state = random_state ? random_state : 1;
}

/* xorshift64 */
static inline uint32_t random_u32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state >> 32;
}

static inline uint32_t random_below(uint32_t n)
{
	return random_u32() % n;
}

/* Where carries and signs go wrong, as often as everywhere else. */
static inline uint16_t random_edge16(void)
{
	static const uint16_t edges[] = { 0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x0100, 0x00ff };

	return random_below(2) ? edges[random_below(8)] : random_u32();
}

#endif
