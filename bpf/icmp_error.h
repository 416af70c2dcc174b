/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The packet that an ICMP error quotes (RFC 792): found, checked and translated in a copy of the
 * ICMP message. Pure.
 */
#ifndef ICMP_ERROR_H
#define ICMP_ERROR_H

#include <linux/in.h>
#include <linux/ip.h>

#include "csum.h"
#include "icmp.h"
#include "packet.h"

#define ICMP_ERROR_HEADER 8  /* of ICMP; the quoted packet follows */
#define ICMP_ERROR_MOST 1536 /* longest message that is looked at */
/* Of the message, what translation may change: quoted IPv4 header, and of TCP all but options. */
#define ICMP_ERROR_EDITED (ICMP_ERROR_HEADER + 60 + 20)

struct icmp_quote {
	struct natloop_tuple tuple; /* of the quoted packet, as it was sent */
	__u8 l4;		    /* offset of the quoted transport header in the message */
	__u8 check;		    /* offset of its checksum; 0: not quoted, or UDP has none */
};

static __always_inline __u16 icmp_error_word(const __u8 *msg, __u32 offset)
{
	return *(const __u16 *)(msg + offset);
}

/* Ones' complement sum of the quoted IPv4 header; 0xffff if its checksum is right. */
static __always_inline __u16 icmp_error_header_sum(const __u8 *msg, __u32 header)
{
	__u32 sum = 0;

	for (__u32 i = 0; i < 60 && i < header; i += 2)
		sum += icmp_error_word(msg, ICMP_ERROR_HEADER + i);
	return csum_fold(sum);
}

/* Offset of the checksum of TCP or UDP at @l4, if @length bytes of message contain it; else 0. */
static __always_inline __u8 icmp_error_check(const __u8 *msg, __u32 length, __u8 proto, __u32 l4)
{
	__u32 offset = l4 + (proto == IPPROTO_TCP ? 16 : 6);

	if (offset + 2 > length)
		return 0;
	if (proto == IPPROTO_UDP && !icmp_error_word(msg, offset & 0x7f))
		return 0;
	return offset;
}

/*
 * Reads the quote of the message @msg, @length bytes of it, in a buffer of ICMP_ERROR_MOST bytes.
 * NATLOOP_OUTCOME_COUNT: *@ret is filled in. NATLOOP_ICMP_BAD: no whole IPv4 header and 8 bytes, or
 * a header whose checksum is wrong (RFC 5508 REQ-3 a, d). NATLOOP_ICMP_STRAY: about a packet that
 * can be none of a flow: a fragment but the first, neither TCP nor UDP.
 */
static __always_inline enum natloop_outcome icmp_error_read(const __u8 *msg, __u32 length,
							    struct icmp_quote *ret)
{
	const struct iphdr *ip = (const void *)(msg + ICMP_ERROR_HEADER);
	__u32 header = ip->ihl * 4u, l4 = ICMP_ERROR_HEADER + header;
	struct icmp_quote quote = { 0 };

	if (ip->version != 4 || header < sizeof(*ip) || l4 + 8 > length ||
	    icmp_error_header_sum(msg, header) != 0xffff)
		return NATLOOP_ICMP_BAD;
	if ((ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP) ||
	    bpf_ntohs(ip->frag_off) & PACKET_OFFSET)
		return NATLOOP_ICMP_STRAY;
	/* So that all reads below go by one register, which the mask bounds (kernel 6.1 needs it).
	 */
	compiler_forgets(l4);
	l4 &= 0x7f;
	quote.tuple.src = packet_addr_v4(ip->saddr);
	quote.tuple.dst = packet_addr_v4(ip->daddr);
	quote.tuple.sport = icmp_error_word(msg, l4);
	quote.tuple.dport = icmp_error_word(msg, l4 + 2);
	quote.tuple.proto = ip->protocol;
	quote.l4 = l4;
	quote.check = icmp_error_check(msg, length, ip->protocol, l4);
	*ret = quote;
	return NATLOOP_OUTCOME_COUNT;
}

/* Writes a word and returns what that adds to a sum over it. */
static __always_inline __u32 icmp_error_put(__u8 *msg, __u32 offset, __u16 value)
{
	__u16 *word = (__u16 *)(msg + (offset & 0x7f));
	__u32 diff = (__u32)value + (__u16) ~*word;

	*word = value;
	return diff;
}

static __always_inline __u32 icmp_error_put_addr(__u8 *msg, __u32 offset, __be32 a)
{
	__u16 half[2]; /* as they lie in memory */

	__builtin_memcpy(half, &a, sizeof(half));
	return icmp_error_put(msg, offset, half[0]) + icmp_error_put(msg, offset + 2, half[1]);
}

/*
 * Translates the quote, and the ICMP checksum with it. The quoted packet travelled against @flow,
 * so it gets @flow's new addresses with the ends exchanged; sums that were right stay right, a UDP
 * checksum of 0 stays 0. The quoted TTL stays as the sender of the error saw it.
 */
static __always_inline void icmp_error_translate(__u8 *msg, const struct icmp_quote *quote,
						 const struct natloop_flow *flow)
{
	const __u32 ip = ICMP_ERROR_HEADER;
	__u32 sum = 0;
	__u16 check;

	sum += icmp_error_put_addr(msg, ip + offsetof(struct iphdr, saddr), flow->dst);
	sum += icmp_error_put_addr(msg, ip + offsetof(struct iphdr, daddr), flow->src);
	check = csum_update(icmp_error_word(msg, ip + offsetof(struct iphdr, check)),
			    flow->addr_diff);
	sum += icmp_error_put(msg, ip + offsetof(struct iphdr, check), check);
	sum += icmp_error_put(msg, quote->l4, flow->dport);
	sum += icmp_error_put(msg, quote->l4 + 2, flow->sport);
	if (quote->check) {
		__u32 diff = (__u32)flow->addr_diff + flow->port_diff;

		check = icmp_error_word(msg, quote->check & 0x7f);
		check = quote->tuple.proto == IPPROTO_UDP ? csum_update_udp(check, diff) :
							    csum_update(check, diff);
		sum += icmp_error_put(msg, quote->check, check);
	}
	check = csum_update(icmp_error_word(msg, offsetof(struct icmp_header, checksum)),
			    csum_fold(sum));
	icmp_error_put(msg, offsetof(struct icmp_header, checksum), check);
}

#endif
