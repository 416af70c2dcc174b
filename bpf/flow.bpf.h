/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How flows are found usable, touched, and removed with all that belongs to them. */
#ifndef FLOW_BPF_H
#define FLOW_BPF_H

#include <linux/errno.h>

#include "binding.bpf.h"
#include "client.bpf.h"
#include "flow_table.bpf.h"
#include "lifetime.h"
#include "packet.h"
#include "state.bpf.h"

/* The direction of the packets that were found. */
static __always_inline struct natloop_flow *flow_way(const struct flow_found *found)
{
	return &found->pair->flow[found->direction & 1];
}

/* From @from to @to, unless somebody else was faster. */
static __always_inline bool flow_move(struct natloop_pair *pair, __u32 from, __u32 to)
{
	return __sync_val_compare_and_swap(&pair->life, from, to) == from;
}

/* May a packet use this flow? One that has just timed out lives again. */
static __always_inline bool flow_usable(struct natloop_pair *pair)
{
	if (pair->life == NATLOOP_LIVE)
		return true;
	return flow_move(pair, NATLOOP_IDLE, NATLOOP_LIVE) || pair->life == NATLOOP_LIVE;
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

/* Takes the flow out of every map. It is ENDING, by the caller. */
static __always_inline void flow_remove(struct natloop_pair *pair, __u32 index)
{
	const struct natloop_key *key = &pair->key[NATLOOP_DIR_TO_SERVER];
	const struct natloop_flow *out = &pair->flow[NATLOOP_DIR_TO_SERVER];
	struct natloop_state *state = engine_state();
	struct natloop_socket socket = {
		.client = key->src,
		.snat = out->src,
		.port = key->sport,
		.proto = key->proto,
	};

	flow_unrefer(&pair->key[NATLOOP_DIR_TO_CLIENT], flow_ref(index, NATLOOP_DIR_TO_CLIENT));
	binding_release(&socket, out->sport);
	flow_unrefer(key, flow_ref(index, NATLOOP_DIR_TO_SERVER));
	client_remove(socket.client);
	if (state)
		__sync_fetch_and_sub(&state->flows, 1);
	pair->life = NATLOOP_FREE;
	flow_give_back(index);
}

#endif
