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
	__u32 ifindex;	    /* layer 3 interface of the client */
	struct nexthop hop; /* towards the server */
	struct natloop_tuple to_server_key;
	struct natloop_tuple to_client_key;
	struct natloop_flow to_server;
	struct natloop_flow to_client;
	struct natloop_queued queued;
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
	nexthop_store(out, &draft->hop);
	back->ifindex = draft->ifindex;
	__builtin_memcpy(back->dmac, pkt->client_mac, ETH_ALEN);
	__builtin_memcpy(back->smac, pkt->router_mac, ETH_ALEN);
	back->nexthop_known = 1;
	draft->queued.to_server = draft->to_server_key;
	draft->queued.id = out->id;
	return 0;
}

/*
 * The reply's entry first: when the server's answer can come, it must be there. -EEXIST from it
 * means that the SNAT port is no use with this server.
 */
static __always_inline long flow_insert(struct flow_draft *draft)
{
	long err;

	err = bpf_map_update_elem(&natloop_flows, &draft->to_client_key, &draft->to_client,
				  BPF_NOEXIST);
	if (err)
		return err;
	err = bpf_map_update_elem(&natloop_flows, &draft->to_server_key, &draft->to_server,
				  BPF_NOEXIST);
	if (err) {
		bpf_map_delete_elem(&natloop_flows, &draft->to_client_key);
		/* EEXIST: another CPU has just made this flow. */
		return err == -EEXIST ? -EBUSY : -E2BIG;
	}
	err = bpf_map_push_elem(&natloop_queue, &draft->queued, 0);
	if (err) {
		bpf_map_delete_elem(&natloop_flows, &draft->to_server_key);
		bpf_map_delete_elem(&natloop_flows, &draft->to_client_key);
		return -E2BIG; /* as from a full table */
	}
	return 0;
}

/* Binding and both entries. NATLOOP_NEW_FLOW, or why not, with nothing left behind. */
static __always_inline enum natloop_outcome flow_bind(struct flow_draft *draft,
						      const struct packet *pkt)
{
	struct natloop_tuple *reply = &draft->to_client_key;
	__u32 now = clock_ticks();

	reply->dport = draft->socket.port;
	/* The first turn tries the socket's own port, the second insists on another one. */
	for (int turn = 0; turn < 2; turn++) {
		bool avoid = turn || packet_tuple_equal(reply, &draft->to_server_key);
		enum binding_claim claim;
		__be16 port = 0;
		long err;

		claim = snat_port_acquire(&draft->socket, avoid, &port);
		if (claim != BINDING_OURS)
			return claim == BINDING_TAKEN ? NATLOOP_NO_PORT :
			       claim == BINDING_FULL  ? NATLOOP_TABLE_FULL :
							NATLOOP_BUSY;
		reply->dport = port;
		err = flow_fill(draft, pkt, now);
		if (!err)
			err = flow_insert(draft);
		if (!err)
			return NATLOOP_NEW_FLOW;
		binding_release(&draft->socket, port);
		if (err == -EBUSY)
			return NATLOOP_BUSY;
		if (err != -EEXIST)
			return NATLOOP_TABLE_FULL;
	}
	return NATLOOP_NO_PORT;
}

/* One more flow of @client: true if the limit allows it. */
static __always_inline bool flow_count_client(const struct natloop_addr *client, __u32 limit)
{
	struct natloop_client *counted, none = {};

	counted = bpf_map_lookup_elem(&natloop_clients, client);
	if (!counted) {
		bpf_map_update_elem(&natloop_clients, client, &none, BPF_NOEXIST);
		counted = bpf_map_lookup_elem(&natloop_clients, client);
		if (!counted)
			return false;
	}
	if (counted->flows >= (__s32)limit)
		return false;
	__sync_fetch_and_add(&counted->flows, 1);
	return true;
}

/*
 * Makes the flow that @draft describes (socket, ifindex, hop, keys without the SNAT port) within
 * the limits of @cfg. NATLOOP_NEW_FLOW, or the outcome that says why not.
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
	if (!flow_count_client(&draft->socket.client, cfg->client_flows))
		return NATLOOP_CLIENT_LIMIT;
	outcome = flow_bind(draft, pkt);
	if (outcome == NATLOOP_NEW_FLOW)
		__sync_fetch_and_add(&state->flows, 1);
	else
		flow_uncount_client(&draft->socket.client);
	return outcome;
}

#endif
