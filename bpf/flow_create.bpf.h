/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a flow is made: within the limits, with its binding, both entries or none. */
#ifndef FLOW_CREATE_BPF_H
#define FLOW_CREATE_BPF_H

#include <linux/errno.h>

#include "clock.bpf.h"
#include "csum.h"
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
	struct natloop_tuple to_server_key;
	struct natloop_tuple to_client_key;
	struct natloop_flow to_server;
	struct natloop_flow to_client;
	struct natloop_queued queued;
	__u32 option; /* of hairpin_options */
};

/* Not pinned, not shared: a program is never interrupted by itself on its CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_draft);
} natloop_draft SEC(".maps");

/* Fills in what turns @from into what @reply is the answer to. */
__subprogram int flow_translate(struct natloop_flow *flow, const struct natloop_tuple *from,
				const struct natloop_tuple *reply)
{
	if (!flow || !from || !reply)
		return -EINVAL;
	flow->src = reply->dst;
	flow->dst = reply->src;
	flow->sport = reply->dport;
	flow->dport = reply->sport;
	flow->addr_diff = csum_addr_diff(from, &flow->src, &flow->dst);
	flow->port_diff = csum_port_diff(from, flow->sport, flow->dport);
	return 0;
}

/* Both entries as they will lie in the table; the SNAT @port is known now. */
__subprogram int flow_fill(struct flow_draft *draft, const struct packet *pkt, __u32 now)
{
	struct natloop_flow *out, *back;

	if (!draft || !pkt)
		return -EINVAL;
	out = &draft->to_server;
	back = &draft->to_client;
	flow_translate(out, &draft->to_server_key, &draft->to_client_key);
	flow_translate(back, &draft->to_client_key, &draft->to_server_key);
	out->id = back->id = bpf_get_prandom_u32();
	out->seen = back->seen = out->resolved = back->resolved = now;
	out->direction = NATLOOP_DIR_TO_SERVER;
	back->direction = NATLOOP_DIR_TO_CLIENT;
	out->arrival = back->ifindex = draft->ifindex;
	back->arrival = draft->hop.ifindex;
	nexthop_store(out, &draft->hop);
	__builtin_memcpy(back->dmac, pkt->client_mac, ETH_ALEN);
	__builtin_memcpy(back->smac, pkt->router_mac, ETH_ALEN);
	back->mtu = draft->client_mtu;
	draft->queued.to_server = draft->to_server_key;
	draft->queued.id = out->id;
	return 0;
}

/* Is the entry in our way the one that another CPU is making for this very packet's flow? */
static __always_inline bool flow_is_ours(const struct flow_draft *draft)
{
	const struct natloop_flow *there;

	there = bpf_map_lookup_elem(&natloop_flows, &draft->to_client_key);
	return there && there->dport == draft->to_server_key.sport &&
	       there->sport == draft->to_server_key.dport &&
	       packet_addr_equal(&there->dst, &draft->to_server_key.src) &&
	       packet_addr_equal(&there->src, &draft->to_server_key.dst);
}

/*
 * The reply's entry first: when the server's answer can come, it must be there. -EBUSY: another CPU
 * is making this flow. -EEXIST: with this SNAT port the answers are those of another flow.
 */
static __always_inline long flow_insert(struct flow_draft *draft)
{
	long err;

	err = bpf_map_update_elem(&natloop_flows, &draft->to_client_key, &draft->to_client,
				  BPF_NOEXIST);
	if (err == -EEXIST)
		return flow_is_ours(draft) ? -EBUSY : -EEXIST;
	if (err)
		return err;
	err = bpf_map_update_elem(&natloop_flows, &draft->to_server_key, &draft->to_server,
				  BPF_NOEXIST);
	if (err) {
		bpf_map_delete_elem(&natloop_flows, &draft->to_client_key);
		return err == -EEXIST ? -EBUSY : -E2BIG;
	}
	err = bpf_map_push_elem(&natloop_queue, &draft->queued, 0);
	if (err) {
		bpf_map_delete_elem(&natloop_flows, &draft->to_server_key);
		bpf_map_delete_elem(&natloop_flows, &draft->to_client_key);
		return -E2BIG;
	}
	return 0;
}

static __always_inline enum natloop_outcome flow_refused(enum binding_claim claim)
{
	if (claim == BINDING_TAKEN)
		return NATLOOP_NO_PORT;
	return claim == BINDING_FULL ? NATLOOP_TABLE_FULL : NATLOOP_BUSY;
}

/* Binding and both entries. NATLOOP_NEW_FLOW, or why not, with nothing left behind. */
static __always_inline enum natloop_outcome flow_bind(struct flow_draft *draft,
						      const struct packet *pkt)
{
	struct natloop_tuple *reply = &draft->to_client_key;
	__u32 now = clock_ticks();
	__be16 avoid = draft->avoid;

	/* A second turn, with another port, if the first one's is no use with this server. */
	for (int turn = 0; turn < 2; turn++) {
		enum binding_claim claim;
		long err = -EEXIST;

		claim = snat_port_acquire(&draft->socket, avoid, &avoid);
		if (claim != BINDING_OURS)
			return flow_refused(claim);
		reply->dport = avoid;
		/* Equal when the server itself is the client and dials from the forwarded port. */
		if (!packet_tuple_equal(reply, &draft->to_server_key)) {
			flow_fill(draft, pkt, now);
			err = flow_insert(draft);
		}
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
	struct natloop_state *state = flow_state();
	enum natloop_outcome outcome;

	if (!draft || !cfg || !pkt)
		return NATLOOP_FAULT;
	if (!state || state->flows >= cfg->max_flows)
		return NATLOOP_TABLE_FULL;
	outcome = client_add(&draft->socket.client, cfg->client_flows);
	if (outcome != NATLOOP_NEW_FLOW)
		return outcome;
	outcome = flow_bind(draft, pkt);
	if (outcome == NATLOOP_NEW_FLOW)
		__sync_fetch_and_add(&state->flows, 1);
	else
		client_remove(&draft->socket.client);
	return outcome;
}

#endif
