/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who asks, and whom: is the source a client of the LAN, is the destination this router? The kernel
 * is asked (bpf_fib_lookup), so that nobody has to tell the program when an address changes. TC.
 */
#ifndef DNS_ADDRESS_BPF_H
#define DNS_ADDRESS_BPF_H

#include "dns.h"
#include "lookup.h"

#define DNS_AF_INET 2
#define DNS_AF_INET6 10

/* natloop_dns_config; the controller makes it, pins it and writes it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct natloop_dns_config);
} natloop_dns_config SEC(".maps");

/* What became of a look-up. */
enum dns_route {
	DNS_ROUTE_NONE = 0,	    /* not known, or not to be used */
	DNS_ROUTE_UNICAST = 1 << 0, /* out of an interface */
	DNS_ROUTE_BACK = 1 << 1,    /* out of the one where the packet came in */
	DNS_ROUTE_STOPS = 1 << 2,   /* not forwarded: local, broadcast, or there is no route */
	DNS_ROUTE_DIRECT = 1 << 3,  /* without a gateway */
};

static __always_inline bool dns_is_v4(const struct natloop_addr *a)
{
	return !(a->w[0] | a->w[1]) && a->w[2] == bpf_htonl(0xffff);
}

static __always_inline bool dns_is_link_local(const struct natloop_addr *a)
{
	return (a->w[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);
}

/* Unicast, and neither loopback nor unspecified. */
static __always_inline bool dns_is_host(const struct natloop_addr *a)
{
	__u32 first = bpf_ntohl(a->w[0]) >> 24, v4 = bpf_ntohl(a->w[3]) >> 24;

	if (dns_is_v4(a))
		return v4 && v4 != 127 && v4 < 224;
	/* ::/96 has the unspecified address, loopback, and what was "IPv4-compatible". */
	return first != 0xff && (a->w[0] | a->w[1] | a->w[2]);
}

/*
 * The way to @to, with the bits @other of its last word changed, for a packet of @from that came in
 * on the layer 3 interface @ifindex, as enum dns_route. Both addresses are of one family.
 */
__subprogram int dns_route(ctx_t *ctx, __u32 ifindex, const struct natloop_addr *from,
			   const struct natloop_addr *to, __u32 other)
{
	struct natloop_addr there;
	struct bpf_fib_lookup fib;
	int ret = DNS_ROUTE_UNICAST;
	bool direct;
	long rc;

	if (!from || !to)
		return DNS_ROUTE_NONE;
	there = *to;
	there.w[3] ^= bpf_htonl(other);
	__builtin_memset(&fib, 0, sizeof(fib));
	fib.ifindex = ifindex;
	fib.l4_protocol = IPPROTO_UDP;
	/* A length makes it tell the route's MTU, and not check the skb (bpf_skb_fib_lookup). */
	fib.tot_len = 1;
	if (dns_is_v4(to)) {
		fib.family = DNS_AF_INET;
		fib.ipv4_src = from->w[3];
		fib.ipv4_dst = there.w[3];
	} else {
		fib.family = DNS_AF_INET6;
		/* With a link-local source it says NOT_FWDED to everything. */
		if (!dns_is_link_local(from))
			__builtin_memcpy(fib.ipv6_src, from, sizeof(*from));
		__builtin_memcpy(fib.ipv6_dst, &there, sizeof(there));
	}
	rc = bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);
	if (rc == BPF_FIB_LKUP_RET_NOT_FWDED)
		return DNS_ROUTE_STOPS;
	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return DNS_ROUTE_NONE;
	/* A gateway takes the destination's place (bpf_ipv4_fib_lookup, bpf_ipv6_fib_lookup). */
	direct = dns_is_v4(to) ?
			 fib.ipv4_dst == there.w[3] :
			 packet_addr_equal((const struct natloop_addr *)fib.ipv6_dst, &there);
	if (direct)
		ret |= DNS_ROUTE_DIRECT;
	return ret | (fib.ifindex == ifindex ? DNS_ROUTE_BACK : 0);
}

/* Does the way to everybody, the default route, go out of @ifindex? To @to's family. */
static __always_inline bool dns_internet_is_there(ctx_t *ctx, __u32 ifindex,
						  const struct natloop_addr *to)
{
	/* Documentation prefixes, which nobody has: 192.0.2.1, 2001:db8::1 (RFC 5737, RFC 3849). */
	struct natloop_addr nobody = { .w = { bpf_htonl(0x20010db8), 0, 0, bpf_htonl(1) } };

	if (dns_is_v4(to))
		nobody = packet_addr_v4(bpf_htonl(0xc0000201));
	return dns_route(ctx, ifindex, to, &nobody, 0) & DNS_ROUTE_BACK;
}

/*
 * May @from ask, seen on the layer 3 interface @ifindex? A client of ours, or who is reached over
 * that interface: IPv6 has no LAN prefixes in the configuration. Behind a gateway there, only if
 * that is not the one to the Internet, all of which would be a LAN otherwise.
 */
static __always_inline bool dns_from_lan(ctx_t *ctx, const struct natloop_config *cfg,
					 __u32 ifindex, const struct packet *pkt)
{
	const struct natloop_addr *from = &pkt->tuple.src;
	enum natloop_outcome client;
	int route;

	if (!dns_is_host(from))
		return false;
	if (dns_is_v4(from)) {
		client = lookup_client(cfg, ifindex, from);
		if (client != NATLOOP_NOT_LAN)
			return client == NATLOOP_NEW_FLOW;
	} else if (dns_is_link_local(from)) {
		return true;
	}
	route = dns_route(ctx, ifindex, &pkt->tuple.dst, from, 0);
	if (!(route & DNS_ROUTE_BACK))
		return false;
	return route & DNS_ROUTE_DIRECT || !dns_internet_is_there(ctx, ifindex, &pkt->tuple.dst);
}

/* Is it the router's address in a LAN, and no broadcast address of one? 1, -1; 0: who knows. */
__subprogram int dns_lan_says(const struct natloop_config *cfg, const struct natloop_addr *a)
{
	int says = 0;

	if (!cfg || !a)
		return -1;
	for (__u32 i = 0; i < NATLOOP_MAX_LANS && i < cfg->lans; i++) {
		const struct natloop_lan *lan = &cfg->lan[i];

		if (packet_addr_equal(&lan->router, a))
			return 1;
		if (lan->ifindex && lookup_in_lan(lan, a) && lookup_is_broadcast(lan, a))
			says = -1;
	}
	return says;
}

/*
 * Is it an address of this router? The kernel does not forward what is for itself (NOT_FWDED), but
 * says the same of what it has no route for, and of broadcasts; and its main table alone
 * (BPF_FIB_LOOKUP_DIRECT) has the local addresses, too, as long as there are no policy rules
 * (fib_trie_table: one trie). So one of the addresses beside it must have a route: three, as they
 * may be the router's or the network's, too. A broadcast address of an interface that is no LAN of
 * ours passes for the router's. Without forwarding, which many homes have for IPv4 only, the kernel
 * says nothing (FWD_DISABLED): then it is only what the configuration knows.
 */
static __always_inline bool dns_to_router(ctx_t *ctx, __u32 ifindex, const struct packet *pkt)
{
	const struct natloop_addr *from = &pkt->tuple.src, *to = &pkt->tuple.dst;

	/* Nobody routes to one, and the frame has our MAC address. */
	if (!dns_is_v4(to) && dns_is_link_local(to))
		return true;
	if (dns_route(ctx, ifindex, from, to, 0) != DNS_ROUTE_STOPS)
		return false;
	for (__u32 other = 1; other <= 4; other *= 2) {
		if (dns_route(ctx, ifindex, from, to, other) & DNS_ROUTE_UNICAST)
			return true;
	}
	return false;
}

/* One of --resolver? */
__subprogram int dns_is_resolver(const struct natloop_dns_config *dns, const struct natloop_addr *a)
{
	if (!dns || !a)
		return 0;
	for (__u32 i = 0; i < NATLOOP_DNS_RESOLVERS && i < dns->resolvers; i++) {
		if (packet_addr_equal(&dns->resolver[i], a))
			return 1;
	}
	return dns->any != 0;
}

static __always_inline bool dns_to_us(ctx_t *ctx, const struct natloop_config *cfg, __u32 ifindex,
				      const struct packet *pkt)
{
	const struct natloop_addr *to = &pkt->tuple.dst;
	__u32 key = 0;
	int says;

	if (!dns_is_host(to))
		return false;
	/* Before --resolver any: a broadcast address is nobody's, whatever the frame's is. */
	says = dns_is_v4(to) ? dns_lan_says(cfg, to) : 0;
	if (says)
		return says > 0;
	return dns_is_resolver(bpf_map_lookup_elem(&natloop_dns_config, &key), to) ||
	       dns_to_router(ctx, ifindex, pkt);
}

/* Would natloop translate it? By XDP it comes first; by TC it is to be the same. */
static __always_inline bool dns_is_forwarded(const struct natloop_config *cfg,
					     const struct packet *pkt)
{
	int public = lookup_address(cfg, &pkt->tuple.dst);

	return public >= 0 && (__u32) public < cfg->publics &&
	       lookup_forward_index(cfg, IPPROTO_UDP, 53) >= 0;
}

#endif
