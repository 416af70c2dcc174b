// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <netinet/in.h>

#include "dialogue.h"
#include "tables.h"

/* Both directions of @d's flow, with @change made to the packet before it is translated. */
typedef void (*change_fn)(struct frame *f, int value);

static void expect_both_ways(struct prog_run *r, const struct dialogue *d, change_fn change,
			     int value)
{
	struct frame in = client_says(d), out;

	change(&in, value);
	out = server_hears(d, &in);
	expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
	in = server_says(d);
	change(&in, value);
	out = client_hears(d, &in);
	expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
}

static void handshake_data_and_end(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	static const struct {
		bool from_server;
		uint8_t flags;
		uint16_t payload;
	} steps[] = {
		{ true, SYN | ACK, 0 },	   { false, ACK, 0 },	   { false, PSH | ACK, 517 },
		{ true, PSH | ACK, 1441 }, { true, ACK, 1460 },	   { false, ACK, 0 },
		{ false, FIN | ACK, 0 },   { true, FIN | ACK, 0 }, { false, ACK, 0 },
		{ true, RST, 0 },
	};

	dialogue_open(r, &d);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct frame in = steps[i].from_server ? server_says(&d) : client_says(&d), out;

		prog_run_label(r, "step %zu", i);
		in.flags = steps[i].flags;
		in.payload = steps[i].payload;
		out = steps[i].from_server ? client_hears(&d, &in) : server_hears(&d, &in);
		expect_sent(r, &in, &out,
			    steps[i].from_server ? NATLOOP_TO_CLIENT : NATLOOP_TO_SERVER);
	}
	tables_expect(r, &(struct census){
				 .flows = 2, .binding = 1, .clients = 1, .places = 1, .state = 1 });
}

static void every_length_of_options(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	for (int ip = 0; ip <= FRAME_OPTIONS_MAX; ip += 4) {
		for (int tcp = 0; tcp <= FRAME_OPTIONS_MAX; tcp += 4) {
			struct frame in, out;

			prog_run_label(r, "%d bytes of IP options, %d of TCP", ip, tcp);
			d.port = d.snat_port = 20000 + ip * 64 + tcp;
			in = client_says(&d);
			in.flags = SYN;
			in.ip_options = ip;
			in.tcp_options = tcp;
			in.payload = 0;
			out = server_hears(&d, &in);
			expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
			in = server_says(&d);
			in.ip_options = ip;
			in.tcp_options = tcp;
			in.payload = 3;
			out = client_hears(&d, &in);
			expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
		}
	}
}

static void set_tos(struct frame *f, int tos)
{
	f->tos = tos;
	f->id = tos * 257;
	f->fragment = tos & 1 ? FRAME_DF : 0;
}

static void set_reserved_bit(struct frame *f, int df)
{
	f->fragment = 0x8000 | (df ? FRAME_DF : 0);
}

static void dscp_ecn_id_and_df_stay(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	dialogue_open(r, &d);
	for (int tos = 0; tos < 256; tos++) {
		prog_run_label(r, "TOS %#x", tos);
		expect_both_ways(r, &d, set_tos, tos);
	}
	for (int df = 0; df < 2; df++) {
		prog_run_label(r, "reserved flag, DF %d", df);
		expect_both_ways(r, &d, set_reserved_bit, df);
	}
}

static void set_flags(struct frame *f, int flags)
{
	f->flags = flags;
	f->seq = flags * 0x01010101u;
	f->ack = ~f->seq;
	f->window = flags * 255;
}

static void every_combination_of_flags_in_a_flow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	dialogue_open(r, &d);
	for (int flags = 0; flags < 256; flags++) {
		prog_run_label(r, "flags %#x", flags);
		expect_both_ways(r, &d, set_flags, flags);
	}
}

static void set_payload(struct frame *f, int payload)
{
	f->payload = payload;
	f->payload_word = payload * 40503;
}

static void every_payload_length(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	dialogue_open(r, &d);
	for (int length = 0; length <= 70; length++) {
		prog_run_label(r, "%d bytes", length);
		expect_both_ways(r, &d, set_payload, length);
	}
	for (int length = 1455; length <= 1460; length++) {
		prog_run_label(r, "%d bytes", length);
		expect_both_ways(r, &d, set_payload, length);
	}
}

static void set_padding(struct frame *f, int padding)
{
	f->payload = 0;
	f->padding = padding;
}

static void ethernet_padding_stays(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	dialogue_open(r, &d);
	for (int padding = 1; padding <= 12; padding++) {
		prog_run_label(r, "%d bytes of padding", padding);
		expect_both_ways(r, &d, set_padding, padding);
	}
}

static void set_check_error(struct frame *f, int error)
{
	f->check_error = error;
}

static void a_wrong_checksum_stays_wrong(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	static const int errors[] = { 1, 2, 0x0100, 0x7fff, 0x8000, 0xabcd, 0xfffe };

	dialogue_open(r, &d);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		prog_run_label(r, "TCP checksum wrong by %#x", errors[i]);
		expect_both_ways(r, &d, set_check_error, errors[i]);
	}
}

/* TCP has no "no checksum": a sum of 0 is sent as 0. */
static void a_sum_of_zero_is_zero(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d), out;

	dialogue_open(r, &d);
	prog_run_label(r, "sum 0 before");
	frame_aim_zero_checksum(&in);
	out = server_hears(&d, &in);
	expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
	prog_run_label(r, "sum 0 after");
	frame_aim_zero_checksum(&out);
	in.payload_word = out.payload_word;
	expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
}

static void set_ttl(struct frame *f, int ttl)
{
	f->ttl = ttl;
}

static void ttl_goes_down_by_one(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	dialogue_open(r, &d);
	for (int ttl = 2; ttl < 256; ttl++) {
		prog_run_label(r, "TTL %d", ttl);
		expect_both_ways(r, &d, set_ttl, ttl);
	}
}

static void ttl_that_would_reach_zero_passes(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	for (int ttl = 0; ttl < 2; ttl++) {
		struct frame in = client_says(&d);

		prog_run_label(r, "TTL %d without a flow", ttl);
		in.ttl = ttl;
		expect_answered(r, &in, NATLOOP_TTL_EXPIRED, 0);
	}
	tables_expect(r, &(struct census){});
	dialogue_open(r, &d);
	for (int ttl = 0; ttl < 2; ttl++) {
		struct frame in = client_says(&d);

		prog_run_label(r, "TTL %d in a flow", ttl);
		in.ttl = ttl;
		expect_answered(r, &in, NATLOOP_TTL_EXPIRED, 0);
		in = server_says(&d);
		in.ttl = ttl;
		expect_answered(r, &in, NATLOOP_TTL_EXPIRED, 0);
	}
}

static void mid_stream_packets_make_a_flow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	static const uint8_t flags[] = { ACK, PSH | ACK, FIN | ACK, 0 };

	for (size_t i = 0; i < sizeof(flags); i++) {
		struct frame in, out;

		prog_run_label(r, "flags %#x", flags[i]);
		d.port = d.snat_port = 40000 + i;
		in = client_says(&d);
		in.flags = flags[i];
		out = server_hears(&d, &in);
		expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
		dialogue_to_client(r, &d);
	}
}

static void a_reset_makes_no_flow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d);

	in.flags = RST;
	expect_kept(r, &in, NATLOOP_STRAY_RST);
	in.flags = RST | ACK;
	expect_kept(r, &in, NATLOOP_STRAY_RST);
	in.flags = RST | SYN;
	expect_kept(r, &in, NATLOOP_STRAY_RST);
	tables_expect(r, &(struct census){});
}

/* Frames in several buffers (xdp.frags); BPF_PROG_RUN for TC has only frames of one page. */
static void a_jumbo_frame_in_several_buffers(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	static const int linear[] = { 74, 128, 1000, 3000 };
	struct frame in = frame_from(IPPROTO_TCP, CLIENT, 40000, INTERNET, 443);

	world_ip("link set eth1 mtu 9000");
	dialogue_open(r, &d);
	if (!prog_run_buffers(r))
		skip();
	for (size_t i = 0; i < sizeof(linear) / sizeof(linear[0]); i++) {
		prog_run_label(r, "%d bytes in the first buffer", linear[i]);
		r->linear = linear[i];
		expect_both_ways(r, &d, set_payload, 8941);
	}
	/* Not ours: passed with all its buffers; counted is the first. */
	in.payload = 8941;
	expect_kept(r, &in, NATLOOP_UNRELATED);
}

/* The NIC's sum beside the packet must go on to fit it; the kernel compares after the program. */
static void a_sum_by_the_nic_stays_right(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	if (!prog_run_checksum_complete(r))
		skip();
	dialogue_open(r, &d);
	expect_both_ways(r, &d, set_payload, 77);
	expect_both_ways(r, &d, set_check_error, 0x1234);
	d.dialled = 8443;
	d.server_port = 443;
	dialogue_open(r, &d);
	expect_both_ways(r, &d, set_payload, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(handshake_data_and_end),
		PROG_TEST_BOTH(every_length_of_options),
		PROG_TEST_BOTH(dscp_ecn_id_and_df_stay),
		PROG_TEST_BOTH(every_combination_of_flags_in_a_flow),
		PROG_TEST_BOTH(every_payload_length),
		PROG_TEST_BOTH(ethernet_padding_stays),
		PROG_TEST_BOTH(a_wrong_checksum_stays_wrong),
		PROG_TEST_BOTH(a_sum_of_zero_is_zero),
		PROG_TEST_BOTH(ttl_goes_down_by_one),
		PROG_TEST_BOTH(ttl_that_would_reach_zero_passes),
		PROG_TEST_BOTH(mid_stream_packets_make_a_flow),
		PROG_TEST_BOTH(a_reset_makes_no_flow),
		PROG_TEST_XDP(a_jumbo_frame_in_several_buffers),
		PROG_TEST_TC(a_sum_by_the_nic_stays_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
