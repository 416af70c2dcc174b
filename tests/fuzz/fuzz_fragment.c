// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fragment.h against a map with a bit for each 8 bytes of a datagram. Input: what to cut, into
 * pieces of what size, and how (7 bytes), then fragments of one datagram, 6 bytes each.
 */
#include "fragment.h"
#include "fuzz.h"

#define UNITS 8192
#define WORDS (UNITS / 64)
#define LONGEST (65535 - 20) /* payload of a datagram */

static struct {
	uint64_t came[WORDS]; /* a bit for each unit of 8 bytes */
	uint32_t bytes;
	uint32_t end; /* 0: not known */
} slow;

struct claim {
	uint32_t first, end; /* units */
	uint32_t bytes;
	bool last;
};

static bool has_come(uint32_t unit)
{
	return slow.came[unit / 64] >> unit % 64 & 1;
}

/* Units of @c that have come before. */
static uint32_t repeated(const struct claim *c)
{
	uint32_t count = 0;

	for (uint32_t i = c->first; i < c->end; i++)
		count += has_come(i);
	return count;
}

static bool any_from(uint32_t unit)
{
	for (; unit < UNITS && unit % 64; unit++)
		if (has_come(unit))
			return true;
	for (uint32_t word = unit / 64; word < WORDS; word++)
		if (slow.came[word])
			return true;
	return false;
}

static bool all_before(uint32_t unit)
{
	uint32_t word = 0;

	while (word < unit / 64 && slow.came[word] == UINT64_MAX)
		word++;
	if (word < unit / 64)
		return false;
	for (uint32_t i = word * 64; i < unit; i++)
		if (!has_come(i))
			return false;
	return true;
}

/* Does it contradict the end that is known, or that it shows itself? */
static bool contradicts(const struct claim *c)
{
	uint32_t end = c->first * 8 + c->bytes;

	if (!c->last)
		return slow.end && end >= slow.end;
	return slow.end ? end != slow.end : any_from(c->end);
}

static void note_slowly(const struct claim *c)
{
	for (uint32_t i = c->first; i < c->end; i++)
		slow.came[i / 64] |= 1ULL << i % 64;
	slow.bytes += c->bytes;
	if (c->last)
		slow.end = c->first * 8 + c->bytes;
}

static bool complete_slowly(void)
{
	return slow.end && all_before((slow.end + 7) / 8);
}

/* A fit other than FITS may have several reasons at once; then any of them will do. */
static void check_refused(const struct natloop_cover *c, const struct claim *claim,
			  enum fragment_fit fit)
{
	uint32_t again = repeated(claim);

	switch (fit) {
	case FRAGMENT_REPEATS:
		FUZZ_CHECK(again == claim->end - claim->first, "only %u units came before", again);
		break;
	case FRAGMENT_OVERLAPS:
		FUZZ_CHECK(again, "nothing of it came before");
		break;
	case FRAGMENT_ENDLESS:
		FUZZ_CHECK(contradicts(claim) || c->ranges == NATLOOP_MAX_RANGES,
			   "it fits, and there is room");
		break;
	case FRAGMENT_FITS:
		break;
	}
}

static struct fragment_span span_of(const struct claim *c)
{
	struct packet pkt = {
		.l3 = 14,
		.l4 = 34,
		.length = 20 + c->bytes,
		.fragment = c->first | (c->last ? 0 : PACKET_MF),
	};

	return fragment_span(&pkt);
}

static enum fragment_fit check_note(struct natloop_cover *c, const struct claim *claim)
{
	struct fragment_span span = span_of(claim);
	struct natloop_cover before = *c;
	enum fragment_fit fit;

	FUZZ_CHECK(span.first == claim->first && span.end == claim->end &&
			   span.bytes == claim->bytes && span.last == claim->last,
		   "the span is %u to %u, %u bytes", span.first, span.end, span.bytes);
	fit = fragment_note(c, &span);
	if (fit == FRAGMENT_FITS) {
		FUZZ_CHECK(!repeated(claim) && !contradicts(claim), "%u to %u does not fit",
			   claim->first, claim->end);
		note_slowly(claim);
	} else {
		FUZZ_CHECK(!memcmp(&before, c, sizeof(before)), "refused, but noted");
		check_refused(c, claim, fit);
	}
	FUZZ_CHECK(c->covered == slow.bytes && c->length == slow.end, "%u bytes of %u", c->covered,
		   c->length);
	FUZZ_CHECK(fragment_complete(c) == complete_slowly(), "complete: %d", fragment_complete(c));
	return fit;
}

static void restart(struct natloop_cover *c)
{
	memset(&slow, 0, sizeof(slow));
	memset(c, 0, sizeof(*c));
}

static void check_fragments(struct fuzz_input *in)
{
	struct natloop_cover c;

	restart(&c);
	while (in->left >= 6) {
		struct claim claim = { .last = fuzz_u8(in) & 1 };

		claim.first = fuzz_u16(in) % UNITS;
		claim.bytes = 1 + fuzz_u16(in) % 2000;
		/* What parse_fragment demands. */
		if (!claim.last)
			claim.bytes = (claim.bytes + 7) / 8 * 8;
		if (claim.first * 8 + claim.bytes > LONGEST)
			continue;
		claim.end = claim.first + (claim.bytes + 7) / 8;
		check_note(&c, &claim);
		/* A duplicate is one, whatever came between. */
		if (fuzz_u8(in) & 1 && has_come(claim.first))
			check_note(&c, &claim);
	}
}

/* @whole: flags and offset of the packet that is cut, which may be a fragment itself. */
static void check_split(uint32_t payload, uint32_t room, uint16_t whole)
{
	bool more = whole & PACKET_MF;
	uint32_t at = 0, offset = whole & PACKET_OFFSET;
	struct natloop_cover c;

	restart(&c);
	while (at < payload) {
		uint32_t piece = fragment_piece(payload - at, room);
		bool end = at + piece == payload;
		uint16_t word = fragment_word(whole, at, end);

		if (!piece) {
			FUZZ_CHECK(room < 8, "no piece for %u bytes of room", room);
			return;
		}
		FUZZ_CHECK(piece <= room && at + piece <= payload, "a piece of %u", piece);
		FUZZ_CHECK(end || piece % 8 == 0, "a piece of %u that is not the last", piece);
		FUZZ_CHECK((word & PACKET_OFFSET) == offset + at / 8, "word %#x at %u", word, at);
		FUZZ_CHECK(!!(word & PACKET_MF) == (!end || more), "word %#x, end %d", word, end);
		FUZZ_CHECK((word & ~PACKET_MF & ~PACKET_OFFSET) ==
				   (whole & ~PACKET_MF & ~PACKET_OFFSET),
			   "word %#x: other flags", word);
		at += piece;
	}
}

/* Pieces of one datagram, backwards or in order, are taken and complete it. */
static void check_pieces(uint32_t payload, uint32_t room, bool backwards)
{
	uint32_t size = room & ~7U, count;
	struct natloop_cover c;

	if (size < 8 || !payload)
		return;
	count = (payload + size - 1) / size;
	restart(&c);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t which = backwards ? count - 1 - i : i;
		struct claim claim = { .first = which * size / 8, .last = which == count - 1 };

		claim.bytes = claim.last ? payload - which * size : size;
		claim.end = claim.first + (claim.bytes + 7) / 8;
		FUZZ_CHECK(check_note(&c, &claim) == FRAGMENT_FITS, "piece %u of %u", which, count);
		FUZZ_CHECK(fragment_complete(&c) == (i == count - 1), "complete after %u of %u",
			   i + 1, count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	uint32_t payload = fuzz_u16(&in) % (LONGEST + 1), room = fuzz_u16(&in) % 2048;
	uint16_t whole = fuzz_u16(&in);
	uint8_t how = fuzz_u8(&in);

	/* A fragment with more behind it is a multiple of 8, and DF ones are not cut. */
	whole &= ~PACKET_DF;
	if (!(how & 1))
		whole = 0;
	if (whole & PACKET_MF)
		payload &= ~7U;
	/* Not too many pieces, for speed. */
	if ((whole & PACKET_OFFSET) * 8u + payload <= LONGEST && (room < 8 || payload / room < 64))
		check_split(payload, room, whole);
	check_pieces(payload % 800, room, how & 2);
	check_fragments(&in);
	return 0;
}
