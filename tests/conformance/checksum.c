// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Checksums at their edges. Everywhere else they are compared with each frame. */
#include "flow.h"

#include <netinet/in.h>

static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP };

static void missing(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);

	for (int side = 0; side < SIDES; side++) {
		struct frame in = flow_frame(&f, side);

		in.no_check = true;
		flow_pass(s, &f, side, &in, "a datagram without a checksum");
	}
	passed(s, "a UDP checksum of 0 stays 0");
}

/* The payload is chosen so that the sum is 0 before, or after the translation. */
static void zero(struct suite *s)
{
	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame in = flow_frame(&f, i % 2), out = flow_translated(&f, i % 2, &in);

		frame_aim_zero_checksum(&out);
		in.payload = out.payload;
		in.payload_word = out.payload_word;
		flow_pass(s, &f, i % 2, &in, "a checksum that becomes 0");
		in = flow_frame(&f, i % 2);
		frame_aim_zero_checksum(&in);
		flow_pass(s, &f, i % 2, &in, "a checksum that was 0");
	}
	passed(s, "a sum of 0 is sent as ffff by UDP, as 0 by TCP");
}

static void lengths(struct suite *s)
{
	static const uint16_t sizes[] = { 0, 1, 2, 3, 7, 64, 511, 1000, 1399 };

	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);

		for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++)
			flow_say(s, &f, i % 2, PSH | ACK, sizes[n], "data of some length");
	}
	passed(s, "odd and even lengths, from 0 to 1399 bytes");
}

/* A wrong checksum is never made right: the receiver could not see the damage. */
static void wrong(struct suite *s)
{
	struct wire expected;
	int kept = 0;

	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame in = flow_frame(&f, i % 2), out;

		in.check_error = 0x1000;
		out = flow_translated(&f, i % 2, &in);
		send_frame(s, &in);
		collect(s);
		if (s->count) {
			frame_write(&out, &expected);
			expect_one(s, &expected, "a packet with a wrong checksum");
		} else {
			kept++;
		}
	}
	passed(s, kept ? "a wrong checksum is discarded" : "a wrong checksum stays wrong");
}

static void wrong_ip(struct suite *s)
{
	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame in = flow_frame(&f, i % 2);

		in.ip_check_error = 0x0002;
		expect_kept(s, &in, "a packet with a wrong IP checksum");
	}
	passed(s, "a packet with a wrong IP checksum is discarded");
}

/* What the router writes anew, with a checksum of its own, would hide the damage. */
static void wrong_ip_rewritten(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 22116);
	struct frame in = flow_frame(&f, FROM_CLIENT);

	in.ip_check_error = 0x0002;
	in.payload = 1450;
	in.fragment = 0;
	expect_kept(s, &in, "a packet that is too big and has a wrong IP checksum");
	in.fragment = FRAME_DF;
	expect_kept(s, &in, "a packet with DF that is too big and has a wrong IP checksum");
	in = flow_frame(&f, FROM_CLIENT);
	in.ip_check_error = 0x0002;
	in.ttl = 1;
	expect_kept(s, &in, "a packet with TTL 1 and a wrong IP checksum");
	passed(s, "a packet with a wrong IP checksum is neither cut nor answered");
}

const struct suite_case checksum_cases[] = {
	{ "checksum-missing", "768", missing },
	{ "checksum-zero", "768, 1624", zero },
	{ "checksum-length", "1624", lengths },
	{ "checksum-wrong", "1624", wrong },
	{ "checksum-wrong-ip", "1812 s5.2.2", wrong_ip },
	{ "checksum-wrong-ip-rewritten", "1812 s5.2.2", wrong_ip_rewritten },
	{ 0 },
};
