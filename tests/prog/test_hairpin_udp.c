// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <netinet/in.h>

#include "dialogue.h"
#include "tables.h"

#define UDP_LENGTH 4 /* offset in the UDP header */

static void expect_to_server(struct prog_run *r, const struct dialogue *d, const struct frame *in)
{
	struct frame out = server_hears(d, in);

	expect_sent(r, in, &out, NATLOOP_TO_SERVER);
}

static void expect_to_client(struct prog_run *r, const struct dialogue *d, const struct frame *in)
{
	struct frame out = client_hears(d, in);

	expect_sent(r, in, &out, NATLOOP_TO_CLIENT);
}

static void both_ways(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	dialogue_open(r, &d);
	for (int i = 0; i < 3; i++) {
		dialogue_to_client(r, &d);
		dialogue_to_server(r, &d);
	}
	tables_expect(r, &(struct census){
				 .flows = 2, .binding = 1, .clients = 1, .places = 1, .state = 1 });
}

static void every_payload_length(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	dialogue_open(r, &d);
	for (int length = 0; length <= 1472; length += length < 70 ? 1 : 467) {
		struct frame in = client_says(&d);

		prog_run_label(r, "%d bytes", length);
		in.payload = length;
		expect_to_server(r, &d, &in);
		in = server_says(&d);
		in.payload = length;
		expect_to_client(r, &d, &in);
	}
}

static void every_length_of_ip_options(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	for (int options = 0; options <= FRAME_OPTIONS_MAX; options += 4) {
		struct frame in, out;

		prog_run_label(r, "%d bytes of options", options);
		d.port = d.snat_port = 40000 + options;
		in = client_says(&d);
		in.ip_options = options;
		in.payload = 0;
		out = server_hears(&d, &in);
		expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
		in = server_says(&d);
		in.ip_options = options;
		expect_to_client(r, &d, &in);
	}
}

static void no_checksum_stays_none(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d), out;

	d.dialled = 9003;
	d.server_port = 7003;
	in = client_says(&d);
	in.no_check = true;
	out = server_hears(&d, &in);
	expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
	in = server_says(&d);
	in.no_check = true;
	expect_to_client(r, &d, &in);
}

/* The payload is chosen so that the translated packet adds up to 0: that is sent as 0xffff. */
static void a_sum_of_zero_is_sent_as_ones(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d), out = server_hears(&d, &in);
	struct wire w = {};

	dialogue_open(r, &d);
	frame_aim_zero_checksum(&out);
	in.payload = out.payload;
	in.payload_word = out.payload_word;
	frame_write(&out, &w);
	assert_int_equal(wire_checksum(&w), 0xffff);
	prog_run_label(r, "to the server, 0 after");
	expect_sent(r, &in, &out, NATLOOP_TO_SERVER);

	in = server_says(&d);
	out = client_hears(&d, &in);
	frame_aim_zero_checksum(&out);
	in.payload = out.payload;
	in.payload_word = out.payload_word;
	prog_run_label(r, "to the client, 0 after");
	expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
}

static void ones_before_become_the_right_sum(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d);

	dialogue_open(r, &d);
	prog_run_label(r, "to the server, 0xffff before");
	frame_aim_zero_checksum(&in);
	expect_to_server(r, &d, &in);
	prog_run_label(r, "to the client, 0xffff before");
	in = server_says(&d);
	frame_aim_zero_checksum(&in);
	expect_to_client(r, &d, &in);
}

/* Nothing in the sum changes but the addresses, by a difference that is congruent to 0. */
static void a_difference_of_zero_keeps_the_sum(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in, out;

	/* 192.168.11.2 -> 172.16.16.1 becomes 172.16.16.1 -> 192.168.11.2: the same words. */
	d.client = d.server = CLIENT;
	world_forward(r->cfg, IPPROTO_UDP, 30000, 30000, CLIENT, 30000);
	d.dialled = d.server_port = 30000;
	in = client_says(&d);
	frame_aim_zero_checksum(&in);
	out = server_hears(&d, &in);
	expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
	in.payload_word++;
	expect_to_server(r, &d, &in);
	in.payload_word -= 2;
	expect_to_server(r, &d, &in);
}

static void a_wrong_checksum_stays_wrong(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	static const int errors[] = { 1, 2, 0x0100, 0x7fff, 0x8000, 0xabcd, 0xfffe };

	dialogue_open(r, &d);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct frame in = client_says(&d);

		prog_run_label(r, "UDP checksum wrong by %#x", errors[i]);
		in.check_error = errors[i];
		expect_to_server(r, &d, &in);
		in = server_says(&d);
		in.check_error = errors[i];
		expect_to_client(r, &d, &in);
	}
}

/* A datagram may end before the IP packet does; what follows is carried, and is in no sum. */
static void a_datagram_shorter_than_its_packet(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d), out;
	struct wire before = {}, after = {};

	dialogue_open(r, &d);
	in.no_check = true;
	out = server_hears(&d, &in);
	frame_write(&in, &before);
	frame_write(&out, &after);
	for (int length = 8; length < 40; length++) {
		prog_run_label(r, "UDP length %d of 40", length);
		wire_put16(&before, before.l4 + UDP_LENGTH, length);
		wire_put16(&after, after.l4 + UDP_LENGTH, length);
		if (r->hook == NATLOOP_HOOK_TC)
			after.interface = before.interface;
		expect_sent_wire(r, &before, &after, NATLOOP_TO_SERVER);
	}
}

static void ttl_goes_down_and_zero_passes(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d);

	for (in.ttl = 0; in.ttl < 2; in.ttl++)
		expect_answered(r, &in, NATLOOP_TTL_EXPIRED, 0);
	tables_expect(r, &(struct census){});
	dialogue_open(r, &d);
	expect_to_server(r, &d, &in);
	for (in.ttl = 0; in.ttl < 2; in.ttl++)
		expect_answered(r, &in, NATLOOP_TTL_EXPIRED, 0);
	in = server_says(&d);
	in.ttl = 2;
	expect_to_client(r, &d, &in);
	for (in.ttl = 0; in.ttl < 2; in.ttl++)
		expect_answered(r, &in, NATLOOP_TTL_EXPIRED, 0);
}

static void dscp_ecn_id_and_df_stay(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	dialogue_open(r, &d);
	for (int tos = 0; tos < 256; tos++) {
		struct frame in = tos & 2 ? client_says(&d) : server_says(&d);

		prog_run_label(r, "TOS %#x", tos);
		in.tos = tos;
		in.id = 0xffff - tos * 251;
		in.fragment = tos & 1 ? FRAME_DF : 0;
		if (tos & 2)
			expect_to_server(r, &d, &in);
		else
			expect_to_client(r, &d, &in);
	}
}

static void a_sum_by_the_nic_stays_right(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in, out;

	if (!prog_run_checksum_complete(r))
		skip();
	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	d.dialled = 9010;
	d.server_port = 7010;
	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	in = client_says(&d);
	out = server_hears(&d, &in);
	frame_aim_zero_checksum(&out);
	in.payload = out.payload;
	in.payload_word = out.payload_word;
	expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(both_ways),
		PROG_TEST_BOTH(every_payload_length),
		PROG_TEST_BOTH(every_length_of_ip_options),
		PROG_TEST_BOTH(no_checksum_stays_none),
		PROG_TEST_BOTH(a_sum_of_zero_is_sent_as_ones),
		PROG_TEST_BOTH(ones_before_become_the_right_sum),
		PROG_TEST_BOTH(a_difference_of_zero_keeps_the_sum),
		PROG_TEST_BOTH(a_wrong_checksum_stays_wrong),
		PROG_TEST_BOTH(a_datagram_shorter_than_its_packet),
		PROG_TEST_BOTH(ttl_goes_down_and_zero_passes),
		PROG_TEST_BOTH(dscp_ecn_id_and_df_stay),
		PROG_TEST_TC(a_sum_by_the_nic_stays_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
