/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a flow is made: within the limits, with its binding, found by both tuples or by none. */
#ifndef FLOW_CREATE_BPF_H
#define FLOW_CREATE_BPF_H

#include <linux/errno.h>

#include "clock.bpf.h"
#include "csum.h"
#include "event.bpf.h"
#include "flow.bpf.h"
#include "nexthop.bpf.h"
#include "snat_port.bpf.h"

/* Everything that making a flow needs; in a map, because BPF's stack has 512 bytes. */
struct flow_draft {
	struct natloop_socket socket;
	__be16 avoid;	    /* a port that the socket must not get; 0: none */
	__u32 ifindex;	    /* layer 3 interface of the client */
	__u16 client_mtu;   /* of that interface */
	struct nexthop hop; /* towards the server */
	__u32 option;	    /* of hairpin_options */
	struct natloop_key to_server;
	struct natloop_key to_client;
};

/* Not pinned, not shared: a program is never interrupted by itself on its CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_draft);
} natloop_draft SEC(".maps");

/* What turns @from into what @reply is the answer to. */
static __always_inline void flow_translate(struct natloop_flow *flow,
					   const struct natloop_key *from,
					   const struct natloop_key *reply)
{
	flow->src = reply->dst;
	flow->dst = reply->src;
	flow->sport = reply->dport;
	flow->dport = reply->sport;
	flow->addr_diff = csum_addr_diff(from, flow->src, flow->dst);
	flow->port_diff = csum_port_diff(from, flow->sport, flow->dport);
}

/* One direction, as a flow begins. */
static __always_inline void flow_begin(struct natloop_flow *flow, __u8 direction, __u32 now)
{
	__builtin_memset(flow, 0, sizeof(*flow));
	flow->seen = flow->resolved = now;
	flow->direction = direction;
}

/* All of the flow but its life; the SNAT port is known now. */
__subprogram int flow_fill(struct natloop_pair *pair, const struct flow_draft *draft,
			   const struct packet *pkt)
{
	struct natloop_flow *out, *back;
	__u32 now = clock_ticks();

	if (!pair || !draft || !pkt)
		return -EINVAL;
	out = &pair->flow[NATLOOP_DIR_TO_SERVER];
	back = &pair->flow[NATLOOP_DIR_TO_CLIENT];
	flow_begin(out, NATLOOP_DIR_TO_SERVER, now);
	flow_begin(back, NATLOOP_DIR_TO_CLIENT, now);
	pair->id = bpf_get_prandom_u32();
	pair->key[NATLOOP_DIR_TO_SERVER] = draft->to_server;
	pair->key[NATLOOP_DIR_TO_CLIENT] = draft->to_client;
	flow_translate(out, &draft->to_server, &draft->to_client);
	flow_translate(back, &draft->to_client, &draft->to_server);
	out->arrival = back->ifindex = draft->ifindex;
	back->arrival = draft->hop.ifindex;
	nexthop_store(out, &draft->hop);
	__builtin_memcpy(back->dmac, pkt->client_mac, ETH_ALEN);
	__builtin_memcpy(back->smac, pkt->router_mac, ETH_ALEN);
	back->mtu = draft->client_mtu;
	return 0;
}

/* Is the flow in our way the one that another CPU is making for this very packet? */
static __always_inline bool flow_is_ours(const struct natloop_configs *configs,
					 const struct flow_draft *draft)
{
	struct flow_found found;

	return flow_find(configs, &draft->to_client, &found) &&
	       flow_key_equal(&found.pair->key[NATLOOP_DIR_TO_SERVER], &draft->to_server);
}

/*
 * Makes both tuples lead to @pair. The reply's first: when the server's answer can come, it must be
 * there. -EBUSY: another CPU is making this flow. -EEXIST: with this SNAT port the answers are
 * those of another flow.
 */
static __always_inline long flow_insert(struct natloop_pair *pair, __u32 index,
					const struct flow_draft *draft)
{
	const struct natloop_configs *configs = config_all();
	__u32 back = flow_ref(index, NATLOOP_DIR_TO_CLIENT);
	long err;

	err = flow_refer(&draft->to_client, back);
	if (err == -EEXIST && configs && flow_is_ours(configs, draft))
		return -EBUSY;
	if (err)
		return err;
	err = flow_refer(&draft->to_server, flow_ref(index, NATLOOP_DIR_TO_SERVER));
	if (err) {
		flow_unrefer(&draft->to_client, back);
		return err == -EEXIST ? -EBUSY : err;
	}
	flow_publish(&pair->life, NATLOOP_LIVE);
	return 0;
}

/* The flow of @draft, whose SNAT port is known, in a free element; as flow_insert. */
__subprogram int flow_place(const struct flow_draft *draft, const struct packet *pkt)
{
	struct natloop_state *state = engine_state();
	struct natloop_pair *pair;
	__u32 index = 0;
	long err;

	if (!draft || !pkt || !state)
		return -EINVAL;
	pair = flow_take(state, &index);
	if (!pair)
		return -E2BIG;
	flow_fill(pair, draft, pkt);
	err = flow_insert(pair, index, draft);
	if (err)
		flow_give_back(index);
	else if (event_wanted(config_all()))
		event_flow(pair, NATLOOP_EVENT_MADE);
	return err;
}

/* Binding, and both tuples lead to it. NATLOOP_NEW_FLOW, or why not, with nothing left behind. */
static __always_inline enum natloop_outcome flow_bind(struct flow_draft *draft,
						      const struct packet *pkt)
{
	__be16 avoid = draft->avoid;

	/* A second turn, with another port, if the first one's is no use with this server. */
	for (int turn = 0; turn < 2; turn++) {
		enum binding_claim claim;
		long err = -EEXIST;

		claim = snat_port_acquire(&draft->socket, avoid, &avoid);
		if (claim != BINDING_OURS)
			return claim == BINDING_BUSY ? NATLOOP_BUSY : NATLOOP_NO_PORT;
		draft->to_client.dport = avoid;
		/* Equal when the server itself is the client and dials from the forwarded port. */
		if (!flow_key_equal(&draft->to_client, &draft->to_server))
			err = flow_place(draft, pkt);
		if (!err)
			return NATLOOP_NEW_FLOW;
		binding_release(&draft->socket, avoid);
		if (err != -EEXIST)
			return err == -EBUSY ? NATLOOP_BUSY : NATLOOP_TABLE_FULL;
	}
	return NATLOOP_NO_PORT;
}

/*
 * Makes the flow that @draft describes (socket, avoid, ifindex, hop, keys without the SNAT port)
 * within the limits of @cfg. NATLOOP_NEW_FLOW, or the outcome that says why not.
 */
__subprogram enum natloop_outcome
flow_create(struct flow_draft *draft, const struct natloop_config *cfg, const struct packet *pkt)
{
	struct natloop_state *state = engine_state();
	enum natloop_outcome outcome;

	if (!draft || !cfg || !pkt)
		return NATLOOP_FAULT;
	if (!state || state->flows >= cfg->max_flows)
		return NATLOOP_TABLE_FULL;
	outcome = client_add(draft->socket.client, cfg->client_flows);
	if (outcome != NATLOOP_NEW_FLOW)
		return outcome;
	outcome = flow_bind(draft, pkt);
	if (outcome == NATLOOP_NEW_FLOW)
		__sync_fetch_and_add(&state->flows, 1);
	else
		client_remove(draft->socket.client);
	return outcome;
}

#endif
