// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ICMP errors: the quote is read and translated in a buffer (icmp_error.h), judged by the slow
 * reader of quotes. Input: what to do to the checksums first (1 byte), addresses and ports after
 * the translation (12 bytes), the ICMP message.
 */
#include <arpa/inet.h>
#include <linux/in.h>
#include <sanitizer/asan_interface.h>

#include "fuzz.h"
#include "icmp_error.h"
#include "quote.h"
#include "reference.h"

#define HEAD 13
/* What parse_icmp demands: ICMP header, IPv4 header, and 8 bytes. */
#define SHORTEST (QUOTE_AT + 20 + 8)

enum prepare {
	ICMP_RIGHT = 1,
	IP_RIGHT = 2,
	L4_RIGHT = 4,
	NO_UDP_CHECK = 8,
	AIM_ZERO = 16, /* the UDP checksum that will add up to 0 */
};

/* Sum of addresses and ports; value of a ones' complement number, 0 to 65534. */
static uint32_t sum_of(const uint8_t *addresses, const uint8_t *ports)
{
	return reference_sum(reference_sum(0, addresses, 8), ports, 4) % 0xffff;
}

static void aim_zero(uint8_t *msg, size_t l4, const uint8_t *tuple)
{
	uint32_t before = sum_of(msg + QUOTE_AT + 12, msg + l4), after = sum_of(tuple, tuple + 8);
	uint32_t check = (after + 0xffff - before) % 0xffff;

	reference_put16(msg + l4 + 6, check ? check : 0xffff);
}

static void prepare(uint8_t *msg, size_t length, uint8_t how, const uint8_t *tuple)
{
	struct reference ip = { .l3 = QUOTE_AT, .l4 = QUOTE_AT + (size_t)(msg[QUOTE_AT] & 15) * 4 };

	if (how & IP_RIGHT && ip.l4 <= length && ip.l4 >= QUOTE_AT + 20)
		reference_put_ip_check(msg, &ip);
	ip.end = QUOTE_AT + reference_get16(msg + QUOTE_AT + 2);
	ip.proto = msg[QUOTE_AT + 9];
	if (ip.l4 + 20 <= length && ip.end <= length && ip.end >= ip.l4 + 20 && how & L4_RIGHT &&
	    ip.proto == IPPROTO_TCP)
		reference_put_l4_check(msg, &ip);
	if (how & NO_UDP_CHECK && ip.proto == IPPROTO_UDP && ip.l4 + 8 <= length)
		reference_put16(msg + ip.l4 + 6, 0);
	if (how & AIM_ZERO && ip.proto == IPPROTO_UDP && ip.l4 + 8 <= length)
		aim_zero(msg, ip.l4, tuple);
	if (how & ICMP_RIGHT) {
		reference_put16(msg + 2, 0);
		reference_put16(msg + 2, ~reference_sum(0, msg, length));
	}
}

/* The direction of the flow that the quoted packet is not of: back to who sent it. */
static struct natloop_flow flow_of(const struct natloop_tuple *quoted, const uint8_t *tuple)
{
	const struct natloop_key key = {
		.src = quoted->dst.w[3],
		.dst = quoted->src.w[3],
		.sport = quoted->dport,
		.dport = quoted->sport,
	};
	struct natloop_flow flow = { 0 };

	/* After the translation the quote has @tuple: source, destination, ports. */
	memcpy(&flow.dst, tuple, 4);
	memcpy(&flow.src, tuple + 4, 4);
	memcpy(&flow.dport, tuple + 8, 2);
	memcpy(&flow.sport, tuple + 10, 2);
	flow.addr_diff = csum_addr_diff(&key, flow.src, flow.dst);
	flow.port_diff = csum_port_diff(&key, flow.sport, flow.dport);
	return flow;
}

static void check_read(const uint8_t *msg, size_t length, const uint8_t *tuple)
{
	struct quote s = quote_read(msg, length);
	/* As much as the scratch buffer has; what the message has not may not be looked at. */
	uint8_t *copy = malloc(ICMP_ERROR_MOST);
	struct icmp_quote quote;
	const char *wrong;
	enum natloop_outcome stop;
	struct natloop_flow flow;

	FUZZ_CHECK(copy, "out of memory");
	memcpy(copy, msg, length);
	ASAN_POISON_MEMORY_REGION(copy + length, ICMP_ERROR_MOST - length);
	stop = icmp_error_read(copy, length, &quote);
	FUZZ_CHECK(stop == s.stop, "outcome %d, not %d", stop, s.stop);
	if (stop == NATLOOP_OUTCOME_COUNT) {
		FUZZ_CHECK(quote.l4 == s.l4 && quote.check == s.check, "l4 %u check %u", quote.l4,
			   quote.check);
		FUZZ_CHECK(quote.tuple.proto == s.proto, "protocol %u", quote.tuple.proto);
		FUZZ_CHECK(!memcmp(&quote.tuple.src.w[3], msg + QUOTE_AT + 12, 4) &&
				   !memcmp(&quote.tuple.dst.w[3], msg + QUOTE_AT + 16, 4) &&
				   !memcmp(&quote.tuple.sport, msg + s.l4, 2) &&
				   !memcmp(&quote.tuple.dport, msg + s.l4 + 2, 2),
			   "addresses or ports");
		flow = flow_of(&quote.tuple, tuple);
		icmp_error_translate(copy, &quote, &flow);
		wrong = quote_wrong(msg, copy, length, &s, tuple);
		FUZZ_CHECK(!wrong, "%s", wrong);
	}
	ASAN_UNPOISON_MEMORY_REGION(copy, ICMP_ERROR_MOST);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	uint8_t *msg;

	if (length < HEAD + SHORTEST || length > HEAD + ICMP_ERROR_MOST)
		return 0;
	msg = malloc(length - HEAD);
	FUZZ_CHECK(msg, "out of memory");
	memcpy(msg, byte + HEAD, length - HEAD);
	prepare(msg, length - HEAD, *byte, byte + 1);
	check_read(msg, length - HEAD, byte + 1);
	free(msg);
	return 0;
}
