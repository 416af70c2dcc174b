// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Flows as commands see them, and how they are ended. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "instance_parts.h"
#include "lifetime.h"
#include "packet.h"
#include "util.h"

static const char *const phase_name[] = {
	[LIFETIME_UDP] = "udp",
	[LIFETIME_OPENING] = "opening",
	[LIFETIME_ESTABLISHED] = "established",
	[LIFETIME_CLOSING] = "closing",
};
_Static_assert(ARRAY_SIZE(phase_name) == LIFETIME_PHASES, "a phase without a name");

static __u32 now_ticks(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ((__u64)ts.tv_sec * 1000000000 + ts.tv_nsec) >> NATLOOP_TICK_SHIFT;
}

static unsigned int seconds(__u32 ticks)
{
	return ((__u64)ticks << NATLOOP_TICK_SHIFT) / 1000000000;
}

static void view(const struct natloop_config *config, const struct natloop_flow *out,
		 const struct natloop_flow *back, struct flow_view *ret)
{
	enum lifetime_phase phase = lifetime_phase(ret->proto, out->tcp_flags, back->tcp_flags);
	__u32 timeout = config->timeout[lifetime_timeout(phase)];
	__u32 idle = lifetime_idle(out, back, now_ticks());

	ret->id = out->id;
	ret->state = out->life == NATLOOP_LIVE ? phase_name[phase] : "expired";
	ret->idle_s = seconds(idle);
	ret->expires_s = idle < timeout ? seconds(timeout - idle) : 0;
	ret->packets = out->packets + back->packets;
	ret->bytes = out->bytes + back->bytes;
}

struct table {
	struct natloop_tuple *key;
	struct natloop_flow *flow;
	size_t count;
};

static void table_free(struct table *t)
{
	free(t->key);
	free(t->flow);
}

/*
 * All entries. By batches: a walk with get_next_key starts over when the key on which it stands is
 * deleted, and shows flows twice.
 */
static int read_table(const struct instance *inst, struct table *t)
{
	/* Some to spare: a batch ends with -ENOSPC when the next bucket does not fit any more. */
	size_t most = 2 * (size_t)dataplane_capacity(&inst->dp) + 1024;
	__u32 position, *last = NULL;
	int err = 0;

	t->count = 0;
	t->key = calloc(most, sizeof(*t->key));
	t->flow = calloc(most, sizeof(*t->flow));
	if (!t->key || !t->flow)
		return -ENOMEM;
	while (!err && t->count < most) {
		__u32 n = most - t->count;

		err = bpf_map_lookup_batch(inst->dp.map[DATAPLANE_FLOWS], last, &position,
					   t->key + t->count, t->flow + t->count, &n, NULL);
		/* ENOENT: that was the last part of it. ENOSPC: no room for the next bucket. */
		if (!err || err == -ENOENT)
			t->count += n;
		last = &position;
	}
	return err == -ENOENT || err == -ENOSPC ? 0 : err;
}

static bool join(const struct instance *inst, const struct natloop_tuple *key,
		 const struct natloop_flow *out, struct flow_view *ret)
{
	struct natloop_flow back;

	if (out->direction != NATLOOP_DIR_TO_SERVER || out->life > NATLOOP_IDLE)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->to_server = *key;
	ret->proto = key->proto;
	packet_reply_tuple(out, key->proto, &ret->to_client);
	if (bpf_map_lookup_elem(inst->dp.map[DATAPLANE_FLOWS], &ret->to_client, &back))
		return false;
	view(instance_config(inst), out, &back, ret);
	return true;
}

int instance_flows(const struct instance *inst, struct flow_view **ret, size_t *count)
{
	__attribute__((cleanup(table_free))) struct table table = {};
	_cleanup_free_ struct flow_view *flows = NULL;
	int err = read_table(inst, &table);
	size_t n = 0;

	if (err)
		return err;
	flows = calloc(table.count / 2 + 1, sizeof(*flows));
	if (!flows)
		return -ENOMEM;
	for (size_t i = 0; i < table.count && n <= table.count / 2; i++)
		if (join(inst, &table.key[i], &table.flow[i], &flows[n]))
			n++;
	*ret = TAKE_PTR(flows);
	*count = n;
	return 0;
}

/* Every flow of the queue is looked at once; a turn tells how many it did. */
static int sweep_all(const struct instance *inst)
{
	__u64 flows;
	__u32 max;
	int err = instance_flow_count(inst, &flows, &max);

	for (__u64 done = 0; !err && done < flows;) {
		int looked = dataplane_ctl(&inst->dp, NATLOOP_CTL_SWEEP, NULL, 0);

		if (looked < 0)
			err = looked;
		if (looked <= 0)
			break;
		done += looked;
	}
	return err;
}

int instance_flows_flush(struct instance *inst, const struct flow_view *flows, size_t count)
{
	size_t killed = 0;
	int err = 0;

	for (size_t i = 0; i < count; i++) {
		int done = dataplane_ctl(&inst->dp, NATLOOP_CTL_KILL, &flows[i].to_server,
					 flows[i].id);

		if (done < 0)
			return done;
		killed += done;
	}
	/*
	 * KILLED -> GONE -> deleted takes two turns, and before the second nobody may still be
	 * running who found the flow usable.
	 */
	for (int turn = 0; turn < 2 && killed && !err; turn++) {
		dataplane_grace();
		err = sweep_all(inst);
	}
	return err;
}
