// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Incremental checksums (csum.h) against adding everything up again. Input: a tuple before and
 * after (24 bytes of addresses and ports), then words that the checksum covers, too.
 */
#include "csum.h"
#include "fuzz.h"
#include "reference.h"

/* As the checksum sees them: addresses and ports before and after, and what does not change. */
struct covered {
	struct natloop_key before, after;
	const uint8_t *rest;
	size_t length;
};

static uint16_t sum_tuple(uint16_t sum, const struct natloop_key *t)
{
	sum = reference_sum(sum, (const uint8_t *)&t->src, sizeof(t->src));
	sum = reference_sum(sum, (const uint8_t *)&t->dst, sizeof(t->dst));
	sum = reference_sum(sum, (const uint8_t *)&t->sport, 2);
	return reference_sum(sum, (const uint8_t *)&t->dport, 2);
}

/* The checksum as it lies in memory. */
static uint16_t in_memory(uint16_t sum)
{
	uint8_t byte[2];
	uint16_t check;

	reference_put16(byte, ~sum);
	memcpy(&check, byte, 2);
	return check;
}

/* 0 and 0xffff are the same number. */
static bool same(uint16_t a, uint16_t b)
{
	return a % 0xffff == b % 0xffff;
}

static void take(struct fuzz_input *in, void *to, size_t length)
{
	size_t there = in->left < length ? in->left : length;

	memcpy(to, in->byte, there);
	in->byte += there;
	in->left -= there;
}

static void take_tuple(struct fuzz_input *in, struct natloop_key *t)
{
	take(in, &t->src, sizeof(t->src));
	take(in, &t->dst, sizeof(t->dst));
	take(in, &t->sport, sizeof(t->sport));
	take(in, &t->dport, sizeof(t->dport));
}

/* A right checksum is right afterwards, whatever is wrong stays as wrong. */
static void check_update(const struct covered *c, uint16_t error)
{
	uint16_t rest = reference_sum(0, c->rest, c->length);
	uint16_t old = in_memory(sum_tuple(rest, &c->before));
	uint16_t new = in_memory(sum_tuple(rest, &c->after));
	uint32_t diff = (uint32_t)csum_addr_diff(&c->before, c->after.src, c->after.dst) +
			csum_port_diff(&c->before, c->after.sport, c->after.dport);
	uint16_t wrong = csum_fold((uint32_t)old + error);
	uint16_t got = csum_update(old, diff), udp = csum_update_udp(old, diff);

	FUZZ_CHECK(same(got, new), "%#x, not %#x", got, new);
	FUZZ_CHECK(same(csum_update(wrong, diff), csum_fold((uint32_t) new + error)),
		   "an error of %#x became another one", error);
	FUZZ_CHECK(!old ? !udp : udp && same(udp, new), "UDP: %#x became %#x, not %#x", old, udp,
		   new);
	/* Not to be told from a right one only if all words are 0, and the protocol never is. */
	if (reference_sum(0, c->rest, c->length))
		FUZZ_CHECK(got == new, "%#x, not the %#x of a sender", got, new);
}

static void check_ttl(uint16_t header, uint16_t ttl_and_proto)
{
	uint8_t byte[2], lowered[2];
	uint16_t old, new;

	reference_put16(byte, ttl_and_proto);
	if (!byte[0])
		return;
	lowered[0] = byte[0] - 1;
	lowered[1] = byte[1];
	/* A header has a version in it. */
	header |= 0x4000;
	old = in_memory(reference_sum(header, byte, 2));
	new = in_memory(reference_sum(header, lowered, 2));
	FUZZ_CHECK(csum_update(old, csum_ttl_diff()) == new, "TTL %u protocol %u", byte[0],
		   byte[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	struct covered c = { .length = 0 };
	uint16_t error, header, ttl;

	error = fuzz_u16(&in);
	header = fuzz_u16(&in);
	ttl = fuzz_u16(&in);
	take_tuple(&in, &c.before);
	take_tuple(&in, &c.after);
	c.rest = in.byte;
	c.length = in.left;
	check_update(&c, error);
	check_ttl(header, ttl);
	FUZZ_CHECK(same(csum_fold((uint32_t)error << 16 | ttl), csum_fold((uint32_t)error + ttl)),
		   "%#x and %#x do not fold", error, ttl);
	return 0;
}
