// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_world.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>

#include "dns_key.h"

const uint8_t dns_v4[] = { 192, 168, 11, 20 };

void add_name(struct world *w, const char *name, const char *addresses)
{
	struct dns_name n;
	struct natloop_dns_value value = {};
	struct natloop_dns_key key;

	CHECK(!dns_name_parse(name, addresses, NULL, &n, NULL), "no name: %s", name);
	dns_key_make(n.name, &key);
	value.v4 = n.v4;
	value.v6 = n.v6;
	value.ttl = n.ttl;
	CHECK(!bpf_map_update_elem(w->dns.map[DATAPLANE_DNS_NAMES], &key, &value, BPF_ANY),
	      "%s cannot be added: %m", name);
}

int dns_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct problem p = {};

	CHECK(w, "out of memory");
	w->r = prog_run_make(NATLOOP_HOOK_TC, PROG_RUN_FLOWS);
	dataplane_dns_init(&w->dns);
	CHECK(!dataplane_dns_load(&w->dns, &w->r->dp, &p), "%s: %s", p.object, p.what);
	world_sysctl("ipv6/conf/all/forwarding", "1");
	world_ip("-6 addr add fd00:11::1/64 dev eth1 nodad");
	world_ip("-6 addr add fe80::1/64 dev eth1 nodad");
	add_name(w, NAME, "192.168.11.20");
	*state = w;
	return 0;
}

int dns_teardown(void **state)
{
	struct world *w = *state;

	dataplane_dns_close(&w->dns);
	free(w->r);
	free(w);
	return 0;
}

static void run(struct world *w, const struct wire *in, struct prog_result *result)
{
	struct __sk_buff ctx = { .ifindex = w->r->ifindex[in->interface], .gso_size = w->gso_size };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->byte, .data_size_in = in->length,
		    .data_out = result->out.byte, .data_size_out = sizeof(result->out.byte),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);

	CHECK(!bpf_prog_test_run_opts(dataplane_dns_fd(&w->dns), &opts), "%s: %m", w->r->label);
	result->verdict = opts.retval;
	result->out.length = opts.data_size_out;
}

static struct natloop_dns_counts counts(struct world *w)
{
	struct natloop_dns_counts each[256] = {}, sum = {};
	uint32_t key = 0;

	CHECK(!bpf_map_lookup_elem(w->dns.map[DATAPLANE_DNS_STATS], &key, each), "no counters: %m");
	for (int cpu = 0; cpu < 256; cpu++)
		for (int i = 0; i < NATLOOP_DNS_OUTCOME_COUNT; i++)
			sum.packets[i] += each[cpu].packets[i];
	return sum;
}

/* One packet more of @outcome, and of no other; NATLOOP_DNS_OUTCOME_COUNT: of none. */
static void expect_count(struct world *w, const struct natloop_dns_counts *before,
			 enum natloop_dns_outcome outcome)
{
	struct natloop_dns_counts after = counts(w);

	for (unsigned int i = 0; i < NATLOOP_DNS_OUTCOME_COUNT; i++)
		CHECK(after.packets[i] - before->packets[i] == (i == outcome),
		      "%s: outcome %u went up by %llu", w->r->label, i,
		      after.packets[i] - before->packets[i]);
}

void passes(struct world *w, const struct wire *in, enum natloop_dns_outcome outcome)
{
	struct natloop_dns_counts before = counts(w);
	struct prog_result result = {};

	run(w, in, &result);
	CHECK(result.verdict == TC_ACT_UNSPEC, "%s: verdict %d", w->r->label, result.verdict);
	expect_packet(w->r, in, in, &result.out);
	expect_count(w, &before, outcome);
}

void answered(struct world *w, const struct way *way, const struct wire *in,
	      const struct message *answer, enum natloop_dns_outcome outcome)
{
	struct natloop_dns_counts before = counts(w);
	struct prog_result result = {};
	struct way back = way_back(way);
	struct wire out;

	run(w, in, &result);
	CHECK(result.verdict == TC_ACT_REDIRECT, "%s: verdict %d", w->r->label, result.verdict);
	way_write(&back, answer, &out);
	expect_packet(w->r, in, &out, &result.out);
	expect_count(w, &before, outcome);
}

void expect_a(struct world *w, const struct way *way, const char *question)
{
	struct message ask, answer;
	struct wire in;

	prog_run_label(w->r, "%s from %s", question, way->src6 ? way->src6 : "IPv4");
	message_begin(&ask, 0x4711, RD, question, TYPE_A);
	message_begin(&answer, 0x4711, ANSWER, question, TYPE_A);
	message_put_address(&answer, TYPE_A, 60, dns_v4, 4);
	way_write(way, &ask, &in);
	answered(w, way, &in, &answer, NATLOOP_DNS_A);
}

void expect_passed(struct world *w, const struct way *way, const char *question,
		   enum natloop_dns_outcome outcome)
{
	struct message ask;
	struct wire in;

	prog_run_label(w->r, "%s from %s", question, way->src6 ? way->src6 : "IPv4");
	message_begin(&ask, 0x4711, RD, question, TYPE_A);
	way_write(way, &ask, &in);
	passes(w, &in, outcome);
}
