/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Unfinished transport checksums (CHECKSUM_PARTIAL), as a sender on this machine leaves them: a
 * container, a virtual machine. The kernel writes the sum when the packet leaves; in what was made
 * of the packet meanwhile it would write it into the wrong place. TC only.
 */
#ifndef UNFINISHED_BPF_H
#define UNFINISHED_BPF_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "csum.h"
#include "hairpin.h"
#include "scratch.bpf.h"

#define UNFINISHED_HEADERS 128 /* more than there is between the Ethernet header and a checksum */

/* The pseudo header's sum (RFC 768), and all that stands in the place of an unfinished checksum. */
static __always_inline __u32 unfinished_pseudo_sum(const struct iphdr *ip, __u32 length)
{
	return bpf_htons(ip->protocol) + bpf_htons(length) + (ip->saddr & 0xffff) +
	       (ip->saddr >> 16) + (ip->daddr & 0xffff) + (ip->daddr >> 16);
}

/*
 * Makes the kernel forget that the sum of the packet in hand is unfinished. It does so when it
 * pulls the place where the sum starts out of the packet (skb_postpull_rcsum), so @ctx is given
 * another content: the caller writes all bytes behind the Ethernet header anew. False: the kernel
 * refused.
 */
static __always_inline bool unfinished_forget(ctx_t *ctx)
{
	return !bpf_skb_change_tail(ctx, 2 * UNFINISHED_HEADERS + ETH_HLEN, 0) &&
	       !bpf_skb_adjust_room(ctx, -UNFINISHED_HEADERS, BPF_ADJ_ROOM_MAC, 0);
}

/* Offset of the checksum in the frame. */
static __always_inline __u32 unfinished_offset(const struct packet *pkt)
{
	return packet_l4(pkt) + (pkt->tuple.proto == IPPROTO_TCP ? offsetof(struct tcphdr, check) :
								   offsetof(struct udphdr, check));
}

/*
 * Is it unfinished? BPF cannot see the mark, but the sum of the pseudo header alone stands there
 * then. @byte: the frame, at least up to there. A finished one looks like that once in 65536 times;
 * what is done about it changes nothing in that case.
 */
static __always_inline bool unfinished_is(const struct packet *pkt, const __u8 *byte)
{
	const struct iphdr *ip = (void *)(byte + packet_l3(pkt));
	__u32 length = pkt->length - (pkt->l4 - pkt->l3);

	if (packet_is_fragment(pkt))
		return false;
	return *(__u16 *)(byte + unfinished_offset(pkt)) ==
	       csum_fold(unfinished_pseudo_sum(ip, length));
}

/* Writes the sum into the whole frame at @byte, in the scratch. */
static __always_inline void unfinished_finish(const struct packet *pkt, __u8 *byte)
{
	__u32 length = pkt->length - (pkt->l4 - pkt->l3);
	__u16 *check = (__u16 *)(byte + unfinished_offset(pkt));

	/* What stands there is the part of the pseudo header already. */
	*check = ~csum_fold(
		scratch_sum(byte + packet_l4(pkt), length, SCRATCH_FRAME / SCRATCH_SUM_STEP, 0));
	if (!*check && pkt->tuple.proto == IPPROTO_UDP)
		*check = 0xffff;
}

#endif
