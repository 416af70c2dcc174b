/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* May an ICMP error of ours go to this address now? */
#ifndef ICMP_RATE_BPF_H
#define ICMP_RATE_BPF_H

#include "flow.bpf.h"
#include "rate.h"

/*
 * One from the bucket of @tat, or with !@take only a look. Of CPUs that ask at once one gets it,
 * and the others are refused.
 */
static __always_inline bool icmp_rate_take(__u64 *tat, __u64 interval, __u32 burst, bool take)
{
	__u64 now = bpf_ktime_get_coarse_ns(), old = *tat;

	if (!rate_allows(old, now, interval, burst))
		return false;
	return !take || __sync_val_compare_and_swap(tat, old, rate_next(old, now, interval)) == old;
}

/*
 * May the sender of @tuple be answered: within its own rate and that of all? @mtu: for path MTU
 * discovery. With @take one is used up, else it is only a question.
 */
static __always_inline bool icmp_rate_allows(const struct natloop_tuple *tuple, bool mtu, bool take)
{
	struct natloop_rate_key key = { .addr = tuple->src, .port = mtu ? tuple->sport : 0 };
	struct natloop_state *state = engine_state();
	struct natloop_rate *rate, fresh = { 0 };
	__u64 *all;

	if (!state)
		return false;
	all = mtu ? &state->mtu_tat : &state->icmp_tat;
	rate = bpf_map_lookup_elem(&natloop_rates, &key);
	if (rate && !icmp_rate_take(&rate->tat, RATE_ADDRESS_INTERVAL_NS, RATE_ADDRESS_BURST, take))
		return false;
	if (!icmp_rate_take(all, RATE_ALL_INTERVAL_NS, RATE_ALL_BURST, take))
		return false;
	if (rate || !take)
		return true;
	fresh.tat = rate_next(0, bpf_ktime_get_coarse_ns(), RATE_ADDRESS_INTERVAL_NS);
	bpf_map_update_elem(&natloop_rates, &key, &fresh, BPF_ANY);
	return true;
}

#endif
