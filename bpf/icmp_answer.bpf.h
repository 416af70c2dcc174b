/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors of our own: what a router tells the sender of a packet that it cannot send on. TC
 * only; the packet in hand is turned into its answer.
 */
#ifndef ICMP_ANSWER_BPF_H
#define ICMP_ANSWER_BPF_H

#include "icmp.h"
#include "icmp_rate.bpf.h"
#include "unfinished.bpf.h"

#define ICMP_ANSWER_QUOTE 548 /* with both headers 576 bytes (RFC 1812 4.3.2.3) */
#define ICMP_ANSWER_TTL 64
#define ICMP_ANSWER_TOS 0xc0 /* internetwork control (RFC 1812 4.3.2.5) */
#define ICMP_ANSWER_HEADERS (sizeof(struct iphdr) + sizeof(struct icmp_header))

/* Type, code and MTU for @outcome; all other fields 0. */
static __always_inline void
icmp_answer_header(const struct hairpin *h, enum natloop_outcome outcome, struct icmp_header *icmp)
{
	__builtin_memset(icmp, 0, sizeof(*icmp));
	icmp->type = ICMP_UNREACHABLE;
	icmp->code = ICMP_PROHIBITED; /* RFC 5508 REQ-8 */
	if (outcome == NATLOOP_TTL_EXPIRED) {
		icmp->type = ICMP_TIME_EXCEEDED;
		icmp->code = ICMP_TTL_IN_TRANSIT;
	} else if (outcome == NATLOOP_NO_NEIGHBOUR) {
		icmp->code = ICMP_HOST_UNREACHABLE;
	} else if (outcome == NATLOOP_TOO_BIG) {
		icmp->code = ICMP_FRAG_NEEDED;
		icmp->mtu = bpf_htons(h->mtu);
	}
}

/* Without fragments, and so without an identification (RFC 6864 4.1). */
static __always_inline void icmp_answer_ip(const struct hairpin *h, __u32 length, struct iphdr *ip)
{
	const struct natloop_tuple *tuple = &h->pkt.tuple;
	int lan = lookup_router(h->cfg, h->link->l3_ifindex, &tuple->src);

	__builtin_memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = ICMP_ANSWER_TOS;
	ip->tot_len = bpf_htons(length);
	ip->frag_off = bpf_htons(PACKET_DF);
	ip->ttl = ICMP_ANSWER_TTL;
	ip->protocol = IPPROTO_ICMP;
	ip->saddr = tuple->dst.w[3];
	if (lan >= 0)
		ip->saddr = h->cfg->lan[lan & (NATLOOP_MAX_LANS - 1)].router.w[3];
	ip->daddr = tuple->src.w[3];
	ip->check = ~csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)ip, sizeof(*ip), 0));
}

/* Both headers and the quote, in the scratch. Length of the IPv4 packet; 0: it cannot be made. */
static __always_inline __u32 icmp_answer_write(ctx_t *ctx, const struct hairpin *h,
					       enum natloop_outcome outcome, __u8 *byte)
{
	struct icmp_header *icmp;
	__u32 quote = h->pkt.length;
	struct iphdr ip;

	if (quote > ICMP_ANSWER_QUOTE)
		quote = ICMP_ANSWER_QUOTE;
	if (quote < sizeof(ip) ||
	    bpf_skb_load_bytes(ctx, packet_l3(&h->pkt), byte + ICMP_ANSWER_HEADERS, quote))
		return 0;
	/* The sum is taken from the start of the scratch, where the IPv4 header comes last. */
	icmp_answer_ip(h, ICMP_ANSWER_HEADERS + quote, &ip);
	__builtin_memset(byte, 0, sizeof(ip));
	icmp = (void *)(byte + sizeof(ip));
	icmp_answer_header(h, outcome, icmp);
	icmp->checksum = ~csum_fold(scratch_sum(byte, ICMP_ANSWER_HEADERS + quote, 2, 0));
	__builtin_memcpy(byte, &ip, sizeof(ip));
	return ICMP_ANSWER_HEADERS + quote;
}

/* The packet in hand becomes the @length bytes of IPv4 in the scratch. */
static __always_inline bool icmp_answer_put(ctx_t *ctx, const struct packet *pkt, const __u8 *byte,
					    __u32 length)
{
	/* With a tag in the bytes the kernel does not see where IPv4 begins, and refuses. */
	if (pkt->l3 == ETH_HLEN && !unfinished_forget(ctx))
		return false;
	return length && length <= ICMP_ANSWER_HEADERS + ICMP_ANSWER_QUOTE &&
	       !bpf_skb_change_tail(ctx, packet_l3(pkt) + length, 0) &&
	       !bpf_skb_store_bytes(ctx, packet_l3(pkt), byte, length, BPF_F_RECOMPUTE_CSUM);
}

/* What path MTU discovery waits for: the kernel never limits its own (icmpv4_mask_allow). */
static __always_inline bool icmp_answer_is_mtu(enum natloop_outcome outcome)
{
	return outcome == NATLOOP_TOO_BIG;
}

/*
 * The verdict for the packet of @outcome: back to its sender as an ICMP error, or dropped. Not
 * about ICMP errors and later fragments (RFC 1122 3.2.2), nor faster than the rate allows. That
 * neither the sender nor its frame has a group address has been seen to before.
 */
static __attribute__((noinline)) int icmp_answer(ctx_t *ctx, const struct hairpin *h,
						 enum natloop_outcome outcome)
{
	__u8 *byte = scratch(), *mac;
	__u32 length;

	if (!byte || h->pkt.tuple.proto == IPPROTO_ICMP || packet_is_later(&h->pkt) ||
	    !icmp_rate_allows(&h->pkt.tuple, icmp_answer_is_mtu(outcome), true))
		return TC_ACT_SHOT;
	length = icmp_answer_write(ctx, h, outcome, byte);
	if (!length || !icmp_answer_put(ctx, &h->pkt, byte, length))
		return TC_ACT_SHOT;
	mac = ctx_data(ctx);
	if (mac + 2 * ETH_ALEN > (__u8 *)ctx_data_end(ctx))
		return TC_ACT_SHOT;
	__builtin_memcpy(mac, h->pkt.client_mac, ETH_ALEN);
	__builtin_memcpy(mac + ETH_ALEN, h->pkt.router_mac, ETH_ALEN);
	return bpf_redirect(ctx->ifindex, 0);
}

#endif
