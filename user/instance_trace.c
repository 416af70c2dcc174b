// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "instance_trace.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "flow_table.h"
#include "instance_parts.h"
#include "util.h"

#define LEASE_NS 5000000000ULL /* longer than it takes; for the case that we are killed */
#define LAYER3_PROGRAM "natloop_tc_l3"

void instance_trace_begin(struct instance *inst, const struct natloop_key *flow)
{
	struct natloop_lease *lease = &inst->dp.configs->lease;

	lease->trace = lease->trace_flow = *flow;
	__atomic_store_n(&lease->trace_until, clock_ns() + LEASE_NS, __ATOMIC_RELEASE);
	__atomic_fetch_or(&inst->dp.configs->listening, (__u32)NATLOOP_LISTEN_TRACE,
			  __ATOMIC_ACQ_REL);
}

void instance_trace_end(struct instance *inst)
{
	__atomic_fetch_and(&inst->dp.configs->listening, ~(__u32)NATLOOP_LISTEN_TRACE,
			   __ATOMIC_ACQ_REL);
}

static int run_program(int fd, const struct instance_trace_run *run, struct trace_frame *out)
{
	struct xdp_md xdp = { .data_end = run->in->length, .ingress_ifindex = run->ifindex };
	struct __sk_buff skb = { .ifindex = run->ifindex };
	bool is_xdp = run->hook == NATLOOP_HOOK_XDP;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = run->in->byte,
		    .data_size_in = run->in->length, .data_out = out->byte,
		    .data_size_out = sizeof(out->byte), .ctx_in = &skb, .ctx_size_in = sizeof(skb),
		    .repeat = 1);

	if (is_xdp) {
		opts.ctx_in = &xdp;
		opts.ctx_size_in = sizeof(xdp);
	}
	if (bpf_prog_test_run_opts(fd, &opts))
		return -errno;
	out->length = opts.data_size_out;
	return 0;
}

int instance_trace_run(struct instance *inst, const struct instance_trace_run *run,
		       struct trace_frame *out, unsigned int *outcome)
{
	struct natloop_lease *lease = &inst->dp.configs->lease;
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(run->program);
	__u32 traced;
	int err;

	if (fd < 0)
		return -errno;
	lease->trace = run->head->key;
	lease->trace_id = run->head->id;
	__atomic_store_n(&lease->traced[run->hook], 0, __ATOMIC_RELEASE);
	err = run_program(fd, run, out);
	if (err)
		return err;
	traced = __atomic_load_n(&lease->traced[run->hook], __ATOMIC_ACQUIRE);
	*outcome = traced ? traced - 1 : NATLOOP_OUTCOME_COUNT;
	return 0;
}

bool instance_trace_is_layer3(__u32 id)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) &&
	       !strcmp(info.name, LAYER3_PROGRAM);
}

struct table {
	struct natloop_pair *pair;
	size_t size; /* bytes */
	__u32 used;  /* elements that were ever used */
};

static void table_unmap(struct table *t)
{
	if (t->pair)
		munmap(t->pair, t->size);
}

static int table_map(const struct instance *inst, struct table *t)
{
	__u32 key = 0, capacity = dataplane_capacity(&inst->dp);
	size_t size = (size_t)capacity * sizeof(*t->pair);
	struct natloop_state state = {};
	void *mapped;

	if (bpf_map_lookup_elem(inst->dp.map[DATAPLANE_STATE], &key, &state))
		return -errno;
	mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, inst->dp.map[DATAPLANE_FLOWS],
		      0);
	if (mapped == MAP_FAILED)
		return -errno;
	t->pair = mapped;
	t->size = size;
	t->used = state.fresh < capacity ? state.fresh : capacity;
	return 0;
}

static bool is_alive(const struct natloop_pair *pair)
{
	return pair->life == NATLOOP_LIVE || pair->life == NATLOOP_IDLE;
}

int instance_trace_find(const struct instance *inst, const struct natloop_key *key,
			struct natloop_pair *ret, __u32 *index)
{
	__attribute__((cleanup(table_unmap))) struct table table = {};
	int err = table_map(inst, &table);

	if (err)
		return err;
	for (__u32 i = 0; i < table.used; i++) {
		const struct natloop_pair *pair = &table.pair[i];

		if (!is_alive(pair) || !flow_key_equal(&pair->key[NATLOOP_DIR_TO_SERVER], key))
			continue;
		*ret = *pair;
		*index = i;
		return 1;
	}
	return 0;
}

int instance_trace_uses(const struct instance *inst, const struct natloop_key *key)
{
	__attribute__((cleanup(table_unmap))) struct table table = {};
	int err = table_map(inst, &table);

	if (err)
		return err;
	for (__u32 i = 0; i < table.used; i++) {
		const struct natloop_key *other = &table.pair[i].key[NATLOOP_DIR_TO_SERVER];

		if (is_alive(&table.pair[i]) && other->src == key->src &&
		    other->sport == key->sport && other->proto == key->proto)
			return 1;
	}
	return 0;
}

/* Is it as in @before now? */
static bool restore(struct natloop_flow *now, const struct natloop_flow *before)
{
	/* Only ours came: at most one packet in each direction. */
	if (now->packets != before->packets + 1)
		return now->packets == before->packets;
	now->packets = before->packets;
	now->bytes = before->bytes;
	now->seen = before->seen;
	now->tcp_flags = before->tcp_flags;
	return true;
}

int instance_trace_restore(const struct instance *inst, __u32 index,
			   const struct natloop_pair *before)
{
	__attribute__((cleanup(table_unmap))) struct table table = {};
	int err = table_map(inst, &table);
	__u32 live = NATLOOP_LIVE;
	bool same = true;

	if (err)
		return err;
	if (index >= table.used || table.pair[index].id != before->id)
		return 0;
	for (int way = 0; way < 2; way++)
		same = restore(&table.pair[index].flow[way], &before->flow[way]) && same;
	/* Else traces would keep it for ever: the sweep removes only what it finds timed out twice.
	 */
	if (same && before->life == NATLOOP_IDLE)
		__atomic_compare_exchange_n(&table.pair[index].life, &live, NATLOOP_IDLE, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	return 0;
}

int instance_trace_remove(struct instance *inst, const struct natloop_pair *pair)
{
	const struct flow_view flow = {
		.to_server = flow_tuple(&pair->key[NATLOOP_DIR_TO_SERVER]),
		.id = pair->id,
	};

	return instance_flows_flush(inst, &flow, 1);
}
