/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How flow entries are found usable, touched, and removed with all that belongs to them. */
#ifndef FLOW_BPF_H
#define FLOW_BPF_H

#include "binding.bpf.h"
#include "lifetime.h"
#include "packet.h"

static __always_inline struct natloop_state *flow_state(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&natloop_state, &key);
}

/* The key of the other direction's entry. */
static __always_inline void flow_reverse_key(const struct natloop_flow *flow, __u8 proto,
					     struct natloop_tuple *ret)
{
	__builtin_memset(ret, 0, sizeof(*ret));
	ret->src = flow->dst;
	ret->dst = flow->src;
	ret->sport = flow->dport;
	ret->dport = flow->sport;
	ret->proto = proto;
}

/* May a packet use this entry? One that has just timed out lives again. */
static __always_inline bool flow_usable(struct natloop_flow *flow)
{
	if (flow->life == NATLOOP_LIVE)
		return true;
	return __sync_val_compare_and_swap(&flow->life, NATLOOP_IDLE, NATLOOP_LIVE) <= NATLOOP_IDLE;
}

static __always_inline void flow_touch(struct natloop_flow *flow, const struct packet *pkt,
				       __u32 now)
{
	__u8 flags = lifetime_flags(flow->tcp_flags, pkt->tcp_flags);

	if (flow->seen != now)
		flow->seen = now;
	if (flow->tcp_flags != flags)
		flow->tcp_flags = flags;
	flow->packets++;
	flow->bytes += pkt->length;
}

static __always_inline void flow_uncount_client(const struct natloop_addr *client)
{
	struct natloop_client *counted = bpf_map_lookup_elem(&natloop_clients, client);

	if (counted && __sync_fetch_and_sub(&counted->flows, 1) <= 1)
		bpf_map_delete_elem(&natloop_clients, client);
}

/* Takes a GONE flow out of every map. @key: direction to the server. */
static __always_inline void flow_remove(const struct natloop_tuple *key,
					const struct natloop_flow *flow)
{
	struct natloop_state *state = flow_state();
	struct natloop_socket socket = {
		.client = key->src,
		.snat = flow->src,
		.port = key->sport,
		.proto = key->proto,
	};
	struct natloop_tuple reverse;
	__be16 snat_port = flow->sport;

	flow_reverse_key(flow, key->proto, &reverse);
	bpf_map_delete_elem(&natloop_flows, &reverse);
	bpf_map_delete_elem(&natloop_flows, key);
	binding_release(&socket, snat_port);
	flow_uncount_client(&socket.client);
	if (state)
		__sync_fetch_and_sub(&state->flows, 1);
}

#endif
