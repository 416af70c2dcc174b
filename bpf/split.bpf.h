/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A packet that may be fragmented and is larger than the MTU of its way (RFC 4787 REQ-13): cut as
 * it came, and put back into the ingress of its interface. The pieces are then fragments like any
 * other. TC only.
 */
#ifndef SPLIT_BPF_H
#define SPLIT_BPF_H

#include "fragment.h"
#include "reenter.bpf.h"
#include "unfinished.bpf.h"

#define SPLIT_MOST 17 /* pieces: a jumbo frame into 576 */

/*
 * The IPv4 header of the piece at @at of the payload, in place of that of the whole packet. All
 * options stay in all pieces; RFC 791 3.1 wants some in the first only, whose header is the one
 * that counts after reassembly.
 */
static __always_inline void split_header(__u8 *byte, const struct packet *pkt, __u32 at,
					 __u32 length, bool end)
{
	struct iphdr *ip = (void *)(byte + packet_l3(pkt));
	__u32 header = (pkt->l4 - pkt->l3) & 0x3c;

	ip->tot_len = bpf_htons(header + length);
	ip->frag_off = bpf_htons(fragment_word(pkt->fragment, at, end));
	ip->check = 0;
	ip->check = ~csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)ip, header, 0));
}

/* One piece, @length bytes at @at of the payload; @byte has the whole packet. */
__subprogram int split_piece(ctx_t *ctx, const struct packet *pkt, __u32 at, __u32 length)
{
	__u8 *byte = scratch();
	__u32 headers, rest;

	if (!pkt || !byte)
		return -1;
	headers = packet_l4(pkt);
	if (!length || length > SCRATCH_PIECE || at > SCRATCH_FRAME - 0x7f || headers <= ETH_HLEN)
		return -1;
	split_header(byte, pkt, at, length, at + length >= pkt->length - (pkt->l4 - pkt->l3));
	if (bpf_skb_change_tail(ctx, headers + length, 0) ||
	    bpf_skb_store_bytes(ctx, 0, byte, ETH_HLEN, 0))
		return -1;
	rest = headers - ETH_HLEN;
	if (!compiler_keeps(&rest, 1, 0x7f) ||
	    bpf_skb_store_bytes(ctx, ETH_HLEN, byte + ETH_HLEN, rest, BPF_F_RECOMPUTE_CSUM))
		return -1;
	if (!compiler_keeps(&at, 0, SCRATCH_FRAME - 0x7f) ||
	    !compiler_keeps(&length, 1, SCRATCH_PIECE) ||
	    bpf_skb_store_bytes(ctx, headers, byte + headers + at, length, BPF_F_RECOMPUTE_CSUM))
		return -1;
	return reenter(ctx);
}

/* The whole frame into the scratch, its checksum finished. */
static __always_inline bool split_load(ctx_t *ctx, const struct packet *pkt, __u8 *byte)
{
	__u32 whole = pkt->l3 + pkt->length;

	if (whole < ETH_HLEN || whole > SCRATCH_FRAME || bpf_skb_load_bytes(ctx, 0, byte, whole))
		return false;
	if (!unfinished_is(pkt, byte))
		return true;
	unfinished_finish(pkt, byte);
	return pkt->l3 == ETH_HLEN && unfinished_forget(ctx);
}

/* False: it cannot be cut. The packet in hand is to be thrown away in any case. */
static __attribute__((noinline)) bool split_run(ctx_t *ctx, const struct hairpin *h)
{
	const struct packet *pkt = &h->pkt;
	__u32 header = pkt->l4 - pkt->l3, left = pkt->length - header, at = 0, room;
	__u8 *byte = scratch();

	if (!byte || pkt->gso || !split_load(ctx, pkt, byte))
		return false;
	room = h->mtu > header ? h->mtu - header : 0;
	if (room > SCRATCH_PIECE)
		room = SCRATCH_PIECE;
	/* Before the first is sent: half a datagram is no use to anybody. */
	if (left > (room & ~7u) * SPLIT_MOST)
		return false;
	for (int i = 0; i < SPLIT_MOST && left; i++) {
		__u32 length = fragment_piece(left, room);

		if (split_piece(ctx, pkt, at, length))
			return false;
		at += length;
		left -= length;
	}
	return !left;
}

#endif
