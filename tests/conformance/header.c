// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Header fields that are none of the translation's business stay as they are. */
#include "flow.h"

#include <netinet/in.h>

#define NOP 1
#define URG 0x20
#define ECE 0x40

static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP };

static void ip_options(struct suite *s)
{
	static const uint8_t sizes[] = { 4, 20, 40 };

	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);

		for (int n = 0; n < 3; n++) {
			struct frame in = flow_frame(&f, i % 2);

			in.ip_options = sizes[n];
			in.ip_option_byte = NOP;
			flow_pass(s, &f, i % 2, &in, "a packet with IP options");
		}
	}
	passed(s, "packets with 4, 20 and 40 bytes of IP options pass");
}

static void tcp_options(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 21116);

	for (int i = 0; i < SIDES * 2; i++) {
		struct frame in = flow_frame(&f, i % 2);

		in.tcp_options = i < 2 ? 12 : 40;
		in.tcp_option_byte = NOP;
		flow_pass(s, &f, i % 2, &in, "a segment with TCP options");
		in = flow_frame(&f, i % 2);
		in.flags |= URG;
		flow_pass(s, &f, i % 2, &in, "a segment with urgent data");
		in = flow_frame(&f, i % 2);
		in.flags |= ECE;
		in.window = 0;
		flow_pass(s, &f, i % 2, &in, "a segment with ECE and window 0");
	}
	passed(s, "TCP options, urgent data, ECN and windows are as they were sent");
}

static void ip_fields(struct suite *s)
{
	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame in = flow_frame(&f, i % 2);

		in.tos = 0x2e << 2 | 3;
		in.id = 0;
		flow_pass(s, &f, i % 2, &in, "a packet with DSCP and ECN");
		in.id = 0xffff;
		flow_pass(s, &f, i % 2, &in, "a packet with IP ID ffff and DF");
		in = flow_frame(&f, i % 2);
		in.id = suite_id(s);
		in.fragment = 0;
		flow_pass(s, &f, i % 2, &in, "a packet without DF");
	}
	passed(s, "DSCP, ECN, DF and IP ID are as they were sent");
}

/* Bytes behind the IP packet, which belong to nothing. */
static void padding(struct suite *s)
{
	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame in = flow_frame(&f, i % 2), out;
		struct frame_icmp error = flow_error(&f, i % 2, 3, 3), translated;

		out = flow_translated(&f, i % 2, &in);
		in.padding = 9;
		expect_sent(s, &in, &out, "a packet with padding behind it");
		translated = flow_error_translated(&f, i % 2, &error);
		error.padding = 7;
		expect_sent_icmp(s, &error, &translated, "an ICMP error with padding behind it");
	}
	passed(s, "padding behind a packet does no harm");
}

const struct suite_case header_cases[] = {
	{ "header-ip-options", "1812 s4.2.2.1", ip_options },
	{ "header-tcp-options", "5382 R2", tcp_options },
	{ "header-ip-fields", "2474, 3168", ip_fields },
	{ "header-padding", "894", padding },
	{ 0 },
};
