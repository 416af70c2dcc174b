/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is told to who listens: flows that are made and end. When nobody listens it costs
 * event_wanted, and nothing for a packet of a flow that there is; event_packet.bpf.h has the rest.
 */
#ifndef EVENT_BPF_H
#define EVENT_BPF_H

#include "config.bpf.h"
#include "flow_table.bpf.h"

static __always_inline bool event_wanted(const struct natloop_configs *all)
{
	return all && all->listening;
}

/* The map's own, which the programs otherwise only read. */
static __always_inline struct natloop_configs *event_configs(void)
{
	return (struct natloop_configs *)config_all();
}

/* An event to be filled in and submitted; NULL: nobody gets one. */
static __always_inline struct natloop_event *event_begin(struct natloop_lease *lease,
							 enum natloop_event_kind kind, __u64 now)
{
	struct natloop_event *e = bpf_ringbuf_reserve(&natloop_events, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&lease->lost, 1);
		return NULL;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->time = now;
	e->kind = kind;
	return e;
}

/* When event_wanted: the flow was made, or is about to be removed. */
__subprogram int event_flow(const struct natloop_pair *pair, __u32 kind)
{
	struct natloop_configs *all = event_configs();
	const struct natloop_flow *out, *back;
	struct natloop_event *e;
	__u64 now = bpf_ktime_get_ns();

	if (!pair || !all || !(all->listening & NATLOOP_LISTEN_FLOWS) || now > all->lease.until)
		return 0;
	if (all->listening & NATLOOP_LISTEN_TRACE &&
	    flow_key_equal(&pair->key[NATLOOP_DIR_TO_SERVER], &all->lease.trace_flow))
		return 0;
	e = event_begin(&all->lease, kind, now);
	if (!e)
		return 0;
	out = &pair->flow[NATLOOP_DIR_TO_SERVER];
	back = &pair->flow[NATLOOP_DIR_TO_CLIENT];
	e->before = pair->key[NATLOOP_DIR_TO_SERVER];
	e->after = pair->key[NATLOOP_DIR_TO_CLIENT];
	e->ifindex = out->arrival;
	e->packets = out->packets + back->packets;
	e->bytes = out->bytes + back->bytes;
	e->tcp_flags[NATLOOP_DIR_TO_SERVER] = out->tcp_flags;
	e->tcp_flags[NATLOOP_DIR_TO_CLIENT] = back->tcp_flags;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* Whoever was killed switches nothing off. */
static __always_inline void event_end_leases(void)
{
	struct natloop_configs *all = event_configs();
	__u64 now = bpf_ktime_get_ns();
	__u32 over = 0;

	if (!event_wanted(all))
		return;
	if (now > all->lease.until)
		over |= NATLOOP_LISTEN_FLOWS | NATLOOP_LISTEN_PACKETS;
	if (now > all->lease.trace_until)
		over |= NATLOOP_LISTEN_TRACE;
	if (all->listening & over)
		lock_ordered(__sync_fetch_and_and(&all->listening, ~over));
}

#endif
