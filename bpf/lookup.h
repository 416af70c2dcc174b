/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Questions to the configuration: is this address ours, on which layer 3 interface did the frame
 * arrive, may this source be a client, which forward is it. Pure.
 *
 * The loops compare their counter with the constant as well as with the configured count, and index
 * with a mask: the verifier needs a bound it can see.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "packet.h"

/* Index of @a among the addresses, publics first; -1 if it is none of ours. */
__subprogram int lookup_address(const struct natloop_config *cfg, const struct natloop_addr *a)
{
	if (!cfg || !a)
		return -1;
	for (__u32 i = 0; i < NATLOOP_MAX_ADDRESSES && i < cfg->addresses; i++) {
		if (packet_addr_equal(&cfg->address[i], a))
			return i;
	}
	return -1;
}

static __always_inline bool lookup_is_link(const struct natloop_link *link, __u32 ifindex,
					   __u16 outer, __u16 inner)
{
	return link->ifindex == ifindex && link->vlan[0] == outer && link->vlan[1] == inner;
}

/* Index of the link that arriving on @ifindex with these VLAN ids means; -1: none we know of. */
__subprogram int lookup_link_index(const struct natloop_config *cfg, __u32 ifindex, __u16 outer,
				   __u16 inner)
{
	if (!cfg)
		return -1;
	for (__u32 i = 0; i < NATLOOP_MAX_LINKS && i < cfg->links; i++) {
		if (lookup_is_link(&cfg->link[i], ifindex, outer, inner))
			return i;
	}
	return -1;
}

static __always_inline const struct natloop_link *
lookup_link(const struct natloop_config *cfg, __u32 ifindex, const struct packet *pkt)
{
	int i = lookup_link_index(cfg, ifindex, pkt->vlan[0], pkt->vlan[1]);

	return i < 0 ? NULL : &cfg->link[i & (NATLOOP_MAX_LINKS - 1)];
}

/* Can XDP transmit on the layer 3 interface @ifindex? Only where attach found it to be so. */
__subprogram int lookup_xdp_xmit(const struct natloop_config *cfg, __u32 ifindex)
{
	if (!cfg)
		return 0;
	for (__u32 i = 0; i < NATLOOP_MAX_LINKS && i < cfg->links; i++) {
		const struct natloop_link *link = &cfg->link[i];

		if (link->ifindex == ifindex && link->l3_ifindex == ifindex)
			return link->flags & NATLOOP_LINK_XDP_XMIT;
	}
	return 0;
}

static __always_inline bool lookup_in_prefix(const struct natloop_addr *net,
					     const struct natloop_addr *mask,
					     const struct natloop_addr *a)
{
	for (int i = 0; i < 4; i++) {
		if ((a->w[i] ^ net->w[i]) & mask->w[i])
			return false;
	}
	return true;
}

static __always_inline bool lookup_in_lan(const struct natloop_lan *lan,
					  const struct natloop_addr *a)
{
	return lookup_in_prefix(&lan->net, &lan->mask, a);
}

/* All host bits 0 or all 1, in a prefix that has such addresses (RFC 3021: not /31 and /32). */
static __always_inline bool lookup_is_broadcast(const struct natloop_lan *lan,
						const struct natloop_addr *a)
{
	__u32 hosts = ~bpf_ntohl(lan->mask.w[3]);
	__u32 host = bpf_ntohl(a->w[3]) & hosts;

	return hosts > 1 && (!host || host == hosts);
}

/*
 * May @a, seen on the layer 3 interface @ifindex, open flows? NATLOOP_NEW_FLOW: yes; else the
 * outcome that says what is wrong with it.
 */
__subprogram enum natloop_outcome lookup_client(const struct natloop_config *cfg, __u32 ifindex,
						const struct natloop_addr *a)
{
	enum natloop_outcome verdict = NATLOOP_NOT_LAN;
	__u32 v4;

	if (!cfg || !a)
		return verdict;
	v4 = bpf_ntohl(a->w[3]);
	if (v4 >> 24 == 127)
		return NATLOOP_LOOPBACK_SOURCE;
	if (v4 >> 28 == 0xe)
		return NATLOOP_MULTICAST_SOURCE;
	if (v4 == 0xffffffff)
		return NATLOOP_BROADCAST_SOURCE;
	if (v4 >> 24 == 0)
		return NATLOOP_NOT_LAN;
	if (lookup_address(cfg, a) >= 0)
		return NATLOOP_OWN_SOURCE;
	for (__u32 i = 0; i < NATLOOP_MAX_LANS && i < cfg->lans; i++) {
		const struct natloop_lan *lan = &cfg->lan[i];

		if (packet_addr_equal(&lan->router, a))
			return NATLOOP_OWN_SOURCE;
		if ((lan->ifindex && lan->ifindex != ifindex) || !lookup_in_lan(lan, a))
			continue;
		/* A prefix given by --lan may be a supernet: only an interface's own has these. */
		if (lan->ifindex && lookup_is_broadcast(lan, a))
			return NATLOOP_BROADCAST_SOURCE;
		verdict = NATLOOP_NEW_FLOW;
	}
	return verdict;
}

static __always_inline bool lookup_rule_fits(const struct natloop_rule *rule, __u32 ifindex,
					     const struct natloop_tuple *tuple, __u16 port)
{
	if (rule->ifindex && rule->ifindex != ifindex)
		return false;
	if (rule->proto && rule->proto != tuple->proto)
		return false;
	if (port < rule->first || port > rule->last)
		return false;
	return lookup_in_prefix(&rule->net, &rule->mask, &tuple->src);
}

/*
 * May the client of @tuple, seen on the layer 3 interface @ifindex, use the forward of the port
 * that it dials?
 */
__subprogram int lookup_allowed(const struct natloop_config *cfg, __u32 ifindex,
				const struct natloop_tuple *tuple)
{
	__u16 port;

	if (!cfg || !tuple)
		return 0;
	port = bpf_ntohs(tuple->dport);
	for (__u32 i = 0; i < NATLOOP_MAX_RULES && i < cfg->rules; i++) {
		if (lookup_rule_fits(&cfg->rule[i], ifindex, tuple, port))
			return cfg->rule[i].allow;
	}
	return 1;
}

/*
 * May the client of @tuple open this flow? As lookup_client and lookup_allowed, in one call: asked
 * one after the other in hairpin_admit they cost the verifier 15 % more states (XDP).
 */
__subprogram enum natloop_outcome lookup_admission(const struct natloop_config *cfg, __u32 ifindex,
						   const struct natloop_tuple *tuple)
{
	enum natloop_outcome outcome;

	if (!cfg || !tuple)
		return NATLOOP_NOT_LAN;
	outcome = lookup_client(cfg, ifindex, &tuple->src);
	if (outcome != NATLOOP_NEW_FLOW || lookup_allowed(cfg, ifindex, tuple))
		return outcome;
	return NATLOOP_DENIED;
}

static __always_inline bool lookup_is_routers(const struct natloop_lan *lan, __u32 ifindex)
{
	return lan->ifindex == ifindex && !packet_addr_zero(&lan->router);
}

/* Index of the first LAN of the interface with an address of ours; -1: there is none. */
__subprogram int lookup_router_any(const struct natloop_config *cfg, __u32 ifindex)
{
	if (!cfg)
		return -1;
	for (__u32 i = 0; i < NATLOOP_MAX_LANS && i < cfg->lans; i++) {
		if (lookup_is_routers(&cfg->lan[i], ifindex))
			return i;
	}
	return -1;
}

/*
 * Index of the LAN whose router address an ICMP error of ours to @a, out of the layer 3 interface
 * @ifindex, comes from (RFC 1812 4.3.2.4): the prefix that has @a, else any of the interface. -1:
 * no address of ours is known there.
 */
__subprogram int lookup_router(const struct natloop_config *cfg, __u32 ifindex,
			       const struct natloop_addr *a)
{
	if (!cfg || !a)
		return -1;
	for (__u32 i = 0; i < NATLOOP_MAX_LANS && i < cfg->lans; i++) {
		if (lookup_is_routers(&cfg->lan[i], ifindex) && lookup_in_lan(&cfg->lan[i], a))
			return i;
	}
	return lookup_router_any(cfg, ifindex);
}

/* Forwards are compared as one number: protocol, then port. */
static __always_inline __u32 lookup_forward_key(__u8 proto, __u16 port)
{
	return (__u32)proto << 16 | port;
}

/* Binary search among the forwards for public @port (host order): index, or -1. */
__subprogram int lookup_forward_index(const struct natloop_config *cfg, __u8 proto, __u16 port)
{
	__u32 key = lookup_forward_key(proto, port);
	__u32 low = 0, high;

	if (!cfg)
		return -1;
	high = cfg->forwards;
	/* 2^10 > NATLOOP_MAX_FORWARDS: ten halvings always get there. */
	for (int i = 0; i < 10 && low < high; i++) {
		__u32 middle = (low + high) / 2 & (NATLOOP_MAX_FORWARDS - 1);
		const struct natloop_forward *f = &cfg->forward[middle];

		if (key < lookup_forward_key(f->proto, f->first))
			high = middle;
		else if (key > lookup_forward_key(f->proto, f->last))
			low = middle + 1;
		else
			return middle;
	}
	return -1;
}

static __always_inline const struct natloop_forward *
lookup_forward(const struct natloop_config *cfg, __u8 proto, __u16 port)
{
	int i = lookup_forward_index(cfg, proto, port);

	return i < 0 ? NULL : &cfg->forward[i & (NATLOOP_MAX_FORWARDS - 1)];
}

_Static_assert((NATLOOP_MAX_FORWARDS & (NATLOOP_MAX_FORWARDS - 1)) == 0, "the mask needs 2^n");
_Static_assert((NATLOOP_MAX_LANS & (NATLOOP_MAX_LANS - 1)) == 0, "the mask needs 2^n");
_Static_assert((NATLOOP_MAX_LINKS & (NATLOOP_MAX_LINKS - 1)) == 0, "the mask needs 2^n");

#endif
