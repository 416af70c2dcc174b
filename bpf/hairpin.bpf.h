/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine: what happens to a packet. Written once, compiled into both programs; each includes
 * its ctx_*.bpf.h first, which gives the packet operations the same names:
 *
 *	ctx_t				struct xdp_md or struct __sk_buff
 *	CTX_HOOK			enum natloop_hook
 *	ctx_data, ctx_data_end		the readable bytes
 *	ctx_ifindex			where the packet came in
 *	ctx_length			length of the whole frame, readable or not
 *	ctx_gso				payload of each packet, if the frame holds several
 *	ctx_pull			make the headers readable; false: they are, or cannot be
 *	ctx_tags			VLAN tags that are not in the bytes
 *	ctx_for_us			does the destination MAC mean this router?
 *	ctx_can_send			can this hook send out of that interface at all?
 *	ctx_egress			prepare to send; NATLOOP_OUTCOME_COUNT: go on
 *	ctx_unported			what to do with an ICMP error, and a fragment but the first;
 *					NATLOOP_OUTCOME_COUNT: it is a packet of a flow after all
 *	ctx_first_fragment		what to do with a first fragment, when the rest is known
 *	ctx_send_fragment		the same with any, when it is about to be sent
 *	ctx_too_big			what to do with what is larger than that MTU
 *	ctx_apply			the edits; false: the kernel refused
 *	ctx_send			the verdict that sends it
 */
#ifndef HAIRPIN_BPF_H
#define HAIRPIN_BPF_H

#include "config.bpf.h"
#include "flow_create.bpf.h"
#include "hairpin.h"
#include "lookup.h"
#include "parse.h"
#include "router_socket.bpf.h"

/*
 * Are the IPv4 options such that the packet may be sent on? The place in the list goes through
 * memory, because the verifier would tell its values apart.
 */
__subprogram int hairpin_options(ctx_t *ctx, __u32 l3, __u32 header)
{
	__u32 key = 0;
	struct flow_draft *draft = bpf_map_lookup_elem(&natloop_draft, &key);
	volatile __u32 *at;
	int step = 1;

	if (!draft)
		return 0;
	at = &draft->option;
	*at = sizeof(struct iphdr);
	for (int i = 0; i < 40 && step > 0; i++) {
		step = parse_option(ctx_data(ctx) + (l3 & 0x1f), ctx_data_end(ctx), *at & 0x3f,
				    header);
		*at += step;
	}
	return step >= 0;
}

/*
 * Most routers have one public address and one link, and XDP compares every packet of the LAN with
 * them: that much without a call, which saves 5 ns of 53. Not in TC: there each of the two would
 * make the verifier walk a third more.
 */
static __always_inline int hairpin_address(const struct hairpin *h)
{
	if (CTX_HOOK == NATLOOP_HOOK_XDP && h->cfg->addresses &&
	    packet_addr_equal(&h->cfg->address[0], &h->pkt.tuple.dst))
		return 0;
	if (CTX_HOOK == NATLOOP_HOOK_XDP && h->cfg->addresses <= 1)
		return -1;
	return lookup_address(h->cfg, &h->pkt.tuple.dst);
}

static __always_inline const struct natloop_link *hairpin_link(const struct hairpin *h,
							       __u32 ifindex)
{
	const struct natloop_link *first = &h->cfg->link[0];

	if (CTX_HOOK == NATLOOP_HOOK_XDP && h->cfg->links &&
	    lookup_is_link(first, ifindex, h->pkt.vlan[0], h->pkt.vlan[1]))
		return first;
	return lookup_link(h->cfg, ifindex, &h->pkt);
}

/* Step 1: is the packet for an address of ours, and for this router? */
static __always_inline bool hairpin_parse(ctx_t *ctx, struct hairpin *h, int *address,
					  enum natloop_outcome *stop)
{
	struct packet *pkt = &h->pkt;
	bool ok;

	ctx_tags(ctx, pkt);
	if (!parse_network(ctx_data(ctx), ctx_data_end(ctx), pkt, stop))
		return false;
	*stop = NATLOOP_UNRELATED;
	*address = hairpin_address(h);
	if (*address < 0)
		return false;
	h->link = hairpin_link(h, ctx_ifindex(ctx));
	if (!h->link) {
		*stop = NATLOOP_UNKNOWN_VLAN;
		return false;
	}
	if (!ctx_for_us(ctx, h->link, pkt)) {
		*stop = NATLOOP_OTHER_MAC;
		return false;
	}
	/* Nobody has a group address; it would become a next hop, and each answer a broadcast. */
	if (pkt->client_mac[0] & 1) {
		*stop = NATLOOP_BAD_HEADER;
		return false;
	}
	pkt->frame_length = ctx_length(ctx);
	pkt->gso = ctx_gso(ctx);
	ok = parse_transport(ctx_data(ctx), ctx_data_end(ctx), pkt, stop);
	if (pkt->l4 > pkt->l3 + sizeof(struct iphdr) && !pkt->truncated &&
	    !hairpin_options(ctx, pkt->l3, pkt->l4 - pkt->l3)) {
		*stop = NATLOOP_BAD_HEADER;
		return false;
	}
	return ok;
}

/*
 * A packet of a flow from another interface than before: has its sender moved there, as far as the
 * kernel's routes know, or is it somebody else who uses its address? The strict reverse path check
 * of RFC 3704 2.2. XDP leaves the question to TC.
 */
__subprogram int hairpin_moved(ctx_t *ctx, __u32 ifindex, struct natloop_flow *flow,
			       const struct natloop_tuple *tuple)
{
	struct natloop_key back = { 0 };
	struct nexthop hop = { 0 };

	if (CTX_HOOK == NATLOOP_HOOK_XDP || !flow || !tuple)
		return 0;
	back.src = flow->dst;
	back.dst = tuple->src.w[3];
	back.proto = tuple->proto;
	if (nexthop_lookup(ctx, ifindex, &back, &hop) || hop.ifindex != ifindex)
		return 0;
	flow->arrival = ifindex;
	return 1;
}

/* Step 2a: a packet of a flow. */
static __always_inline enum natloop_outcome
hairpin_carry(ctx_t *ctx, struct hairpin *h, const struct flow_found *found, int *verdict)
{
	struct natloop_flow *flow = flow_way(found);
	struct egress egress = {};
	enum natloop_outcome stop;

	if (flow->arrival != h->link->l3_ifindex &&
	    !hairpin_moved(ctx, h->link->l3_ifindex, flow, &h->pkt.tuple))
		return CTX_HOOK == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_ARRIVAL :
						      NATLOOP_OTHER_INTERFACE;
	if (h->pkt.tiny)
		return NATLOOP_FRAGMENT_TINY;
	if (h->pkt.ttl <= 1)
		return NATLOOP_TTL_EXPIRED;
	if (!flow_usable(found->pair))
		return CTX_HOOK == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_BUSY : NATLOOP_BUSY;
	stop = ctx_egress(ctx, h, flow, &egress);
	if (stop != NATLOOP_OUTCOME_COUNT)
		return stop;
	if (packet_is_fragment(&h->pkt)) {
		stop = ctx_send_fragment(ctx, h);
		if (stop != NATLOOP_OUTCOME_COUNT)
			return stop;
	}
	if (!ctx_apply(ctx, &h->pkt, flow))
		return NATLOOP_FAULT;
	flow_touch(flow, &h->pkt, h->now);
	*verdict = ctx_send(ctx, &h->pkt, flow, &egress);
	return flow->direction == NATLOOP_DIR_TO_SERVER ? NATLOOP_TO_SERVER : NATLOOP_TO_CLIENT;
}

/* The draft of a flow for this packet: all but the SNAT port. */
static __always_inline void hairpin_draft(struct flow_draft *draft, const struct hairpin *h,
					  const struct natloop_forward *forward)
{
	const struct natloop_tuple *tuple = &h->pkt.tuple;
	struct natloop_key *reply = &draft->to_client;

	draft->to_server = flow_key(tuple);
	draft->socket.client = tuple->src.w[3];
	draft->socket.port = tuple->sport;
	draft->socket.proto = tuple->proto;
	draft->socket.snat = forward->snat.w[3] ? forward->snat.w[3] : tuple->dst.w[3];
	draft->ifindex = h->link->l3_ifindex;
	reply->src = forward->server.w[3];
	reply->dst = draft->socket.snat;
	reply->sport = bpf_htons(bpf_ntohs(tuple->dport) - forward->first + forward->server_first);
	reply->proto = tuple->proto;
}

/*
 * Reads of the places that a new flow will need, most likely, and no result: BPF has no prefetch.
 * These misses, and those of the socket table behind them, then take the time of one.
 */
static __always_inline void hairpin_touch(const struct hairpin *h, const struct flow_draft *draft)
{
	struct natloop_snat snat = binding_snat(&draft->socket, draft->socket.port);
	struct natloop_key reply = draft->to_client;
	struct natloop_bindings *bindings = binding_bucket(&snat, 0);
	struct natloop_bucket *bucket;

	reply.dport = draft->socket.port;
	bucket = flow_bucket(h->all, flow_hash(&reply, h->all->flow_seed), 0);
	if (bucket)
		(void)*(volatile __u32 *)&bucket->word[NATLOOP_BUCKET_FLAGS];
	if (bindings) {
		(void)*(volatile __u32 *)&bindings->flags;
		(void)*(volatile __u32 *)&bindings->way[NATLOOP_BINDING_WAYS - 1].client;
	}
}

/*
 * Step 2b: not of a flow. Does a forward match, may the source be a client, and of this forward, is
 * there a way to the server? Then make the flow.
 */
static __always_inline enum natloop_outcome hairpin_admit(ctx_t *ctx, struct hairpin *h)
{
	const struct natloop_tuple *tuple = &h->pkt.tuple;
	const struct natloop_forward *forward;
	enum natloop_outcome outcome;
	struct natloop_key packet;
	struct flow_draft *draft;
	__u32 key = 0;

	forward = lookup_forward(h->cfg, tuple->proto, bpf_ntohs(tuple->dport));
	if (!forward)
		return NATLOOP_NOT_FORWARDED;
	outcome = lookup_admission(h->cfg, h->link->l3_ifindex, tuple);
	if (outcome != NATLOOP_NEW_FLOW)
		return outcome;
	if (h->pkt.tiny)
		return NATLOOP_FRAGMENT_TINY;
	if (h->pkt.tcp_flags & LIFETIME_RST)
		return NATLOOP_STRAY_RST;
	if (h->pkt.ttl <= 1)
		return NATLOOP_TTL_EXPIRED;
	draft = bpf_map_lookup_elem(&natloop_draft, &key);
	if (!draft)
		return NATLOOP_FAULT;
	__builtin_memset(draft, 0, sizeof(*draft));
	hairpin_draft(draft, h, forward);
	packet = draft->to_server;
	packet.dst = forward->server.w[3];
	if (nexthop_lookup(ctx, h->link->l3_ifindex, &packet, &draft->hop))
		return NATLOOP_NO_ROUTE;
	if (CTX_HOOK == NATLOOP_HOOK_XDP && !draft->hop.known)
		return NATLOOP_DEFER_NEXTHOP;
	if (!ctx_can_send(h, draft->hop.ifindex))
		return NATLOOP_DEFER_EGRESS;
	if (h->pkt.segment > draft->hop.mtu)
		return ctx_too_big(h, draft->hop.mtu);
	draft->client_mtu = nexthop_device_mtu(ctx, h->link->l3_ifindex);
	hairpin_touch(h, draft);
	if (router_socket_exists(ctx, &draft->to_client, tuple->sport))
		draft->avoid = tuple->sport;
	return flow_create(draft, h->cfg, &h->pkt);
}

/*
 * The flow of the packet -> *@found, made if need be. NATLOOP_TO_SERVER: it was there;
 * NATLOOP_NEW_FLOW: it was made; else there is none, @found->pair is NULL, and why.
 */
static __always_inline enum natloop_outcome hairpin_flow(ctx_t *ctx, struct hairpin *h, int address,
							 struct flow_found *found)
{
	struct natloop_key key = flow_key(&h->pkt.tuple);
	enum natloop_outcome outcome;

	if (flow_find(h->all, &key, found))
		return NATLOOP_TO_SERVER;
	/* The flow of the first fragment has gone: no fragment can make one. */
	if (packet_is_later(&h->pkt))
		return NATLOOP_FRAGMENT_REFUSED;
	/* Addresses that only the answers of servers go to cannot be dialled. */
	if (address >= (int)h->cfg->publics)
		return NATLOOP_NOT_FORWARDED;
	outcome = hairpin_admit(ctx, h);
	/* Busy: another CPU may just have made this flow. */
	if (outcome != NATLOOP_NEW_FLOW && outcome != NATLOOP_BUSY)
		return outcome;
	if (!flow_find(h->all, &key, found))
		return CTX_HOOK == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_BUSY : NATLOOP_BUSY;
	return outcome == NATLOOP_NEW_FLOW ? outcome : NATLOOP_TO_SERVER;
}

/* Steps 2a or 2b. */
static __always_inline enum natloop_outcome hairpin_translate(ctx_t *ctx, struct hairpin *h,
							      int address, int *verdict)
{
	enum natloop_outcome made, outcome;
	struct flow_found found = { 0 };

	made = hairpin_flow(ctx, h, address, &found);
	if (packet_is_fragment(&h->pkt) && !packet_is_later(&h->pkt)) {
		outcome = ctx_first_fragment(ctx, h, made);
		if (outcome != NATLOOP_OUTCOME_COUNT)
			return outcome;
	}
	if (!found.pair)
		return made;
	outcome = hairpin_carry(ctx, h, &found, verdict);
	return outcome == NATLOOP_TO_SERVER ? made : outcome;
}

/* The whole of it. *@verdict is set when the outcome's fate is SEND. */
static __always_inline enum natloop_outcome hairpin_run(ctx_t *ctx, struct hairpin *h, int *verdict)
{
	enum natloop_outcome outcome;
	int address;

	h->all = config_all();
	if (!h->all)
		return NATLOOP_UNRELATED;
	h->cfg = config_active(h->all);
	if (!hairpin_parse(ctx, h, &address, &outcome)) {
		bool parsed = false;

		if (h->pkt.truncated && ctx_pull(ctx)) {
			__builtin_memset(&h->pkt, 0, sizeof(h->pkt));
			parsed = hairpin_parse(ctx, h, &address, &outcome);
		}
		if (!parsed) {
			outcome = ctx_unported(ctx, h, outcome, verdict);
			if (outcome != NATLOOP_OUTCOME_COUNT)
				return outcome;
		}
	}
	if (CTX_HOOK == NATLOOP_HOOK_XDP && packet_is_fragment(&h->pkt))
		return NATLOOP_DEFER_FRAGMENT;
	h->now = clock_ticks();
	return hairpin_translate(ctx, h, address, verdict);
}

#endif
