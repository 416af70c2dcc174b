// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * parse.h against a second parser that reads byte by byte. Every packet lies in memory of exactly
 * its length, so that a sanitizer sees a byte too far.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "parse.h"
#include "random.h"
/* Unit tests are linked without the harness. */
#include "../harness/frame.c"

#define ROUNDS 60000

struct parsed {
	bool ok;
	enum natloop_outcome stop; /* if not ok */
	struct packet pkt;
};

static struct parsed parse(const uint8_t *byte, size_t readable, size_t length)
{
	struct parsed p = {};
	/* Drivers leave two bytes before the frame, so that its IPv4 header is aligned. */
	uint8_t *room = malloc(2 + readable), *copy = room + 2;

	assert_non_null(room);
	memcpy(copy, byte, readable);
	p.ok = parse_network(copy, copy + readable, &p.pkt, &p.stop);
	if (p.ok) {
		p.pkt.frame_length = length;
		p.ok = parse_transport(copy, copy + readable, &p.pkt, &p.stop);
	}
	free(room);
	return p;
}

static uint16_t word(const uint8_t *byte)
{
	return byte[0] << 8 | byte[1];
}

/* What the reference finds: offsets and numbers in host order. */
struct reading {
	bool ok;
	enum natloop_outcome stop;
	bool truncated;
	int tags;
	uint16_t vlan[2];
	size_t l3, l4;
	uint16_t fragment; /* more fragments, and offset */
	bool tiny;
};

static bool read_tags(const uint8_t *b, size_t n, struct reading *r)
{
	r->stop = NATLOOP_NOT_IPV4;
	r->l3 = 14;
	r->truncated = n < 14;
	while (!r->truncated && (word(b + r->l3 - 2) == 0x8100 || word(b + r->l3 - 2) == 0x88a8)) {
		if (r->tags == 2)
			return false;
		r->truncated = n < r->l3 + 4;
		if (!r->truncated)
			r->vlan[r->tags++] = word(b + r->l3) & 0xfff;
		r->l3 += 4;
	}
	return !r->truncated && word(b + r->l3 - 2) == 0x0800;
}

static bool sum_fits(const uint8_t *ip, size_t header)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < header; i += 2) {
		sum += word(ip + i);
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return sum == 0xffff;
}

static bool fragment_fits(uint16_t flags_offset, size_t payload)
{
	size_t end = (flags_offset & 0x1fff) * 8 + payload;

	return payload && (!(flags_offset & 0x2000) || payload % 8 == 0) && end <= 65535 - 20;
}

static void read_icmp(struct reading *r, const uint8_t *l4, size_t n, size_t payload)
{
	r->stop = NATLOOP_ICMP;
	if (r->fragment)
		return;
	if (n < r->l4 + 8) {
		r->stop = NATLOOP_BAD_HEADER;
		r->truncated = true;
	} else if (l4[0] == 3 || l4[0] == 11 || l4[0] == 12) {
		r->stop = payload < 8 + 20 + 8 ? NATLOOP_ICMP_BAD : NATLOOP_ICMP_STRAY;
	}
}

static void read_ports(struct reading *r, const uint8_t *l4, size_t n, size_t payload,
		       uint8_t proto)
{
	size_t need = proto == 6 ? 20 : 8;

	r->tiny = r->fragment && proto == 6 && payload < 20;
	if (r->tiny)
		need = 4;
	r->truncated = n < r->l4 + need;
	if (r->truncated)
		return;
	if (r->tiny)
		r->ok = true;
	else if (proto == 6)
		r->ok = l4[12] >> 4 >= 5 && (r->fragment || (l4[12] >> 4) * 4u <= payload);
	else
		r->ok = word(l4 + 4) >= 8 && (r->fragment || word(l4 + 4) <= payload);
	r->ok = r->ok && word(l4) && word(l4 + 2);
}

static struct reading read_slowly(const uint8_t *b, size_t n, size_t frame)
{
	struct reading r = {};
	const uint8_t *ip = b, *l4;
	size_t header, total, payload;

	if (!read_tags(b, n, &r))
		return r;
	r.stop = NATLOOP_BAD_HEADER;
	r.truncated = n < r.l3 + 20;
	if (r.truncated)
		return r;
	ip = b + r.l3;
	header = (ip[0] & 15) * 4;
	total = word(ip + 2);
	if (ip[0] >> 4 != 4 || header < 20 || total < header || r.l3 + total > frame)
		return r;
	r.truncated = n < r.l3 + header;
	if (r.truncated || !sum_fits(ip, header))
		return r;
	r.l4 = r.l3 + header;
	l4 = b + r.l4;
	payload = total - header;
	r.fragment = word(ip + 6) & 0x3fff;
	if (r.fragment && !fragment_fits(word(ip + 6), payload))
		return r;
	if (ip[9] == 1) {
		read_icmp(&r, l4, n, payload);
		return r;
	}
	if (ip[9] != 6 && ip[9] != 17)
		r.stop = NATLOOP_OTHER_PROTOCOL;
	else if (word(ip + 6) & 0x1fff)
		r.stop = NATLOOP_FRAGMENT;
	else
		read_ports(&r, l4, n, payload, ip[9]);
	return r;
}

/* Both parsers on the first @readable bytes of a frame of @length. */
static void compare(const uint8_t *b, size_t readable, size_t length, const char *what, int round)
{
	struct parsed p = parse(b, readable, length);
	struct reading r = read_slowly(b, readable, length);
	const struct packet *pkt = &p.pkt;

	CHECK(p.ok == r.ok, "%s %d, %zu of %zu bytes: %d, not %d", what, round, readable, length,
	      p.ok, r.ok);
	CHECK(pkt->truncated == r.truncated, "%s %d, %zu of %zu bytes: truncated %d", what, round,
	      readable, length, pkt->truncated);
	if (!r.ok) {
		CHECK(p.stop == r.stop, "%s %d, %zu of %zu bytes: outcome %d, not %d", what, round,
		      readable, length, p.stop, r.stop);
		return;
	}
	assert_int_equal(pkt->l3, r.l3);
	assert_int_equal(pkt->l4, r.l4);
	assert_int_equal(packet_l3(pkt), r.l3);
	assert_int_equal(packet_l4(pkt), r.l4);
	assert_int_equal(pkt->tags, r.tags);
	assert_int_equal(pkt->vlan[0], r.vlan[0]);
	assert_int_equal(pkt->vlan[1], r.vlan[1]);
	assert_int_equal(pkt->length, word(b + r.l3 + 2));
	assert_int_equal(pkt->ttl, b[r.l3 + 8]);
	assert_int_equal(pkt->tuple.proto, b[r.l3 + 9]);
	assert_int_equal(pkt->tiny, r.tiny);
	assert_int_equal(pkt->fragment, word(b + r.l3 + 6));
	assert_int_equal(pkt->segment, pkt->length);
	assert_memory_equal(&pkt->id, b + r.l3 + 4, 2);
	assert_int_equal(pkt->tcp_flags, b[r.l3 + 9] == 6 && !r.tiny ? b[r.l4 + 13] : 0);
	assert_memory_equal(&pkt->tuple.src.w[3], b + r.l3 + 12, 4);
	assert_memory_equal(&pkt->tuple.dst.w[3], b + r.l3 + 16, 4);
	assert_int_equal(pkt->tuple.src.w[2], htonl(0xffff));
	assert_memory_equal(&pkt->tuple.sport, b + r.l4, 2);
	assert_memory_equal(&pkt->tuple.dport, b + r.l4 + 2, 2);
	assert_memory_equal(pkt->router_mac, b, 6);
	assert_memory_equal(pkt->client_mac, b + 6, 6);
}

static struct frame random_frame(void)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_SCTP };
	struct frame f = frame_from(protos[random_below(random_below(2) ? 2 : 4)], random_u32(),
				    random_u32(), random_u32(), random_u32());

	f.tags = random_below(4);
	for (int i = 0; i < f.tags; i++)
		f.tag[i] = (struct frame_tag){ random_below(2) ? 0x8100 : 0x88a8, random_u32() };
	f.fragment = random_below(4) ? FRAME_DF : random_below(2) ? FRAME_MF : random_u32();
	f.ttl = random_u32();
	f.flags = random_u32();
	f.ip_options = random_below(11) * 4;
	f.tcp_options = random_below(11) * 4;
	f.payload = random_below(40);
	if (f.fragment & FRAME_MF && random_below(2))
		f.payload &= ~7;
	f.padding = random_below(3) ? 0 : random_below(30);
	return f;
}

static void good_packets(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct frame f = random_frame();
		struct wire w = {};

		frame_write(&f, &w);
		compare(w.byte, w.length, w.length, "round", i);
	}
}

/* Nothing is read behind the end, and what is missing is said to be missing. */
static void every_length(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS / 100; i++) {
		struct frame f = random_frame();
		struct wire w = {};

		frame_write(&f, &w);
		for (size_t n = 0; n <= w.length; n++) {
			compare(w.byte, n, w.length, "readable", i);
			compare(w.byte, n, n, "whole", i);
		}
	}
}

static void damaged_packets(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS * 4; i++) {
		struct frame f = random_frame();
		struct wire w = {};
		size_t readable;

		frame_write(&f, &w);
		for (int damages = 1 + random_below(3); damages; damages--)
			w.byte[12 + random_below(w.length - 12)] = random_u32();
		if (!random_below(4))
			wire_put16(&w, w.l3 + 2, random_edge16());
		if (!random_below(4))
			w.byte[w.l3] = 4 << 4 | random_below(16);
		/* Else nothing behind the checksum would be looked at. */
		if (random_below(4))
			wire_mend_ip(&w);
		readable = random_below(4) ? w.length : random_below(w.length + 1);
		compare(w.byte, readable, w.length, "round", i);
	}
}

static void noise(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS * 4; i++) {
		uint8_t byte[128];
		size_t length = random_below(sizeof(byte) + 1);

		for (size_t b = 0; b < sizeof(byte); b++)
			byte[b] = random_u32();
		if (random_below(4)) {
			byte[12] = 0x08;
			byte[13] = 0;
			byte[14] = 4 << 4 | random_below(16);
			byte[16] = 0;
		}
		compare(byte, length, length, "round", i);
	}
}

/* A tag that the NIC took off counts as the outer one. */
static void a_tag_beside_the_bytes(void **state)
{
	(void)state;
	for (int inside = 0; inside < 3; inside++) {
		struct frame f = frame_from(IPPROTO_UDP, CLIENT, 1, PUBLIC, 2);
		struct packet pkt = { .vlan = { 7 }, .tags = 1 };
		enum natloop_outcome stop = NATLOOP_OUTCOME_COUNT;
		struct wire *w = calloc(1, sizeof(*w));
		bool ok;

		/* Not a variable: its type would be bytes, and a compiler may trust in that. */
		assert_non_null(w);
		f.tags = inside;
		f.tag[0] = f.tag[1] = (struct frame_tag){ 0x8100, 0xf008 };
		frame_write(&f, w);
		ok = parse_network(w->byte, w->byte + w->length, &pkt, &stop);
		free(w);
		assert_int_equal(ok, inside < 2);
		if (!ok) {
			assert_int_equal(stop, NATLOOP_NOT_IPV4);
			continue;
		}
		assert_int_equal(pkt.tags, 1 + inside);
		assert_int_equal(pkt.vlan[0], 7);
		assert_int_equal(pkt.vlan[1], inside ? 8 : 0);
	}
}

/* Above 64 KiB an skb says its length, the IPv4 header says 0; of a lone packet that is a lie. */
static void more_than_the_length_field_can_say(void **state)
{
	struct frame f = frame_from(IPPROTO_TCP, CLIENT, 1, PUBLIC, 2);
	uint8_t *room = malloc(2 + sizeof(struct wire)), *byte = room + 2;
	struct wire w = {};

	(void)state;
	assert_non_null(room);
	frame_write(&f, &w);
	wire_put16(&w, w.l3 + 2, 0);
	wire_mend_ip(&w);
	memcpy(byte, w.byte, w.length);
	for (int segmented = 0; segmented < 2; segmented++) {
		struct packet pkt = { .gso = segmented * 1400, .frame_length = 100000 };
		enum natloop_outcome stop = NATLOOP_OUTCOME_COUNT;
		bool ok = parse_network(byte, byte + w.length, &pkt, &stop) &&
			  parse_transport(byte, byte + w.length, &pkt, &stop);

		assert_int_equal(ok, segmented);
		if (!ok) {
			assert_int_equal(stop, NATLOOP_BAD_HEADER);
			continue;
		}
		assert_int_equal(pkt.length, 100000 - 14);
		/* What leaves are packets of the size that they came in. */
		assert_int_equal(pkt.segment, 20 + 20 + 1400);
	}
	free(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_packets),
		cmocka_unit_test(every_length),
		cmocka_unit_test(damaged_packets),
		cmocka_unit_test(noise),
		cmocka_unit_test(a_tag_beside_the_bytes),
		cmocka_unit_test(more_than_the_length_field_can_say),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
