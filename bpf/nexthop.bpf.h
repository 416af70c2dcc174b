/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* To which MAC address, out of which interface. Needs ctx_t, the program's context type. */
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

/* As long as the kernel asks for an address before it gives up: mcast_solicit times retrans_time.
 */
#define NEXTHOP_GIVE_UP_TICKS (3000000000ULL >> NATLOOP_TICK_SHIFT)

struct nexthop {
	__u32 ifindex;
	__be32 gateway; /* whom to ask ARP for: the server, or the router on the way to it */
	__u8 dmac[ETH_ALEN];
	__u8 smac[ETH_ALEN];
	__u16 mtu;  /* of the route, or of the interface */
	bool known; /* the kernel knows the MAC address */
};

/* The MTU of the interface @ifindex, as much of it as an IPv4 packet can use; 0: it is gone. */
static __always_inline __u16 nexthop_device_mtu(ctx_t *ctx, __u32 ifindex)
{
	__u32 mtu = 0;

	/* Its verdict is about the packet in hand; the MTU is what is asked for. */
	if (bpf_check_mtu(ctx, ifindex, &mtu, 0, 0) < 0)
		return 0;
	return mtu > 0xffff ? 0xffff : mtu;
}

static __always_inline void nexthop_question(struct bpf_fib_lookup *fib, __u32 ifindex,
					     const struct natloop_key *packet, __u16 length)
{
	__builtin_memset(fib, 0, sizeof(*fib));
	fib->family = NEXTHOP_AF_INET;
	fib->ifindex = ifindex;
	fib->l4_protocol = packet->proto;
	fib->ipv4_src = packet->src;
	fib->ipv4_dst = packet->dst;
	fib->tot_len = length;
}

/*
 * Route and neighbour for @packet (its ports do not matter), which came in on the layer 3 interface
 * @ifindex. Its source is the one before translation, its destination the one after it, as the
 * kernel would route it between its DNAT and its SNAT. 0, or -1: the kernel would not forward it.
 */
__subprogram int nexthop_lookup(ctx_t *ctx, __u32 ifindex, const struct natloop_key *packet,
				struct nexthop *ret)
{
	struct bpf_fib_lookup fib;
	const __u8 none[ETH_ALEN] = { 0 };
	long rc;

	if (!packet || !ret)
		return -1;
	/* A length makes it tell the route's MTU, and not check the skb (bpf_skb_fib_lookup). */
	nexthop_question(&fib, ifindex, packet, 1);
	rc = bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);
	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return -1;
	ret->ifindex = fib.ifindex;
	ret->gateway = fib.ipv4_dst;
	__builtin_memcpy(ret->dmac, fib.dmac, ETH_ALEN);
	__builtin_memcpy(ret->smac, fib.smac, ETH_ALEN);
	/*
	 * Kernels before 6.3 report SUCCESS for a neighbour that never answered, with an address of
	 * zeros (net/core/filter.c did not look at its state). An interface that has no address
	 * itself needs none.
	 */
	ret->known = rc != BPF_FIB_LKUP_RET_NO_NEIGH &&
		     (!packet_mac_equal(ret->dmac, none) || packet_mac_equal(ret->smac, none));
	ret->mtu = fib.mtu_result;
	if (rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return 0;
	/* Then the MTU is not told, but for a packet that is too long for it. */
	nexthop_question(&fib, ifindex, packet, 0xffff);
	rc = bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);
	ret->mtu = rc == BPF_FIB_LKUP_RET_FRAG_NEEDED ? fib.mtu_result : 0xffff;
	return 0;
}

static __always_inline bool nexthop_fresh(const struct natloop_flow *flow, __u32 now)
{
	/* Signed: another CPU, or this one a moment ago, may have set a tick ahead of @now. */
	return flow->mtu && (__s32)(now - flow->resolved) <= (__s32)NEXTHOP_REFRESH_TICKS;
}

/*
 * A MAC address that is no longer known stays: until ARP answers, the old one is the best guess.
 * Not on another interface, though.
 */
static __always_inline void nexthop_store(struct natloop_flow *flow, const struct nexthop *hop)
{
	if (!hop->known && flow->ifindex != hop->ifindex)
		flow->mtu = 0;
	flow->ifindex = hop->ifindex;
	if (!hop->known)
		return;
	__builtin_memcpy(flow->dmac, hop->dmac, ETH_ALEN);
	__builtin_memcpy(flow->smac, hop->smac, ETH_ALEN);
	flow->mtu = hop->mtu;
}

#endif
