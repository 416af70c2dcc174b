/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* To which MAC address, out of which interface. */
#ifndef NEXTHOP_BPF_H
#define NEXTHOP_BPF_H

#include <linux/if_ether.h>

#include "clock.bpf.h"
#include "packet.h"

#define NEXTHOP_AF_INET 2
/*
 * A cached next hop is looked up again after 2 s; that packet goes through the kernel's neighbour
 * code, which thereby notices that the entry is in use and checks it by ARP (net/core/neighbour.c,
 * STALE -> DELAY -> PROBE). Without it a server that moved would never be found again.
 */
#define NEXTHOP_REFRESH_TICKS (2000000000ULL >> NATLOOP_TICK_SHIFT)

struct nexthop {
	__u32 ifindex;
	__be32 gateway; /* whom to ask ARP for: the server, or the router on the way to it */
	__u8 dmac[ETH_ALEN];
	__u8 smac[ETH_ALEN];
	bool known; /* the kernel knows the MAC address */
};

/*
 * Route and neighbour for a packet of @tuple that goes to @dst and came in on the layer 3 interface
 * @ifindex. The source is the one before translation, as the kernel would route it, between its
 * DNAT and its SNAT. 0, or -1: the kernel would not forward it.
 */
static __always_inline int nexthop_lookup(void *ctx, __u32 ifindex,
					  const struct natloop_tuple *tuple,
					  const struct natloop_addr *dst, struct nexthop *ret)
{
	struct bpf_fib_lookup fib = {
		.family = NEXTHOP_AF_INET,
		.l4_protocol = tuple->proto,
		.ifindex = ifindex,
		.ipv4_src = tuple->src.w[3],
		.ipv4_dst = dst->w[3],
	};
	long rc = bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);

	/*
	 * FRAG_NEEDED comes from a check of the skb after the look-up, so the result is complete
	 * (net/core/filter.c, bpf_skb_fib_lookup).
	 */
	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_FRAG_NEEDED &&
	    rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return -1;
	ret->ifindex = fib.ifindex;
	ret->gateway = fib.ipv4_dst;
	ret->known = rc != BPF_FIB_LKUP_RET_NO_NEIGH;
	if (ret->known) {
		__builtin_memcpy(ret->dmac, fib.dmac, ETH_ALEN);
		__builtin_memcpy(ret->smac, fib.smac, ETH_ALEN);
	}
	return 0;
}

static __always_inline bool nexthop_fresh(const struct natloop_flow *flow, __u32 now)
{
	return flow->nexthop_known && now - flow->resolved <= NEXTHOP_REFRESH_TICKS;
}

/* A MAC address that is no longer known stays: until ARP answers, the old one is the best guess. */
static __always_inline void nexthop_store(struct natloop_flow *flow, const struct nexthop *hop)
{
	flow->ifindex = hop->ifindex;
	if (!hop->known)
		return;
	__builtin_memcpy(flow->dmac, hop->dmac, ETH_ALEN);
	__builtin_memcpy(flow->smac, hop->smac, ETH_ALEN);
	flow->nexthop_known = 1;
}

#endif
