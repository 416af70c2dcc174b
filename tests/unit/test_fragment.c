// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* fragment.h and fragment_age.h against an array with one element for each 8 bytes. */
#include <string.h>

#include "fragment.h"
#include "fragment_age.h"
#include "random.h"

#define ROUNDS 3000
#define UNITS 8192

/* The slow way. */
struct reference {
	bool has[UNITS];
	uint32_t end; /* of what has come, units */
	uint32_t length, covered;
	bool last;
};

static enum fragment_fit refer(struct reference *ref, const struct fragment_span *s)
{
	uint32_t had = 0, end = s->first * 8 + s->bytes;

	if (ref->last && (s->last ? end != ref->length : end >= ref->length))
		return FRAGMENT_ENDLESS;
	for (uint32_t i = s->first; i < s->end; i++)
		had += ref->has[i];
	if (had == (uint32_t)(s->end - s->first))
		return FRAGMENT_REPEATS;
	if (had)
		return FRAGMENT_OVERLAPS;
	if (s->last && ref->end > s->first)
		return FRAGMENT_ENDLESS;
	for (uint32_t i = s->first; i < s->end; i++)
		ref->has[i] = true;
	if (ref->end < s->end)
		ref->end = s->end;
	ref->covered += s->bytes;
	if (s->last) {
		ref->last = true;
		ref->length = end;
	}
	return FRAGMENT_FITS;
}

static struct fragment_span span(uint16_t first, uint16_t bytes, bool last)
{
	return (struct fragment_span){ first, first + (bytes + 7) / 8, bytes, last };
}

/*
 * Repeats are known as such only within one range, and touching ranges are not always joined: what
 * the reference calls a repeat may be an overlap, and both are refused.
 */
static bool same_fit(enum fragment_fit got, enum fragment_fit wanted)
{
	if (wanted == FRAGMENT_REPEATS || wanted == FRAGMENT_OVERLAPS)
		return got == FRAGMENT_REPEATS || got == FRAGMENT_OVERLAPS ||
		       got == FRAGMENT_ENDLESS;
	return got == wanted;
}

static void any_fragments(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		static struct reference ref;
		struct natloop_cover cover = { 0 };
		bool full = false;

		memset(&ref, 0, sizeof(ref));
		for (int i = 0; i < 60 && !full; i++) {
			bool last = !random_below(12);
			uint16_t bytes = last ? 1 + random_below(300) : 8 * (1 + random_below(40));
			struct fragment_span s = span(random_below(400), bytes, last);
			enum fragment_fit got, wanted;

			full = cover.ranges == NATLOOP_MAX_RANGES;
			got = fragment_note(&cover, &s);
			if (full && got == FRAGMENT_ENDLESS)
				continue;
			wanted = refer(&ref, &s);
			CHECK(same_fit(got, wanted), "round %d, fragment %d: %d, not %d", round, i,
			      got, wanted);
			assert_int_equal(cover.covered, ref.covered);
			assert_int_equal(fragment_complete(&cover),
					 ref.last && ref.covered == ref.length);
		}
	}
}

/* A whole datagram is complete with its last piece and not before, in whatever order. */
static void every_order(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t length = 9 + random_below(65000), room = 8 * (1 + random_below(200));
		struct natloop_cover cover = { 0 };
		struct fragment_span piece[46];
		uint32_t pieces = 0;

		if (room * 45 < length)
			room = (length / 45 + 8) & ~7u;
		for (uint32_t at = 0; at < length; pieces++) {
			uint32_t bytes = fragment_piece(length - at, room);

			piece[pieces] = span(at / 8, bytes, at + bytes == length);
			at += bytes;
		}
		for (uint32_t i = 0; i < pieces; i++) {
			uint32_t j = round % 3 == 0 ? pieces - 1 :
				     round % 3 == 1 ? i :
						      i + random_below(pieces - i);
			struct fragment_span s = piece[j];

			/* Reverse takes from the end, the others swap it away. */
			if (round % 3)
				piece[j] = piece[i];
			else
				s = piece[pieces - 1 - i];
			assert_int_equal(fragment_note(&cover, &s), FRAGMENT_FITS);
			assert_int_equal(fragment_complete(&cover), i == pieces - 1);
		}
		if (round % 3 < 2)
			assert_int_equal(cover.ranges, 1);
	}
}

static void too_many_pieces(void **state)
{
	struct natloop_cover cover = { 0 };

	(void)state;
	for (uint32_t i = 0; i < NATLOOP_MAX_RANGES; i++) {
		struct fragment_span s = span(3 * i, 8, false);

		assert_int_equal(fragment_note(&cover, &s), FRAGMENT_FITS);
	}
	for (uint32_t i = 0; i < 3; i++) {
		struct fragment_span s = span(3 * (NATLOOP_MAX_RANGES + i), 8, false);

		assert_int_equal(fragment_note(&cover, &s), FRAGMENT_ENDLESS);
	}
	/* What touches a range still finds room. */
	assert_int_equal(fragment_note(&cover, &(struct fragment_span){ 1, 2, 8, false }),
			 FRAGMENT_FITS);
}

/* The pieces of a packet put together are the packet; flags and offsets as they must be. */
static void pieces_fit_together(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint16_t whole = (random_below(2) ? PACKET_MF : 0) | random_below(100);
		uint32_t length = 1 + random_below(9000), room = 8 + random_below(1500), at = 0;

		if (whole & PACKET_MF)
			length = (length + 7) & ~7u;
		while (at < length) {
			uint32_t bytes = fragment_piece(length - at, room);
			bool end = at + bytes == length;
			uint16_t word = fragment_word(whole, at, end);

			assert_in_range(bytes, 1, room);
			assert_true(end || bytes % 8 == 0);
			assert_true(end || bytes + 8 > room);
			assert_int_equal(word & PACKET_OFFSET, (whole & PACKET_OFFSET) + at / 8);
			assert_int_equal(!!(word & PACKET_MF), !end || whole & PACKET_MF);
			assert_false(word & PACKET_DF);
			at += bytes;
		}
	}
	assert_int_equal(fragment_piece(9, 7), 0);
}

static void held_and_known_age_differently(void **state)
{
	static struct natloop_config cfg;
	struct natloop_fragments d = { .since = 0xffffff00 };

	(void)state;
	cfg.timeout[NATLOOP_TIMEOUT_FRAGMENT] = 1000;
	for (uint32_t age = 0; age < 1100; age++) {
		d.state = NATLOOP_DATAGRAM_WAITING;
		assert_int_equal(fragment_stale(&cfg, &d, d.since + age),
				 age > FRAGMENT_HOLD_TICKS);
		d.state = NATLOOP_DATAGRAM_OURS;
		assert_int_equal(fragment_stale(&cfg, &d, d.since + age), age > 1000);
	}
	/* Another CPU's clock may be ahead. */
	assert_false(fragment_stale(&cfg, &d, d.since - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_fragments),
		cmocka_unit_test(every_order),
		cmocka_unit_test(too_many_pieces),
		cmocka_unit_test(pieces_fit_together),
		cmocka_unit_test(held_and_known_age_differently),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
