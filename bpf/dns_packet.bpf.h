/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The frame around a DNS message: into the scratch, and back out as the answer. TC only. */
#ifndef DNS_PACKET_BPF_H
#define DNS_PACKET_BPF_H

#include <linux/ipv6.h>

#include "dns.h"
#include "parse.h"
#include "unfinished.bpf.h"

#define DNS_PORT 53
#define DNS_TTL 64
#define DNS_V4_AT (DNS_HEADERS_MAX - sizeof(struct iphdr) - sizeof(struct udphdr))
#define DNS_UDP_AT (DNS_HEADERS_MAX - sizeof(struct udphdr))
#define DNS_SUM_STEPS 2 /* of SCRATCH_SUM_STEP bytes */

_Static_assert(sizeof(struct dns_work) <= SCRATCH_FRAME, "the work does not fit into the scratch");
_Static_assert(DNS_QUERY_MAX + sizeof(struct udphdr) <= DNS_SUM_STEPS * SCRATCH_SUM_STEP, "");

/* IPv4 without options, not a fragment, as long as it says. */
static __always_inline bool dns_packet_v4(void *data, void *data_end, struct packet *pkt)
{
	struct iphdr *ip = data + packet_l3(pkt);

	if ((void *)(ip + 1) > data_end || ip->protocol != IPPROTO_UDP || ip->version != 4 ||
	    ip->ihl != sizeof(*ip) / 4)
		return false;
	pkt->fragment = bpf_ntohs(ip->frag_off);
	pkt->length = bpf_ntohs(ip->tot_len);
	pkt->tuple.src = packet_addr_v4(ip->saddr);
	pkt->tuple.dst = packet_addr_v4(ip->daddr);
	pkt->l4 = pkt->l3 + sizeof(*ip);
	return !packet_is_fragment(pkt) && parse_intact(ip, sizeof(*ip), data_end, pkt);
}

/* A mapped IPv4 address has no business in an IPv6 header; here it would be taken for IPv4. */
static __always_inline bool dns_is_mapped(const struct in6_addr *a)
{
	const __u32 *w = a->s6_addr32;

	return !(w[0] | w[1]) && w[2] == bpf_htonl(0xffff);
}

/* IPv6 without extension headers. */
static __always_inline bool dns_packet_v6(void *data, void *data_end, struct packet *pkt)
{
	struct ipv6hdr *ip = data + packet_l3(pkt);

	if ((void *)(ip + 1) > data_end || ip->nexthdr != IPPROTO_UDP || ip->version != 6)
		return false;
	pkt->length = sizeof(*ip) + bpf_ntohs(ip->payload_len);
	__builtin_memcpy(&pkt->tuple.src, &ip->saddr, sizeof(pkt->tuple.src));
	__builtin_memcpy(&pkt->tuple.dst, &ip->daddr, sizeof(pkt->tuple.dst));
	pkt->l4 = pkt->l3 + sizeof(*ip);
	return !dns_is_mapped(&ip->saddr) && !dns_is_mapped(&ip->daddr);
}

static __always_inline bool dns_packet_parse(ctx_t *ctx, struct packet *pkt, bool *v6)
{
	void *data = ctx_data(ctx), *data_end = ctx_data_end(ctx);
	struct ethhdr *eth = data;
	struct udphdr *udp;
	__be16 next;

	if (!parse_link(data, data_end, pkt, &next))
		return false;
	__builtin_memcpy(pkt->client_mac, eth->h_source, ETH_ALEN);
	__builtin_memcpy(pkt->router_mac, eth->h_dest, ETH_ALEN);
	*v6 = next == bpf_htons(ETH_P_IPV6);
	if (*v6 ? !dns_packet_v6(data, data_end, pkt) :
		  next != bpf_htons(ETH_P_IP) || !dns_packet_v4(data, data_end, pkt))
		return false;
	udp = data + packet_l4(pkt);
	if ((void *)(udp + 1) > data_end || udp->dest != bpf_htons(DNS_PORT))
		return false;
	pkt->tuple.sport = udp->source;
	pkt->tuple.dport = udp->dest;
	return true;
}

/* UDP header and message into @w. The message's length; 0: the lengths are not those of one. */
static __always_inline __u32 dns_packet_load(ctx_t *ctx, const struct packet *pkt,
					     struct dns_work *w)
{
	__u32 length = pkt->length - (pkt->l4 - pkt->l3);
	struct udphdr *udp = (void *)(w->headers + DNS_UDP_AT);

	if (!compiler_keeps(&length, sizeof(*udp) + DNS_HEADER, sizeof(*udp) + DNS_QUERY_MAX))
		return 0;
	if (!pkt->tuple.sport || bpf_skb_load_bytes(ctx, packet_l4(pkt), udp, length))
		return 0;
	return bpf_ntohs(udp->len) == length ? length - sizeof(*udp) : 0;
}

/*
 * The pseudo header's sum (RFC 768, RFC 8200 8.1), not folded. Of a mapped IPv4 address the 0xffff
 * is there twice, and means nothing in a ones' complement sum that is not 0 otherwise.
 */
static __always_inline __u32 dns_pseudo_sum(const struct natloop_tuple *tuple, __u32 length)
{
	__u32 sum = bpf_htons(IPPROTO_UDP) + bpf_htons(length);

	for (int i = 0; i < 4; i++)
		sum += csum_addrs(tuple->src.w[i], tuple->dst.w[i]);
	return sum;
}

/* With the @length bytes from the UDP header on; folded. */
static __always_inline __u16 dns_packet_sum(const struct packet *pkt, struct dns_work *w,
					    __u32 length)
{
	__u32 pseudo = dns_pseudo_sum(&pkt->tuple, length);

	if (!compiler_keeps(&length, 1, DNS_SUM_STEPS * SCRATCH_SUM_STEP))
		return 0;
	return csum_fold(scratch_sum(w->headers + DNS_UDP_AT, length, DNS_SUM_STEPS, pseudo));
}

/*
 * Is the checksum right, or not there (IPv4), or unfinished (unfinished.bpf.h)? The last only where
 * the kernel can be made to forget that.
 */
static __always_inline bool dns_packet_intact(const struct packet *pkt, struct dns_work *w,
					      __u32 length, bool v6)
{
	struct udphdr *udp = (void *)(w->headers + DNS_UDP_AT);

	length += sizeof(*udp);
	if (!udp->check)
		return !v6;
	if (udp->check == csum_fold(dns_pseudo_sum(&pkt->tuple, length)))
		return pkt->l3 == ETH_HLEN;
	return dns_packet_sum(pkt, w, length) == 0xffff;
}

static __always_inline void dns_packet_udp(const struct packet *pkt, struct dns_work *w,
					   __u32 length)
{
	struct udphdr *udp = (void *)(w->headers + DNS_UDP_AT);

	length += sizeof(*udp);
	udp->source = pkt->tuple.dport;
	udp->dest = pkt->tuple.sport;
	udp->len = bpf_htons(length);
	udp->check = 0;
	udp->check = ~dns_packet_sum(pkt, w, length);
	if (!udp->check)
		udp->check = 0xffff;
}

/* Without fragments, and so without an identification (RFC 6864 4.1). */
static __always_inline void dns_packet_ip(const struct packet *pkt, struct dns_work *w,
					  __u32 length)
{
	struct iphdr *ip = (void *)(w->headers + DNS_V4_AT);
	struct iphdr header = {
		.version = 4,
		.ihl = sizeof(*ip) / 4,
		.tot_len = bpf_htons(sizeof(*ip) + sizeof(struct udphdr) + length),
		.frag_off = bpf_htons(PACKET_DF),
		.ttl = DNS_TTL,
		.protocol = IPPROTO_UDP,
		.saddr = pkt->tuple.dst.w[3],
		.daddr = pkt->tuple.src.w[3],
	};

	header.check = ~csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&header, sizeof(header), 0));
	__builtin_memcpy(ip, &header, sizeof(header));
}

static __always_inline void dns_packet_ip6(const struct packet *pkt, struct dns_work *w,
					   __u32 length)
{
	struct ipv6hdr *ip = (void *)w->headers;

	__builtin_memset(ip, 0, sizeof(*ip));
	ip->version = 6;
	ip->payload_len = bpf_htons(sizeof(struct udphdr) + length);
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = DNS_TTL;
	__builtin_memcpy(&ip->saddr, &pkt->tuple.dst, sizeof(ip->saddr));
	__builtin_memcpy(&ip->daddr, &pkt->tuple.src, sizeof(ip->daddr));
}

/* The packet in hand becomes the @length bytes from the IP header on. */
static __always_inline bool dns_packet_put(ctx_t *ctx, const struct packet *pkt, const __u8 *byte,
					   __u32 length)
{
	/* With a tag in the bytes the kernel does not see where IP begins, and refuses. */
	if (pkt->l3 == ETH_HLEN && !unfinished_forget(ctx))
		return false;
	return compiler_keeps(&length, 1, DNS_ROOM) &&
	       !bpf_skb_change_tail(ctx, packet_l3(pkt) + length, 0) &&
	       compiler_keeps(&length, 1, DNS_ROOM) &&
	       !bpf_skb_store_bytes(ctx, packet_l3(pkt), byte, length, BPF_F_RECOMPUTE_CSUM);
}

/*
 * The packet in hand becomes the answer, whose message of @length bytes is in @w, and goes back the
 * way that it came, with the tags that it has. The verdict; TC_ACT_SHOT: it is no packet any more.
 */
static __always_inline int dns_packet_send(ctx_t *ctx, const struct packet *pkt, struct dns_work *w,
					   __u32 length, bool v6)
{
	__u8 *mac;
	bool put;

	dns_packet_udp(pkt, w, length);
	length += sizeof(struct udphdr);
	if (v6) {
		dns_packet_ip6(pkt, w, length - sizeof(struct udphdr));
		put = dns_packet_put(ctx, pkt, w->headers, sizeof(struct ipv6hdr) + length);
	} else {
		dns_packet_ip(pkt, w, length - sizeof(struct udphdr));
		put = dns_packet_put(ctx, pkt, w->headers + DNS_V4_AT,
				     sizeof(struct iphdr) + length);
	}
	mac = ctx_data(ctx);
	if (!put || mac + 2 * ETH_ALEN > (__u8 *)ctx_data_end(ctx))
		return TC_ACT_SHOT;
	__builtin_memcpy(mac, pkt->client_mac, ETH_ALEN);
	__builtin_memcpy(mac + ETH_ALEN, pkt->router_mac, ETH_ALEN);
	return bpf_redirect(ctx->ifindex, 0);
}

#endif
