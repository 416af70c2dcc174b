/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Interfaces whose packets have no Ethernet header (WireGuard, tun). The engine reads frames: so
 * what is for an address of ours gets a header, all zeros but for its type. Nobody needs to take it
 * off again: cls_bpf pulls mac_len bytes before the stack goes on with the packet, and bpf_redirect
 * does so where the interface that it leaves by has none (__bpf_redirect_no_mac). Of PPP not all
 * kernels know that it has none: it is refused. TC only.
 */
#ifndef LAYER3_BPF_H
#define LAYER3_BPF_H

#include "config.bpf.h"
#include "lookup.h"

/* Is it IPv4 to an address of ours? NATLOOP_OUTCOME_COUNT: yes; else what it is. */
static __always_inline enum natloop_outcome layer3_look(ctx_t *ctx)
{
	const struct natloop_configs *all = config_all();
	struct natloop_addr to;
	struct iphdr *ip;

	if (!all || ctx->protocol != bpf_htons(ETH_P_IP))
		return NATLOOP_NOT_IPV4;
	ip = ctx_data(ctx);
	if ((void *)(ip + 1) > ctx_data_end(ctx)) {
		if (bpf_skb_pull_data(ctx, sizeof(*ip)))
			return NATLOOP_BAD_HEADER;
		ip = ctx_data(ctx);
		if ((void *)(ip + 1) > ctx_data_end(ctx))
			return NATLOOP_BAD_HEADER;
	}
	to = packet_addr_v4(ip->daddr);
	return lookup_address(config_active(all), &to) < 0 ? NATLOOP_UNRELATED :
							     NATLOOP_OUTCOME_COUNT;
}

/*
 * Gives the packet in hand an Ethernet header if it may be ours: NATLOOP_OUTCOME_COUNT. Else it is
 * as it was, and why.
 */
static __always_inline enum natloop_outcome layer3_frame(ctx_t *ctx)
{
	enum natloop_outcome stop = layer3_look(ctx);
	struct ethhdr *eth;

	if (stop != NATLOOP_OUTCOME_COUNT)
		return stop;
	if (bpf_skb_change_head(ctx, sizeof(*eth), 0))
		return NATLOOP_FAULT;
	eth = ctx_data(ctx);
	if ((void *)(eth + 1) > ctx_data_end(ctx))
		return NATLOOP_FAULT;
	eth->h_proto = bpf_htons(ETH_P_IP);
	return NATLOOP_OUTCOME_COUNT;
}

#endif
