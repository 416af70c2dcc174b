/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet operations of hairpin.bpf.h on struct xdp_md: bytes and checksums are written here. */
#ifndef CTX_XDP_BPF_H
#define CTX_XDP_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

typedef struct xdp_md ctx_t;

#include "csum.h"
#include "hairpin.h"
#include "lookup.h"
#include "nexthop.bpf.h"

#define CTX_HOOK NATLOOP_HOOK_XDP

struct egress {
	bool same; /* out of the interface where it came in, with the tags that it has */
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
	return ctx->ingress_ifindex;
}

/* Frames in several buffers came with 5.18, and so did the helper that knows their length. */
enum bpf_func_id___5_18 {
	BPF_FUNC_xdp_get_buff_len___5_18 = 188,
};

static __always_inline __u32 ctx_length(ctx_t *ctx)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___5_18, BPF_FUNC_xdp_get_buff_len___5_18))
		return bpf_xdp_get_buff_len(ctx);
	return ctx->data_end - ctx->data;
}

static __always_inline __u16 ctx_gso(const ctx_t *ctx)
{
	(void)ctx;
	return 0;
}

/* The headers of a frame in several buffers are in the first one. */
static __always_inline bool ctx_pull(const ctx_t *ctx)
{
	(void)ctx;
	return false;
}

static __always_inline void ctx_tags(const ctx_t *ctx, const struct packet *pkt)
{
	(void)ctx;
	(void)pkt;
}

static __always_inline bool ctx_for_us(const ctx_t *ctx, const struct natloop_link *link,
				       const struct packet *pkt)
{
	(void)ctx;
	return packet_mac_equal(pkt->router_mac, link->mac);
}

/*
 * Can XDP send this frame out of the layer 3 interface @ifindex? Back out of the interface where it
 * came in, with the tags that it has; or untagged to one that takes frames from XDP.
 */
static __always_inline bool ctx_can_send(const struct hairpin *h, __u32 ifindex)
{
	if (h->link->flags & NATLOOP_LINK_BRIDGED)
		return false;
	return ifindex == h->link->l3_ifindex || (!h->pkt.tags && lookup_xdp_xmit(h->cfg, ifindex));
}

static __always_inline enum natloop_outcome ctx_too_big(const struct hairpin *h, __u16 mtu)
{
	(void)h;
	(void)mtu;
	return NATLOOP_DEFER_ICMP;
}

/* XDP sends what it can send at once; the rest is TC's, as it came. */
static __always_inline enum natloop_outcome ctx_egress(const ctx_t *ctx, const struct hairpin *h,
						       const struct natloop_flow *flow,
						       struct egress *egress)
{
	(void)ctx;
	if (!nexthop_fresh(flow, h->now))
		return NATLOOP_DEFER_NEXTHOP;
	/* With its padding: TC cuts off what would not fit. */
	if (h->pkt.frame_length - h->pkt.l3 > flow->mtu)
		return ctx_too_big(h, flow->mtu);
	if (!ctx_can_send(h, flow->ifindex))
		return NATLOOP_DEFER_EGRESS;
	egress->same = flow->ifindex == h->link->l3_ifindex;
	return NATLOOP_OUTCOME_COUNT;
}

/* What has no ports is rare, and needs what only TC can do. */
static __always_inline enum natloop_outcome ctx_unported(const ctx_t *ctx, const struct hairpin *h,
							 enum natloop_outcome stop,
							 const int *verdict)
{
	(void)ctx;
	(void)h;
	(void)verdict;
	if (stop == NATLOOP_FRAGMENT)
		return NATLOOP_DEFER_FRAGMENT;
	return stop == NATLOOP_ICMP_STRAY ? NATLOOP_DEFER_ICMP : stop;
}

/* Never asked: hairpin_run leaves all fragments to TC. */
static __always_inline enum natloop_outcome
ctx_first_fragment(const ctx_t *ctx, const struct hairpin *h, enum natloop_outcome found)
{
	(void)ctx;
	(void)h;
	(void)found;
	return NATLOOP_DEFER_FRAGMENT;
}

static __always_inline enum natloop_outcome ctx_send_fragment(const ctx_t *ctx,
							      const struct hairpin *h)
{
	(void)ctx;
	(void)h;
	return NATLOOP_DEFER_FRAGMENT;
}

static __always_inline bool ctx_apply_ports(ctx_t *ctx, const struct packet *pkt,
					    const struct natloop_flow *flow)
{
	__u32 diff = (__u32)flow->addr_diff + flow->port_diff;
	void *l4 = ctx_data(ctx) + packet_l4(pkt), *end = ctx_data_end(ctx);

	if (pkt->tuple.proto == IPPROTO_TCP) {
		struct tcphdr *tcp = l4;

		if ((void *)(tcp + 1) > end)
			return false;
		tcp->check = csum_update(tcp->check, diff);
		tcp->source = flow->sport;
		tcp->dest = flow->dport;
	} else {
		struct udphdr *udp = l4;

		if ((void *)(udp + 1) > end)
			return false;
		udp->check = csum_update_udp(udp->check, diff);
		udp->source = flow->sport;
		udp->dest = flow->dport;
	}
	return true;
}

static __always_inline bool ctx_apply(ctx_t *ctx, const struct packet *pkt,
				      const struct natloop_flow *flow)
{
	struct ethhdr *eth = ctx_data(ctx);
	struct iphdr *ip = ctx_data(ctx) + packet_l3(pkt);

	if ((void *)(eth + 1) > ctx_data_end(ctx) || (void *)(ip + 1) > ctx_data_end(ctx))
		return false;
	if (!ctx_apply_ports(ctx, pkt, flow))
		return false;
	__builtin_memcpy(eth->h_dest, flow->dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, flow->smac, ETH_ALEN);
	ip->check = csum_update(ip->check, (__u32)flow->addr_diff + csum_ttl_diff());
	ip->ttl--;
	ip->saddr = flow->src;
	ip->daddr = flow->dst;
	return true;
}

static __always_inline int ctx_send(const ctx_t *ctx, const struct packet *pkt,
				    const struct natloop_flow *flow, const struct egress *egress)
{
	(void)ctx;
	(void)pkt;
	return egress->same ? XDP_TX : (int)bpf_redirect(flow->ifindex, 0);
}

#endif
