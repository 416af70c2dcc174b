/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is told of a packet to who listens. When nobody does it costs a packet event_wanted: a load
 * from a cache line that it has read before, and a branch that is not taken.
 */
#ifndef EVENT_PACKET_BPF_H
#define EVENT_PACKET_BPF_H

#include "event.bpf.h"
#include "hairpin.h"
#include "packet.h"
#include "rate.h"

/* A packet for a forward was not let in; what the sender sees is that nothing answers. */
static __always_inline bool event_refuses(__u32 outcome)
{
	return outcome >= NATLOOP_LOOPBACK_SOURCE && outcome <= NATLOOP_NO_NEIGHBOUR &&
	       outcome != NATLOOP_TTL_EXPIRED;
}

/* Is it a packet of the client who is followed? @found: its flow, or none. */
static __always_inline bool event_follows(const struct natloop_lease *lease,
					  const struct natloop_key *key,
					  const struct flow_found *found)
{
	__be32 client = found->pair ? found->pair->key[NATLOOP_DIR_TO_SERVER].src : key->src;

	return client == lease->client;
}

/* May one more packet be told? */
static __always_inline bool event_rate_allows(struct natloop_lease *lease, __u64 now)
{
	__u64 tat = lease->tat;

	if (rate_allows(tat, now, NATLOOP_EVENT_INTERVAL_NS, NATLOOP_EVENT_BURST) &&
	    __sync_val_compare_and_swap(&lease->tat, tat,
					rate_next(tat, now, NATLOOP_EVENT_INTERVAL_NS)) == tat)
		return true;
	__sync_fetch_and_add(&lease->held, 1);
	return false;
}

static __always_inline void event_fill(struct natloop_event *e, const struct natloop_key *key,
				       const struct packet *pkt, __u32 outcome, __u32 hook)
{
	e->before = *key;
	e->bytes = pkt->length;
	e->tcp_flags[0] = pkt->tcp_flags;
	e->outcome = outcome;
	e->hook = hook;
}

/* As it left, if it did. */
static __always_inline void event_translated(struct natloop_event *e,
					     const struct flow_found *found, __u32 outcome)
{
	const struct natloop_flow *flow = &found->pair->flow[found->direction & 1];

	e->direction = found->direction & 1;
	if (hairpin_fate(outcome) != NATLOOP_FATE_SEND)
		return;
	e->after.src = flow->src;
	e->after.dst = flow->dst;
	e->after.sport = flow->sport;
	e->after.dport = flow->dport;
	e->after.proto = e->before.proto;
}

/*
 * Is it the packet of 'natloopctl trace'? Then its outcome is noted, and all is said. What was
 * passed on before its ports were read is known by its addresses.
 */
static __always_inline bool event_traced(struct natloop_configs *all, const struct packet *pkt,
					 const struct natloop_key *key, __u32 hook, __u32 outcome)
{
	struct natloop_lease *lease = &all->lease;
	bool same;

	if (!(all->listening & NATLOOP_LISTEN_TRACE))
		return false;
	if (pkt->l4)
		same = pkt->id == lease->trace_id && flow_key_equal(key, &lease->trace);
	else
		same = key->src == lease->trace.src && key->dst == lease->trace.dst;
	if (same)
		lease->traced[hook & 1] = outcome + 1;
	return same;
}

/* For each packet to an address of ours when event_wanted: what became of it. */
__subprogram int event_packet(const struct packet *pkt, __u32 ifindex, __u32 hook, __u32 outcome)
{
	struct natloop_configs *all = event_configs();
	struct flow_found found = { 0 };
	struct natloop_event *e;
	struct natloop_key key;
	__u64 now;

	if (!pkt || !all)
		return 0;
	key = flow_key(&pkt->tuple);
	if (event_traced(all, pkt, &key, hook, outcome))
		return 0;
	/*
	 * The clock last: it is the dearest, and most packets need none. What XDP passes on comes
	 * to TC, too, and is told there, once.
	 */
	if (outcome <= NATLOOP_UNRELATED || hairpin_fate(outcome) == NATLOOP_FATE_DEFER ||
	    (hook == NATLOOP_HOOK_XDP && hairpin_fate(outcome) == NATLOOP_FATE_PASS))
		return 0;
	if (all->listening & NATLOOP_LISTEN_PACKETS) {
		flow_find(all, &key, &found);
		if (!event_follows(&all->lease, &key, &found))
			return 0;
	} else if (!(all->listening & NATLOOP_LISTEN_FLOWS) || !event_refuses(outcome)) {
		return 0;
	}
	now = bpf_ktime_get_ns();
	if (now > all->lease.until)
		return 0;
	/* A host that is refused may repeat itself as fast as it can. */
	if (!event_rate_allows(&all->lease, now))
		return 0;
	e = event_begin(&all->lease,
			all->listening & NATLOOP_LISTEN_PACKETS ? NATLOOP_EVENT_PACKET :
								  NATLOOP_EVENT_REFUSED,
			now);
	if (!e)
		return 0;
	event_fill(e, &key, pkt, outcome, hook);
	e->ifindex = ifindex;
	if (found.pair)
		event_translated(e, &found, outcome);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

#endif
