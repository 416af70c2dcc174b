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
#include "event.bpf.h"
#include "flow.bpf.h"

#define SWEEP_BATCH 128		     /* places a turn: bounds the time in softirq */
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

/* Ends the flow if its life is @from, unless somebody else was faster. */
static __always_inline bool sweep_end(struct natloop_pair *pair, __u32 index, __u32 from)
{
	if (!flow_move(pair, from, NATLOOP_ENDING))
		return false;
	if (event_wanted(config_all()))
		event_flow(pair,
			   from == NATLOOP_IDLE ? NATLOOP_EVENT_EXPIRED : NATLOOP_EVENT_FLUSHED);
	flow_remove(pair, index);
	return true;
}

/* One step in the life of one flow. False: its place is free. */
__subprogram bool sweep_visit(__u32 index)
{
	struct natloop_pair *pair = bpf_map_lookup_elem(&natloop_flows, &index);
	const struct natloop_configs *configs = config_all();
	bool expired;

	if (!pair || !configs || pair->life == NATLOOP_FREE)
		return false;
	if (pair->life == NATLOOP_GONE || pair->life == NATLOOP_ENDING) {
		sweep_end(pair, index, NATLOOP_GONE);
		return true;
	}
	if (flow_move(pair, NATLOOP_KILLED, NATLOOP_GONE))
		return true;
	expired = sweep_expired(config_active(configs), pair->key[NATLOOP_DIR_TO_SERVER].proto,
				&pair->flow[NATLOOP_DIR_TO_SERVER],
				&pair->flow[NATLOOP_DIR_TO_CLIENT]);
	if (!expired)
		flow_move(pair, NATLOOP_IDLE, NATLOOP_LIVE);
	else if (!flow_move(pair, NATLOOP_LIVE, NATLOOP_IDLE))
		sweep_end(pair, index, NATLOOP_IDLE);
	return true;
}

/* One turn: every flow at most once. Returns how many were looked at. */
static __u32 sweep_turn(void)
{
	struct natloop_state *state = engine_state();
	__u32 i, most, flows = 0;

	event_end_leases();
	if (!state)
		return 0;
	most = state->fresh;
	for (i = 0; i < SWEEP_BATCH && i < most; i++) {
		__u32 at = __sync_fetch_and_add(&state->swept, 1);

		if (sweep_visit(at % most))
			flows++;
	}
	return flows;
}

/* How long until the next turn, so that a round takes SWEEP_ROUND_NS. */
static __always_inline __u64 sweep_pause(void)
{
	const struct natloop_state *state = engine_state();
	__u64 pause = SWEEP_IDLE_NS;

	if (state && state->fresh > SWEEP_BATCH)
		pause = SWEEP_ROUND_NS * SWEEP_BATCH / state->fresh;
	if (pause > SWEEP_IDLE_NS)
		pause = SWEEP_IDLE_NS;
	return pause < SWEEP_SHORTEST_NS ? SWEEP_SHORTEST_NS : pause;
}

static int sweep_tick(void *map, __u32 *key, struct natloop_sweeper *sweeper)
{
	(void)map;
	(void)key;
	sweep_turn();
	bpf_timer_start(&sweeper->timer, sweep_pause(), 0);
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

/* The flow that the controller means. */
static __always_inline bool sweep_named(const struct natloop_ctl_args *args,
					struct flow_found *found)
{
	const struct natloop_configs *configs = config_all();
	struct natloop_key key = flow_key(&args->to_server);

	return configs && flow_find(configs, &key, found) &&
	       found->direction == NATLOOP_DIR_TO_SERVER && found->pair->id == args->id;
}

static __always_inline int sweep_kill(const struct natloop_ctl_args *args)
{
	struct flow_found found;

	if (!sweep_named(args, &found))
		return 0;
	return flow_move(found.pair, NATLOOP_LIVE, NATLOOP_KILLED) ||
	       flow_move(found.pair, NATLOOP_IDLE, NATLOOP_KILLED);
}

static __always_inline int sweep_remove(const struct natloop_ctl_args *args)
{
	struct flow_found found;

	if (!sweep_named(args, &found))
		return 0;
	return sweep_end(found.pair, found.index, NATLOOP_KILLED) ||
	       sweep_end(found.pair, found.index, NATLOOP_GONE);
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
	case NATLOOP_CTL_REMOVE:
		return sweep_remove(args);
	case NATLOOP_CTL_SWEEP:
		return sweep_turn();
	}
	return -EINVAL;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
