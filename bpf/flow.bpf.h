/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How flow entries are found usable, touched, and removed with all that belongs to them. */
#ifndef FLOW_BPF_H
#define FLOW_BPF_H

#include <linux/errno.h>

#include "binding.bpf.h"
#include "client.bpf.h"
#include "lifetime.h"
#include "packet.h"

static __always_inline struct natloop_state *flow_state(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&natloop_state, &key);
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

/*
 * Takes a GONE flow out of every map. @key: direction to the server. False: a map was locked; what
 * is done is done, and the sweep comes again for the rest.
 */
static __always_inline bool flow_remove(const struct natloop_tuple *key, struct natloop_flow *flow)
{
	struct natloop_state *state = flow_state();
	struct natloop_socket socket = {
		.client = key->src,
		.snat = flow->src,
		.port = key->sport,
		.proto = key->proto,
	};
	struct natloop_tuple reply;
	long err;

	packet_reply_tuple(flow, key->proto, &reply);
	err = bpf_map_delete_elem(&natloop_flows, &reply);
	if (err && err != -ENOENT)
		return false;
	if (flow->life != NATLOOP_RELEASED && !binding_release(&socket, flow->sport))
		return false;
	flow->life = NATLOOP_RELEASED;
	if (bpf_map_delete_elem(&natloop_flows, key))
		return false;
	client_remove(&socket.client);
	if (state)
		__sync_fetch_and_sub(&state->flows, 1);
	return true;
}

#endif
