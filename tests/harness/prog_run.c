// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "prog_run.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loaded.h"
#include "natloop_ctl.skel.h"
#include "tables.h"

/* BPF_F_TEST_SKB_CHECKSUM_COMPLETE, of newer linux/bpf.h than the programs need. */
#define RUN_CHECKSUM_COMPLETE (1U << 2)

enum natloop_hook prog_run_hook[NATLOOP_HOOK_COUNT] = { NATLOOP_HOOK_XDP, NATLOOP_HOOK_TC };

static const struct {
	const char *name;
	enum natloop_fate fate;
} outcomes[] = {
#define X(NAME, name, FATE, help) { #name, NATLOOP_FATE_##FATE },
	NATLOOP_OUTCOMES(X)
#undef X
};

const char *outcome_name(enum natloop_outcome outcome)
{
	return outcome < NATLOOP_OUTCOME_COUNT ? outcomes[outcome].name : "(none)";
}

enum natloop_fate outcome_fate(enum natloop_outcome outcome)
{
	return outcomes[outcome].fate;
}

int prog_run_map(const struct prog_run *r, const char *name)
{
	return bpf_object__find_map_fd_by_name(r->dp.ctl_skel->obj, name);
}

int prog_run_program(const struct prog_run *r, enum natloop_hook hook)
{
	return hook == NATLOOP_HOOK_XDP ? loaded_xdp() : dataplane_tc_fd(&r->dp, false);
}

/* BPF_PROG_RUN takes an ingress_ifindex only of a device whose queues are set up for XDP. */
static void prepare_interfaces(const struct prog_run *r)
{
	const struct bpf_insn insns[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, XDP_PASS },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", insns, 2, NULL);

	CHECK(fd >= 0, "an empty XDP program cannot be loaded: %m");
	for (int i = 0; i < FRAME_INTERFACES; i++)
		CHECK(!bpf_xdp_attach(r->ifindex[i], fd, XDP_FLAGS_DRV_MODE, NULL),
		      "no XDP on interface %d: %m", i);
	close(fd);
}

struct prog_run *prog_run_make(enum natloop_hook hook, uint32_t flows)
{
	struct prog_run *r = calloc(1, sizeof(*r));
	const struct loaded *programs;

	CHECK(r, "out of memory");
	r->hook = hook;
	world_make(r->ifindex);
	prepare_interfaces(r);
	programs = loaded_fresh(flows);
	r->dp = programs->dp;
	r->pusher = programs->pusher;
	r->pairs = programs->pairs;
	r->buckets = programs->buckets;
	r->bindings = programs->bindings;
	r->places = programs->places;
	r->configs = r->dp.configs;
	r->configs->flow_seed = 0x0123456789abcdef; /* so that a failure can be repeated */
	/* The slot that fresh maps do not point to: a program that ignored it would see nothing. */
	r->configs->active = 1;
	r->cfg = &r->configs->slot[1];
	world_configure(r->cfg, r->ifindex);
	return r;
}

int prog_run_setup(void **state)
{
	*state = prog_run_make(*state ? *(enum natloop_hook *)*state : NATLOOP_HOOK_XDP,
			       PROG_RUN_FLOWS);
	return 0;
}

int prog_run_teardown(void **state)
{
	struct prog_run *r = *state;

	tables_audit(r);
	free(r);
	return 0;
}

void prog_run_label(struct prog_run *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->label, sizeof(r->label), format, args);
	va_end(args);
}

static int run_xdp(struct prog_run *r, const struct wire *in, struct prog_result *result)
{
	struct xdp_md ctx = {
		.data_end = r->linear ? r->linear : in->length,
		.ingress_ifindex = r->ifindex[in->interface],
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->byte, .data_size_in = in->length,
		    .data_out = result->out.byte, .data_size_out = sizeof(result->out.byte),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);

	if (bpf_prog_test_run_opts(prog_run_program(r, NATLOOP_HOOK_XDP), &opts))
		return -errno;
	result->verdict = opts.retval;
	result->out.length = opts.data_size_out;
	return 0;
}

static int run_tc(struct prog_run *r, const struct wire *in, struct prog_result *result)
{
	struct __sk_buff ctx = { .ifindex = r->ifindex[in->interface] };
	struct wire untagged = *in;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = untagged.byte, .data_size_in = in->length,
		    .data_out = result->out.byte, .data_size_out = sizeof(result->out.byte),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1,
		    .flags = r->checksum_complete ? RUN_CHECKSUM_COMPLETE : 0);
	int fd = dataplane_tc_fd(&r->dp, false);

	if (r->tag_beside) {
		fd = r->pusher;
		ctx.mark = in->byte[14] << 8 | in->byte[15];
		opts.data_size_in -= 4;
		memmove(untagged.byte + 12, in->byte + 16, in->length - 16);
	}
	if (r->linear)
		ctx.data_end = r->linear;
	if (bpf_prog_test_run_opts(fd, &opts))
		return -errno;
	result->verdict = opts.retval;
	result->out.length = opts.data_size_out;
	return 0;
}

void prog_run_counts(const struct prog_run *r, struct natloop_counts sum[NATLOOP_HOOK_COUNT])
{
	int cpus = libbpf_num_possible_cpus(), fd = prog_run_map(r, "natloop_stats");
	struct natloop_counts *each = calloc(cpus, sizeof(*each));

	CHECK(each, "out of memory");
	memset(sum, 0, NATLOOP_HOOK_COUNT * sizeof(*sum));
	for (uint32_t hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		CHECK(!bpf_map_lookup_elem(fd, &hook, each), "natloop_stats cannot be read: %m");
		for (int cpu = 0; cpu < cpus; cpu++) {
			for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++) {
				sum[hook].outcome[i].packets += each[cpu].outcome[i].packets;
				sum[hook].outcome[i].bytes += each[cpu].outcome[i].bytes;
			}
		}
	}
	free(each);
}

/* XDP asks for the length of a frame in several buffers only when it may be ours. */
static uint32_t counted_bytes(const struct prog_run *r, enum natloop_outcome outcome,
			      uint32_t bytes)
{
	bool early = outcome == NATLOOP_NOT_IPV4 || outcome == NATLOOP_UNRELATED ||
		     outcome == NATLOOP_OTHER_MAC || outcome == NATLOOP_UNKNOWN_VLAN;

	return r->hook == NATLOOP_HOOK_XDP && r->linear && early ? (uint32_t)r->linear : bytes;
}

/* Which outcome happened between @before and @after: one, once, of @hook, with @bytes. */
static enum natloop_outcome counted(const struct prog_run *r, enum natloop_hook hook,
				    const struct natloop_counts *before,
				    const struct natloop_counts *after, uint32_t bytes)
{
	enum natloop_outcome outcome = NATLOOP_OUTCOME_COUNT;

	for (int h = 0; h < NATLOOP_HOOK_COUNT; h++) {
		for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++) {
			const struct natloop_count *a = &after[h].outcome[i];
			const struct natloop_count *b = &before[h].outcome[i];

			if (a->packets == b->packets && a->bytes == b->bytes)
				continue;
			CHECK(h == (int)hook, "%s: a counter of the other hook went up: %s",
			      r->label, outcome_name(i));
			CHECK(outcome == NATLOOP_OUTCOME_COUNT, "%s: two counters went up: %s, %s",
			      r->label, outcome_name(outcome), outcome_name(i));
			CHECK(a->packets - b->packets == 1, "%s: %s went up by %llu packets",
			      r->label, outcome_name(i), a->packets - b->packets);
			CHECK(a->bytes - b->bytes == counted_bytes(r, i, bytes),
			      "%s: %s went up by %llu bytes, not %u", r->label, outcome_name(i),
			      a->bytes - b->bytes, counted_bytes(r, i, bytes));
			outcome = i;
		}
	}
	CHECK(outcome != NATLOOP_OUTCOME_COUNT, "%s: no counter went up", r->label);
	return outcome;
}

int prog_run_uncounted(struct prog_run *r, enum natloop_hook hook, const struct wire *in,
		       struct prog_result *result)
{
	result->outcome = NATLOOP_OUTCOME_COUNT;
	result->out.interface = in->interface;
	return hook == NATLOOP_HOOK_XDP ? run_xdp(r, in, result) : run_tc(r, in, result);
}

int prog_run_try(struct prog_run *r, enum natloop_hook hook, const struct wire *in,
		 struct prog_result *result)
{
	struct natloop_counts before[NATLOOP_HOOK_COUNT], after[NATLOOP_HOOK_COUNT];
	int err;

	prog_run_counts(r, before);
	err = prog_run_uncounted(r, hook, in, result);
	if (err)
		return err;
	prog_run_counts(r, after);
	result->outcome =
		counted(r, hook, before, after,
			hook == NATLOOP_HOOK_TC && r->tag_beside ? in->length - 4 : in->length);
	r->reached[hook][result->outcome]++;
	return 0;
}

void prog_run(struct prog_run *r, const struct wire *in, struct prog_result *result)
{
	int err = prog_run_try(r, r->hook, in, result);

	CHECK(!err, "%s: the kernel did not run the program: %s", r->label, strerror(-err));
}

/* Does a run with the settings of @r work at all? Any frame will do. */
static bool run_works(struct prog_run *r)
{
	struct frame f = frame_from(0, CLIENT, 0, PUBLIC, 0);
	struct prog_result result = {};
	struct wire w = {};

	f.payload = 2000;
	frame_write(&f, &w);
	return !prog_run_try(r, r->hook, &w, &result);
}

bool prog_run_checksum_complete(struct prog_run *r)
{
	r->checksum_complete = true;
	return run_works(r);
}

bool prog_run_buffers(struct prog_run *r)
{
	r->linear = 1000;
	return run_works(r);
}

int prog_run_ctl(struct prog_run *r, enum natloop_ctl_op op, const struct natloop_tuple *to_server,
		 uint32_t id)
{
	return dataplane_ctl(&r->dp, op, to_server, id);
}
