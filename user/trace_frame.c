// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "trace_frame.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <string.h>

#define MACS (2 * ETH_ALEN)
#define TAG 4
#define WINDOW 64240

static __u32 sum_bytes(const __u8 *byte, __u32 length, __u32 sum)
{
	for (__u32 i = 0; i < length; i++)
		sum += i % 2 ? byte[i] : (__u32)byte[i] << 8;
	return sum;
}

/* RFC 1071; 0 when the field among the bytes is right. */
static __u16 checksum(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

/* Of the transport header and payload, with the pseudo header. */
static __u16 transport_checksum(const struct iphdr *ip, const __u8 *l4, __u32 length)
{
	__u32 sum = ip->protocol + length;

	if (ip->protocol != IPPROTO_ICMP)
		sum = sum_bytes((const __u8 *)&ip->saddr, 8, sum);
	else
		sum = 0;
	return checksum(sum_bytes(l4, length, sum));
}

static void write_tcp(const struct trace_head *head, struct tcphdr *tcp)
{
	tcp->source = head->key.sport;
	tcp->dest = head->key.dport;
	tcp->seq = htonl(1);
	tcp->ack_seq = head->tcp_flags & TH_ACK ? htonl(1) : 0;
	tcp->doff = sizeof(*tcp) / 4;
	((__u8 *)tcp)[13] = head->tcp_flags;
	tcp->window = htons(WINDOW);
}

static void write_udp(const struct trace_head *head, struct udphdr *udp)
{
	udp->source = head->key.sport;
	udp->dest = head->key.dport;
	udp->len = htons(sizeof(*udp));
}

static __u32 write_ip(const struct trace_head *head, __u8 *at)
{
	bool tcp = head->key.proto == IPPROTO_TCP;
	__u32 payload = tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr);
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tot_len = htons((__u16)(sizeof(ip) + payload)),
		.id = head->id,
		.frag_off = htons(IP_DF),
		.ttl = head->ttl,
		.protocol = head->key.proto,
		.saddr = head->key.src,
		.daddr = head->key.dst,
	};
	union {
		struct tcphdr tcp;
		struct udphdr udp;
		__u8 byte[sizeof(struct tcphdr)];
	} l4 = { .byte = { 0 } };
	__u16 check;

	ip.check = htons(checksum(sum_bytes((__u8 *)&ip, sizeof(ip), 0)));
	if (tcp)
		write_tcp(head, &l4.tcp);
	else
		write_udp(head, &l4.udp);
	check = htons(transport_checksum(&ip, l4.byte, payload));
	if (tcp)
		l4.tcp.check = check;
	else
		l4.udp.check = check ? check : 0xffff;
	memcpy(at, &ip, sizeof(ip));
	memcpy(at + sizeof(ip), l4.byte, payload);
	return sizeof(ip) + payload;
}

static void put16(__u8 *at, __u16 value)
{
	at[0] = (__u8)(value >> 8);
	at[1] = (__u8)value;
}

void trace_frame_write(const struct trace_head *head, struct trace_frame *ret)
{
	__u32 at = MACS;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->byte, head->dmac, ETH_ALEN);
	memcpy(ret->byte + ETH_ALEN, head->smac, ETH_ALEN);
	for (int i = 0; i < 2 && head->vlan[i]; i++) {
		put16(ret->byte + at, ETH_P_8021Q);
		put16(ret->byte + at + 2, head->vlan[i]);
		at += TAG;
	}
	put16(ret->byte + at, ETH_P_IP);
	at += 2;
	ret->length = at + write_ip(head, ret->byte + at);
}

static __u16 get16(const __u8 *at)
{
	return (__u16)(at[0] << 8 | at[1]);
}

/* Ports, flags and checksum of the @length bytes behind the IPv4 header. */
static bool read_transport(const struct iphdr *ip, const __u8 *l4, __u32 length,
			   struct trace_head *head)
{
	bool tcp = ip->protocol == IPPROTO_TCP, udp = ip->protocol == IPPROTO_UDP;

	if (length < (tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr)))
		return false;
	if (tcp || udp) {
		head->key.sport = htons(get16(l4));
		head->key.dport = htons(get16(l4 + 2));
	}
	if (tcp)
		head->tcp_flags = l4[13];
	/* A datagram may have none. */
	if (!udp || get16(l4 + offsetof(struct udphdr, check)))
		head->intact &= !transport_checksum(ip, l4, length);
	return true;
}

bool trace_frame_read(const struct trace_frame *frame, struct trace_head *ret)
{
	struct trace_head head = { .ttl = 0 };
	__u32 at = MACS, length;
	struct iphdr ip;

	for (int tags = 0;
	     tags < 2 && at + TAG + 2 <= frame->length && get16(frame->byte + at) == ETH_P_8021Q;
	     at += TAG)
		head.vlan[tags++] = get16(frame->byte + at + 2) & 0xfff;
	if (frame->length > TRACE_FRAME_MAX || at + 2 + sizeof(ip) > frame->length ||
	    get16(frame->byte + at) != ETH_P_IP)
		return false;
	at += 2;
	memcpy(&ip, frame->byte + at, sizeof(ip));
	length = ntohs(ip.tot_len);
	if (ip.version != 4 || ip.ihl != sizeof(ip) / 4 || length < sizeof(ip) ||
	    at + length > frame->length)
		return false;
	memcpy(head.dmac, frame->byte, ETH_ALEN);
	memcpy(head.smac, frame->byte + ETH_ALEN, ETH_ALEN);
	head.key.src = ip.saddr;
	head.key.dst = ip.daddr;
	head.key.proto = ip.protocol;
	head.id = ip.id;
	head.ttl = ip.ttl;
	head.intact = !checksum(sum_bytes(frame->byte + at, sizeof(ip), 0));
	if (!read_transport(&ip, frame->byte + at + sizeof(ip), length - (__u32)sizeof(ip), &head))
		return false;
	*ret = head;
	return true;
}
