// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Malformed packets pass bit for bit, with a flow and without one, and make none. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "dialogue.h"
#include "tables.h"

#define IP_LENGTH 2 /* offsets in the headers */
#define TCP_OFFSET 12
#define UDP_LENGTH 4
#define ETHERNET 14
#define IPV4 20

/* With the checksum that fits: it is what else is wrong that must be seen. */
static void expect_bad(struct prog_run *r, const struct wire *in)
{
	struct wire mended = *in;

	wire_mend_ip(&mended);
	expect_kept_wire(r, &mended, NATLOOP_BAD_HEADER);
}

static struct wire good_packet(uint8_t proto)
{
	struct dialogue d = dialogue_with(proto);
	struct frame f = client_says(&d);
	struct wire w = {};

	frame_write(&f, &w);
	return w;
}

/* Calls @test without a flow, then with one; no flow may come of it. */
static void each_way(struct prog_run *r, void (*test)(struct prog_run *r))
{
	struct dialogue tcp = dialogue_with(IPPROTO_TCP), udp = dialogue_with(IPPROTO_UDP);

	test(r);
	tables_expect(r, &(struct census){});
	dialogue_open(r, &tcp);
	dialogue_open(r, &udp);
	test(r);
	tables_expect(r, &(struct census){
				 .flows = 4, .binding = 2, .clients = 1, .places = 2, .state = 2 });
}

static void bad_versions(struct prog_run *r)
{
	struct wire in = good_packet(IPPROTO_UDP);

	for (int version = 0; version < 16; version++) {
		prog_run_label(r, "version %d", version);
		in.byte[in.l3] = version << 4 | 5;
		if (version != 4)
			expect_bad(r, &in);
	}
}

static void version(void **state)
{
	each_way(*state, bad_versions);
}

static void bad_header_lengths(struct prog_run *r)
{
	for (int ihl = 0; ihl < 16; ihl++) {
		struct wire in = good_packet(IPPROTO_TCP);

		if (ihl == 5)
			continue;
		prog_run_label(r, "header length %d", ihl);
		in.byte[in.l3] = 4 << 4 | ihl;
		/* From 6 on the header reaches into TCP's, and its end beyond the packet. */
		wire_put16(&in, in.l3 + IP_LENGTH, ihl < 5 ? in.length - ETHERNET : ihl * 4 - 1);
		expect_bad(r, &in);
	}
}

static void header_length(void **state)
{
	each_way(*state, bad_header_lengths);
}

static void bad_total_lengths(struct prog_run *r)
{
	struct wire tcp = good_packet(IPPROTO_TCP), udp = good_packet(IPPROTO_UDP);
	int most = tcp.length - ETHERNET;

	for (int length = 0; length < IPV4 + 20; length++) {
		prog_run_label(r, "total length %d with TCP", length);
		wire_put16(&tcp, tcp.l3 + IP_LENGTH, length);
		expect_bad(r, &tcp);
	}
	for (int length = most + 1; length < 65536; length += length < most + 9 ? 1 : 4099) {
		prog_run_label(r, "total length %d in a frame for %d", length, most);
		wire_put16(&tcp, tcp.l3 + IP_LENGTH, length);
		expect_bad(r, &tcp);
	}
	for (int length = 0; length < IPV4 + 8; length++) {
		prog_run_label(r, "total length %d with UDP", length);
		wire_put16(&udp, udp.l3 + IP_LENGTH, length);
		expect_bad(r, &udp);
	}
}

static void total_length(void **state)
{
	each_way(*state, bad_total_lengths);
}

static void bad_data_offsets(struct prog_run *r)
{
	struct wire in = good_packet(IPPROTO_TCP);

	/* 32 bytes of payload make 13 the last good one. */
	for (int offset = 0; offset < 16; offset++) {
		prog_run_label(r, "data offset %d", offset);
		in.byte[in.l4 + TCP_OFFSET] = offset << 4;
		if (offset < 5 || offset > 13)
			expect_bad(r, &in);
	}
}

static void data_offset(void **state)
{
	each_way(*state, bad_data_offsets);
}

static void bad_udp_lengths(struct prog_run *r)
{
	struct wire in = good_packet(IPPROTO_UDP);
	int most = in.length - in.l4;

	for (int length = 0; length < 8; length++) {
		prog_run_label(r, "UDP length %d", length);
		wire_put16(&in, in.l4 + UDP_LENGTH, length);
		expect_bad(r, &in);
	}
	for (int length = most + 1; length < 65536; length += length < most + 9 ? 1 : 4099) {
		prog_run_label(r, "UDP length %d of %d", length, most);
		wire_put16(&in, in.l4 + UDP_LENGTH, length);
		expect_bad(r, &in);
	}
}

static void udp_length(void **state)
{
	each_way(*state, bad_udp_lengths);
}

static void bad_ports(struct prog_run *r)
{
	for (int i = 0; i < 6; i++) {
		struct wire in = good_packet(i % 2 ? IPPROTO_UDP : IPPROTO_TCP);

		prog_run_label(r, "port 0, case %d", i);
		if (i / 2 != 1)
			wire_put16(&in, in.l4, 0);
		if (i / 2 != 0)
			wire_put16(&in, in.l4 + 2, 0);
		expect_bad(r, &in);
	}
}

static void port_zero(void **state)
{
	struct prog_run *r = *state;

	each_way(r, bad_ports);
}

/* The frame ends early: in the headers, or before the end that the IP header gives. */
static void cut_everywhere(struct prog_run *r, const struct frame *f)
{
	struct prog_result result = {};
	struct wire whole = {};
	enum natloop_outcome early;

	frame_write(f, &whole);
	early = r->hook == NATLOOP_HOOK_TC && r->tag_beside ? NATLOOP_BAD_HEADER : NATLOOP_NOT_IPV4;
	for (whole.length -= 1; whole.length; whole.length--) {
		struct wire in = whole;
		int err;

		prog_run_label(r, "%d tags, %d bytes of options, protocol %d, cut to %u bytes",
			       f->tags, f->ip_options, f->proto, in.length);
		err = prog_run_try(r, r->hook, &in, &result);
		/* BPF_PROG_RUN wants Ethernet, and for an skb the IPv4 header it announces. */
		if (err == -EINVAL &&
		    in.length < (r->hook == NATLOOP_HOOK_TC ? ETHERNET + IPV4 : ETHERNET))
			continue;
		CHECK(!err, "%s: the kernel did not run the program: %s", r->label, strerror(-err));
		expect_kept_wire(r, &in,
				 in.length < ETHERNET + 4 * f->tags ? early : NATLOOP_BAD_HEADER);
	}
}

static void cut_at_every_byte(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < 8; i++) {
		struct dialogue d = dialogue_with(i & 1 ? IPPROTO_UDP : IPPROTO_TCP);
		struct frame f = client_says(&d);

		f.ip_options = i & 2 ? 40 : 0;
		f.tcp_options = 20;
		f.payload = 5;
		if (i & 4) {
			f.tags = 2;
			f.tag[0] = (struct frame_tag){ 0x88a8, 0 };
			f.tag[1] = (struct frame_tag){ 0x8100, 0 };
		}
		cut_everywhere(r, &f);
		tables_expect(r, &(struct census){});
	}
	/* With flows, the same pieces must not be translated either. */
	for (int i = 0; i < 2; i++) {
		struct dialogue d = dialogue_with(i ? IPPROTO_UDP : IPPROTO_TCP);
		struct frame f = client_says(&d);

		dialogue_open(r, &d);
		cut_everywhere(r, &f);
	}
}

/* Bytes behind the packet that its lengths allow, of every kind: carried, and never read. */
static void longer_than_its_lengths(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < 8; i++) {
		struct dialogue d = dialogue_with(i & 1 ? IPPROTO_UDP : IPPROTO_TCP);
		struct frame in = client_says(&d), out;

		prog_run_label(r, "case %d", i);
		d.port = d.snat_port = 30000 + i;
		in = client_says(&d);
		in.payload = i & 2 ? 0 : 7;
		in.padding = i & 4 ? 1 : 46;
		out = server_hears(&d, &in);
		expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
	}
}

static void wrong_checksums(struct prog_run *r)
{
	static const uint16_t errors[] = { 1, 2, 0x0100, 0x7fff, 0x8000, 0xabcd, 0xfffe };

	for (size_t i = 0; i < 11 * sizeof(errors) / sizeof(errors[0]); i++) {
		struct dialogue d = dialogue_with(i % 2 ? IPPROTO_TCP : IPPROTO_UDP);
		struct frame in = client_says(&d);

		prog_run_label(r, "%zu bytes of options, wrong by %#x", i / 7 * 4, errors[i % 7]);
		in.ip_options = i / 7 * 4;
		in.ip_check_error = errors[i % 7];
		expect_kept(r, &in, NATLOOP_BAD_HEADER);
	}
}

/* RFC 1812 4.2.2.5: it is discarded, by the kernel. */
static void ip_checksum(void **state)
{
	each_way(*state, wrong_checksums);
}

/* Lists of options, with what becomes of the packet. */
static void lists_of_options(struct prog_run *r)
{
	static const struct {
		uint8_t byte[8];
		bool good;
		const char *what;
	} lists[] = {
		{ { 1, 1, 1, 1, 1, 1, 1, 1 }, true, "no operation" },
		{ { 0, 131, 131, 7, 7, 7, 7, 7 }, true, "an end, and anything behind it" },
		{ { 148, 4, 0, 0, 148, 4, 0, 0 }, true, "router alert" },
		{ { 148, 8, 0, 0, 0, 0, 0, 0 }, true, "one that fills it" },
		{ { 1, 1, 1, 1, 1, 1, 148, 2 }, true, "one that ends with it" },
		{ { 131, 8, 4, 8, 8, 8, 8, 0 }, false, "loose source route" },
		{ { 1, 137, 7, 4, 8, 8, 8, 8 }, false, "strict source route" },
		{ { 148, 9, 0, 0, 0, 0, 0, 0 }, false, "one that is longer than the header" },
		{ { 148, 1, 0, 0, 0, 0, 0, 0 }, false, "one shorter than itself" },
		{ { 148, 0, 0, 0, 0, 0, 0, 0 }, false, "one of no length" },
		{ { 1, 1, 1, 1, 1, 1, 1, 148 }, false, "one without a length" },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct dialogue d = dialogue_with(IPPROTO_UDP);
		struct frame in = client_says(&d);
		struct wire w = {};
		struct prog_result result = {};

		prog_run_label(r, "options: %s", lists[i].what);
		in.ip_options = 8;
		in.ttl = lists[i].good ? 1 : 64; /* to tell them from what is carried */
		frame_write(&in, &w);
		memcpy(w.byte + w.l3 + IPV4, lists[i].byte, 8);
		wire_mend_ip(&w);
		if (!lists[i].good) {
			expect_kept_wire(r, &w, NATLOOP_BAD_HEADER);
			continue;
		}
		tables_reset_rates(r);
		prog_run(r, &w, &result);
		assert_int_equal(result.outcome, r->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_ICMP :
									       NATLOOP_TTL_EXPIRED);
	}
}

/* RFC 7126: no source routes; RFC 1812 5.3.13: what cannot be read is the kernel's to answer. */
static void options(void **state)
{
	each_way(*state, lists_of_options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(version),	   PROG_TEST_BOTH(ip_checksum),
		PROG_TEST_BOTH(options),	   PROG_TEST_BOTH(header_length),
		PROG_TEST_BOTH(total_length),	   PROG_TEST_BOTH(data_offset),
		PROG_TEST_BOTH(udp_length),	   PROG_TEST_BOTH(port_zero),
		PROG_TEST_BOTH(cut_at_every_byte), PROG_TEST_BOTH(longer_than_its_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
