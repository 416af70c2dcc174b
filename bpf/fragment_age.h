/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long a datagram that comes in fragments is remembered. Pure. */
#ifndef FRAGMENT_AGE_H
#define FRAGMENT_AGE_H

#include "compiler.h"
#include "natloop/abi.h"

/* As long as a fragment waits for the first one of its datagram. */
#define FRAGMENT_HOLD_TICKS (2000000000ULL >> NATLOOP_TICK_SHIFT)

/* Too old to be taken for the datagram of a fragment that comes now. */
static __always_inline bool fragment_stale(const struct natloop_config *cfg,
					   const struct natloop_fragments *d, __u32 now)
{
	__s32 age = now - d->since;

	if (d->state == NATLOOP_DATAGRAM_WAITING)
		return age > (__s32)FRAGMENT_HOLD_TICKS;
	return age > (__s32)cfg->timeout[NATLOOP_TIMEOUT_FRAGMENT];
}

#endif
