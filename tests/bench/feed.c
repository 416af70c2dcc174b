// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "feed.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed.skel.h"
#include "stride.h"

#define SOCKETS 50000
#define CLIENTS 20
#define SOCKET_PORT 10000
#define DIALLED_PORT 20000
#define DIALS (FEED_FLOWS_MAX / SOCKETS) /* ports, or public addresses */
#define CLIENT_0 ADDR(192, 168, 11, 101)

static int target_program(const struct feed *feed, enum natloop_hook hook, enum feed_target target)
{
	if (target == FEED_NATLOOP)
		return prog_run_program(feed->run, hook);
	if (hook == NATLOOP_HOOK_TC)
		return bpf_program__fd(feed->skel->progs.feed_tc_nothing);
	return bpf_program__fd(target == FEED_LINE ? feed->skel->progs.feed_xdp_line :
						     feed->skel->progs.feed_xdp_nothing);
}

static void set_target(const struct feed *feed, enum natloop_hook hook, enum feed_target target)
{
	int program = target_program(feed, hook, target);
	int jumps = bpf_map__fd(hook == NATLOOP_HOOK_XDP ? feed->skel->maps.feed_xdp_jumps :
							   feed->skel->maps.feed_tc_jumps);
	uint32_t key = 0;

	CHECK(!bpf_map_update_elem(jumps, &key, &program, 0), "no jump to program %d: %m", program);
}

static void configure(struct prog_run *r)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };

	r->cfg->max_flows = r->cfg->client_flows = FEED_FLOWS_MAX;
	for (size_t i = 0; i < sizeof(protos); i++)
		world_forward(r->cfg, protos[i], DIALLED_PORT, DIALLED_PORT + DIALS - 1, SERVER,
			      DIALLED_PORT);
}

static void set_publics(struct natloop_config *cfg, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		cfg->address[i] = world_addr(PUBLIC + i);
	cfg->publics = cfg->addresses = count;
}

void feed_make(struct feed *feed, struct prog_run *r, uint32_t lines)
{
	feed->run = r;
	feed->skel = feed_bpf__open();
	CHECK(feed->skel, "the feeder cannot be opened: %m");
	bpf_map__set_max_entries(feed->skel->maps.feed_lines, lines);
	CHECK(!feed_bpf__load(feed->skel), "the feeder cannot be loaded: %m");
	feed->plan = &feed->skel->bss->feed_plan;
	configure(r);
}

void feed_end(struct feed *feed)
{
	feed_bpf__destroy(feed->skel);
}

static struct frame flow_frame(const struct feed_load *load, uint32_t flow)
{
	uint16_t port = SOCKET_PORT + flow % SOCKETS, dialled = DIALLED_PORT;
	uint32_t client = CLIENT_0 + flow % SOCKETS % CLIENTS, router = PUBLIC;

	if (load->own_bindings)
		router += flow / SOCKETS;
	else
		dialled += flow / SOCKETS;
	if (load->way == FEED_TO_SERVER)
		return frame_from(load->proto, client, port, router, dialled);
	return frame_from(load->proto, SERVER, dialled, router, port);
}

static struct feed_load load_of(uint8_t proto, enum feed_way way, uint32_t flows, bool own_bindings)
{
	struct feed_load load = {
		.way = way, .proto = proto, .flows = flows, .own_bindings = own_bindings
	};
	struct frame first = flow_frame(&load, 0);

	CHECK(flows && flows <= FEED_FLOWS_MAX, "%u flows are too many", flows);
	frame_write(&first, &load.first);
	return load;
}

struct feed_load feed_flows(uint8_t proto, enum feed_way way, uint32_t flows)
{
	return load_of(proto, way, flows, false);
}

struct feed_load feed_bindings(uint8_t proto, uint32_t flows)
{
	return load_of(proto, FEED_TO_SERVER, flows, true);
}

static uint16_t get16(const struct wire *w, uint16_t at)
{
	return w->byte[at] << 8 | w->byte[at + 1];
}

static void plan_flows(struct feed_plan *p, const struct feed_load *load)
{
	const struct wire *w = &load->first;
	bool out = load->way == FEED_TO_SERVER;

	p->sockets = SOCKETS;
	p->clients = CLIENTS;
	p->socket_port_at = w->l4 + (out ? 0 : 2);
	p->dialled_at = load->own_bindings ? w->l3 + 18 : w->l4 + (out ? 2 : 0);
	p->dials_address = load->own_bindings;
	p->client_at = out ? w->l3 + 14 : 0;
	p->ip_check_at = w->l3 + 10;
	p->check_at = w->l4 + (load->proto == IPPROTO_TCP ? 16 : 6);
	p->socket_port = get16(w, p->socket_port_at);
	p->dialled = get16(w, p->dialled_at);
	p->client = out ? get16(w, p->client_at) : 0;
	p->ip_check = get16(w, p->ip_check_at);
	p->check = get16(w, p->check_at);
}

struct feed_load feed_alike(const struct wire *frame)
{
	return (struct feed_load){ .way = FEED_ALIKE, .flows = 1, .first = *frame };
}

/* Returns the frame as it is after the last repetition. */
static struct wire run(const struct feed *feed, enum natloop_hook hook, uint32_t frames)
{
	bool xdp = hook == NATLOOP_HOOK_XDP;
	const struct wire *in = &feed->load.first;
	uint32_t ifindex = feed->run->ifindex[in->interface], before = feed->plan->done;
	struct xdp_md xdp_ctx = { .data_end = in->length, .ingress_ifindex = ifindex };
	struct __sk_buff tc_ctx = { .ifindex = ifindex };
	struct wire blank = {}, out = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = blank.byte, .data_size_in = in->length,
		    .data_out = out.byte, .data_size_out = sizeof(out.byte),
		    .ctx_in = xdp ? (void *)&xdp_ctx : (void *)&tc_ctx,
		    .ctx_size_in = xdp ? sizeof(xdp_ctx) : sizeof(tc_ctx), .repeat = frames);
	int fd = bpf_program__fd(xdp ? feed->skel->progs.feed_xdp : feed->skel->progs.feed_tc);

	CHECK(!bpf_prog_test_run_opts(fd, &opts), "the feeder did not run: %m");
	CHECK(feed->plan->done - before == frames, "%u frames were fed, not %u",
	      feed->plan->done - before, frames);
	out.length = opts.data_size_out;
	return out;
}

/* The feeder must write what frame.h says of flow @i. */
static void check_flow(struct feed *feed, enum natloop_hook hook, uint32_t i)
{
	const struct feed_load *load = &feed->load;
	struct wire expected = load->first, got;

	if (load->way != FEED_ALIKE) {
		struct frame f = flow_frame(load, i);

		frame_write(&f, &expected);
	}
	feed->plan->next = i;
	set_target(feed, hook, FEED_NOTHING);
	got = run(feed, hook, 1);
	CHECK(got.length == expected.length && !memcmp(got.byte, expected.byte, FEED_HEADERS),
	      "the feeder writes another frame for flow %u than it should", i);
}

void feed_choose(struct feed *feed, const struct feed_load *load)
{
	struct feed_plan *p = feed->plan;

	CHECK(load->first.length >= FEED_HEADERS, "a frame of %u bytes is too short",
	      load->first.length);
	feed->load = *load;
	memset(p, 0, sizeof(*p));
	memcpy(p->headers, load->first.byte, FEED_HEADERS);
	set_publics(feed->run->cfg, load->own_bindings ? DIALS : 1);
	p->flows = load->flows;
	p->stride = stride_of(load->flows);
	if (load->way != FEED_ALIKE)
		plan_flows(p, load);
	for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		check_flow(feed, hook, 0);
		check_flow(feed, hook, load->flows / 3);
		check_flow(feed, hook, load->flows - 1);
	}
	p->next = 0;
}

/*
 * The time of this thread on its CPU: the kernel's own average (opts.duration) is in whole
 * nanoseconds, too coarse for a difference of ten. Both leave out the time of other threads.
 */
static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double feed_run(struct feed *feed, enum natloop_hook hook, enum feed_target target, uint32_t frames)
{
	double start;

	set_target(feed, hook, target);
	start = cpu_ns();
	run(feed, hook, frames);
	return (cpu_ns() - start) / frames;
}

double feed_expect(struct feed *feed, enum natloop_hook hook, enum natloop_outcome outcome,
		   uint32_t frames)
{
	struct natloop_counts before[NATLOOP_HOOK_COUNT], after[NATLOOP_HOOK_COUNT];
	double ns;

	prog_run_counts(feed->run, before);
	ns = feed_run(feed, hook, FEED_NATLOOP, frames);
	prog_run_counts(feed->run, after);
	for (int h = 0; h < NATLOOP_HOOK_COUNT; h++) {
		for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++) {
			uint64_t packets =
				after[h].outcome[i].packets - before[h].outcome[i].packets;
			uint64_t expected = h == (int)hook && i == (int)outcome ? frames : 0;

			CHECK(packets == expected, "%s: %llu frames of %u were %s, expected was %s",
			      feed->run->label, (unsigned long long)packets, frames,
			      outcome_name(i), outcome_name(outcome));
		}
	}
	return ns;
}
