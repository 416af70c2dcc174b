/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How often ICMP errors of ours may be sent (RFC 1812 4.3.2.8 demands a limit). Pure.
 *
 * The generic cell rate algorithm: of a bucket only the time is kept at which it will be full
 * again (tat, the theoretical arrival time), one number that a compare-and-swap can change.
 */
#ifndef RATE_H
#define RATE_H

#include "compiler.h"

#define RATE_ALL_INTERVAL_NS 1000000ULL	      /* 1,000 a second in all, as the kernel's own */
#define RATE_ALL_BURST 50		      /* (net.ipv4.icmp_msgs_per_sec, icmp_msgs_burst) */
#define RATE_ADDRESS_INTERVAL_NS 100000000ULL /* 10 a second to one address */
#define RATE_ADDRESS_BURST 10		      /* a traceroute sends three for each hop */

/* May one more go at @now, with @burst in store and one more each @interval? Times in ns. */
static __always_inline bool rate_allows(__u64 tat, __u64 now, __u64 interval, __u32 burst)
{
	return tat <= now || tat - now <= interval * (burst - 1);
}

/* The new tat after it went. */
static __always_inline __u64 rate_next(__u64 tat, __u64 now, __u64 interval)
{
	return (tat > now ? tat : now) + interval;
}

#endif
