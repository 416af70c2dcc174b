// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ICMP errors about packets of the hairpin, in both directions. */
#include "flow.h"

#include <netinet/in.h>
#include <stdio.h>

static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP };

/* Both ends of @f report this error, and the conversation goes on. */
static void expect_error(struct suite *s, struct flow *f, uint8_t type, uint8_t code, uint32_t rest)
{
	char what[80];

	for (int side = 0; side < SIDES; side++) {
		struct frame_icmp in = flow_error(f, side, type, code), out;

		in.rest = rest;
		out = flow_error_translated(f, side, &in);
		snprintf(what, sizeof(what), "ICMP %u/%u about %s, %s", type, code,
			 proto_name(f->proto), side_name(side));
		expect_sent_icmp(s, &in, &out, what);
	}
}

static void unreachable(struct suite *s, uint8_t proto)
{
	static const uint8_t codes[] = { 0, 1, 2, 3, 5, 9, 10, 13 };
	struct flow f = flow_establish(s, proto, CLIENT, suite_port(s), 21116);

	for (size_t i = 0; i < sizeof(codes); i++)
		expect_error(s, &f, ICMP_IS_UNREACHABLE, codes[i], 0);
	passed(s, "destination unreachable passes both ways, with the packet that was sent");
}

static void unreachable_udp(struct suite *s)
{
	unreachable(s, IPPROTO_UDP);
}

static void unreachable_tcp(struct suite *s)
{
	unreachable(s, IPPROTO_TCP);
}

static void for_both(struct suite *s, uint8_t type, uint8_t code, uint32_t rest)
{
	for (int i = 0; i < 2; i++) {
		struct flow f = flow_establish(s, protos[i], CLIENT, suite_port(s), 21116);

		expect_error(s, &f, type, code, rest);
	}
}

static void too_big(struct suite *s)
{
	for_both(s, ICMP_IS_UNREACHABLE, ICMP_CODE_TOO_BIG, 1280);
	passed(s, "fragmentation needed passes both ways, with its MTU");
}

static void time_exceeded(struct suite *s)
{
	for_both(s, ICMP_IS_TIME_EXCEEDED, 0, 0);
	for_both(s, ICMP_IS_TIME_EXCEEDED, 1, 0);
	passed(s, "time exceeded passes both ways");
}

static void parameter(struct suite *s)
{
	for_both(s, ICMP_IS_PARAMETER, 0, 20u << 24);
	passed(s, "parameter problem passes both ways, with its pointer");
}

static void other_port(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 5353);

	expect_error(s, &f, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, 0);
	f = flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 8443);
	expect_error(s, &f, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, 0);
	passed(s, "the quoted ports are those that were dialled");
}

/* The mapped port is not the client's own. */
static void collision(struct suite *s)
{
	for (int i = 0; i < 2; i++) {
		uint16_t port = suite_port(s);
		struct flow f = flow_establish(s, protos[i], CLIENT, port, 21116), other;

		other = flow_establish(s, protos[i], CLIENT2, port, 21116);
		expect_error(s, &f, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, 0);
		expect_error(s, &other, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, 0);
	}
	passed(s, "each of two clients with the same port gets the errors about its own packets");
}

static void other_lan(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 22116);

	expect_error(s, &f, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, 0);
	f = flow_establish(s, IPPROTO_TCP, CLIENT_ETH2, suite_port(s), 21116);
	expect_error(s, &f, ICMP_IS_UNREACHABLE, ICMP_CODE_HOST, 0);
	passed(s, "errors pass between two LANs");
}

/* From a router that is behind the server's MAC address. */
static void from_the_way(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);
	struct frame_icmp in = flow_error(&f, FROM_SERVER, ICMP_IS_TIME_EXCEEDED, 0), out;
	const struct wire *got;
	struct wire w;

	in.src = ADDR(192, 168, 11, 200);
	frame_icmp_write(&in, &w);
	send_wire(s, &w);
	collect(s);
	got = expect_any(s, "an error of a router on the way");
	/* Either is right: a hairpin's outside is private, or is not. */
	out = flow_error_translated(&f, FROM_SERVER, &in);
	if (got->l3 && packet_get32(got, got->l3 + 12) == in.src)
		out.src = in.src;
	frame_icmp_write(&out, &w);
	expect_one(s, &w, "an error of a router on the way");
	passed(s, "the client gets an error of a router on the way, %s",
	       out.src == PUBLIC ? "from the public address" : "from that router");
}

static void keeps_mapping(struct suite *s, uint8_t proto)
{
	static const struct {
		uint8_t type, code;
	} hard[] = { { 3, 1 }, { 3, 2 }, { 3, 3 }, { 3, 13 }, { 11, 0 } };
	struct flow f = flow_establish(s, proto, CLIENT, suite_port(s), 21116);

	for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++) {
		expect_error(s, &f, hard[i].type, hard[i].code, 0);
		flow_talk(s, &f, "data after an ICMP error");
	}
	passed(s, "the conversation goes on with the same mapping after ICMP errors");
}

static void keeps_udp(struct suite *s)
{
	keeps_mapping(s, IPPROTO_UDP);
}

static void keeps_tcp(struct suite *s)
{
	keeps_mapping(s, IPPROTO_TCP);
}

/* About a packet that nobody sent. */
static void no_mapping(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);
	struct frame_icmp in;

	f.mapped_port = suite_port(s);
	in = flow_error(&f, FROM_SERVER, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT);
	expect_kept_icmp(s, &in, "an error about a mapping that is not there");
	f.mapped_port = f.client_port;
	in = flow_error(&f, FROM_SERVER, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT);
	in.quoted.proto = IPPROTO_TCP;
	expect_kept_icmp(s, &in, "an error about the other protocol");
	passed(s, "an error about no packet of the hairpin reaches nobody");
}

/* A redirect tells a host to leave the router out, which ends every hairpin. */
static void redirect(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);

	for (int side = 0; side < SIDES; side++) {
		struct frame_icmp in = flow_error(&f, side, ICMP_IS_REDIRECT, 1);

		in.rest = SERVER;
		expect_kept_icmp(s, &in, "a redirect");
		flow_talk(s, &f, "data after a redirect");
	}
	passed(s, "a redirect is not passed on");
}

const struct suite_case icmp_error_cases[] = {
	{ "icmp-unreachable-udp", "5508 R4, R5", unreachable_udp },
	{ "icmp-unreachable-tcp", "5382 R9", unreachable_tcp },
	{ "icmp-too-big", "5508 R7", too_big },
	{ "icmp-time-exceeded", "5508 R7", time_exceeded },
	{ "icmp-parameter-problem", "5508 R7", parameter },
	{ "icmp-port-translated", "5508 R4, R5", other_port },
	{ "icmp-port-collision", "5508 R4, R5", collision },
	{ "icmp-other-lan", "5508 R7", other_lan },
	{ "icmp-from-the-way", "4787 R12a", from_the_way },
	{ "icmp-keeps-udp", "4787 R12", keeps_udp },
	{ "icmp-keeps-tcp", "5382 R10", keeps_tcp },
	{ "icmp-redirect", "1812 s5.2.7.2", redirect },
	{ "icmp-no-mapping", "5508 R4", no_mapping },
	{ 0 },
};
