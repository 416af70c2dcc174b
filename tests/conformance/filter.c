// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is not for the hairpin: it goes where it would go without one. */
#include "flow.h"

#include <netinet/in.h>
#include <string.h>

#define ICMP_ECHO 8
#define NOT_FORWARDED 22

/* A SYN to a port of the router's own is answered by the router, here with RST: nothing listens. */
static void own_tcp(struct suite *s)
{
	struct frame in = frame_from(IPPROTO_TCP, CLIENT, suite_port(s), PUBLIC, NOT_FORWARDED);
	const struct wire *w;

	in.flags = SYN;
	in.payload = 0;
	send_frame(s, &in);
	collect(s);
	w = expect_any(s, "the answer to a SYN to a port that is not forwarded");
	if (packet_get32(w, w->l3 + 12) != PUBLIC || packet_get32(w, w->l3 + 16) != CLIENT ||
	    packet_get16(w, w->l4) != NOT_FORWARDED || packet_get16(w, w->l4 + 2) != in.sport ||
	    packet_get32(w, w->l4 + 8) != in.seq + 1 || w->byte[w->l4 + 13] != (RST | ACK))
		failed(s, "the answer to a SYN to port %u is not the router's RST", NOT_FORWARDED);
	passed(s, "the router itself answers at a port that is not forwarded");
}

static void own_udp(struct suite *s)
{
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, suite_port(s), PUBLIC, 21115);

	in.payload = 20;
	send_frame(s, &in);
	collect(s);
	expect_own_icmp(s, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, &in,
			"a datagram to UDP port 21115, of which only TCP is forwarded");
	passed(s, "the router itself answers at a port that only the other protocol forwards");
}

/* An echo request as wire: its checksum is not known to frame_write(). */
static void write_ping(const struct frame *f, struct wire *w)
{
	frame_write(f, w);
	w->byte[w->l4] = ICMP_ECHO;
	w->byte[w->l4 + 1] = 0;
	wire_put16(w, w->l4 + 2, 0);
	wire_put16(w, w->l4 + 2, wire_sum(w->byte + w->l4, w->length - w->l4, 0));
}

static void ping(struct suite *s, uint32_t src, uint32_t dst)
{
	struct frame f = frame_from(IPPROTO_ICMP, src, 0, dst, 0);
	struct wire sent;
	const struct wire *w;

	write_ping(&f, &sent);
	send_wire(s, &sent);
	collect(s);
	w = expect_any(s, "the answer to a ping");
	if (w->interface != sent.interface || w->length != sent.length ||
	    packet_get32(w, w->l3 + 12) != dst || packet_get32(w, w->l3 + 16) != src ||
	    w->byte[w->l4] != 0 ||
	    memcmp(w->byte + w->l4 + 4, sent.byte + sent.l4 + 4, sent.length - sent.l4 - 4))
		failed(s, "the answer to a ping is not its echo");
}

static void ping_public(struct suite *s)
{
	ping(s, CLIENT, PUBLIC);
	ping(s, SERVER, PUBLIC);
	ping(s, CLIENT_ETH2, PUBLIC);
	ping(s, CLIENT, ROUTER);
	passed(s, "the router answers pings to the public address, and to its own");
}

/* Port forwards from the Internet, and connections to it, are the router's, not the hairpin's. */
static void from_internet(struct suite *s)
{
	uint16_t port = suite_port(s);
	struct frame in = packet_from_internet(IPPROTO_UDP, INTERNET, port, PUBLIC, 21116);
	struct frame out = frame_translated(&in, INTERNET, port, SERVER, 21116);

	/* The same port as a client's, to be mistaken for it. */
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, port, 21116);

	expect_sent(s, &in, &out, "a datagram from the Internet");
	in = frame_from(IPPROTO_UDP, SERVER, 21116, INTERNET, port);
	out = packet_to_internet(&in, PUBLIC, 21116, INTERNET, port);
	expect_sent(s, &in, &out, "the server's answer to the Internet");
	flow_talk(s, &f, "the client of the LAN");
	passed(s, "clients of the Internet and of the LAN use the server at the same time");
}

static void to_internet(struct suite *s)
{
	uint16_t port = suite_port(s), mapped;
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, port, 21116);
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, port, INTERNET, 21116), out;
	const struct wire *w;

	send_frame(s, &in);
	collect(s);
	w = expect_any(s, "a datagram to the Internet");
	mapped = packet_get16(w, w->l4);
	out = packet_to_internet(&in, PUBLIC, mapped, INTERNET, 21116);
	expect_sent(s, &in, &out, "another datagram to the Internet");
	in = packet_from_internet(IPPROTO_UDP, INTERNET, 21116, PUBLIC, mapped);
	out = frame_translated(&in, INTERNET, 21116, CLIENT, port);
	expect_sent(s, &in, &out, "the answer from the Internet");
	flow_talk(s, &f, "through the hairpin");
	passed(s, "the same socket uses the hairpin and the Internet");
}

/* Hosts that call each other by their own addresses. */
static void direct(struct suite *s)
{
	uint16_t port = suite_port(s);
	struct frame in = frame_from(IPPROTO_UDP, CLIENT_ETH2, port, SERVER, 21116);
	struct frame out = frame_translated(&in, CLIENT_ETH2, port, SERVER, 21116);

	expect_sent(s, &in, &out, "from LAN to LAN");
	in = frame_from(IPPROTO_UDP, SERVER, 21116, CLIENT_ETH2, port);
	out = frame_translated(&in, SERVER, 21116, CLIENT_ETH2, port);
	expect_sent(s, &in, &out, "from LAN to LAN, the answer");
	passed(s, "what is sent to the server's own address is routed as it is");
}

/* Another host of the LAN sends to the mapped port: APDF refuses, EIF translates, both may be. */
static void stranger(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);
	struct frame in = frame_from(IPPROTO_UDP, CLIENT2, 9999, f.mapped, f.mapped_port), out;
	const struct wire *w;
	struct wire expected;

	send_frame(s, &in);
	collect(s);
	w = s->got;
	if (s->count && !memcmp(w->byte, MAC_CLIENT, 6)) {
		out = frame_translated(&in, PUBLIC, packet_get16(w, w->l4), CLIENT, f.client_port);
		frame_write(&out, &expected);
		expect_one(s, &expected, "a stranger's datagram to the mapped port");
		passed(s, "filtering is endpoint-independent: a stranger reaches the client");
		return;
	}
	if (s->count)
		expect_own_icmp(s, ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, &in,
				"the answer to a stranger");
	flow_talk(s, &f, "after the stranger");
	passed(s, "filtering is address-dependent: a stranger does not reach the client");
}

static void wrong_source(struct suite *s)
{
	static const uint32_t sources[] = { PUBLIC,
					    ROUTER,
					    ADDR(127, 0, 0, 1),
					    ADDR(0, 0, 0, 0),
					    ADDR(224, 0, 0, 5),
					    ADDR(255, 255, 255, 255) };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct frame in = frame_from(IPPROTO_UDP, sources[i], suite_port(s), PUBLIC, 21116);

		expect_kept(s, &in, "a datagram whose source can be no host of the LAN");
	}
	passed(s, "sources that can be no host of the LAN are not reflected");
}

static void other_mac(struct suite *s)
{
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, suite_port(s), PUBLIC, 21116);

	in.dmac = MAC_STRANGER;
	expect_kept(s, &in, "a frame to another MAC address");
	passed(s, "a frame that the router only overhears is left alone");
}

const struct suite_case filter_cases[] = {
	{ "filter-own-tcp", "1812 s5.2.3", own_tcp },
	{ "filter-own-udp", "1812 s5.2.3", own_udp },
	{ "filter-ping", "1812 s4.3.3.6", ping_public },
	{ "filter-from-internet", "4787 R9", from_internet },
	{ "filter-to-internet", "4787 R1", to_internet },
	{ "filter-direct", "4787 R9", direct },
	{ "filter-stranger", "4787 R8", stranger },
	{ "filter-wrong-source", "1812 s5.3.7", wrong_source },
	{ "filter-other-mac", "894", other_mac },
	{ 0 },
};
