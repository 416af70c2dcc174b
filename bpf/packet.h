/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A parsed packet: where its headers are and what they say. Pure. */
#ifndef PACKET_H
#define PACKET_H

#include "compiler.h"
#include "natloop/abi.h"

#define PACKET_MAX_TAGS 2

struct packet {
	struct natloop_tuple tuple;  /* leads to its flow; a later fragment has no ports */
	__u32 frame_length;	     /* with the Ethernet header, whole packet */
	__u32 length;		     /* IPv4 total length, bytes */
	__u32 segment;		     /* of the longest IPv4 packet that it leaves as, bytes */
	__u16 gso;		     /* payload of each packet in an skb that holds several, or 0 */
	__u16 fragment;		     /* IPv4 flags and fragment offset, host order */
	__be16 id;		     /* IPv4 identification */
	__be16 new_id;		     /* of a fragment after translation */
	__u16 vlan[PACKET_MAX_TAGS]; /* ids, outer first, host order; 0: no or a priority tag */
	__u8 l3;		     /* offset of the IPv4 header in the frame */
	__u8 l4;		     /* offset of the transport header */
	__u8 tags;		     /* VLAN tags, in the frame or beside it (skb) */
	__u8 ttl;
	__u8 tcp_flags; /* the byte of CWR ... FIN; 0 for UDP */
	__u8 client_mac[6];
	__u8 router_mac[6];
	bool tiny;	/* a first fragment that ends before the transport header does */
	bool truncated; /* the buffer ends before the headers do; pulling in more may help */
};

#define PACKET_DF 0x4000
#define PACKET_MF 0x2000
#define PACKET_OFFSET 0x1fff /* in units of 8 bytes */

static __always_inline bool packet_is_fragment(const struct packet *pkt)
{
	return pkt->fragment & (PACKET_MF | PACKET_OFFSET);
}

/* Not the first of its datagram: it has no transport header. */
static __always_inline bool packet_is_later(const struct packet *pkt)
{
	return pkt->fragment & PACKET_OFFSET;
}

static __always_inline struct natloop_addr packet_addr_v4(__be32 v4)
{
	return (struct natloop_addr){ .w = { 0, 0, bpf_htonl(0xffff), v4 } };
}

/*
 * The header offsets, with the bound that the verifier has lost once they lie on the stack: 14 + 2
 * tags, and 60 bytes of IPv4 header behind that.
 */
static __always_inline __u32 packet_l3(const struct packet *pkt)
{
	return pkt->l3 & 0x1f;
}

static __always_inline __u32 packet_l4(const struct packet *pkt)
{
	return pkt->l4 & 0x7f;
}

static __always_inline bool packet_addr_equal(const struct natloop_addr *a,
					      const struct natloop_addr *b)
{
	/* The last word first: it is the one that differs between IPv4 addresses. */
	return a->w[3] == b->w[3] && a->w[2] == b->w[2] && a->w[1] == b->w[1] && a->w[0] == b->w[0];
}

static __always_inline bool packet_mac_equal(const __u8 *a, const __u8 *b)
{
	__u8 differ = 0;

	for (int i = 0; i < 6; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}

static __always_inline bool packet_addr_zero(const struct natloop_addr *a)
{
	return !(a->w[0] | a->w[1] | a->w[2] | a->w[3]);
}

#endif
