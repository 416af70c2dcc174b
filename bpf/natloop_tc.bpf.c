// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The TC programs, for clsact ingress: alone, or behind natloop_xdp on the same maps. natloop_tc
 * for Ethernet, natloop_tc_l3 for interfaces whose packets begin with their IP header.
 */
#include "ctx_tc.bpf.h"

#include "count.bpf.h"
#include "event_packet.bpf.h"
#include "hairpin.bpf.h"
#include "icmp_answer.bpf.h"
#include "layer3.bpf.h"
#include "split.bpf.h"

/* Its outcome is counted with @length bytes. */
static __always_inline int tc_run(struct __sk_buff *ctx, __u32 length)
{
	struct hairpin h = {};
	int verdict = TC_ACT_UNSPEC;
	enum natloop_outcome outcome = hairpin_run(ctx, &h, &verdict);

	if (outcome == NATLOOP_SPLIT && !split_run(ctx, &h))
		outcome = NATLOOP_CANNOT_SPLIT;
	count(NATLOOP_HOOK_TC, outcome, length);
	if (event_wanted(h.all))
		event_packet(&h.pkt, h.link ? h.link->l3_ifindex : 0, NATLOOP_HOOK_TC, outcome);
	switch (hairpin_fate(outcome)) {
	case NATLOOP_FATE_SEND:
		return verdict;
	case NATLOOP_FATE_DROP:
		return TC_ACT_SHOT;
	case NATLOOP_FATE_ANSWER:
		return icmp_answer(ctx, &h, outcome);
	case NATLOOP_FATE_HOLD:
		return TC_ACT_STOLEN;
	case NATLOOP_FATE_PASS:
	case NATLOOP_FATE_DEFER:
		break;
	}
	/* UNSPEC, not OK: the filters of others behind ours are to see the packet, too. */
	return TC_ACT_UNSPEC;
}

SEC("tc")
int natloop_tc(struct __sk_buff *ctx)
{
	return tc_run(ctx, ctx->len);
}

SEC("tc")
int natloop_tc_l3(struct __sk_buff *ctx)
{
	__u32 length = ctx->len;
	enum natloop_outcome stop = layer3_frame(ctx);

	if (stop == NATLOOP_OUTCOME_COUNT)
		return tc_run(ctx, length);
	count(NATLOOP_HOOK_TC, stop, length);
	return hairpin_fate(stop) == NATLOOP_FATE_DROP ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
