// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "reassemble.h"

#include <stdio.h>
#include <string.h>

#define OFFSET 0x1fff
#define AT_LENGTH 2
#define AT_ID 4
#define AT_FRAGMENT 6
#define AT_TTL 8
#define AT_CHECK 10
#define AT_DST 16

struct pieces pieces_cut(const struct frame *f, uint16_t size)
{
	struct pieces p = { .whole = *f };
	uint16_t length;

	p.whole.fragment = 0;
	length = frame_ip_payload(&p.whole);
	for (uint16_t at = 0; at < length && p.count < PIECES_MAX; at += size) {
		p.offset[p.count] = at;
		p.length[p.count++] = size;
	}
	return p;
}

void pieces_send(struct suite *s, const struct pieces *p, int number)
{
	struct wire w;

	frame_fragment_write(&p->whole, p->offset[number], p->length[number], number + 1 < p->count,
			     &w);
	send_wire(s, &w);
}

void pieces_send_all(struct suite *s, const struct pieces *p, const char *order)
{
	for (; *order; order++)
		pieces_send(s, p, *order - '0');
}

static bool belongs(const struct wire *w, uint32_t dst, uint16_t id)
{
	return w->l3 && packet_get32(w, w->l3 + AT_DST) == dst &&
	       packet_get16(w, w->l3 + AT_ID) == id;
}

/* Copies one fragment; @have says which blocks of 8 bytes are there. */
static void add_fragment(struct suite *s, const struct wire *part, struct wire *whole, bool *have,
			 const char *what)
{
	uint16_t offset = (packet_get16(part, part->l3 + AT_FRAGMENT) & OFFSET) * 8;
	uint16_t header = part->l4 - part->l3;
	uint16_t length = packet_get16(part, part->l3 + AT_LENGTH) - header;
	const char *fault = packet_fault(part);

	if (fault)
		failed(s, "%s: wrong %s of the fragment at %u", what, fault, offset);
	if (whole->l4 + offset + length > FRAME_MAX)
		failed(s, "%s: a fragment ends at %u", what, offset + length);
	for (int i = offset / 8; i < (offset + length + 7) / 8; i++) {
		if (have[i])
			failed(s, "%s: the fragment at %u overlaps another", what, offset);
		have[i] = true;
	}
	memcpy(whole->byte + whole->l4 + offset, part->byte + part->l4, length);
}

bool reassemble(struct suite *s, uint32_t dst, uint16_t id, struct wire *whole, const char *what)
{
	const struct wire *first = NULL;
	bool have[FRAME_MAX / 8 + 1] = { false };
	size_t end = 0;

	for (int i = 0; i < s->count; i++) {
		if (belongs(&s->got[i], dst, id) &&
		    !(packet_get16(&s->got[i], s->got[i].l3 + AT_FRAGMENT) & OFFSET))
			first = &s->got[i];
	}
	if (!first)
		return false;
	*whole = *first;
	for (int i = 0; i < s->count; i++) {
		const struct wire *part = &s->got[i];
		uint16_t fragment;

		if (!belongs(part, dst, id))
			continue;
		if (part->interface != first->interface || memcmp(part->byte, first->byte, 14) ||
		    memcmp(part->byte + part->l3 + AT_TTL, first->byte + first->l3 + AT_TTL, 2))
			failed(s, "%s: fragments of one datagram differ in their headers", what);
		add_fragment(s, part, whole, have, what);
		fragment = packet_get16(part, part->l3 + AT_FRAGMENT);
		if (!(fragment & FRAME_MF))
			end = (fragment & OFFSET) * 8 + packet_get16(part, part->l3 + AT_LENGTH) -
			      (part->l4 - part->l3);
	}
	for (size_t i = 0; i < (end + 7) / 8; i++) {
		if (!have[i])
			return false;
	}
	whole->length = whole->l4 + end;
	wire_put16(whole, whole->l3 + AT_LENGTH, whole->length - whole->l3);
	wire_put16(whole, whole->l3 + AT_FRAGMENT, 0);
	wire_put16(whole, whole->l3 + AT_CHECK, 0);
	wire_put16(whole, whole->l3 + AT_CHECK,
		   wire_sum(whole->byte + whole->l3, whole->l4 - whole->l3, 0));
	return end > 0;
}

void expect_datagram_id(struct suite *s, const struct frame *out, uint16_t id, const char *what)
{
	struct frame f = *out;
	struct wire expected, got;
	char text[200];

	f.id = id;
	f.fragment = 0;
	frame_write(&f, &expected);
	packet_describe(&expected, text, sizeof(text));
	if (!reassemble(s, f.dst, id, &got, what))
		failed(s, "%s: wanted %s, but the %d frames that came are not the whole of it",
		       what, text, s->count);
	expect_same(s, &expected, &got, what);
}

uint16_t expect_datagram(struct suite *s, const struct frame *out, const char *what)
{
	char text[200];
	uint16_t id;

	if (!s->count)
		failed(s, "%s: nothing came out", what);
	id = s->got[0].l3 ? packet_get16(&s->got[0], s->got[0].l3 + AT_ID) : 0;
	for (int i = 0; i < s->count; i++) {
		if (belongs(&s->got[i], out->dst, id))
			continue;
		packet_describe(&s->got[i], text, sizeof(text));
		failed(s, "%s: something else came out, too: %s", what, text);
	}
	expect_datagram_id(s, out, id, what);
	return id;
}
