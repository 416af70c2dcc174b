// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Expiry, without a daemon: one timer looks at a part of the flows at a time, in turn. One timer a
 * flow would cost an allocation and a tree insertion for each (kernel/bpf/helpers.c), and keep an
 * old program loaded for two hours after an upgrade; walking the whole table at once would hold the
 * CPU the longer, the larger the table is.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/time.h>

#include <bpf/bpf_helpers.h>

#include "clock.bpf.h"
#include "config.bpf.h"
#include "flow.bpf.h"

#define SWEEP_BATCH 128		     /* flows a turn: bounds the time in softirq */
#define SWEEP_ROUND_NS 8000000000ULL /* every flow is looked at this often, or more often */
#define SWEEP_IDLE_NS 1000000000ULL  /* longest pause; up to SWEEP_BATCH flows: all each time */
#define SWEEP_SHORTEST_NS 1000000ULL

static __always_inline bool sweep_expired(const struct natloop_config *cfg, __u8 proto,
					  const struct natloop_flow *out,
					  const struct natloop_flow *back)
{
	enum lifetime_phase phase = lifetime_phase(proto, out->tcp_flags, back->tcp_flags);

	return lifetime_idle(out, back, clock_ticks()) > cfg->timeout[lifetime_timeout(phase)];
}

/* From @from to @to, unless a packet or the controller was faster. */
static __always_inline bool sweep_move(struct natloop_flow *flow, __u32 from, __u32 to)
{
	return __sync_val_compare_and_swap(&flow->life, from, to) == from;
}

/*
 * Both entries IDLE -> GONE. If the server revived its entry in the meantime, the client's goes
 * back to LIVE.
 */
static __always_inline bool sweep_take(struct natloop_flow *out, struct natloop_flow *back)
{
	if (!sweep_move(out, NATLOOP_IDLE, NATLOOP_GONE))
		return false;
	if (sweep_move(back, NATLOOP_IDLE, NATLOOP_GONE))
		return true;
	out->life = NATLOOP_LIVE;
	return false;
}

/* One step in the life of one flow. True: it is still there, and goes to the end of the queue. */
__subprogram bool sweep_visit(const struct natloop_queued *item)
{
	const struct natloop_config *cfg = config_active();
	struct natloop_flow *out, *back;
	struct natloop_tuple reply;

	if (!item || !cfg)
		return false;
	out = bpf_map_lookup_elem(&natloop_flows, &item->to_server);
	if (!out || out->id != item->id)
		return false;
	if (out->life >= NATLOOP_GONE)
		return !flow_remove(&item->to_server, out);
	if (out->life == NATLOOP_KILLED) {
		out->life = NATLOOP_GONE;
		return true;
	}
	packet_reply_tuple(out, item->to_server.proto, &reply);
	back = bpf_map_lookup_elem(&natloop_flows, &reply);
	if (!back) {
		out->life = NATLOOP_KILLED;
		return true;
	}
	if (!sweep_expired(cfg, item->to_server.proto, out, back)) {
		sweep_move(out, NATLOOP_IDLE, NATLOOP_LIVE);
		sweep_move(back, NATLOOP_IDLE, NATLOOP_LIVE);
		return true;
	}
	if (out->life == NATLOOP_IDLE && back->life == NATLOOP_IDLE)
		return !sweep_take(out, back) || !flow_remove(&item->to_server, out);
	sweep_move(out, NATLOOP_LIVE, NATLOOP_IDLE);
	sweep_move(back, NATLOOP_LIVE, NATLOOP_IDLE);
	return true;
}

/* One turn: every flow at most once. Returns how many were looked at. */
static __u32 sweep_turn(void)
{
	struct natloop_state *state = flow_state();
	__u32 most = state ? state->flows : 0;
	struct natloop_queued item;
	__u32 i;

	for (i = 0; i < SWEEP_BATCH && i < most; i++) {
		if (bpf_map_pop_elem(&natloop_queue, &item))
			break;
		if (sweep_visit(&item))
			bpf_map_push_elem(&natloop_queue, &item, 0);
	}
	return i;
}

/*
 * How long until the next turn, so that a round takes SWEEP_ROUND_NS. While flows are being removed
 * the pace stays: what is left of the queue is still as long as it was.
 */
static __always_inline __u64 sweep_pause(__u64 before)
{
	struct natloop_state *state = flow_state();
	__u64 flows, pause = SWEEP_IDLE_NS;

	if (!state)
		return pause;
	flows = state->flows;
	if (flows > SWEEP_BATCH)
		pause = SWEEP_ROUND_NS * SWEEP_BATCH / flows;
	if (pause > SWEEP_IDLE_NS)
		pause = SWEEP_IDLE_NS;
	if (pause < SWEEP_SHORTEST_NS)
		pause = SWEEP_SHORTEST_NS;
	if (flows < before && state->pause && state->pause < pause)
		pause = state->pause;
	state->pause = pause;
	return pause;
}

static int sweep_tick(void *map, __u32 *key, struct natloop_sweeper *sweeper)
{
	struct natloop_state *state = flow_state();
	__u64 before = state ? state->flows : 0;

	(void)map;
	(void)key;
	sweep_turn();
	bpf_timer_start(&sweeper->timer, sweep_pause(before), 0);
	return 0;
}

/* Again after an upgrade: the callback of the new program takes over, the old one is let go. */
static __always_inline int sweep_start(void)
{
	__u32 key = 0;
	struct natloop_sweeper *sweeper = bpf_map_lookup_elem(&natloop_timer, &key);
	long err;

	if (!sweeper)
		return -ENOENT;
	err = bpf_timer_init(&sweeper->timer, &natloop_timer, CLOCK_MONOTONIC);
	if (err && err != -EBUSY)
		return err;
	err = bpf_timer_set_callback(&sweeper->timer, sweep_tick);
	if (err)
		return err;
	return bpf_timer_start(&sweeper->timer, SWEEP_IDLE_NS, 0);
}

static __always_inline int sweep_kill(const struct natloop_ctl_args *args)
{
	struct natloop_tuple key = args->to_server, reply;
	struct natloop_flow *out, *back;

	out = bpf_map_lookup_elem(&natloop_flows, &key);
	if (!out || out->id != args->id || out->direction != NATLOOP_DIR_TO_SERVER)
		return 0;
	packet_reply_tuple(out, key.proto, &reply);
	back = bpf_map_lookup_elem(&natloop_flows, &reply);
	if (!sweep_move(out, NATLOOP_LIVE, NATLOOP_KILLED) &&
	    !sweep_move(out, NATLOOP_IDLE, NATLOOP_KILLED))
		return 0;
	if (back)
		back->life = NATLOOP_KILLED;
	return 1;
}

SEC("tc")
int natloop_ctl(struct __sk_buff *ctx)
{
	const struct natloop_ctl_args *args = (void *)(long)ctx->data;

	if ((void *)(args + 1) > (void *)(long)ctx->data_end)
		return -EINVAL;
	switch (args->op) {
	case NATLOOP_CTL_START:
		return sweep_start();
	case NATLOOP_CTL_KILL:
		return sweep_kill(args);
	case NATLOOP_CTL_SWEEP:
		return sweep_turn();
	}
	return -EINVAL;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
