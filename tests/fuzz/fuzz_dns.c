// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dns.h and dns_reply.h. Input: what the name has (1 byte), then the message. What is taken for a
 * question is walked again here, the slow way, and so is its answer.
 */
#include "dns_reply.h"
#include "fuzz.h"

static struct dns_work work;

/* Length of the name at @byte as it lies there, checked label by label; 0: it is none. */
static size_t name_length(const uint8_t *byte, size_t length)
{
	size_t at = 0;

	while (at < length && byte[at] && byte[at] < 64)
		at += 1u + byte[at];
	return at < length && !byte[at] && at < 255 ? at + 1 : 0;
}

static void check_question(const uint8_t *byte, size_t length)
{
	size_t name, end;

	FUZZ_CHECK(length >= 17 && length <= 512, "%zu bytes", length);
	FUZZ_CHECK(!(byte[2] & 0xfa) && !(byte[3] & 0x4f), "flags %x %x", byte[2], byte[3]);
	FUZZ_CHECK(!memcmp(byte + 4, "\0\1\0\0\0\0\0", 7) && byte[11] <= 1, "counts");
	name = name_length(byte + 12, length - 12);
	FUZZ_CHECK(name, "the name is none");
	end = 12 + name + 4;
	FUZZ_CHECK(work.question_end == end && end <= length, "the question ends at %zu", end);
	FUZZ_CHECK(work.length == (name > 1 ? name - 2 : 0), "text of %u", work.length);
	FUZZ_CHECK(work.key.bits == (work.length + 1) * 8, "%u bits", work.key.bits);
	FUZZ_CHECK(!work.key.byte[work.length], "the key has no end");
	FUZZ_CHECK(work.edns == byte[11], "EDNS");
	if (work.edns)
		FUZZ_CHECK(!byte[end] && byte[end + 2] == 41 && !byte[end + 6] &&
				   end + 11 + (byte[end + 9] << 8) + byte[end + 10] == length,
			   "no OPT");
	else
		FUZZ_CHECK(end == length, "bytes behind the question");
}

static void check_answer(const uint8_t *byte, size_t length)
{
	const uint8_t *m = work.message;
	size_t at = work.question_end, records = m[7] + m[9];

	FUZZ_CHECK(length <= 512, "an answer of %zu bytes", length);
	FUZZ_CHECK(!memcmp(m, byte, 2) && !memcmp(m + 12, byte + 12, at - 12),
		   "the question is not as it came");
	FUZZ_CHECK((m[2] & 0xfe) == 0x84 && (m[3] & 0xef) == 0x80, "flags %x %x", m[2], m[3]);
	FUZZ_CHECK(records == 1 && m[11] == work.edns, "counts");
	FUZZ_CHECK(m[at] == 0xc0 && m[at + 1] == 12, "the owner");
	at += 12u + (m[at + 10] << 8) + m[at + 11];
	if (work.edns)
		at += 11;
	FUZZ_CHECK(at == length, "the records end at %zu, the answer at %zu", at, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct natloop_dns_value value = { .ttl = 60 };

	if (!length || length > sizeof(work.message))
		return 0;
	if (*byte & 1)
		value.v4 = (struct natloop_addr){ .w = { 0, 0, 0xffff0000, 1 } };
	if (*byte & 2)
		value.v6.w[0] = 0xfd;
	byte++;
	length--;
	/* The bytes behind the message are those of an earlier one. */
	memcpy(work.message, byte, length);
	if (!dns_question_read(&work, length))
		return 0;
	check_question(byte, length);
	check_answer(byte, dns_reply(&work, &value));
	return 0;
}
