// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A flow's checksum differences on whole packets: the fields are written here, the checksums by
 * csum.h, and what comes out is compared with a packet that was built from scratch.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "csum.h"
#include "hairpin.h"
#include "packet.h"
#include "random.h"
/* Unit tests are linked without the harness. */
#include "../harness/frame.c"

#define ROUNDS 50000

static void store16(struct wire *w, size_t offset, uint16_t as_in_memory)
{
	memcpy(w->byte + offset, &as_in_memory, 2);
}

static uint16_t load16(const struct wire *w, size_t offset)
{
	uint16_t as_in_memory;

	memcpy(&as_in_memory, w->byte + offset, 2);
	return as_in_memory;
}

static struct natloop_key key_of(const struct frame *f)
{
	return (struct natloop_key){
		.src = htonl(f->src),
		.dst = htonl(f->dst),
		.sport = htons(f->sport),
		.dport = htons(f->dport),
		.proto = f->proto,
	};
}

static void edit(struct wire *w, const struct frame *from, const struct frame *to)
{
	struct natloop_key before = key_of(from), after = key_of(to);
	uint16_t addr_diff = csum_addr_diff(&before, after.src, after.dst);
	uint16_t port_diff = csum_port_diff(&before, after.sport, after.dport);
	size_t check = w->l4 + (from->proto == IPPROTO_TCP ? 16 : 6);
	uint32_t diff = (uint32_t)addr_diff + port_diff;

	memcpy(w->byte, to->dmac, 6);
	memcpy(w->byte + 6, to->smac, 6);
	store16(w, w->l3 + 10,
		csum_update(load16(w, w->l3 + 10), (uint32_t)addr_diff + csum_ttl_diff()));
	w->byte[w->l3 + 8]--;
	memcpy(w->byte + w->l3 + 12, &after.src, 4);
	memcpy(w->byte + w->l3 + 16, &after.dst, 4);
	store16(w, w->l4, after.sport);
	store16(w, w->l4 + 2, after.dport);
	store16(w, check,
		from->proto == IPPROTO_TCP ? csum_update(load16(w, check), diff) :
					     csum_update_udp(load16(w, check), diff));
}

static struct frame random_frame(void)
{
	struct frame f = frame_from(random_below(2) ? IPPROTO_TCP : IPPROTO_UDP, random_u32(),
				    random_edge16(), random_u32(), random_edge16());

	f.tos = random_u32();
	f.id = random_edge16();
	f.ttl = 1 + random_below(255);
	f.ip_options = random_below(11) * 4;
	f.tcp_options = random_below(11) * 4;
	f.seq = random_u32();
	f.flags = random_u32();
	f.no_check = !random_below(8);
	f.payload = random_below(80);
	f.payload_word = random_edge16();
	return f;
}

static void an_edited_packet_is_as_if_built_so(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct frame from = random_frame();
		struct frame to = frame_translated(&from, random_u32(), random_edge16(),
						   random_u32(), random_edge16());
		struct wire got = {}, expected = {};

		if (!random_below(8)) {
			/* The one whose checksum adds up to 0. */
			to.payload = 2;
			frame_aim_zero_checksum(&to);
			from.payload = to.payload;
			from.payload_word = to.payload_word;
			i += 99;
		}
		frame_write(&from, &got);
		frame_write(&to, &expected);
		edit(&got, &from, &to);
		assert_int_equal(got.length, expected.length);
		CHECK(!memcmp(got.byte, expected.byte, got.length), "round %d: protocol %u", i,
		      from.proto);
	}
}

static void and_back_again(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct frame from = random_frame(), to, again;
		struct wire before = {}, w = {};

		from.ttl |= 2;
		to = frame_translated(&from, random_u32(), random_edge16(), random_u32(),
				      random_edge16());
		again = from;
		again.ttl -= 2;
		frame_write(&from, &w);
		frame_write(&again, &before);
		edit(&w, &from, &to);
		edit(&w, &to, &again);
		CHECK(!memcmp(w.byte, before.byte, w.length), "round %d: protocol %u", i,
		      from.proto);
	}
}

static void every_outcome_has_its_fate(void **state)
{
	static const enum natloop_fate fates[] = {
#define X(NAME, name, FATE, help) [NATLOOP_##NAME] = NATLOOP_FATE_##FATE,
		NATLOOP_OUTCOMES(X)
#undef X
	};

	(void)state;
	for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++)
		assert_int_equal(hairpin_fate(i), fates[i]);
	assert_int_equal(hairpin_fate(NATLOOP_OUTCOME_COUNT), NATLOOP_FATE_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edited_packet_is_as_if_built_so),
		cmocka_unit_test(and_back_again),
		cmocka_unit_test(every_outcome_has_its_fate),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
