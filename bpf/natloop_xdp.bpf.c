// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The XDP program. What it does not finish it passes on, and natloop_tc behind it finishes it. The
 * section is not "xdp.frags": the controller sets that flag where the kernel has it (5.18).
 */
#include "ctx_xdp.bpf.h"

#include "count.bpf.h"
#include "event_packet.bpf.h"
#include "hairpin.bpf.h"
#include "icmp_rate.bpf.h"

SEC("xdp")
int natloop_xdp(struct xdp_md *ctx)
{
	struct hairpin h = {};
	int verdict = XDP_PASS;
	enum natloop_outcome outcome = hairpin_run(ctx, &h, &verdict);

	/* TC makes the answer; when none is due, a flood need not reach it. */
	if (hairpin_fate(outcome) == NATLOOP_FATE_ANSWER &&
	    icmp_rate_allows(&h.pkt.tuple, false, false))
		outcome = NATLOOP_DEFER_ICMP;
	/*
	 * What is passed on early has only its first buffer counted here; TC counts it whole, and
	 * asking for the length would be the dearest step for a packet that is not ours.
	 */
	count(NATLOOP_HOOK_XDP, outcome,
	      h.pkt.frame_length ? h.pkt.frame_length : ctx->data_end - ctx->data);
	if (event_wanted(h.all))
		event_packet(&h.pkt, h.link ? h.link->l3_ifindex : 0, NATLOOP_HOOK_XDP, outcome);
	switch (hairpin_fate(outcome)) {
	case NATLOOP_FATE_SEND:
		return verdict;
	case NATLOOP_FATE_DROP:
	case NATLOOP_FATE_ANSWER:
	case NATLOOP_FATE_HOLD:
		return XDP_DROP;
	case NATLOOP_FATE_PASS:
	case NATLOOP_FATE_DEFER:
		break;
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
