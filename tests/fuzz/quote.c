// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "quote.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

struct quote quote_read(const uint8_t *msg, size_t length)
{
	const uint8_t *ip = msg + QUOTE_AT;
	size_t header = (size_t)(ip[0] & 15) * 4;
	struct quote q = { .stop = NATLOOP_ICMP_BAD, .l4 = QUOTE_AT + header, .proto = ip[9] };

	if (ip[0] >> 4 != 4 || header < 20 || QUOTE_AT + header + 8 > length ||
	    reference_sum(0, ip, header) != 0xffff)
		return q;
	q.stop = NATLOOP_ICMP_STRAY;
	if ((q.proto != IPPROTO_TCP && q.proto != IPPROTO_UDP) ||
	    reference_get16(ip + 6) % 8192 != 0)
		return q;
	q.stop = NATLOOP_OUTCOME_COUNT;
	memcpy(q.ends, ip + 12, 8);
	memcpy(q.ends + 8, msg + q.l4, 4);
	q.check = q.l4 + (q.proto == IPPROTO_TCP ? 16 : 6);
	if (q.check + 2 > length || (q.proto == IPPROTO_UDP && !reference_get16(msg + q.check)))
		q.check = 0;
	return q;
}

/* Addresses and ports, and the checksum that covers them. */
static uint32_t sum_of_ends(const uint8_t *ip, size_t l4, size_t check)
{
	uint16_t sum = reference_sum(reference_sum(0, ip + 12, 8), ip + l4, 4);

	return reference_sum(sum, ip + check, 2) % 0xffff;
}

const char *quote_wrong_check(const uint8_t *ip_before, const uint8_t *ip_after, size_t l4,
			      size_t check, uint8_t proto)
{
	/* The other bytes that it covers did not change, quoted or not: neither may this sum. */
	if (sum_of_ends(ip_before, l4, check) != sum_of_ends(ip_after, l4, check))
		return "the transport checksum is as right as it was no more";
	if (proto == IPPROTO_UDP && !reference_get16(ip_after + check))
		return "a UDP checksum became none";
	return NULL;
}

static bool right(const uint8_t *byte, size_t length)
{
	return reference_sum(0, byte, length) == 0xffff;
}

const char *quote_wrong(const uint8_t *before, const uint8_t *after, size_t length,
			const struct quote *q, const uint8_t *ends)
{
	uint8_t *expected = malloc(length);
	bool same;

	if (!expected)
		return "out of memory";
	memcpy(expected, before, length);
	memcpy(expected + QUOTE_AT + 12, ends, 8);
	memcpy(expected + q->l4, ends + 8, 4);
	memcpy(expected + 2, after + 2, 2);
	memcpy(expected + QUOTE_AT + 10, after + QUOTE_AT + 10, 2);
	if (q->check)
		memcpy(expected + q->check, after + q->check, 2);
	same = !memcmp(expected, after, length);
	free(expected);
	if (!same)
		return "other bytes than those of the translation changed";
	if (right(before, length) != right(after, length))
		return "the ICMP checksum is as right as it was no more";
	if (!right(after + QUOTE_AT, q->l4 - QUOTE_AT))
		return "the checksum of the quoted IPv4 header is wrong";
	if (!q->check)
		return NULL;
	return quote_wrong_check(before + QUOTE_AT, after + QUOTE_AT, q->l4 - QUOTE_AT,
				 q->check - QUOTE_AT, q->proto);
}
