// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ICMP errors that the router itself owes, as a router and as a NAT. */
#include "reassemble.h"

#include "flow.h"

#include <netinet/in.h>
#include <stdio.h>

#define ETHERNET_MTU 1500
#define SILENT_PORT 5999 /* forwarded to a host that does not exist */
#define ARP_PATIENCE_MS 4000
#define SMALL_MTU 1400 /* of eth2, see scripts/conformance.sh */

static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP };

static void time_exceeded(struct suite *s)
{
	char what[60];

	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame in = flow_frame(&f, i % 2);

		in.ttl = 1;
		send_frame(s, &in);
		collect(s);
		snprintf(what, sizeof(what), "TTL 1, %s %s", proto_name(f.proto), side_name(i % 2));
		expect_own_icmp(s, ICMP_IS_TIME_EXCEEDED, 0, &in, what);
		flow_talk(s, &f, "data after TTL 1");
	}
	passed(s,
	       "a packet with TTL 1 is answered by time exceeded, which quotes it as it was sent");
}

static void last_hop(struct suite *s)
{
	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame in = flow_frame(&f, i % 2);

		in.ttl = 2;
		flow_pass(s, &f, i % 2, &in, "TTL 2");
		in = flow_frame(&f, i % 2);
		in.ttl = 255;
		flow_pass(s, &f, i % 2, &in, "TTL 255");
	}
	passed(s, "every packet loses 1 of its TTL");
}

/* The first packet of a conversation, which makes no mapping on its way into nowhere. */
static void time_exceeded_first(struct suite *s)
{
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, suite_port(s), PUBLIC, 21116);

	in.ttl = 1;
	send_frame(s, &in);
	collect(s);
	expect_own_icmp(s, ICMP_IS_TIME_EXCEEDED, 0, &in, "the first packet with TTL 1");
	passed(s, "a first packet with TTL 1 is answered, too");
}

static void no_error_about_error(struct suite *s)
{
	for (int i = 0; i < SIDES * 2; i++) {
		struct flow f = flow_establish(s, protos[i / 2], CLIENT, suite_port(s), 21116);
		struct frame_icmp in = flow_error(&f, i % 2, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT);

		in.ttl = 1;
		expect_kept_icmp(s, &in, "an ICMP error with TTL 1");
	}
	passed(s, "an ICMP error with TTL 1 is not answered");
}

/* A flow between the LANs, and the side that sends into the one with the smaller MTU. */
static struct flow flow_into_small(struct suite *s, uint8_t proto, enum side *side)
{
	static int turn;

	*side = turn++ % 2;
	if (*side == FROM_CLIENT)
		return flow_establish(s, proto, CLIENT, suite_port(s),
				      proto == IPPROTO_UDP ? 22116 : 22117);
	return flow_establish(s, proto, CLIENT_ETH2, suite_port(s), 21116);
}

static void resize(struct frame *f, uint16_t length)
{
	f->payload = 0;
	f->payload = length - 20 - f->ip_options - frame_ip_payload(f);
}

static void too_big(struct suite *s)
{
	enum side side;
	char what[60];

	for (int i = 0; i < 4; i++) {
		struct flow f = flow_into_small(s, protos[i / 2], &side);
		struct frame in = flow_frame(&f, side);
		uint32_t mtu;

		resize(&in, ETHERNET_MTU);
		send_frame(s, &in);
		collect(s);
		snprintf(what, sizeof(what), "1500 bytes with DF, %s %s", proto_name(f.proto),
			 side_name(side));
		mtu = expect_own_icmp(s, ICMP_IS_UNREACHABLE, ICMP_CODE_TOO_BIG, &in, what);
		if (mtu != SMALL_MTU)
			failed(s, "%s: the MTU is said to be %u, and is %u", what, mtu, SMALL_MTU);
		resize(&in, SMALL_MTU);
		flow_pass(s, &f, side, &in, "1400 bytes with DF");
		flow_talk(s, &f, "data after a packet that was too big");
	}
	passed(s, "a packet with DF that is too big is answered with the MTU, and quoted as sent");
}

/* One byte too many, to be sure of the limit. */
static void too_big_by_one(struct suite *s)
{
	enum side side;

	for (int i = 0; i < 2; i++) {
		struct flow f = flow_into_small(s, IPPROTO_UDP, &side);
		struct frame in = flow_frame(&f, side);

		resize(&in, SMALL_MTU + 1);
		send_frame(s, &in);
		collect(s);
		expect_own_icmp(s, ICMP_IS_UNREACHABLE, ICMP_CODE_TOO_BIG, &in,
				"one byte more than the MTU");
	}
	passed(s, "the limit is the MTU exactly");
}

static void cut(struct suite *s)
{
	enum side side;
	char what[60];

	for (int i = 0; i < 4; i++) {
		struct flow f = flow_into_small(s, protos[i / 2], &side);
		struct frame in = flow_frame(&f, side), out;

		in.fragment = 0;
		in.id = suite_id(s);
		resize(&in, ETHERNET_MTU - i % 2);
		out = flow_translated(&f, side, &in);
		send_frame(s, &in);
		collect(s);
		snprintf(what, sizeof(what), "1500 bytes without DF, %s %s", proto_name(f.proto),
			 side_name(side));
		expect_datagram(s, &out, what);
	}
	passed(s, "a packet without DF that is too big arrives in fragments");
}

/* A server that does not answer ARP: after three requests, a second apart, Linux gives up. */
static void host_unreachable(struct suite *s)
{
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, suite_port(s), PUBLIC, SILENT_PORT);

	send_frame(s, &in);
	collect(s);
	expect_none(s, "a datagram to a server that is not there");
	s->count = lab_collect_late(s->lab, s->got, GOT_MAX, ARP_PATIENCE_MS);
	/* A router may answer the datagram itself, or the first that comes once it has given up. */
	if (!s->count) {
		send_frame(s, &in);
		collect(s);
	}
	if (s->count < 0)
		failed(s, "the router no longer answers pings");
	expect_own_icmp(s, ICMP_IS_UNREACHABLE, ICMP_CODE_HOST, &in,
			"a datagram to a server that is not there, 4 s later");
	passed(s, "a datagram to a server that is not there is answered by host unreachable");
}

const struct suite_case own_icmp_cases[] = {
	{ "own-ttl-expired", "1812 s5.3.1", time_exceeded },
	{ "own-ttl-expired-first", "1812 s5.3.1", time_exceeded_first },
	{ "own-ttl-decremented", "1812 s5.3.1", last_hop },
	{ "own-none-about-icmp", "1812 s4.3.2.7", no_error_about_error },
	{ "own-too-big", "4787 R13", too_big },
	{ "own-too-big-by-one", "4787 R13", too_big_by_one },
	{ "own-fragments", "4787 R13a", cut },
	{ "own-host-unreachable", "1812 s5.2.7.1", host_unreachable },
	{ 0 },
};
