// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Flows as commands see them, and how they are ended. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "hairpin.h"
#include "instance_parts.h"
#include "lifetime.h"
#include "lookup.h"
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

/* Ticks since the last packet of either direction. */
static __u32 idle_ticks(const struct natloop_flow *out, const struct natloop_flow *back, __u32 now)
{
	__s32 a = now - out->seen, b = now - back->seen;
	__s32 idle = a < b ? a : b;

	return idle < 0 ? 0 : idle;
}

static void view(const struct natloop_config *config, const struct natloop_flow *out,
		 const struct natloop_flow *back, struct flow_view *ret)
{
	enum lifetime_phase phase = lifetime_phase(ret->proto, out->tcp_flags, back->tcp_flags);
	__u32 timeout = config->timeout[lifetime_timeout(phase)];
	__u32 idle = idle_ticks(out, back, now_ticks());

	ret->id = out->id;
	ret->state = phase_name[phase];
	ret->idle_s = seconds(idle);
	ret->expires_s = idle < timeout ? seconds(timeout - idle) : 0;
	ret->packets = out->packets + back->packets;
	ret->bytes = out->bytes + back->bytes;
}

static void reverse_key(const struct natloop_flow *flow, __u8 proto, struct natloop_tuple *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->src = flow->dst;
	ret->dst = flow->src;
	ret->sport = flow->dport;
	ret->dport = flow->sport;
	ret->proto = proto;
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
	size_t most = 2 * (size_t)dataplane_capacity(&inst->dp);
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

	if (out->direction != NATLOOP_DIR_TO_SERVER || out->life != NATLOOP_LIVE)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->to_server = *key;
	ret->proto = key->proto;
	reverse_key(out, key->proto, &ret->to_client);
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

/* Would @config still send this flow where it goes? */
static bool still_made(const struct natloop_config *config, const struct flow_view *flow)
{
	const struct natloop_forward *f =
		lookup_forward(config, flow->proto, bpf_ntohs(flow->to_server.dport));
	int address = lookup_address(config, &flow->to_server.dst);

	return address >= 0 && address < (int)config->publics && f &&
	       packet_addr_equal(&f->server, &flow->to_client.src) &&
	       bpf_ntohs(flow->to_server.dport) - f->first + f->server_first ==
		       bpf_ntohs(flow->to_client.sport) &&
	       packet_addr_equal(packet_addr_zero(&f->snat) ? &flow->to_server.dst : &f->snat,
				 &flow->to_client.dst);
}

int instance_switch(struct instance *inst, const struct natloop_config *config)
{
	_cleanup_free_ struct flow_view *flows = NULL;
	size_t count = 0, ended = 0;
	int err;

	dataplane_switch(&inst->dp, config);
	err = instance_flows(inst, &flows, &count);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		if (flows[i].proto == IPPROTO_UDP && !still_made(config, &flows[i]))
			flows[ended++] = flows[i];
	return instance_flows_flush(inst, flows, ended);
}

int instance_counts(const struct instance *inst, struct natloop_counts *ret)
{
	int cpus = libbpf_num_possible_cpus(), fd = inst->dp.map[DATAPLANE_STATS];
	_cleanup_free_ struct natloop_counts *all = NULL;

	if (cpus < 0)
		return cpus;
	all = calloc(cpus, sizeof(*all));
	if (!all)
		return -ENOMEM;
	memset(ret, 0, sizeof(*ret));
	for (__u32 hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		if (bpf_map_lookup_elem(fd, &hook, all))
			return -errno;
		for (int i = 0; i < cpus * NATLOOP_OUTCOME_COUNT; i++) {
			enum natloop_outcome o = i % NATLOOP_OUTCOME_COUNT;
			const struct natloop_count *c = &all[i / NATLOOP_OUTCOME_COUNT].outcome[o];

			if (hook == NATLOOP_HOOK_XDP && hairpin_fate(o) == NATLOOP_FATE_PASS)
				continue;
			ret->outcome[o].packets += c->packets;
			ret->outcome[o].bytes += c->bytes;
		}
	}
	return 0;
}
