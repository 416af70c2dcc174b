/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors about packets of a flow, in both directions (RFC 5508 REQ-3 to REQ-7). TC only; XDP
 * leaves them to it.
 */
#ifndef ICMP_ERROR_BPF_H
#define ICMP_ERROR_BPF_H

#include "flow.bpf.h"
#include "icmp_error.h"
#include "nexthop.bpf.h"
#include "scratch.bpf.h"

/*
 * Was the error sent by who got the quoted packet, or by a router on the way to it? @found is the
 * direction from there. A router is known by its MAC address, if it is the one that we send to; and
 * behind any router there may be others, which nobody can know.
 */
static __attribute__((noinline)) bool icmp_error_belongs(ctx_t *ctx, const struct hairpin *h,
							 const struct flow_found *found)
{
	const struct natloop_flow *there = &found->pair->flow[!(found->direction & 1)];
	__u32 arrival = flow_way(found)->arrival;
	struct natloop_key quoted;
	struct nexthop hop;

	if (h->pkt.tuple.src.w[3] == there->dst ||
	    (there->mtu && packet_mac_equal(there->dmac, h->pkt.client_mac)))
		return true;
	quoted = found->pair->key[!(found->direction & 1)];
	quoted.dst = there->dst;
	return !nexthop_lookup(ctx, arrival, &quoted, &hop) && hop.gateway != there->dst &&
	       hop.ifindex == arrival;
}

/* The message into the scratch, checked. NATLOOP_OUTCOME_COUNT: *@quote is filled in. */
static __always_inline enum natloop_outcome icmp_error_load(ctx_t *ctx, const struct packet *pkt,
							    __u8 *msg, struct icmp_quote *quote)
{
	__u32 length = pkt->length - (pkt->l4 - pkt->l3);

	if (length < ICMP_ERROR_HEADER || length > ICMP_ERROR_MOST ||
	    bpf_skb_load_bytes(ctx, packet_l4(pkt), msg, length))
		return NATLOOP_ICMP_BAD;
	if (csum_fold(scratch_sum(msg, length, ICMP_ERROR_MOST / SCRATCH_SUM_STEP, 0)) != 0xffff)
		return NATLOOP_ICMP_BAD;
	return icmp_error_read(msg, length, quote);
}

/* The direction whose sender tells of the quoted packet; false: there is none. */
static __always_inline bool icmp_error_flow(const struct hairpin *h, const struct icmp_quote *quote,
					    struct flow_found *found)
{
	const struct natloop_tuple *sent = &quote->tuple;
	struct natloop_key key = {
		.src = sent->dst.w[3],
		.dst = sent->src.w[3],
		.sport = sent->dport,
		.dport = sent->sport,
		.proto = sent->proto,
	};

	if (!packet_addr_equal(&h->pkt.tuple.dst, &sent->src) || !flow_find(h->all, &key, found))
		return false;
	/* One that has timed out is not brought back by an error (RFC 5508 REQ-6). */
	return found->pair->life == NATLOOP_LIVE && flow_way(found)->arrival == h->link->l3_ifindex;
}

/* Not inlined, so that its variables are not on the stack while the next hop is looked up. */
static __attribute__((noinline)) bool icmp_error_apply(ctx_t *ctx, const struct packet *pkt,
						       const struct natloop_flow *flow)
{
	const __u8 *msg = scratch();
	__u32 length = pkt->length - (pkt->l4 - pkt->l3);
	struct natloop_key sent = flow_key(&pkt->tuple);
	__u16 diff = csum_addr_diff(&sent, flow->src, flow->dst);
	struct iphdr *ip;

	if (length > ICMP_ERROR_EDITED)
		length = ICMP_ERROR_EDITED;
	if (!msg || length < ICMP_ERROR_HEADER || !ctx_trim(ctx, pkt, flow) ||
	    bpf_skb_store_bytes(ctx, packet_l4(pkt), msg, length, BPF_F_RECOMPUTE_CSUM))
		return false;
	ip = ctx_data(ctx) + packet_l3(pkt);
	if ((void *)(ip + 1) > ctx_data_end(ctx))
		return false;
	ip->check = csum_update(ip->check, (__u32)diff + csum_ttl_diff());
	ip->ttl--;
	ip->saddr = flow->src;
	ip->daddr = flow->dst;
	return ctx_apply_link(ctx, pkt, flow);
}

/*
 * The message translated into the scratch, and the direction that it takes. A function of its own,
 * because its variables are not needed any more while the next hop is looked up: the stack.
 */
static __attribute__((noinline)) enum natloop_outcome
icmp_error_prepare(ctx_t *ctx, struct hairpin *h, struct flow_found *found)
{
	enum natloop_outcome stop;
	struct icmp_quote quote;
	__u8 *msg = scratch();

	if (!msg)
		return NATLOOP_FAULT;
	stop = icmp_error_load(ctx, &h->pkt, msg, &quote);
	if (stop != NATLOOP_OUTCOME_COUNT)
		return stop;
	if (!icmp_error_flow(h, &quote, found))
		return NATLOOP_ICMP_STRAY;
	icmp_error_translate(msg, &quote, flow_way(found));
	return NATLOOP_OUTCOME_COUNT;
}

/* Sends what icmp_error_prepare left in the scratch, the way of @flow. */
static __attribute__((noinline)) enum natloop_outcome
icmp_error_send(ctx_t *ctx, struct hairpin *h, struct natloop_flow *flow, int *verdict)
{
	struct egress egress = {};
	enum natloop_outcome stop;

	if (h->pkt.ttl <= 1)
		return NATLOOP_TTL_EXPIRED;
	stop = ctx_egress(ctx, h, flow, &egress);
	if (stop != NATLOOP_OUTCOME_COUNT)
		return stop == NATLOOP_SPLIT ? NATLOOP_CANNOT_SPLIT : stop;
	if (!icmp_error_apply(ctx, &h->pkt, flow))
		return NATLOOP_FAULT;
	*verdict = ctx_send(ctx, &h->pkt, flow, &egress);
	return NATLOOP_ICMP_ERROR;
}

/* The whole of it, for a packet that parse_transport left as NATLOOP_ICMP_STRAY. */
static __always_inline enum natloop_outcome icmp_error_run(ctx_t *ctx, struct hairpin *h,
							   int *verdict)
{
	struct flow_found found = { 0 };
	enum natloop_outcome stop = icmp_error_prepare(ctx, h, &found);

	if (stop != NATLOOP_OUTCOME_COUNT)
		return stop;
	if (!found.pair || !icmp_error_belongs(ctx, h, &found))
		return NATLOOP_ICMP_STRAY;
	return icmp_error_send(ctx, h, flow_way(&found), verdict);
}

#endif
