/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The packet operations of hairpin.bpf.h on struct __sk_buff. The transport checksum is left to
 * the kernel's helpers: in an skb it may be unfinished (CHECKSUM_PARTIAL, a local sender), or the
 * NIC's sum may lie beside it (CHECKSUM_COMPLETE), and only they see which.
 */
#ifndef CTX_TC_BPF_H
#define CTX_TC_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_helpers.h>

typedef struct __sk_buff ctx_t;

#include "csum.h"
#include "flow_table.h"
#include "hairpin.h"
#include "nexthop.bpf.h"

#define CTX_HOOK NATLOOP_HOOK_TC
#define CTX_PACKET_HOST 0 /* linux/if_packet.h */
/* Ethernet, two tags, and IPv4 and TCP headers with all their options. */
#define CTX_HEADERS_MAX (14 + 8 + 60 + 60)

struct egress {
	bool resolve; /* let the kernel's neighbour code fill in the MAC addresses */
	struct bpf_redir_neigh neigh;
};

static __always_inline void *ctx_data(const ctx_t *ctx)
{
	return (void *)(long)ctx->data;
}

static __always_inline void *ctx_data_end(const ctx_t *ctx)
{
	return (void *)(long)ctx->data_end;
}

static __always_inline __u32 ctx_ifindex(const ctx_t *ctx)
{
	return ctx->ifindex;
}

static __always_inline __u32 ctx_length(const ctx_t *ctx)
{
	return ctx->len;
}

static __always_inline __u16 ctx_gso(const ctx_t *ctx)
{
	return ctx->gso_size;
}

static __always_inline bool ctx_pull(ctx_t *ctx)
{
	__u32 length = ctx->len;

	if (ctx_data(ctx) + length <= ctx_data_end(ctx))
		return false;
	return !bpf_skb_pull_data(ctx, length < CTX_HEADERS_MAX ? length : CTX_HEADERS_MAX);
}

/* The NIC or the kernel has taken the outer tag out of the bytes. */
static __always_inline void ctx_tags(const ctx_t *ctx, struct packet *pkt)
{
	if (!ctx->vlan_present)
		return;
	pkt->vlan[0] = ctx->vlan_tci & 0x0fff;
	pkt->tags = 1;
}

/* A bridge port's frames for the bridge are not PACKET_HOST when the addresses differ. */
static __always_inline bool ctx_for_us(const ctx_t *ctx, const struct natloop_link *link,
				       const struct packet *pkt)
{
	return ctx->pkt_type == CTX_PACKET_HOST || packet_mac_equal(pkt->router_mac, link->mac);
}

static __always_inline bool ctx_can_send(const struct hairpin *h, __u32 ifindex)
{
	(void)h;
	(void)ifindex;
	return true;
}

static __always_inline enum natloop_outcome ctx_too_big(struct hairpin *h, __u16 mtu)
{
	h->mtu = mtu;
	return h->pkt.fragment & PACKET_DF ? NATLOOP_TOO_BIG : NATLOOP_SPLIT;
}

/* The slow part of ctx_egress; a function of its own, for the stack and for the verifier. */
static __attribute__((noinline)) enum natloop_outcome
ctx_egress_again(ctx_t *ctx, struct hairpin *h, struct natloop_flow *flow, struct egress *egress)
{
	struct natloop_key packet = flow_key(&h->pkt.tuple);
	struct nexthop hop = {};

	packet.dst = flow->dst;
	if (nexthop_lookup(ctx, h->link->l3_ifindex, &packet, &hop)) {
		/* A client whose address is not routed was learned from its frames; keep that. */
		if (!flow->mtu)
			return NATLOOP_NO_ROUTE;
		hop.mtu = flow->mtu;
	} else {
		nexthop_store(flow, &hop);
		egress->resolve = true;
		egress->neigh.nh_family = NEXTHOP_AF_INET;
		egress->neigh.ipv4_nh = hop.gateway;
	}
	if (h->pkt.segment > hop.mtu)
		return ctx_too_big(h, hop.mtu);
	/*
	 * The next hop has never answered: the kernel asks again, for this packet; every 3 s one is
	 * answered instead. The kernel would tell the translated source of those that it queued.
	 */
	if (!flow->mtu && (__s32)(h->now - flow->resolved) <= (__s32)NEXTHOP_GIVE_UP_TICKS)
		return NATLOOP_OUTCOME_COUNT;
	flow->resolved = h->now;
	return flow->mtu ? NATLOOP_OUTCOME_COUNT : NATLOOP_NO_NEIGHBOUR;
}

/*
 * TC can always send: with the cached MAC addresses, or by the kernel's neighbour code. What is too
 * big by the cached MTU is looked up again, in case that the MTU has changed.
 */
static __always_inline enum natloop_outcome
ctx_egress(ctx_t *ctx, struct hairpin *h, struct natloop_flow *flow, struct egress *egress)
{
	if (nexthop_fresh(flow, h->now) && h->pkt.segment <= flow->mtu)
		return NATLOOP_OUTCOME_COUNT;
	return ctx_egress_again(ctx, h, flow, egress);
}

static __always_inline void ctx_apply_id(struct iphdr *ip, const struct packet *pkt)
{
	if (!packet_is_fragment(pkt))
		return;
	ip->check = csum_update(ip->check, (__u32)pkt->new_id + (__u16)~ip->id);
	ip->id = pkt->new_id;
}

static __always_inline bool ctx_apply_checksum(ctx_t *ctx, const struct packet *pkt,
					       const struct natloop_flow *flow)
{
	__u32 offset = pkt->l4 + offsetof(struct tcphdr, check);
	__u64 flags = 0;

	if (pkt->tuple.proto == IPPROTO_UDP) {
		offset = pkt->l4 + offsetof(struct udphdr, check);
		flags = BPF_F_MARK_MANGLED_0;
	}
	if (bpf_l4_csum_replace(ctx, offset, 0, flow->addr_diff, flags | BPF_F_PSEUDO_HDR))
		return false;
	/* The ports are not in the pseudo header, so an unfinished sum must not get this part. */
	return !flow->port_diff || !bpf_l4_csum_replace(ctx, offset, 0, flow->port_diff, flags);
}

static __always_inline bool ctx_apply_ports(ctx_t *ctx, const struct packet *pkt,
					    const struct natloop_flow *flow)
{
	__be16 *ports;

	if (!ctx_apply_checksum(ctx, pkt, flow))
		return false;
	ports = ctx_data(ctx) + packet_l4(pkt);
	if ((void *)(ports + 2) > ctx_data_end(ctx))
		return false;
	ports[0] = flow->sport;
	ports[1] = flow->dport;
	return true;
}

/* MAC addresses, and no VLAN tags: the layer 3 interface that it leaves by puts its own on. */
static __always_inline bool ctx_apply_link(ctx_t *ctx, const struct packet *pkt,
					   const struct natloop_flow *flow)
{
	struct ethhdr *eth;

	for (int i = 0; i < PACKET_MAX_TAGS && i < pkt->tags; i++) {
		if (bpf_skb_vlan_pop(ctx))
			return false;
	}
	eth = ctx_data(ctx);
	if ((void *)(eth + 1) > ctx_data_end(ctx))
		return false;
	__builtin_memcpy(eth->h_dest, flow->dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, flow->smac, ETH_ALEN);
	return true;
}

/* Padding counts for the interface that it leaves by (is_skb_forwardable), but not for us. */
static __always_inline bool ctx_trim(ctx_t *ctx, const struct packet *pkt,
				     const struct natloop_flow *flow)
{
	return !flow->mtu || pkt->gso || pkt->frame_length - pkt->l3 <= flow->mtu ||
	       !bpf_skb_change_tail(ctx, pkt->l3 + pkt->length, 0);
}

static __always_inline bool ctx_apply(ctx_t *ctx, const struct packet *pkt,
				      const struct natloop_flow *flow)
{
	struct iphdr *ip;

	if (!ctx_trim(ctx, pkt, flow))
		return false;
	if (!packet_is_later(pkt) && !ctx_apply_ports(ctx, pkt, flow))
		return false;
	ip = ctx_data(ctx) + packet_l3(pkt);
	if ((void *)(ip + 1) > ctx_data_end(ctx))
		return false;
	/* The header's sum does not change as a whole, so CHECKSUM_COMPLETE stays right. */
	ip->check = csum_update(ip->check, (__u32)flow->addr_diff + csum_ttl_diff());
	ip->ttl--;
	ip->saddr = flow->src;
	ip->daddr = flow->dst;
	ctx_apply_id(ip, pkt);
	return ctx_apply_link(ctx, pkt, flow);
}

static __always_inline int ctx_send(ctx_t *ctx, const struct packet *pkt,
				    const struct natloop_flow *flow, struct egress *egress)
{
	(void)ctx;
	(void)pkt;
	if (egress->resolve)
		return bpf_redirect_neigh(flow->ifindex, &egress->neigh, sizeof(egress->neigh), 0);
	return bpf_redirect(flow->ifindex, 0);
}

#include "fragment.bpf.h"
#include "icmp_error.bpf.h"

static __always_inline enum natloop_outcome ctx_unported(ctx_t *ctx, struct hairpin *h,
							 enum natloop_outcome stop, int *verdict)
{
	h->now = clock_ticks();
	if (stop == NATLOOP_FRAGMENT) {
		stop = fragment_later(ctx, h);
		/* A datagram of others is noted, too: when it is complete it makes room. */
		if (stop == NATLOOP_FRAGMENT || stop == NATLOOP_FRAGMENT_REFUSED)
			fragment_seen(ctx, h);
		return stop;
	}
	if (stop == NATLOOP_ICMP_STRAY)
		return icmp_error_run(ctx, h, verdict);
	/* A first fragment that only the kernel can judge: so it must get the others, too. */
	if (stop == NATLOOP_BAD_HEADER && packet_is_fragment(&h->pkt) &&
	    !packet_is_later(&h->pkt) && fragment_first(ctx, h, stop) == NATLOOP_FAULT)
		return NATLOOP_FAULT;
	return stop;
}

static __always_inline enum natloop_outcome ctx_first_fragment(ctx_t *ctx, struct hairpin *h,
							       enum natloop_outcome found)
{
	enum natloop_outcome outcome = fragment_first(ctx, h, found);

	if (hairpin_fate(found) != NATLOOP_FATE_SEND)
		fragment_seen(ctx, h);
	return outcome;
}

static __always_inline enum natloop_outcome ctx_send_fragment(ctx_t *ctx, struct hairpin *h)
{
	return fragment_send(ctx, h);
}

#endif
