/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The packet in hand once more into the ingress of its interface, behind what has come already: a
 * fragment that had to wait, or a piece of what was too big. TC only.
 */
#ifndef REENTER_BPF_H
#define REENTER_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_helpers.h>

#include "scratch.bpf.h"

/* A copy of it; 0, or a negative errno when the kernel's backlog is full. */
static __always_inline long reenter(ctx_t *ctx)
{
	return bpf_clone_redirect(ctx, ctx->ifindex, BPF_F_INGRESS);
}

/*
 * Makes the packet @length bytes long and these bytes its own. The NIC's sum (CHECKSUM_COMPLETE)
 * does not cover the Ethernet header at ingress.
 */
static __always_inline bool reenter_as(ctx_t *ctx, const __u8 *byte, __u32 length)
{
	return !bpf_skb_change_tail(ctx, length, 0) &&
	       !bpf_skb_store_bytes(ctx, 0, byte, ETH_HLEN, 0) &&
	       !bpf_skb_store_bytes(ctx, ETH_HLEN, byte + ETH_HLEN, length - ETH_HLEN,
				    BPF_F_RECOMPUTE_CSUM);
}

#endif
