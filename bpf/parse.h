/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes -> struct packet, in two steps, so that a packet that is not for a public address costs as
 * little as possible. Pure.
 */
#ifndef PARSE_H
#define PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "csum.h"
#include "icmp.h"
#include "packet.h"

#define PARSE_VLAN_ID 0x0fff /* IEEE 802.1Q TCI */

struct parse_vlan_header {
	__be16 tci;
	__be16 next;
};

/*
 * Ethernet and up to two VLAN tags: fills vlan, tags and l3 of @pkt, and *@next with what lies in
 * the frame. A tag that the NIC took off already is in pkt->vlan and pkt->tags before the call.
 */
static __always_inline bool parse_link(void *data, void *data_end, struct packet *pkt, __be16 *next)
{
	struct ethhdr *eth = data;
	__u32 offset = sizeof(*eth);

	if ((void *)(eth + 1) > data_end) {
		pkt->truncated = true;
		return false;
	}
	*next = eth->h_proto;
	for (int i = 0; i < PACKET_MAX_TAGS; i++) {
		struct parse_vlan_header *tag = data + offset;

		if (*next != bpf_htons(ETH_P_8021Q) && *next != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 1) > data_end) {
			pkt->truncated = true;
			return false;
		}
		if (pkt->tags >= PACKET_MAX_TAGS)
			return false;
		if (pkt->tags)
			pkt->vlan[1] = bpf_ntohs(tag->tci) & PARSE_VLAN_ID;
		else
			pkt->vlan[0] = bpf_ntohs(tag->tci) & PARSE_VLAN_ID;
		pkt->tags++;
		*next = tag->next;
		offset += sizeof(*tag);
	}
	pkt->l3 = offset;
	return true;
}

/*
 * Ethernet, up to two VLAN tags, and of IPv4 the addresses: fills the MACs, vlan, tags, l3 and the
 * tuple's addresses of @pkt. A tag that the NIC took off already is in pkt->vlan and pkt->tags
 * before the call. False: not ours, *@stop says why.
 */
static __always_inline bool parse_network(void *data, void *data_end, struct packet *pkt,
					  enum natloop_outcome *stop)
{
	struct ethhdr *eth = data;
	struct iphdr *ip;
	__be16 next;

	*stop = NATLOOP_NOT_IPV4;
	if (!parse_link(data, data_end, pkt, &next) || next != bpf_htons(ETH_P_IP))
		return false;
	/* The compiler knows the few values that it has. */
	ip = data + pkt->l3;
	if ((void *)(ip + 1) > data_end) {
		*stop = NATLOOP_BAD_HEADER;
		pkt->truncated = true;
		return false;
	}
	pkt->tuple.src = packet_addr_v4(ip->saddr);
	pkt->tuple.dst = packet_addr_v4(ip->daddr);
	__builtin_memcpy(pkt->client_mac, eth->h_source, ETH_ALEN);
	__builtin_memcpy(pkt->router_mac, eth->h_dest, ETH_ALEN);
	return true;
}

/* RFC 1858 3.2.1, RFC 3128 3: a first fragment must show all that a filter may want to see. */
static __always_inline bool parse_tiny(void *data, void *data_end, struct packet *pkt)
{
	__be16 *port = data + packet_l4(pkt);

	if ((void *)(port + 2) > data_end) {
		pkt->truncated = true;
		return false;
	}
	pkt->tuple.sport = port[0];
	pkt->tuple.dport = port[1];
	pkt->tiny = true;
	return true;
}

static __always_inline bool parse_tcp(void *data, void *data_end, __u32 payload, struct packet *pkt)
{
	struct tcphdr *tcp = data + packet_l4(pkt);
	bool part = packet_is_fragment(pkt);

	if (part && payload < sizeof(*tcp))
		return parse_tiny(data, data_end, pkt);
	if ((void *)(tcp + 1) > data_end) {
		pkt->truncated = true;
		return false;
	}
	if (tcp->doff < 5 || (!part && tcp->doff * 4u > payload))
		return false;
	pkt->tuple.sport = tcp->source;
	pkt->tuple.dport = tcp->dest;
	pkt->tcp_flags = ((__u8 *)tcp)[13];
	if (pkt->gso)
		pkt->segment = pkt->l4 - pkt->l3 + tcp->doff * 4u + pkt->gso;
	return true;
}

static __always_inline bool parse_udp(void *data, void *data_end, __u32 payload, struct packet *pkt)
{
	struct udphdr *udp = data + packet_l4(pkt);

	if ((void *)(udp + 1) > data_end) {
		pkt->truncated = true;
		return false;
	}
	if (bpf_ntohs(udp->len) < sizeof(*udp) ||
	    (!packet_is_fragment(pkt) && bpf_ntohs(udp->len) > payload))
		return false;
	pkt->tuple.sport = udp->source;
	pkt->tuple.dport = udp->dest;
	if (pkt->gso)
		pkt->segment = pkt->l4 - pkt->l3 + sizeof(*udp) + pkt->gso;
	return true;
}

/*
 * Never true, ICMP has no ports; *@stop is NATLOOP_ICMP_STRAY for an error message that is long
 * enough to quote an IPv4 header and 8 bytes (RFC 792), whosever it may be.
 */
static __always_inline bool parse_icmp(void *data, void *data_end, __u32 payload,
				       struct packet *pkt, enum natloop_outcome *stop)
{
	struct icmp_header *icmp = data + packet_l4(pkt);

	*stop = NATLOOP_ICMP;
	if (packet_is_fragment(pkt))
		return false;
	if ((void *)(icmp + 1) > data_end) {
		*stop = NATLOOP_BAD_HEADER;
		pkt->truncated = true;
		return false;
	}
	if (!icmp_is_error(icmp->type))
		return false;
	*stop = payload < sizeof(*icmp) + sizeof(struct iphdr) + 8 ? NATLOOP_ICMP_BAD :
								     NATLOOP_ICMP_STRAY;
	return false;
}

/*
 * Is the header's checksum right (RFC 1812 4.2.2.5)? Sent on, a wrong one would be dropped by the
 * receiver; but what is made of the packet here, pieces and answers, would look right. @header:
 * bytes, of which the first 20 are known to be readable.
 */
static __always_inline bool parse_intact(const struct iphdr *ip, __u32 header, void *data_end,
					 struct packet *pkt)
{
	const __u32 *word = (const void *)ip;
	__u64 sum = (__u64)word[0] + word[1] + word[2] + word[3] + word[4];

	for (__u32 i = 5; i < 15 && i < header / 4; i++) {
		const void *next = word + i + 1;

		compiler_forgets(
			next); /* or it reckons with data_end instead, which is not allowed */
		if (next > data_end) {
			pkt->truncated = true;
			return false;
		}
		sum += word[i];
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	return csum_fold(sum) == 0xffff;
}

/* Fragments but the last are multiples of 8 bytes, and none reaches beyond 64 KiB (RFC 791 3.2). */
static __always_inline bool parse_fragment(const struct packet *pkt, __u32 payload)
{
	__u32 end = (pkt->fragment & PACKET_OFFSET) * 8u + payload;

	if (!payload || ((pkt->fragment & PACKET_MF) && payload % 8))
		return false;
	return end <= 0xffff - sizeof(struct iphdr);
}

/*
 * The rest of IPv4 and the transport header: length, TTL, ports, TCP flags. @pkt has been through
 * parse_network, pkt->frame_length and pkt->gso are set. Checks what a host would drop (version,
 * header and total length, data offset, UDP length, port 0), so that nothing is translated that
 * cannot be read. False with *@stop NATLOOP_FRAGMENT: a fragment but the first, without ports.
 */
static __always_inline bool parse_transport(void *data, void *data_end, struct packet *pkt,
					    enum natloop_outcome *stop)
{
	struct iphdr *ip = data + packet_l3(pkt);
	__u32 header, payload;
	bool ok;

	*stop = NATLOOP_BAD_HEADER;
	if ((void *)(ip + 1) > data_end) {
		pkt->truncated = true;
		return false;
	}
	header = ip->ihl * 4u;
	pkt->length = bpf_ntohs(ip->tot_len);
	/* More than 64 KiB does not fit into the field ("BIG TCP"): only the skb knows it. */
	if (!pkt->length && pkt->gso)
		pkt->length = pkt->frame_length - pkt->l3;
	if (ip->version != 4 || header < sizeof(*ip) || pkt->length < header ||
	    pkt->l3 + pkt->length > pkt->frame_length)
		return false;
	if (!parse_intact(ip, header, data_end, pkt))
		return false;
	payload = pkt->length - header;
	pkt->segment = pkt->length;
	pkt->ttl = ip->ttl;
	pkt->l4 = pkt->l3 + header;
	pkt->id = ip->id;
	pkt->fragment = bpf_ntohs(ip->frag_off);
	pkt->tuple.proto = ip->protocol;
	if (packet_is_fragment(pkt) && !parse_fragment(pkt, payload))
		return false;
	if (ip->protocol == IPPROTO_ICMP)
		return parse_icmp(data, data_end, payload, pkt, stop);
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP) {
		*stop = NATLOOP_OTHER_PROTOCOL;
		return false;
	}
	if (packet_is_later(pkt)) {
		*stop = NATLOOP_FRAGMENT;
		return false;
	}
	if (ip->protocol == IPPROTO_TCP)
		ok = parse_tcp(data, data_end, payload, pkt);
	else
		ok = parse_udp(data, data_end, payload, pkt);
	return ok && pkt->tuple.sport && pkt->tuple.dport;
}

#define PARSE_OPTION_END 0
#define PARSE_OPTION_NOP 1
#define PARSE_OPTION_LSRR 131 /* loose and strict source route (RFC 791 3.1) */
#define PARSE_OPTION_SSRR 137

/*
 * One IPv4 option: its length, 0 at the end of the list, -1: the packet is not to be sent on. That
 * is so with a source route, which the kernel does not accept unless told to (accept_source_route,
 * RFC 7126 4.3 and 4.4), and with a list that cannot be read, which it answers (RFC 1812 5.3.13).
 * @at: where the option is in the IPv4 header at @ip, whose length is @header bytes.
 */
static __always_inline int parse_option(const __u8 *ip, void *data_end, __u32 at, __u32 header)
{
	const __u8 *option = ip + at;
	__u32 size;

	if (at >= header || (void *)(option + 1) > data_end || option[0] == PARSE_OPTION_END)
		return 0;
	if (option[0] == PARSE_OPTION_NOP)
		return 1;
	if (option[0] == PARSE_OPTION_LSRR || option[0] == PARSE_OPTION_SSRR || at + 1 >= header ||
	    (void *)(option + 2) > data_end)
		return -1;
	size = option[1];
	return size < 2 || at + size > header ? -1 : (int)size;
}

#endif
