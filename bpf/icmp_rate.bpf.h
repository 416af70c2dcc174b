/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* May an ICMP error of ours go to this address now? */
#ifndef ICMP_RATE_BPF_H
#define ICMP_RATE_BPF_H

#include "flow.bpf.h"
#include "rate.h"

/*
 * Within the rate of all and that of @a; then, with @take, one is used up. CPUs that ask at once
 * may exceed the rate by one each.
 */
static __always_inline bool icmp_rate_allows(const struct natloop_addr *a, bool take)
{
	struct natloop_rate *rate, fresh = { 0 };
	struct natloop_state *state = flow_state();
	__u64 now = bpf_ktime_get_coarse_ns();

	if (!state || !rate_allows(state->icmp_tat, now, RATE_ALL_INTERVAL_NS, RATE_ALL_BURST))
		return false;
	rate = bpf_map_lookup_elem(&natloop_rates, a);
	if (rate && !rate_allows(rate->tat, now, RATE_ADDRESS_INTERVAL_NS, RATE_ADDRESS_BURST))
		return false;
	if (!take)
		return true;
	state->icmp_tat = rate_next(state->icmp_tat, now, RATE_ALL_INTERVAL_NS);
	if (rate) {
		rate->tat = rate_next(rate->tat, now, RATE_ADDRESS_INTERVAL_NS);
		return true;
	}
	fresh.tat = rate_next(0, now, RATE_ADDRESS_INTERVAL_NS);
	bpf_map_update_elem(&natloop_rates, a, &fresh, BPF_ANY);
	return true;
}

#endif
