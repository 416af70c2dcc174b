// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "frame_icmp.h"

#include <netinet/in.h>
#include <string.h>

#define ICMP_HEADER 8
#define AT_LENGTH 2
#define AT_FRAGMENT 6
#define AT_CHECK 10

struct frame_icmp frame_icmp_about(uint8_t type, uint8_t code, uint32_t src,
				   const struct frame *about)
{
	struct frame outer = frame_from(IPPROTO_ICMP, src, 0, about->src, 0);

	return (struct frame_icmp){
		.interface = outer.interface,
		.dmac = outer.dmac,
		.smac = outer.smac,
		.tos = 0xc0,
		.id = 0x5678,
		.ttl = 64,
		.src = src,
		.dst = about->src,
		.type = type,
		.code = code,
		.quoted = *about,
		.quoted_length = FRAME_QUOTE_MIN,
	};
}

/* The Ethernet and IP header of @f, for frame_write(), with @payload bytes behind it. */
static struct frame outer_of(const struct frame_icmp *f, uint16_t payload)
{
	return (struct frame){
		.interface = f->interface,
		.dmac = f->dmac,
		.smac = f->smac,
		.tos = f->tos,
		.id = f->id,
		.fragment = f->fragment,
		.ttl = f->ttl,
		.proto = IPPROTO_ICMP,
		.src = f->src,
		.dst = f->dst,
		.ip_options = f->ip_options,
		.ip_option_byte = f->ip_option_byte,
		.ip_check_error = f->ip_check_error,
		.payload = payload,
		.padding = f->padding,
	};
}

struct frame_icmp frame_icmp_translated(const struct frame_icmp *in, uint32_t src, uint32_t dst,
					const struct frame *quoted)
{
	struct frame before = outer_of(in, 0);
	struct frame after = frame_translated(&before, src, 0, dst, 0);
	struct frame_icmp out = *in;

	out.interface = after.interface;
	out.dmac = after.dmac;
	out.smac = after.smac;
	out.ttl = after.ttl;
	out.src = src;
	out.dst = dst;
	out.quoted = *quoted;
	return out;
}

void frame_icmp_write(const struct frame_icmp *f, struct wire *w)
{
	struct wire quoted;
	struct frame outer;
	uint16_t header, length;
	uint8_t *icmp;

	frame_write(&f->quoted, &quoted);
	header = quoted.l4 - quoted.l3;
	length = frame_ip_payload(&f->quoted);
	length = header + (f->quoted_length < length ? f->quoted_length : length);

	outer = outer_of(f, ICMP_HEADER + length);
	frame_write(&outer, w);
	icmp = w->byte + w->l4;
	icmp[0] = f->type;
	icmp[1] = f->code;
	wire_put16(w, w->l4 + 2, 0);
	wire_put16(w, w->l4 + 4, f->rest >> 16);
	wire_put16(w, w->l4 + 6, f->rest & 0xffff);
	memcpy(icmp + ICMP_HEADER, quoted.byte + quoted.l3, length);
	wire_put16(w, w->l4 + 2, wire_sum(icmp, ICMP_HEADER + length, f->check_error));
}

uint16_t frame_ip_payload(const struct frame *f)
{
	struct wire w;

	frame_write(f, &w);
	return w.length - w.l4 - f->padding;
}

void frame_fragment_write(const struct frame *f, uint16_t offset, uint16_t length, bool more,
			  struct wire *w)
{
	uint16_t end;

	frame_write(f, w);
	end = w->length - w->l4 - f->padding;
	if (offset > end)
		offset = end;
	if (length > end - offset)
		length = end - offset;
	memmove(w->byte + w->l4, w->byte + w->l4 + offset, length);
	w->length = w->l4 + length;
	wire_put16(w, w->l3 + AT_LENGTH, w->length - w->l3);
	wire_put16(w, w->l3 + AT_FRAGMENT,
		   (f->fragment & FRAME_DF) | (more ? FRAME_MF : 0) | offset / 8);
	wire_put16(w, w->l3 + AT_CHECK, 0);
	wire_put16(w, w->l3 + AT_CHECK,
		   wire_sum(w->byte + w->l3, w->l4 - w->l3, f->ip_check_error));
}
