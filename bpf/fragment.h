/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which bytes of a datagram have come, and how a packet is cut into fragments. Pure. */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "packet.h"

enum fragment_fit {
	FRAGMENT_FITS,
	FRAGMENT_REPEATS,  /* all of its bytes have come before */
	FRAGMENT_OVERLAPS, /* some of them */
	FRAGMENT_ENDLESS,  /* beyond the end that another one showed, or too many pieces */
};

/* A fragment in units of 8 bytes, @end rounded up; last: no more fragments follow. */
struct fragment_span {
	__u16 first;
	__u16 end;
	__u16 bytes;
	bool last;
};

static __always_inline struct fragment_span fragment_span(const struct packet *pkt)
{
	__u32 bytes = pkt->length - (pkt->l4 - pkt->l3);
	__u32 first = pkt->fragment & PACKET_OFFSET;

	return (struct fragment_span){
		.first = first,
		.end = first + (bytes + 7) / 8,
		.bytes = bytes,
		.last = !(pkt->fragment & PACKET_MF),
	};
}

/* Does the span agree with where the datagram ends, as far as that is known? */
static __always_inline bool fragment_within(const struct natloop_cover *c,
					    const struct fragment_span *s)
{
	__u16 end = s->first * 8 + s->bytes;

	if (s->last)
		return !c->length || c->length == end;
	return !c->length || end < c->length;
}

/*
 * Read anew each time: what the verifier knew of it from one loop would make it walk the next one
 * once for each turn of that.
 */
static __always_inline __u32 fragment_ranges(const struct natloop_cover *c)
{
	return *(const volatile __u16 *)&c->ranges;
}

/* The span against all that came before. */
static __always_inline enum fragment_fit fragment_compare(const struct natloop_cover *c,
							  const struct fragment_span *s)
{
	if (!fragment_within(c, s))
		return FRAGMENT_ENDLESS;
	for (__u32 i = 0; i < NATLOOP_MAX_RANGES && i < fragment_ranges(c); i++) {
		if (s->first >= c->range[i].first && s->end <= c->range[i].end)
			return FRAGMENT_REPEATS;
		if (s->first < c->range[i].end && c->range[i].first < s->end)
			return FRAGMENT_OVERLAPS;
		/* The end that the last fragment shows must lie behind all that came before. */
		if (s->last && c->range[i].end > s->first)
			return FRAGMENT_ENDLESS;
	}
	return FRAGMENT_FITS;
}

/* Adds the span to a range that it touches. False: there is none. */
static __always_inline bool fragment_join(struct natloop_cover *c, const struct fragment_span *s)
{
	for (__u32 i = 0; i < NATLOOP_MAX_RANGES && i < fragment_ranges(c); i++) {
		if (c->range[i].end == s->first) {
			c->range[i].end = s->end;
			return true;
		}
		if (c->range[i].first == s->end) {
			c->range[i].first = s->first;
			return true;
		}
	}
	return false;
}

/*
 * Notes the span, unless it does not fit; then nothing is changed. No helper is called, so that it
 * can be done under a bpf_spin_lock. Ranges that touch on one side are joined; that keeps one range
 * for fragments in order and in reverse, and what is not joined only uses up the room sooner.
 */
static __always_inline enum fragment_fit fragment_note(struct natloop_cover *c,
						       const struct fragment_span *s)
{
	enum fragment_fit fit = fragment_compare(c, s);

	if (fit != FRAGMENT_FITS)
		return fit;
	if (!fragment_join(c, s)) {
		__u32 i = fragment_ranges(c);

		if (i >= NATLOOP_MAX_RANGES)
			return FRAGMENT_ENDLESS;
		c->range[i].first = s->first;
		c->range[i].end = s->end;
		c->ranges = i + 1;
	}
	c->covered += s->bytes;
	if (s->last)
		c->length = s->first * 8 + s->bytes;
	return FRAGMENT_FITS;
}

/* As if none had come; the ranges need no clearing when they do not count. */
static __always_inline void fragment_uncover(struct natloop_cover *c)
{
	c->length = 0;
	c->covered = 0;
	c->ranges = 0;
}

static __always_inline bool fragment_complete(const struct natloop_cover *c)
{
	return c->length && c->covered == c->length;
}

/*
 * Bytes of the next piece when @left bytes of payload remain and @room fit into one packet: as
 * net/ipv4/ip_output.c cuts. 0: not even 8 bytes fit.
 */
static __always_inline __u32 fragment_piece(__u32 left, __u32 room)
{
	return left <= room ? left : room & ~7u;
}

/*
 * The flags and offset word (host order) of the piece at @at bytes, a multiple of 8, of a packet
 * whose own word is @whole; @end: it is the last piece.
 */
static __always_inline __u16 fragment_word(__u16 whole, __u32 at, bool end)
{
	__u16 word = (whole & ~PACKET_MF) + at / 8;

	return end ? word | (whole & PACKET_MF) : word | PACKET_MF;
}

#endif
