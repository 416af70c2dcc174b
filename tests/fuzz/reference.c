// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "reference.h"

#define ETHERNET_HEADER 14
#define LONGEST 65535 /* IPv4 packet */
#define MORE_FRAGMENTS 0x2000
#define OFFSET 0x1fff
#define ICMP 1
#define TCP 6
#define UDP 17

uint16_t reference_get16(const uint8_t *byte)
{
	return byte[0] << 8 | byte[1];
}

uint32_t reference_get32(const uint8_t *byte)
{
	return (uint32_t)reference_get16(byte) << 16 | reference_get16(byte + 2);
}

void reference_put16(uint8_t *byte, uint16_t value)
{
	byte[0] = value >> 8;
	byte[1] = value & 0xff;
}

/* Ends the reading. Always false, so that a caller can return it. */
static bool stop(struct reference *r, enum natloop_outcome outcome)
{
	r->stop = outcome;
	return false;
}

/* Are @count bytes from @at on there to be read? */
static bool reach(const struct reference_frame *f, struct reference *r, size_t at, size_t count)
{
	r->truncated = at + count > f->readable;
	return !r->truncated;
}

/* IEEE 802.3, 802.1Q, 802.1ad: up to two tags in all. */
static bool read_link(const struct reference_frame *f, struct reference *r)
{
	size_t type = ETHERNET_HEADER - 2;

	if (!reach(f, r, 0, ETHERNET_HEADER))
		return stop(r, NATLOOP_NOT_IPV4);
	for (;;) {
		uint16_t what = reference_get16(f->byte + type);

		if (what == 0x0800)
			break;
		if (what != 0x8100 && what != 0x88a8)
			return stop(r, NATLOOP_NOT_IPV4);
		/* The third tag in the bytes is not looked into. */
		if (type == ETHERNET_HEADER - 2 + 8)
			return stop(r, NATLOOP_NOT_IPV4);
		if (!reach(f, r, type + 2, 4))
			return stop(r, NATLOOP_NOT_IPV4);
		if (r->tags == 2)
			return stop(r, NATLOOP_NOT_IPV4);
		r->vlan[r->tags++] = reference_get16(f->byte + type + 2) % 4096;
		type += 4;
	}
	if (!reach(f, r, type + 2, 20))
		return stop(r, NATLOOP_BAD_HEADER);
	r->l3 = type + 2;
	return true;
}

bool reference_is_later(const struct reference *r)
{
	return r->fragment & OFFSET;
}

bool reference_is_fragment(const struct reference *r)
{
	return reference_is_later(r) || r->fragment & MORE_FRAGMENTS;
}

/* Something in it, by units of 8 bytes unless it is the last, and no end beyond 64 KiB. */
static bool good_fragment(const struct reference *r)
{
	size_t payload = r->end - r->l4, before = (size_t)(r->fragment & OFFSET) * 8;

	if (r->fragment & MORE_FRAGMENTS && payload % 8 != 0)
		return false;
	return payload && 20 + before + payload <= LONGEST;
}

/* RFC 792; the errors that quote a packet: IPv4 header and 8 bytes at the least. */
static bool read_icmp(const struct reference_frame *f, struct reference *r)
{
	uint8_t type;

	if (reference_is_fragment(r))
		return stop(r, NATLOOP_ICMP);
	if (!reach(f, r, r->l4, 8))
		return stop(r, NATLOOP_BAD_HEADER);
	type = f->byte[r->l4];
	if (type != 3 && type != 11 && type != 12)
		return stop(r, NATLOOP_ICMP);
	return stop(r, r->end - r->l4 >= 8 + 20 + 8 ? NATLOOP_ICMP_STRAY : NATLOOP_ICMP_BAD);
}

/* RFC 791 3.1 */
static bool read_ip(const struct reference_frame *f, struct reference *r)
{
	const uint8_t *ip = f->byte + r->l3;
	size_t header = ip[0] % 16 * 4, total = reference_get16(ip + 2);

	r->src = reference_get32(ip + 12);
	r->dst = reference_get32(ip + 16);
	r->id = reference_get16(ip + 4);
	r->fragment = reference_get16(ip + 6);
	r->ttl = ip[8];
	r->proto = ip[9];
	/* An skb above 64 KiB: the field says 0, and the skb knows. */
	if (!total && f->gso)
		total = f->length - r->l3;
	if (ip[0] / 16 != 4 || header < 20 || total < header || r->l3 + total > f->length)
		return stop(r, NATLOOP_BAD_HEADER);
	r->l4 = r->l3 + header;
	r->end = r->l3 + total;
	/* RFC 1812 4.2.2.5 */
	if (!reach(f, r, r->l3, header) || reference_ip_check(f->byte, r) != REFERENCE_RIGHT)
		return stop(r, NATLOOP_BAD_HEADER);
	if (reference_is_fragment(r) && !good_fragment(r))
		return stop(r, NATLOOP_BAD_HEADER);
	if (r->proto == ICMP)
		return read_icmp(f, r);
	if (r->proto != TCP && r->proto != UDP)
		return stop(r, NATLOOP_OTHER_PROTOCOL);
	return !reference_is_later(r) || stop(r, NATLOOP_FRAGMENT);
}

/* RFC 9293 3.1, RFC 768; the rest of a first fragment's datagram is not here. */
static bool read_transport(const struct reference_frame *f, struct reference *r)
{
	const uint8_t *l4 = f->byte + r->l4;
	size_t payload = r->end - r->l4, says, least = r->proto == TCP ? 20 : 8;
	bool part = reference_is_fragment(r);

	r->tiny = part && payload < least;
	if (!reach(f, r, r->l4, r->tiny ? 4 : least)) {
		r->tiny = false;
		return stop(r, NATLOOP_BAD_HEADER);
	}
	if (!r->tiny) {
		says = r->proto == TCP ? (size_t)l4[12] / 16 * 4 : reference_get16(l4 + 4);
		if (says < least || (says > payload && !part))
			return stop(r, NATLOOP_BAD_HEADER);
		r->tcp_flags = r->proto == TCP ? l4[13] : 0;
	}
	r->sport = reference_get16(l4);
	r->dport = reference_get16(l4 + 2);
	if (!r->sport || !r->dport)
		return stop(r, NATLOOP_BAD_HEADER);
	return true;
}

struct reference reference_read(const struct reference_frame *f)
{
	struct reference r = {
		.stop = NATLOOP_OUTCOME_COUNT,
		.tags = f->tags,
		.vlan = { f->vlan[0], f->vlan[1] },
	};

	if (read_link(f, &r) && read_ip(f, &r))
		read_transport(f, &r);
	return r;
}

uint16_t reference_sum(uint16_t sum, const uint8_t *byte, size_t length)
{
	uint32_t total = sum;

	for (size_t i = 0; i < length; i++) {
		total += i % 2 ? byte[i] : byte[i] << 8;
		if (total > 0xffff)
			total -= 0xffff;
	}
	return total;
}

size_t reference_l4_check_at(const struct reference *r)
{
	return r->l4 + (r->proto == TCP ? 16 : 6);
}

/* The bytes that the transport checksum covers: UDP has a length of its own. */
static size_t covered(const uint8_t *frame, const struct reference *r)
{
	return r->proto == UDP ? reference_get16(frame + r->l4 + 4) : r->end - r->l4;
}

void reference_mend_header(uint8_t *frame, const struct reference_frame *f)
{
	struct reference r = reference_read(f);

	if (r.l4 && r.l4 <= f->readable)
		reference_put_ip_check(frame, &r);
}

/* Over pseudo header (RFC 9293 3.1) and everything, the checksum field included. */
static uint16_t l4_sum(const uint8_t *frame, const struct reference *r)
{
	size_t length = covered(frame, r);
	const uint8_t rest[4] = { 0, r->proto, length >> 8 & 0xff, length & 0xff };
	uint16_t sum = reference_sum(0, frame + r->l3 + 12, 8);

	return reference_sum(reference_sum(sum, rest, 4), frame + r->l4, length);
}

enum reference_check reference_ip_check(const uint8_t *frame, const struct reference *r)
{
	return reference_sum(0, frame + r->l3, r->l4 - r->l3) == 0xffff ? REFERENCE_RIGHT :
									  REFERENCE_WRONG;
}

enum reference_check reference_l4_check(const uint8_t *frame, const struct reference *r)
{
	if (r->proto == UDP && !reference_get16(frame + reference_l4_check_at(r)))
		return REFERENCE_NONE;
	return l4_sum(frame, r) == 0xffff ? REFERENCE_RIGHT : REFERENCE_WRONG;
}

void reference_put_ip_check(uint8_t *frame, const struct reference *r)
{
	reference_put16(frame + r->l3 + 10, 0);
	reference_put16(frame + r->l3 + 10, ~reference_sum(0, frame + r->l3, r->l4 - r->l3));
}

void reference_put_l4_check(uint8_t *frame, const struct reference *r)
{
	uint16_t check;

	reference_put16(frame + reference_l4_check_at(r), 0);
	check = ~l4_sum(frame, r);
	reference_put16(frame + reference_l4_check_at(r),
			!check && r->proto == UDP ? 0xffff : check);
}
