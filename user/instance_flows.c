// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Flows as commands see them, and how they are ended. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "flow_table.h"
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

static void view(const struct natloop_config *config, const struct natloop_pair *pair,
		 struct flow_view *ret)
{
	const struct natloop_flow *out = &pair->flow[NATLOOP_DIR_TO_SERVER];
	const struct natloop_flow *back = &pair->flow[NATLOOP_DIR_TO_CLIENT];
	enum lifetime_phase phase;
	__u32 timeout, idle;

	ret->proto = pair->key[NATLOOP_DIR_TO_SERVER].proto;
	ret->to_server = flow_tuple(&pair->key[NATLOOP_DIR_TO_SERVER]);
	ret->to_client = flow_tuple(&pair->key[NATLOOP_DIR_TO_CLIENT]);
	phase = lifetime_phase(ret->proto, out->tcp_flags, back->tcp_flags);
	timeout = config->timeout[lifetime_timeout(phase)];
	idle = lifetime_idle(out, back, now_ticks());
	ret->arrival = out->arrival;
	ret->id = pair->id;
	ret->state = pair->life == NATLOOP_LIVE ? phase_name[phase] : "expired";
	ret->idle_s = seconds(idle);
	ret->expires_s = idle < timeout ? seconds(timeout - idle) : 0;
	ret->packets = out->packets + back->packets;
	ret->bytes = out->bytes + back->bytes;
	ret->answers = back->packets;
}

struct table {
	struct natloop_pair *pair;
	size_t size; /* bytes */
};

static void table_unmap(struct table *t)
{
	if (t->pair)
		munmap(t->pair, t->size);
}

/* As the programs see it, while they go on. False: errno says why not. */
static bool table_map(const struct instance *inst, struct table *t)
{
	size_t size = (size_t)dataplane_capacity(&inst->dp) * sizeof(*t->pair);
	void *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, inst->dp.map[DATAPLANE_FLOWS], 0);

	t->pair = mapped == MAP_FAILED ? NULL : mapped;
	t->size = size;
	return t->pair;
}

/* Elements of the table that were ever used. */
static int table_used(const struct instance *inst, __u32 *ret)
{
	struct natloop_state state = {};
	__u32 key = 0, capacity = dataplane_capacity(&inst->dp);

	if (bpf_map_lookup_elem(inst->dp.map[DATAPLANE_STATE], &key, &state))
		return -errno;
	*ret = state.fresh < capacity ? state.fresh : capacity;
	return 0;
}

int instance_flows(const struct instance *inst, struct flow_view **ret, size_t *count)
{
	__attribute__((cleanup(table_unmap))) struct table table = {};
	_cleanup_free_ struct flow_view *flows = NULL;
	__u32 used = 0;
	size_t n = 0;
	int err = table_used(inst, &used);

	if (err)
		return err;
	if (!table_map(inst, &table))
		return -errno;
	flows = calloc((size_t)used + 1, sizeof(*flows));
	if (!flows)
		return -ENOMEM;
	for (__u32 i = 0; i < used; i++) {
		struct natloop_pair pair = table.pair[i];

		if (pair.life == NATLOOP_LIVE || pair.life == NATLOOP_IDLE)
			view(instance_config(inst), &pair, &flows[n++]);
	}
	*ret = TAKE_PTR(flows);
	*count = n;
	return 0;
}

/* @op for each of @flows; how many there still were. */
static int flows_ctl(const struct instance *inst, enum natloop_ctl_op op,
		     const struct flow_view *flows, size_t count)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++) {
		int done = dataplane_ctl(&inst->dp, op, &flows[i].to_server, flows[i].id);

		if (done < 0)
			return done;
		sum += done;
	}
	return sum;
}

int instance_flows_flush(struct instance *inst, const struct flow_view *flows, size_t count)
{
	int killed = flows_ctl(inst, NATLOOP_CTL_KILL, flows, count), removed;

	if (killed <= 0)
		return killed;
	/* Before they are removed nobody may still be running who found them usable. */
	dataplane_grace();
	removed = flows_ctl(inst, NATLOOP_CTL_REMOVE, flows, count);
	return removed < 0 ? removed : 0;
}
