// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The differential test's own parts: would it see a difference, and only then? */
#include <netinet/in.h>
#include <string.h>

#include "allowed.h"
#include "check.h"

static struct craft a_packet(uint8_t proto)
{
	return (struct craft){
		.ttl = 64,
		.id = 0x1234,
		.proto = proto,
		.src = ADDR(192, 168, 11, 100),
		.dst = PUBLIC,
		.sport = 50000,
		.dport = 21116,
		.flags = ACK,
		.payload = 33,
	};
}

static void output(struct outputs *o, const struct craft *p)
{
	craft_write(p, &o->wire[o->wires++]);
	reassemble(o);
}

/* A packet of 100 bytes of payload, cut in pieces of 16. */
static int pieces_of(struct wire *piece)
{
	struct craft p = a_packet(IPPROTO_UDP);
	struct wire whole;
	int n = 0;

	p.payload = 100;
	craft_write(&p, &whole);
	for (uint16_t at = 0; at < 108; at += 16)
		craft_piece(&whole, at, at + 16 < 108 ? 16 : 108 - at, &piece[n++]);
	return n;
}

static void checksums_say_their_error(void **state)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP };
	struct dissected d;
	struct wire w;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct craft p = a_packet(protos[i]);

		craft_write(&p, &w);
		assert_null((packet_find_headers(&w), packet_fault(&w)));
		dissect(&w, &d);
		assert_int_equal(d.field[F_CHECK], 0);
		assert_int_equal(d.field[F_IP_CHECK], 0);
		p.check_error = 0x0102;
		p.ip_check_error = 0x0304;
		craft_write(&p, &w);
		dissect(&w, &d);
		assert_int_equal(d.field[F_CHECK], 0x0102);
		assert_int_equal(d.field[F_IP_CHECK], 0x0304);
	}
	struct craft p = a_packet(IPPROTO_UDP);
	p.no_check = true;
	craft_write(&p, &w);
	dissect(&w, &d);
	assert_int_equal(d.field[F_CHECK], CHECK_NONE);
}

/* Every byte of a frame is in some field: no change goes unseen. */
static void every_bit_counts(void **state)
{
	static struct outputs a, b;
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, 47 };
	struct differences d;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct craft p = a_packet(protos[i]);

		p.padding = 3;
		p.ip_options = 4;
		memset(p.ip_option, 1, 4);
		p.tcp_options = 4;
		memset(p.tcp_option, 1, 4);
		a.wires = b.wires = 0;
		output(&a, &p);
		for (int bit = 0; bit < a.wire[0].length * 8; bit++) {
			b.wires = 1;
			b.wire[0] = a.wire[0];
			b.wire[0].byte[bit / 8] ^= 1 << bit % 8;
			reassemble(&b);
			compare(&a, &b, &d);
			if (!d.count)
				fail_msg("protocol %d, bit %d", protos[i], bit);
		}
	}
}

/* The same for what an ICMP error quotes. */
static void every_bit_of_a_quote_counts(void **state)
{
	static struct outputs a, b;
	struct craft p = a_packet(IPPROTO_TCP), error = a_packet(IPPROTO_ICMP);
	struct differences d;
	struct wire quoted;

	(void)state;
	craft_write(&p, &quoted);
	error.icmp_type = 3;
	error.data = quoted.byte + 14;
	for (error.payload = 20; error.payload < quoted.length - 14; error.payload++) {
		a.wires = 0;
		output(&a, &error);
		for (int bit = 42 * 8; bit < a.wire[0].length * 8; bit++) {
			b.wires = 1;
			b.wire[0] = a.wire[0];
			b.wire[0].byte[bit / 8] ^= 1 << bit % 8;
			reassemble(&b);
			compare(&a, &b, &d);
			if (!d.count)
				fail_msg("quote of %d, bit %d", error.payload, bit);
		}
	}
}

static void other_ports_are_other_ports_only(void **state)
{
	static struct outputs a, b;
	struct craft p = a_packet(IPPROTO_TCP);
	struct differences d;

	(void)state;
	a.wires = b.wires = 0;
	output(&a, &p);
	p.sport = 50002;
	output(&b, &p);
	compare(&a, &b, &d);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.item[0].kind, FIELD);
	assert_int_equal(d.item[0].field, F_SPORT);
}

static void frames_that_only_one_has(void **state)
{
	static struct outputs a, b;
	struct craft p = a_packet(IPPROTO_TCP), q = a_packet(IPPROTO_UDP);
	struct differences d;

	(void)state;
	a.wires = b.wires = 0;
	output(&a, &p);
	output(&a, &q);
	output(&b, &q);
	compare(&a, &b, &d);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.item[0].kind, MISSING);
	compare(&b, &a, &d);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.item[0].kind, EXTRA);
	/* The same twice is one too many; the order is no difference. */
	output(&b, &p);
	compare(&a, &b, &d);
	assert_int_equal(d.count, 0);
	output(&b, &p);
	compare(&a, &b, &d);
	assert_int_equal(d.count, 1);
}

static void fragments_make_the_datagram(void **state)
{
	static struct outputs a, b;
	struct craft p = a_packet(IPPROTO_UDP);
	struct differences d;
	int n;

	(void)state;
	p.payload = 100;
	a.wires = b.wires = 0;
	output(&a, &p);
	n = pieces_of(b.wire);
	/* The last one first, the first one last, and one of them twice. */
	b.wire[n] = b.wire[0];
	b.wire[0] = b.wire[n - 1];
	b.wire[n - 1] = b.wire[2];
	b.wires = n + 1;
	reassemble(&b);
	assert_int_equal(b.frames, 1);
	compare(&a, &b, &d);
	assert_int_equal(d.count, 0);
	/* The first of two counts. */
	b.wire[n - 1].byte[40] ^= 1;
	reassemble(&b);
	assert_int_equal(b.frames, 1);
	compare(&a, &b, &d);
	assert_int_equal(d.count, 0);
	b.wire[2].byte[40] ^= 1;
	reassemble(&b);
	compare(&a, &b, &d);
	assert_true(d.count > 0);
	/* Without one piece it is none. */
	b.wires = 3;
	reassemble(&b);
	assert_int_equal(b.frames, 1);
	assert_true(b.frame[0].fragment);
	/* What comes behind a whole one is of another. */
	n = pieces_of(b.wire);
	b.wire[n] = b.wire[2];
	b.wires = n + 1;
	reassemble(&b);
	assert_int_equal(b.frames, 2);
	assert_true(b.frame[0].reassembled);
	assert_true(b.frame[1].fragment);
}

static void a_seed_is_a_train(void **state)
{
	static struct train a, b;

	(void)state;
	for (uint64_t seed = 0; seed < 2000; seed++) {
		memset(&a, 0x55, sizeof(a));
		train_generate(seed, &a);
		train_generate(seed, &b);
		assert_int_equal(a.steps, b.steps);
		assert_memory_equal(a.conversation, b.conversation, sizeof(a.conversation));
		for (int i = 0; i < a.steps; i++) {
			const struct step *s = &a.step[i];

			assert_string_equal(s->what, b.step[i].what);
			assert_int_equal(s->packet.payload_seed, b.step[i].packet.payload_seed);
			assert_true(s->pieces <= PIECES_MAX);
			assert_in_range(s->conversation, 0, a.conversations - 1);
		}
	}
}

/* A plain packet may not differ in anything, and may not get lost. */
static void nothing_is_allowed_without_reason(void **state)
{
	static struct outputs a;
	static struct train t = {
		.conversations = 1,
		.conversation = { { IPPROTO_UDP, ADDR(192, 168, 11, 100), 50000, 21116, SERVER,
				    21116 } },
		.steps = 1,
		.step = { { .what = "talk", .packet = { .proto = IPPROTO_UDP, .id = 0x1234 } } },
	};
	static struct play play = {
		.seen = { { .known = true, .address = PUBLIC, .port = 50000 } },
	};
	struct craft p = a_packet(IPPROTO_UDP);
	struct context c = {
		.train = &t,
		.step = t.step,
		.in = &a,
		.reference_play = &play,
		.other_play = &play,
		.reference = &a,
		.other = &a,
	};
	struct dissected other;

	(void)state;
	a.wires = 0;
	output(&a, &p);
	other = a.frame[0];
	for (int i = 0; i < FIELD_COUNT; i++) {
		other.field[i] = ABSENT - 1;
		assert_int_equal(
			-1, allowed(&c, &(struct difference){ FIELD, i, &a.frame[0], &other }));
		other.field[i] = a.frame[0].field[i];
	}
	assert_int_equal(-1,
			 allowed(&c, &(struct difference){ .kind = MISSING, .reference = &other }));
	assert_int_equal(-1, allowed(&c, &(struct difference){ .kind = EXTRA, .other = &other }));
}

static void every_allowance_says_why(void **state)
{
	(void)state;
	for (int i = 0; i < allowance_count; i++) {
		assert_true(strlen(allowances[i].name) > 0);
		assert_true(strlen(allowances[i].reason) > 20);
		assert_true(strlen(allowances[i].source) > 0);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(allowances[i].name, allowances[k].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_say_their_error),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(every_bit_of_a_quote_counts),
		cmocka_unit_test(other_ports_are_other_ports_only),
		cmocka_unit_test(frames_that_only_one_has),
		cmocka_unit_test(fragments_make_the_datagram),
		cmocka_unit_test(a_seed_is_a_train),
		cmocka_unit_test(nothing_is_allowed_without_reason),
		cmocka_unit_test(every_allowance_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
