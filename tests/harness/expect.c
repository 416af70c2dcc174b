// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "expect.h"

#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame_icmp.h"
#include "tables.h"

#define PCAP_MAGIC 0xa1b2c3d4
#define PCAP_ETHERNET 1

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, limit, link;
};

struct pcap_record {
	uint32_t seconds, micros, captured, length;
};

int verdict_sent(enum natloop_hook hook, enum frame_interface in, enum frame_interface out)
{
	if (hook == NATLOOP_HOOK_TC)
		return TC_ACT_REDIRECT;
	return in == out ? XDP_TX : XDP_REDIRECT;
}

int verdict_kept(enum natloop_hook hook, enum natloop_fate fate)
{
	if (fate == NATLOOP_FATE_HOLD)
		return TC_ACT_STOLEN;
	if (fate == NATLOOP_FATE_DROP || fate == NATLOOP_FATE_ANSWER)
		return hook == NATLOOP_HOOK_TC ? TC_ACT_SHOT : XDP_DROP;
	return hook == NATLOOP_HOOK_TC ? TC_ACT_UNSPEC : XDP_PASS;
}

bool wire_equal(const struct wire *a, const struct wire *b)
{
	return a->length == b->length && !memcmp(a->byte, b->byte, a->length);
}

static bool byte_equal(const struct wire *a, const struct wire *b, size_t i)
{
	return i < a->length && i < b->length && a->byte[i] == b->byte[i];
}

static void dump_row(const char *name, const struct wire *w, const struct wire *other, size_t row)
{
	print_error("  %-8s %04zx ", name, row);
	for (size_t i = row; i < row + 16 && i < w->length; i++)
		print_error("%c%02x", byte_equal(w, other, i) ? ' ' : '*', w->byte[i]);
	print_error("\n");
}

static void dump_difference(const struct wire *expected, const struct wire *got)
{
	size_t most = expected->length > got->length ? expected->length : got->length;

	print_error("  %u bytes expected, %u came; rows that differ:\n", expected->length,
		    got->length);
	for (size_t row = 0; row < most; row += 16) {
		bool differs = false;

		for (size_t i = row; i < row + 16 && i < most; i++)
			differs |= !byte_equal(expected, got, i);
		if (!differs)
			continue;
		dump_row("expected", expected, got, row);
		dump_row("got", got, expected, row);
	}
}

static void pcap_put(FILE *file, const struct wire *w)
{
	struct pcap_record record = { .captured = w->length, .length = w->length };

	fwrite(&record, sizeof(record), 1, file);
	fwrite(w->byte, w->length, 1, file);
}

/* Beside the test program: build/tests/prog/test_x -> build/tests/failed/test_x-N.pcap */
static void save_capture(const struct wire *in, const struct wire *expected, const struct wire *got)
{
	static int number;
	const struct pcap_header header = {
		.magic = PCAP_MAGIC,
		.major = 2,
		.minor = 4,
		.limit = FRAME_MAX,
		.link = PCAP_ETHERNET,
	};
	char path[PATH_MAX + 64], *slash, name[64];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	FILE *file;

	if (length <= 0)
		return;
	path[length] = 0;
	slash = strrchr(path, '/');
	snprintf(name, sizeof(name), "%s", slash + 1);
	snprintf(slash, 16, "/../failed");
	if (mkdir(path, 0755) && errno != EEXIST)
		return;
	snprintf(path + strlen(path), sizeof(name) + 32, "/%s-%d.pcap", name, ++number);
	file = fopen(path, "w");
	if (!file)
		return;
	fwrite(&header, sizeof(header), 1, file);
	pcap_put(file, in);
	pcap_put(file, expected);
	pcap_put(file, got);
	fclose(file);
	print_error("  in, expected, got: %s\n", path);
}

void expect_packet(struct prog_run *r, const struct wire *in, const struct wire *expected,
		   const struct wire *got)
{
	if (wire_equal(expected, got))
		return;
	dump_difference(expected, got);
	save_capture(in, expected, got);
	fail_msg("%s: another packet came out", r->label);
}

static void expect(struct prog_run *r, const struct wire *in, const struct wire *out,
		   enum natloop_outcome outcome, int verdict)
{
	struct prog_result result = {};

	prog_run(r, in, &result);
	CHECK(result.outcome == outcome, "%s: outcome %s, not %s", r->label,
	      outcome_name(result.outcome), outcome_name(outcome));
	CHECK(result.verdict == verdict, "%s: verdict %d, not %d", r->label, result.verdict,
	      verdict);
	if (out)
		expect_packet(r, in, out, &result.out);
}

void expect_sent_wire(struct prog_run *r, const struct wire *in, const struct wire *out,
		      enum natloop_outcome outcome)
{
	expect(r, in, out, outcome, verdict_sent(r->hook, in->interface, out->interface));
}

void expect_sent(struct prog_run *r, const struct frame *in, const struct frame *out,
		 enum natloop_outcome outcome)
{
	struct wire before = {}, after = {};
	struct frame leaving = *out;

	if (r->hook == NATLOOP_HOOK_TC)
		leaving.tags = 0;
	frame_write(in, &before);
	frame_write(&leaving, &after);
	expect_sent_wire(r, &before, &after, outcome);
}

void expect_kept_wire(struct prog_run *r, const struct wire *in, enum natloop_outcome outcome)
{
	enum natloop_fate fate = outcome_fate(outcome);
	struct wire untagged = *in;
	const struct wire *same = in;

	/* A tag beside the packet is not among the bytes that BPF_PROG_RUN gives back. */
	if (r->hook == NATLOOP_HOOK_TC && r->tag_beside) {
		untagged.length -= 4;
		memmove(untagged.byte + 12, in->byte + 16, in->length - 16);
		same = &untagged;
	}
	if (fate != NATLOOP_FATE_PASS && fate != NATLOOP_FATE_DEFER)
		same = NULL;
	expect(r, in, same, outcome, verdict_kept(r->hook, fate));
}

void expect_kept(struct prog_run *r, const struct frame *in, enum natloop_outcome outcome)
{
	struct wire w = {};

	frame_write(in, &w);
	expect_kept_wire(r, &w, outcome);
}

void answer_write(const struct frame *in, enum natloop_outcome outcome, uint16_t mtu,
		  struct wire *w)
{
	struct frame_icmp icmp = {
		.interface = in->interface,
		.dmac = in->smac,
		.smac = in->dmac,
		.tos = 0xc0,
		.fragment = FRAME_DF,
		.ttl = 64,
		.src = in->interface == ETH1 ? ROUTER : ROUTER_ETH2,
		.dst = in->src,
		.type = ICMP_IS_UNREACHABLE,
		.code = ICMP_CODE_PROHIBITED,
		.rest = mtu,
		.quoted = *in,
		.quoted_length = 576 - 28 - 20 - in->ip_options,
	};

	if (outcome == NATLOOP_TTL_EXPIRED) {
		icmp.type = ICMP_IS_TIME_EXCEEDED;
		icmp.code = 0;
	} else if (outcome == NATLOOP_NO_NEIGHBOUR) {
		icmp.code = ICMP_CODE_HOST;
	} else if (outcome == NATLOOP_TOO_BIG) {
		icmp.code = ICMP_CODE_TOO_BIG;
	}
	frame_icmp_write(&icmp, w);
}

void expect_answered(struct prog_run *r, const struct frame *in, enum natloop_outcome outcome,
		     uint16_t mtu)
{
	struct wire before = {}, answer = {};

	tables_reset_rates(r);
	if (r->hook == NATLOOP_HOOK_XDP) {
		expect_kept(r, in, NATLOOP_DEFER_ICMP);
		return;
	}
	frame_write(in, &before);
	answer_write(in, outcome, mtu, &answer);
	expect(r, &before, &answer, outcome, TC_ACT_REDIRECT);
}
