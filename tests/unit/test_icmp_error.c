// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A translated quote is, byte for byte, the quote as if it had been built so. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "icmp_error.h"
#include "random.h"
/* Unit tests are linked without the harness. */
#include "../harness/frame.c"
#include "../harness/frame_icmp.c"

#define ROUNDS 60000

/* The direction whose packets look like @from and leave like @to. */
static struct natloop_flow flow_between(const struct frame *from, const struct frame *to)
{
	struct natloop_flow flow = {
		.src = htonl(to->src),
		.dst = htonl(to->dst),
		.sport = htons(to->sport),
		.dport = htons(to->dport),
	};
	struct natloop_key key = {
		.src = htonl(from->src),
		.dst = htonl(from->dst),
		.sport = htons(from->sport),
		.dport = htons(from->dport),
	};

	flow.addr_diff = csum_addr_diff(&key, flow.src, flow.dst);
	flow.port_diff = csum_port_diff(&key, flow.sport, flow.dport);
	return flow;
}

static struct frame random_quoted(void)
{
	struct frame f = frame_from(random_below(2) ? IPPROTO_TCP : IPPROTO_UDP, random_u32(),
				    random_edge16(), random_u32(), random_edge16());

	f.id = random_u32();
	f.ttl = random_u32();
	f.fragment = random_below(2) ? FRAME_DF : random_below(2) ? FRAME_MF : 0;
	f.flags = random_u32();
	f.ip_options = random_below(11) * 4;
	f.tcp_options = random_below(11) * 4;
	f.payload = random_below(600);
	f.payload_word = random_u32();
	f.no_check = !random_below(3);
	f.check_error = random_below(3) ? 0 : random_u32();
	return f;
}

static struct frame_icmp random_error(const struct frame *quoted)
{
	static const uint8_t types[] = { 3, 11, 12 };
	struct frame_icmp icmp =
		frame_icmp_about(types[random_below(3)], random_below(16), random_u32(), quoted);

	icmp.rest = random_u32();
	icmp.quoted_length = random_below(3) ? 8 + random_below(40) : FRAME_QUOTE_WHOLE;
	/* Of half a TCP checksum nobody can say what it is after translation. */
	if (icmp.quoted_length == 17)
		icmp.quoted_length++;
	return icmp;
}

/* The quoted packet with other ends, as the other side of the router sent it. */
static struct frame seen_otherwise(const struct frame *f)
{
	struct frame g = *f;

	g.src = random_u32();
	g.dst = random_u32();
	g.sport = random_edge16();
	g.dport = random_edge16();
	return g;
}

static void ends_exchanged(const struct frame *f, struct frame *ret)
{
	ret->src = f->dst;
	ret->dst = f->src;
	ret->sport = f->dport;
	ret->dport = f->sport;
}

/* A wrong checksum may be 0xffff, where arithmetic leaves 0: both are the same number. */
static bool ambiguous(const struct frame *f)
{
	struct wire w = {};

	frame_write(f, &w);
	return f->check_error && wire_checksum(&w) == 0xffff;
}

static void as_if_built_so(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct frame quoted = random_quoted(), other = seen_otherwise(&quoted);
		struct frame_icmp before = random_error(&quoted), after = before;
		struct frame from = { 0 }, to = { 0 };
		static uint8_t msg[ICMP_ERROR_MOST + 64];
		struct icmp_quote quote = { 0 };
		struct wire in = {}, out = {};
		struct natloop_flow flow;
		uint32_t length;

		if (ambiguous(&quoted) || ambiguous(&other))
			continue;
		after.quoted = other;
		frame_icmp_write(&before, &in);
		frame_icmp_write(&after, &out);
		length = in.length - in.l4;
		memcpy(msg, in.byte + in.l4, length);
		ends_exchanged(&quoted, &from);
		ends_exchanged(&other, &to);
		flow = flow_between(&from, &to);
		assert_int_equal(icmp_error_read(msg, length, &quote), NATLOOP_OUTCOME_COUNT);
		assert_int_equal(quote.tuple.src.w[3], htonl(quoted.src));
		assert_int_equal(quote.tuple.dst.w[3], htonl(quoted.dst));
		assert_int_equal(quote.tuple.sport, htons(quoted.sport));
		assert_int_equal(quote.tuple.dport, htons(quoted.dport));
		icmp_error_translate(msg, &quote, &flow);
		CHECK(!memcmp(msg, out.byte + out.l4, length), "round %d: protocol %u, %u bytes", i,
		      quoted.proto, length);
	}
}

/* A quote that is no whole header and 8 bytes, or whose checksum is wrong, is not read. */
static void what_cannot_be_read(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS / 10; i++) {
		struct frame quoted = random_quoted();
		struct frame_icmp icmp = random_error(&quoted);
		static uint8_t msg[ICMP_ERROR_MOST + 64];
		struct icmp_quote quote = { .l4 = 77 };
		struct wire w = {};
		uint32_t header = 20 + quoted.ip_options, length;

		frame_icmp_write(&icmp, &w);
		length = w.length - w.l4;
		memcpy(msg, w.byte + w.l4, length);
		assert_int_equal(icmp_error_read(msg, 8 + header + random_below(8), &quote),
				 NATLOOP_ICMP_BAD);
		msg[8 + random_below(header)] ^= 1 << random_below(8);
		assert_int_not_equal(icmp_error_read(msg, length, &quote), NATLOOP_OUTCOME_COUNT);
		assert_int_equal(quote.l4, 77);
	}
}

/* A quoted fragment but the first has no ports, other protocols have none that are ours. */
static void what_is_none_of_a_flow(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS / 10; i++) {
		struct frame quoted = random_quoted();
		struct icmp_quote quote = { 0 };
		struct frame_icmp icmp;
		struct wire w = {};

		if (random_below(2))
			quoted.fragment = 1 + random_below(0x1fff);
		else
			quoted.proto = random_below(2) ? IPPROTO_ICMP : IPPROTO_SCTP;
		quoted.payload += 8;
		icmp = random_error(&quoted);
		frame_icmp_write(&icmp, &w);
		assert_int_equal(icmp_error_read(w.byte + w.l4, w.length - w.l4, &quote),
				 NATLOOP_ICMP_STRAY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_if_built_so),
		cmocka_unit_test(what_cannot_be_read),
		cmocka_unit_test(what_is_none_of_a_flow),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
