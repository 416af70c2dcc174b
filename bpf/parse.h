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

#include "packet.h"

#define PARSE_FRAGMENT_BITS 0x3fff /* MF and the offset, host order (RFC 791 3.1) */
#define PARSE_VLAN_ID 0x0fff	   /* IEEE 802.1Q TCI */

struct parse_vlan_header {
	__be16 tci;
	__be16 next;
};

/*
 * Ethernet, up to two VLAN tags, and of IPv4 the addresses: fills the MACs, vlan, tags, l3 and the
 * tuple's addresses of @pkt. A tag that the NIC took off already is in pkt->vlan and pkt->tags
 * before the call. False: not ours, *@stop says why.
 */
static __always_inline bool parse_network(void *data, void *data_end, struct packet *pkt,
					  enum natloop_outcome *stop)
{
	struct ethhdr *eth = data;
	__u32 offset = sizeof(*eth);
	struct iphdr *ip;
	__be16 next;

	*stop = NATLOOP_NOT_IPV4;
	if ((void *)(eth + 1) > data_end) {
		pkt->truncated = true;
		return false;
	}
	next = eth->h_proto;
	for (int i = 0; i < PACKET_MAX_TAGS; i++) {
		struct parse_vlan_header *tag = data + offset;

		if (next != bpf_htons(ETH_P_8021Q) && next != bpf_htons(ETH_P_8021AD))
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
		next = tag->next;
		offset += sizeof(*tag);
	}
	if (next != bpf_htons(ETH_P_IP))
		return false;
	ip = data + offset;
	if ((void *)(ip + 1) > data_end) {
		*stop = NATLOOP_BAD_HEADER;
		pkt->truncated = true;
		return false;
	}
	pkt->l3 = offset;
	pkt->tuple.src = packet_addr_v4(ip->saddr);
	pkt->tuple.dst = packet_addr_v4(ip->daddr);
	__builtin_memcpy(pkt->client_mac, eth->h_source, ETH_ALEN);
	__builtin_memcpy(pkt->router_mac, eth->h_dest, ETH_ALEN);
	return true;
}

static __always_inline bool parse_tcp(void *data, void *data_end, __u32 payload, struct packet *pkt)
{
	struct tcphdr *tcp = data + packet_l4(pkt);

	if ((void *)(tcp + 1) > data_end) {
		pkt->truncated = true;
		return false;
	}
	if (tcp->doff < 5 || tcp->doff * 4u > payload)
		return false;
	pkt->tuple.sport = tcp->source;
	pkt->tuple.dport = tcp->dest;
	pkt->tcp_flags = ((__u8 *)tcp)[13];
	return true;
}

static __always_inline bool parse_udp(void *data, void *data_end, __u32 payload, struct packet *pkt)
{
	struct udphdr *udp = data + packet_l4(pkt);

	if ((void *)(udp + 1) > data_end) {
		pkt->truncated = true;
		return false;
	}
	if (bpf_ntohs(udp->len) < sizeof(*udp) || bpf_ntohs(udp->len) > payload)
		return false;
	pkt->tuple.sport = udp->source;
	pkt->tuple.dport = udp->dest;
	return true;
}

/*
 * The rest of IPv4 and the transport header: length, TTL, ports, TCP flags. @pkt has been through
 * parse_network, pkt->frame_length is set. Checks what a host would drop (version, header and total
 * length, data offset, UDP length, port 0), so that nothing is translated that cannot be read.
 */
static __always_inline bool parse_transport(void *data, void *data_end, struct packet *pkt,
					    enum natloop_outcome *stop)
{
	struct iphdr *ip = data + packet_l3(pkt);
	__u32 header;
	bool ok;

	*stop = NATLOOP_BAD_HEADER;
	if ((void *)(ip + 1) > data_end) {
		pkt->truncated = true;
		return false;
	}
	header = ip->ihl * 4u;
	pkt->length = bpf_ntohs(ip->tot_len);
	/* More than 64 KiB does not fit into the field ("BIG TCP"): only the skb knows it. */
	if (!pkt->length && pkt->segmented)
		pkt->length = pkt->frame_length - pkt->l3;
	if (ip->version != 4 || header < sizeof(*ip) || pkt->length < header ||
	    pkt->l3 + pkt->length > pkt->frame_length)
		return false;
	pkt->ttl = ip->ttl;
	pkt->l4 = pkt->l3 + header;
	pkt->tuple.proto = ip->protocol;
	if (bpf_ntohs(ip->frag_off) & PARSE_FRAGMENT_BITS) {
		*stop = NATLOOP_FRAGMENT;
		return false;
	}
	if (ip->protocol == IPPROTO_TCP) {
		ok = parse_tcp(data, data_end, pkt->length - header, pkt);
	} else if (ip->protocol == IPPROTO_UDP) {
		ok = parse_udp(data, data_end, pkt->length - header, pkt);
	} else {
		*stop = ip->protocol == IPPROTO_ICMP ? NATLOOP_ICMP : NATLOOP_OTHER_PROTOCOL;
		return false;
	}
	return ok && pkt->tuple.sport && pkt->tuple.dport;
}

#endif
