// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dissect.h"

#include <netinet/in.h>
#include <string.h>

#define ETHERNET 14
#define IPV4 20

const char *const field_name[FIELD_COUNT] = {
#define X(NAME, text) text,
	FIELDS(X)
#undef X
};

static uint64_t hash(const uint8_t *byte, size_t length)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		h = (h ^ byte[i]) * 0x100000001b3;
	return h & INT64_MAX;
}

static uint64_t mac(const uint8_t *byte)
{
	return (uint64_t)get16(byte) << 32 | get32(byte + 2);
}

/* 0xffff and 0 are the same number. */
static uint16_t fold(uint16_t sum)
{
	return sum == 0xffff ? 0 : sum;
}

/* The stored checksum, with what NAT changes taken out of it. */
static uint16_t residue(const uint8_t *ip, const uint8_t *l4, uint16_t stored)
{
	uint16_t sum = ones_sum(stored, ip + 12, 8);

	return fold(ones_sum(sum, l4, 4));
}

/* What must be added to the right checksum to get the one that is there. */
static uint64_t transport_error(const uint8_t *ip, const uint8_t *l4, size_t length, size_t at)
{
	uint8_t pseudo[12] = {};
	uint16_t sum;

	if (ip[9] == IPPROTO_UDP && get16(l4 + at) == 0)
		return CHECK_NONE;
	memcpy(pseudo, ip + 12, 8);
	pseudo[9] = ip[9];
	set16(pseudo + 10, length);
	sum = ones_sum(ones_sum(0, pseudo, sizeof(pseudo)), l4, length);
	return fold(sum);
}

static void set_check(struct dissected *d, const uint8_t *ip, const uint8_t *l4, size_t length,
		      size_t at)
{
	uint16_t stored = get16(l4 + at);

	d->field[F_CHECK_FORM] = stored == 0 || stored == 0xffff ? stored : 1;
	if (ip[9] == IPPROTO_UDP && !stored)
		d->field[F_CHECK] = CHECK_NONE;
	else if (d->fragment)
		d->field[F_CHECK] = CHECK_PARTIAL | residue(ip, l4, stored);
	else
		d->field[F_CHECK] = transport_error(ip, l4, length, at);
}

static void set_payload(struct dissected *d, const uint8_t *byte, size_t length)
{
	d->field[F_PAYLOAD] = length;
	d->field[F_CONTENT] = hash(byte, length);
}

static void dissect_tcp(struct dissected *d, const uint8_t *ip, const uint8_t *l4, size_t length)
{
	size_t header = (l4[12] >> 4) * 4;

	d->field[F_SPORT] = get16(l4);
	d->field[F_DPORT] = get16(l4 + 2);
	d->field[F_SEQ] = get32(l4 + 4);
	d->field[F_ACKNOWLEDGED] = get32(l4 + 8);
	d->field[F_FLAGS] = get16(l4 + 12);
	d->field[F_WINDOW] = get16(l4 + 14);
	d->field[F_URGENT] = get16(l4 + 18);
	set_check(d, ip, l4, length, 16);
	if (header < 20 || header > length)
		header = 20;
	d->field[F_TCP_OPTIONS] = hash(l4 + 20, header - 20);
	set_payload(d, l4 + header, length - header);
}

static void dissect_udp(struct dissected *d, const uint8_t *ip, const uint8_t *l4, size_t length)
{
	size_t udp = get16(l4 + 4);

	d->field[F_SPORT] = get16(l4);
	d->field[F_DPORT] = get16(l4 + 2);
	d->field[F_UDP_LENGTH] = udp;
	set_check(d, ip, l4, udp >= 8 && udp <= length ? udp : length, 6);
	set_payload(d, l4 + 8, length - 8);
}

static bool icmp_quotes(uint8_t type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void dissect_quote(struct dissected *d, const uint8_t *ip, size_t length)
{
	size_t header = (ip[0] & 0xf) * 4, at;
	const uint8_t *l4 = ip + header;
	uint16_t stored;

	if (length < IPV4 || header < IPV4 || header > length) {
		set_payload(d, ip, length);
		return;
	}
	d->field[F_Q_IHL] = ip[0];
	d->field[F_Q_TOS] = ip[1];
	d->field[F_Q_LENGTH] = get16(ip + 2);
	d->field[F_Q_ID] = get16(ip + 4);
	d->field[F_Q_FRAGMENT] = get16(ip + 6);
	d->field[F_Q_TTL] = ip[8];
	d->field[F_Q_PROTO] = ip[9];
	d->field[F_Q_IP_CHECK] = fold(ones_sum(0, ip, header));
	d->field[F_Q_SRC] = get32(ip + 12);
	d->field[F_Q_DST] = get32(ip + 16);
	d->field[F_Q_IP_OPTIONS] = hash(ip + IPV4, header - IPV4);
	length -= header;
	if (length < 8 || (ip[9] != IPPROTO_TCP && ip[9] != IPPROTO_UDP)) {
		set_payload(d, l4, length);
		return;
	}
	d->field[F_Q_SPORT] = get16(l4);
	d->field[F_Q_DPORT] = get16(l4 + 2);
	at = ip[9] == IPPROTO_TCP ? 16 : 6;
	if (at + 2 <= length) {
		uint8_t rest[FRAME_MAX];

		stored = get16(l4 + at);
		d->field[F_Q_CHECK] =
			ip[9] == IPPROTO_UDP && !stored ? CHECK_NONE : residue(ip, l4, stored);
		memcpy(rest, l4, length);
		set16(rest + at, 0);
		set_payload(d, rest + 4, length - 4);
	} else {
		set_payload(d, l4 + 4, length - 4);
	}
}

static void dissect_icmp(struct dissected *d, const uint8_t *l4, size_t length)
{
	d->field[F_ICMP_TYPE] = l4[0];
	d->field[F_ICMP_CODE] = l4[1];
	d->field[F_ICMP_REST] = get32(l4 + 4);
	d->field[F_CHECK] = d->fragment ? CHECK_PARTIAL : fold(ones_sum(0, l4, length));
	if (icmp_quotes(l4[0]))
		dissect_quote(d, l4 + 8, length - 8);
	else
		set_payload(d, l4 + 8, length - 8);
}

static void dissect_ipv4(struct dissected *d, const uint8_t *ip, size_t length)
{
	size_t header = (ip[0] & 0xf) * 4, total = get16(ip + 2);
	const uint8_t *l4 = ip + header;

	d->field[F_IHL] = ip[0];
	d->field[F_TOS] = ip[1];
	d->field[F_LENGTH] = total;
	d->field[F_ID] = get16(ip + 4);
	d->field[F_FRAGMENT] = get16(ip + 6);
	d->field[F_TTL] = ip[8];
	d->field[F_PROTO] = ip[9];
	d->field[F_SRC] = get32(ip + 12);
	d->field[F_DST] = get32(ip + 16);
	if (ip[0] >> 4 != 4 || header < IPV4 || total < header || total > length) {
		set_payload(d, ip + IPV4, length - IPV4);
		return;
	}
	d->fragment = get16(ip + 6) & (FRAME_MF | IP_OFFSET);
	d->field[F_IP_CHECK] = fold(ones_sum(0, ip, header));
	d->field[F_IP_OPTIONS] = hash(ip + IPV4, header - IPV4);
	d->field[F_TRAILER] = hash(ip + total, length - total);
	total -= header;
	if (get16(ip + 6) & IP_OFFSET)
		set_payload(d, l4, total);
	else if (ip[9] == IPPROTO_TCP && total >= 20)
		dissect_tcp(d, ip, l4, total);
	else if (ip[9] == IPPROTO_UDP && total >= 8)
		dissect_udp(d, ip, l4, total);
	else if (ip[9] == IPPROTO_ICMP && total >= 8)
		dissect_icmp(d, l4, total);
	else
		set_payload(d, l4, total);
}

void dissect(const struct wire *raw, struct dissected *out)
{
	size_t at = ETHERNET;

	*out = (struct dissected){ .raw = raw };
	for (int i = 0; i < FIELD_COUNT; i++)
		out->field[i] = ABSENT;
	out->field[F_WIRE] = raw->interface;
	if (raw->length < ETHERNET)
		return;
	out->field[F_DMAC] = mac(raw->byte);
	out->field[F_SMAC] = mac(raw->byte + 6);
	out->field[F_ETHERTYPE] = get16(raw->byte + 12);
	if (out->field[F_ETHERTYPE] == 0x8100 && raw->length >= ETHERNET + 4) {
		out->field[F_VLAN] = get16(raw->byte + 14);
		out->field[F_ETHERTYPE] = get16(raw->byte + 16);
		at += 4;
	}
	if (out->field[F_ETHERTYPE] == 0x0800 && raw->length >= at + IPV4)
		dissect_ipv4(out, raw->byte + at, raw->length - at);
	else
		set_payload(out, raw->byte + at, raw->length - at);
}
