// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Datagrams that come in fragments, in any order. */
#include "reassemble.h"

#include "flow.h"

#include <netinet/in.h>
#include <stdio.h>

#define SIZE 800
#define PAYLOAD 2001 /* three pieces, and an odd end */

static const char *const out_of_order[] = { "021", "102", "120", "201", "210" };
#define ORDERS (sizeof(out_of_order) / sizeof(out_of_order[0]))

static bool starts_datagram(const struct wire *w)
{
	return w->l3 && !(packet_get16(w, w->l3 + 6) & 0x1fff);
}

static struct pieces datagram(struct suite *s, const struct flow *f, enum side side,
			      struct frame *out)
{
	struct frame in = flow_frame(f, side);

	in.payload = PAYLOAD;
	in.id = suite_id(s);
	*out = flow_translated(f, side, &in);
	return pieces_cut(&in, SIZE);
}

/* One datagram of @f by fragments in this order. */
static void expect_fragments(struct suite *s, struct flow *f, enum side side, const char *order)
{
	struct frame out;
	struct pieces p = datagram(s, f, side, &out);
	char what[80];

	snprintf(what, sizeof(what), "fragments in the order %s, %s %s", order,
		 proto_name(f->proto), side_name(side));
	pieces_send_all(s, &p, order);
	collect(s);
	expect_datagram(s, &out, what);
	f->seq[side] += PAYLOAD;
}

static void in_order(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);

	for (int i = 0; i < SIDES * 2; i++)
		expect_fragments(s, &f, i % 2, "012");
	flow_talk(s, &f, "data after fragments");
	passed(s, "datagrams in fragments arrive, both ways");
}

static void any_order(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);

	for (size_t i = 0; i < ORDERS; i++) {
		expect_fragments(s, &f, FROM_CLIENT, out_of_order[i]);
		expect_fragments(s, &f, FROM_SERVER, out_of_order[i]);
	}
	passed(s, "datagrams in fragments arrive in all %zu wrong orders, both ways", ORDERS);
}

static void tcp(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 21116);

	for (size_t i = 0; i < ORDERS; i++) {
		expect_fragments(s, &f, FROM_CLIENT, out_of_order[i]);
		expect_fragments(s, &f, FROM_SERVER, "012");
	}
	passed(s, "TCP segments in fragments arrive");
}

/* The fragments are the first that is heard of this client port. */
static void first_packet(struct suite *s)
{
	static const char *const orders[] = { "012", "210", "120" };

	for (int i = 0; i < 3; i++) {
		uint16_t port = suite_port(s);
		struct frame in = frame_from(IPPROTO_UDP, CLIENT, port, PUBLIC, 21116), out;
		const struct wire *w = s->got;
		struct pieces p;

		in.payload = PAYLOAD;
		in.id = suite_id(s);
		p = pieces_cut(&in, SIZE);
		pieces_send_all(s, &p, orders[i]);
		collect(s);
		while (w < s->got + s->count && !starts_datagram(w))
			w++;
		if (w == s->got + s->count)
			failed(s, "no first fragment came out");
		out = frame_translated(&in, packet_get32(w, w->l3 + 12), packet_get16(w, w->l4),
				       SERVER, 21116);
		expect_datagram(s, &out, "the first packet, in fragments");
	}
	passed(s, "a mapping is made by a datagram in fragments");
}

static void other_lan(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 22116);

	expect_fragments(s, &f, FROM_CLIENT, "012");
	expect_fragments(s, &f, FROM_SERVER, "201");
	expect_fragments(s, &f, FROM_CLIENT, "210");
	passed(s, "datagrams in fragments arrive in another LAN");
}

/* 8 bytes is the smallest fragment that is not the last. */
static void many(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);
	struct frame in = flow_frame(&f, FROM_CLIENT), out;
	struct pieces p;

	in.payload = 8 * 5 + 3; /* and 8 of the UDP header */
	in.id = suite_id(s);
	out = flow_translated(&f, FROM_CLIENT, &in);
	p = pieces_cut(&in, 8);
	pieces_send_all(s, &p, "0615243");
	collect(s);
	expect_datagram(s, &out, "seven fragments of 8 bytes");
	in.payload = 8000;
	in.id = suite_id(s);
	out = flow_translated(&f, FROM_CLIENT, &in);
	p = pieces_cut(&in, 1480);
	pieces_send_all(s, &p, "531042");
	collect(s);
	expect_datagram(s, &out, "8000 bytes in six fragments");
	passed(s, "many fragments, and large ones, arrive");
}

/* The IP ID of the fragment that holds this client port. */
static uint16_t id_of(struct suite *s, uint16_t sport)
{
	for (int i = 0; i < s->count; i++) {
		const struct wire *w = &s->got[i];

		if (starts_datagram(w) && packet_get16(w, w->l4) == sport)
			return packet_get16(w, w->l3 + 4);
	}
	failed(s, "no first fragment from port %u came out", sport);
}

/* Two datagrams of one conversation, with their fragments mixed. */
static void interleaved(struct suite *s)
{
	static const char *const mixed[] = { "001122", "210210", "012210" };
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);

	for (int order = 0; order < 3; order++) {
		struct pieces p[2];
		struct frame out[2];
		uint16_t id[2] = { 0, 0 };

		for (int i = 0; i < 2; i++) {
			p[i] = datagram(s, &f, order % 2, &out[i]);
			p[i].whole.payload_word = out[i].payload_word = 0x4000 + i;
		}
		for (int i = 0; i < 6; i++)
			pieces_send(s, &p[i % 2], mixed[order][i] - '0');
		collect(s);
		for (int i = 0; i < s->count; i++) {
			const struct wire *w = &s->got[i];

			if (starts_datagram(w))
				id[packet_get16(w, w->l4 + 8) & 1] = packet_get16(w, w->l3 + 4);
		}
		expect_datagram_id(s, &out[0], id[0], "the first of two datagrams");
		expect_datagram_id(s, &out[1], id[1], "the second of two datagrams");
	}
	passed(s, "the fragments of two datagrams at the same time are told apart");
}

/* Fragments that are too big for where they go, see own_icmp.c. */
static void into_small(struct suite *s)
{
	static const char *const orders[] = { "01", "10" };
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 22116);

	for (int i = 0; i < 2; i++) {
		struct frame in = flow_frame(&f, FROM_CLIENT), out;
		struct pieces p;

		in.payload = PAYLOAD;
		in.id = suite_id(s);
		out = flow_translated(&f, FROM_CLIENT, &in);
		p = pieces_cut(&in, 1480);
		pieces_send_all(s, &p, orders[i]);
		collect(s);
		expect_datagram(s, &out, "fragments of 1500 bytes into an MTU of 1400");
	}
	passed(s, "fragments that are larger than the next MTU arrive in smaller ones");
}

/* Each client numbers its datagrams by itself; at the server they come from one address. */
static void same_id(struct suite *s)
{
	static const uint32_t client[2] = { CLIENT, CLIENT2 };
	uint16_t id = suite_id(s), first, second;
	struct pieces p[2];
	struct frame out[2];

	for (int i = 0; i < 2; i++) {
		struct flow f = flow_establish(s, IPPROTO_UDP, client[i], suite_port(s), 21116);

		p[i] = datagram(s, &f, FROM_CLIENT, &out[i]);
		p[i].whole.id = id;
		p[i].whole.payload_word = out[i].payload_word = 0x3000 + i;
	}
	for (int i = 0; i < 6; i++)
		pieces_send(s, &p[i % 2], i / 2);
	collect(s);
	first = id_of(s, out[0].sport);
	second = id_of(s, out[1].sport);
	if (first == second)
		failed(s, "fragments of two clients have the same source address and IP ID %04x",
		       first);
	expect_datagram_id(s, &out[0], first, "the first client's datagram");
	expect_datagram_id(s, &out[1], second, "the second client's datagram");
	passed(s, "datagrams of two clients with one IP ID get different ones");
}

static void duplicate(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);
	struct frame out;
	struct pieces p = datagram(s, &f, FROM_CLIENT, &out);
	struct wire whole;

	pieces_send_all(s, &p, "0012");
	collect(s);
	/* A duplicate may pass as one, or end the datagram (RFC 5722), but never mix it up. */
	if (s->count == 3 && reassemble(s, out.dst, packet_get16(&s->got[0], s->got[0].l3 + 4),
					&whole, "a fragment that came twice"))
		expect_datagram(s, &out, "a fragment that came twice");
	flow_talk(s, &f, "data after a duplicate");
	expect_fragments(s, &f, FROM_CLIENT, "012");
	passed(s, "a fragment that comes twice does no harm");
}

/* Pieces that lie over each other: whose bytes are right, nobody knows. */
static void overlap(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);
	struct frame out;
	struct pieces p = datagram(s, &f, FROM_CLIENT, &out), shifted = p;
	struct wire whole;

	shifted.offset[1] -= 64;
	shifted.length[1] += 64;
	shifted.whole.payload_word++;
	pieces_send(s, &p, 0);
	pieces_send(s, &shifted, 1);
	pieces_send(s, &p, 2);
	collect(s);
	for (int i = 0; i < s->count; i++) {
		if (packet_get16(&s->got[i], s->got[i].l3 + 6) % 0x2000 == shifted.offset[1] / 8)
			failed(s, "a fragment at %u that overlaps the first was sent on",
			       shifted.offset[1]);
	}
	if (s->count && reassemble(s, out.dst, packet_get16(&s->got[0], s->got[0].l3 + 4), &whole,
				   "fragments that overlap"))
		failed(s, "a datagram of fragments that overlap is sent on");
	expect_fragments(s, &f, FROM_CLIENT, "012");
	passed(s, "a datagram of fragments that overlap is not sent on");
}

/* RFC 1858: a first fragment that hides the TCP flags in the second. */
static void tiny(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 21116);
	struct frame in = flow_frame(&f, FROM_CLIENT), out;
	struct pieces p;

	in.id = suite_id(s);
	out = flow_translated(&f, FROM_CLIENT, &in);
	p = pieces_cut(&in, 8);
	p.length[1] = FRAME_QUOTE_WHOLE;
	p.count = 2;
	pieces_send_all(s, &p, "01");
	collect(s);
	if (s->count)
		expect_datagram(s, &out, "a segment with a first fragment of 8 bytes");
	passed(s, s->count ? "a first fragment of 8 bytes is sent on only with the rest" :
			     "a first fragment of 8 bytes is refused");
}

/* Not for the hairpin: the router's own stack gets all of it. */
static void not_ours(struct suite *s)
{
	static const char *const orders[] = { "012", "201", "210", "120" };

	for (int i = 0; i < 4; i++) {
		struct frame in = frame_from(IPPROTO_UDP, CLIENT, suite_port(s), PUBLIC, 9999);
		struct pieces p;
		const struct wire *w;

		in.payload = PAYLOAD;
		in.id = suite_id(s);
		p = pieces_cut(&in, SIZE);
		pieces_send_all(s, &p, orders[i]);
		collect(s);
		w = expect_any(s, "the answer to a datagram to a port that is not forwarded");
		if (w->byte[w->l4] != ICMP_IS_UNREACHABLE || w->byte[w->l4 + 1] != ICMP_CODE_PORT ||
		    packet_get16(w, w->l4 + 8 + 20) != in.sport)
			failed(s, "the answer to fragments in the order %s is not the router's",
			       orders[i]);
	}
	passed(s, "the router's own stack gets datagrams in fragments, in any order");
}

/* Routed as it is from one LAN to the other. */
static void direct(struct suite *s)
{
	static const char *const orders[] = { "012", "201", "210" };

	for (int i = 0; i < 3; i++) {
		uint16_t port = suite_port(s);
		struct frame in = frame_from(IPPROTO_UDP, CLIENT, port, SERVER_ETH2, 22116), out;
		struct pieces p;

		in.payload = PAYLOAD;
		in.id = suite_id(s);
		out = frame_translated(&in, CLIENT, port, SERVER_ETH2, 22116);
		p = pieces_cut(&in, SIZE);
		pieces_send_all(s, &p, orders[i]);
		collect(s);
		expect_datagram_id(s, &out, in.id, "fragments from LAN to LAN");
	}
	passed(s, "fragments that are only routed keep their addresses and IP ID");
}

const struct suite_case fragment_cases[] = {
	{ "fragments-in-order", "4787 R14", in_order },
	{ "fragments-any-order", "4787 R14", any_order },
	{ "fragments-tcp", "791 s3.2", tcp },
	{ "fragments-first-packet", "4787 R14", first_packet },
	{ "fragments-other-lan", "4787 R14", other_lan },
	{ "fragments-many", "4787 R14", many },
	{ "fragments-interleaved", "4787 R14", interleaved },
	{ "fragments-into-small-mtu", "4787 R13a", into_small },
	{ "fragments-same-id", "7857 s10, 6864", same_id },
	{ "fragments-duplicate", "4787 R14a", duplicate },
	{ "fragments-overlap", "1858", overlap },
	{ "fragments-tiny", "1858", tiny },
	{ "fragments-not-ours", "4787 R14", not_ours },
	{ "fragments-direct", "4787 R14", direct },
	{ 0 },
};
