// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "exchange.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TEXT 360
#define ETHERNET_MIN 60
#define ICMP_HEADER 8
#define OWN_ICMP_MAX 576 /* RFC 1812, 4.3.2.3 */

/* With the padding that Ethernet has behind what is short. */
void send_wire(struct suite *s, const struct wire *w)
{
	struct wire padded = *w;

	while (padded.length < ETHERNET_MIN)
		padded.byte[padded.length++] = 0;
	if (!lab_send(s->lab, &padded))
		failed(s, "the lab cannot send a frame of %u bytes: %m", padded.length);
}

/* Padding may be sent on, or taken off. */
static void take_padding_off(struct wire *w)
{
	size_t end = w->l3 + packet_get16(w, w->l3 + 2);

	if (w->l3 && end >= w->l4 && end < w->length)
		w->length = end;
}

void send_frame(struct suite *s, const struct frame *f)
{
	struct wire w;

	frame_write(f, &w);
	send_wire(s, &w);
}

void collect(struct suite *s)
{
	s->count = lab_collect(s->lab, s->got, GOT_MAX);
	if (s->count < 0)
		failed(s, "the router no longer answers pings");
	for (int i = 0; i < s->count; i++)
		take_padding_off(&s->got[i]);
}

static const char *describe(const struct wire *w, char *text)
{
	packet_describe(w, text, TEXT);
	return text;
}

void expect_none(struct suite *s, const char *what)
{
	char text[TEXT];

	if (s->count)
		failed(s, "%s: wanted nothing, got %s", what, describe(&s->got[0], text));
}

const struct wire *expect_any(struct suite *s, const char *what)
{
	char text[TEXT], more[TEXT];
	const char *fault;

	if (!s->count)
		failed(s, "%s: nothing came out", what);
	fault = packet_fault(&s->got[0]);
	if (fault)
		failed(s, "%s: wrong %s in %s", what, fault, describe(&s->got[0], text));
	if (s->count > 1)
		failed(s, "%s: wanted one frame, got %d: %s, and %s", what, s->count,
		       describe(&s->got[0], text), describe(&s->got[1], more));
	return &s->got[0];
}

void expect_same(struct suite *s, const struct wire *expected, const struct wire *got,
		 const char *what)
{
	char wanted[TEXT], text[TEXT];
	size_t at = 0;

	while (at < got->length && at < expected->length && got->byte[at] == expected->byte[at])
		at++;
	if (got->interface == expected->interface && got->length == expected->length &&
	    at == got->length)
		return;
	failed(s, "%s: wanted %s, got %s; the first difference is at byte %zu", what,
	       describe(expected, wanted), describe(got, text), at);
}

void expect_one(struct suite *s, const struct wire *expected, const char *what)
{
	char wanted[TEXT], text[TEXT];

	if (!s->count)
		failed(s, "%s: wanted %s, got nothing", what, describe(expected, wanted));
	if (s->count > 1)
		failed(s, "%s: wanted %s, got %d frames, the second %s", what,
		       describe(expected, wanted), s->count, describe(&s->got[1], text));
	expect_same(s, expected, &s->got[0], what);
}

void expect_sent(struct suite *s, const struct frame *in, const struct frame *out, const char *what)
{
	struct wire expected;

	send_frame(s, in);
	collect(s);
	frame_write(out, &expected);
	expect_one(s, &expected, what);
}

void expect_sent_icmp(struct suite *s, const struct frame_icmp *in, const struct frame_icmp *out,
		      const char *what)
{
	struct wire w;

	frame_icmp_write(in, &w);
	send_wire(s, &w);
	collect(s);
	frame_icmp_write(out, &w);
	expect_one(s, &w, what);
}

void expect_kept(struct suite *s, const struct frame *in, const char *what)
{
	send_frame(s, in);
	collect(s);
	expect_none(s, what);
}

void expect_kept_icmp(struct suite *s, const struct frame_icmp *in, const char *what)
{
	struct wire w;

	frame_icmp_write(in, &w);
	send_wire(s, &w);
	collect(s);
	expect_none(s, what);
}

bool is_router(uint32_t address)
{
	return address == ROUTER || address == ROUTER_ETH2 || address == PUBLIC;
}

/* Does the ICMP error @w quote @about, as far as it goes, and at least its first 8 bytes? */
static bool quotes(const struct wire *w, const struct frame *about)
{
	size_t quoted = w->l4 + ICMP_HEADER, length = w->l3 + packet_get16(w, w->l3 + 2) - quoted;
	struct wire sent;

	frame_write(about, &sent);
	if (length > (size_t)(sent.length - sent.l3))
		length = sent.length - sent.l3;
	return length >= (size_t)(sent.l4 - sent.l3) + FRAME_QUOTE_MIN &&
	       !memcmp(w->byte + quoted, sent.byte + sent.l3, length);
}

uint32_t expect_own_icmp(struct suite *s, uint8_t type, uint8_t code, const struct frame *about,
			 const char *what)
{
	const struct wire *w = expect_any(s, what);
	struct frame routed = *about;
	char text[TEXT];

	describe(w, text);
	if (!w->l3 || w->byte[w->l3 + 9] != IPPROTO_ICMP || w->byte[w->l4] != type ||
	    w->byte[w->l4 + 1] != code)
		failed(s, "%s: wanted ICMP %u/%u, got %s", what, type, code, text);
	if (w->interface != about->interface || memcmp(w->byte, about->smac, 6) ||
	    packet_get32(w, w->l3 + 16) != about->src || !is_router(packet_get32(w, w->l3 + 12)))
		failed(s, "%s: not from the router back to the sender: %s", what, text);
	if (packet_get16(w, w->l3 + 2) > OWN_ICMP_MAX)
		failed(s, "%s: longer than %u bytes: %s", what, OWN_ICMP_MAX, text);
	/* The router may have counted itself already. */
	routed.ttl--;
	if (!quotes(w, about) && !quotes(w, &routed))
		failed(s, "%s: does not quote the packet as it was sent: %s", what, text);
	return packet_get32(w, w->l4 + 4);
}
