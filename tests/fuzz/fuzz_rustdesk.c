// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rustdesk_message.h and rustdesk_frame.h. Input: what the rest is (1 byte): a stream, a bare
 * message, or the words of a question. Simple answers are read again here, the slow way.
 */
#include <errno.h>

#include "fuzz.h"
#include "rustdesk_frame.h"
#include "rustdesk_message.h"

enum slow {
	SLOW_NO_OPINION,
	SLOW_BAD,
	SLOW_ANSWER,
};

/* One field of TestNatResponse: a positive varint in its shortest form. */
static enum slow slow_port(const uint8_t *byte, size_t length, unsigned long *port)
{
	*port = 0;
	if (length < 2 || length > 6 || byte[0] != 0x08 || byte[length - 1] & 0x80)
		return SLOW_NO_OPINION;
	if (length > 2 && !byte[length - 1])
		return SLOW_NO_OPINION;
	for (size_t i = length - 1; i > 0; i--) {
		if (i < length - 1 && !(byte[i] & 0x80))
			return SLOW_NO_OPINION;
		*port = *port * 128 + (byte[i] & 0x7f);
	}
	if (*port >> 31)
		return SLOW_NO_OPINION;
	return *port >= 1 && *port <= 65535 ? SLOW_ANSWER : SLOW_BAD;
}

/* A message of one field, whose length is one byte. */
static enum slow slow_read(const uint8_t *byte, size_t length, struct rustdesk_answer *ret)
{
	unsigned long port;
	enum slow slow;

	if (!length)
		return SLOW_BAD;
	if (byte[0] == 0x3a && length >= 2 && byte[1] == length - 2 &&
	    (length == 2 || (length == 4 && byte[2] == 0x10 && byte[3] < 0x80))) {
		*ret = (struct rustdesk_answer){ .kind = RUSTDESK_REGISTERED };
		return SLOW_ANSWER;
	}
	if (length < 3 || byte[1] != 0x01 || byte[2] != length - 3 || byte[2] & 0x80)
		return SLOW_NO_OPINION;
	if (byte[0] == 0xca && length == 3) {
		*ret = (struct rustdesk_answer){ .kind = RUSTDESK_KEYS };
		return SLOW_ANSWER;
	}
	if (byte[0] != 0xaa)
		return SLOW_NO_OPINION;
	slow = slow_port(byte + 3, length - 3, &port);
	*ret = (struct rustdesk_answer){ RUSTDESK_NAT_TESTED, (__u16)port };
	return slow;
}

static void check_bare(const uint8_t *byte, size_t length)
{
	struct rustdesk_answer got = { RUSTDESK_ELSE, 7 }, wanted = { RUSTDESK_ELSE, 0 };
	int err = rustdesk_answer_read(byte, length, &got);
	enum slow slow = slow_read(byte, length, &wanted);

	FUZZ_CHECK(!err || err == -EBADMSG, "%d", err);
	if (err)
		FUZZ_CHECK(got.kind == RUSTDESK_ELSE && got.port == 7, "touched");
	else
		FUZZ_CHECK(!got.port == (got.kind != RUSTDESK_NAT_TESTED), "kind %d, port %u",
			   got.kind, got.port);
	if (slow == SLOW_BAD)
		FUZZ_CHECK(err, "taken");
	if (slow == SLOW_ANSWER)
		FUZZ_CHECK(!err && got.kind == wanted.kind && got.port == wanted.port,
			   "error %d, kind %d and %d, port %u and %u", err, got.kind, wanted.kind,
			   got.port, wanted.port);
}

/* In memory of exactly its length, so that a sanitizer sees whoever reads on. */
static int next_of(const uint8_t *byte, size_t length, struct rustdesk_answer *ret)
{
	uint8_t *copy = malloc(length ? length : 1);
	int got;

	FUZZ_CHECK(copy, "out of memory");
	if (length)
		memcpy(copy, byte, length);
	got = rustdesk_answer_next(copy, length, ret);
	free(copy);
	return got;
}

static void check_stream(const uint8_t *byte, size_t length)
{
	struct rustdesk_answer got, bare;
	int taken = next_of(byte, length, &got), header;
	unsigned char shortest[RUSTDESK_HEADER_MAX];
	size_t payload = 0;

	FUZZ_CHECK(taken > 0 || taken == -EAGAIN || taken == -EBADMSG, "%d", taken);
	/* Before the end of the message there is nothing to say but that it is too long. */
	if (taken == -EAGAIN)
		for (size_t i = 0; i < length; i++)
			FUZZ_CHECK(next_of(byte, i, &bare) == -EAGAIN, "%zu of %zu", i, length);
	if (taken <= 0)
		return;
	FUZZ_CHECK((size_t)taken <= length, "%d of %zu", taken, length);
	FUZZ_CHECK(next_of(byte, (size_t)taken, &bare) == taken, "alone");
	FUZZ_CHECK(next_of(byte, (size_t)taken - 1, &bare) == -EAGAIN, "one byte less");
	header = rustdesk_frame_parse(byte, length, RUSTDESK_PAYLOAD_MAX, &payload);
	FUZZ_CHECK(header > 0 && (size_t)header + payload == (size_t)taken, "%d and %zu are not %d",
		   header, payload, taken);
	FUZZ_CHECK(rustdesk_frame_header(payload, shortest) <= header, "longer than it was");
	FUZZ_CHECK(!rustdesk_answer_read(byte + header, payload, &bare), "not the bare message");
	FUZZ_CHECK(bare.kind == got.kind && bare.port == got.port, "another answer");
	check_bare(byte + header, payload);
}

/* What is said is whole, and is no answer. */
static void check_words(const struct fuzz_input *in)
{
	unsigned char message[RUSTDESK_MESSAGE_MAX];
	char *text = fuzz_text(in);
	char *key = strchr(text, ' ');
	struct rustdesk_answer answer;
	int length = rustdesk_register_peer(text, message);

	if (strlen(text) < 1024)
		FUZZ_CHECK(length > 0, "%d", length);
	if (length > 0)
		FUZZ_CHECK(!rustdesk_answer_read(message, (size_t)length, &answer) &&
				   answer.kind == RUSTDESK_ELSE,
			   "no message");
	if (key)
		*key++ = '\0';
	length = rustdesk_request_relay(text, key, message);
	FUZZ_CHECK(length > 0 || length == -EMSGSIZE, "%d", length);
	if (length > 0 && length < RUSTDESK_MESSAGE_MAX - 3)
		FUZZ_CHECK(rustdesk_answer_next(message, (size_t)length, &answer) == length &&
				   answer.kind == RUSTDESK_ELSE,
			   "no message");
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	unsigned char message[RUSTDESK_MESSAGE_MAX];

	/* The build left protobuf-c out. */
	if (rustdesk_test_nat(message) == -EOPNOTSUPP)
		return 0;
	switch (fuzz_u8(&in) % 3) {
	case 0:
		check_stream(in.byte, in.left);
		break;
	case 1:
		check_bare(in.byte, in.left);
		break;
	default:
		check_words(&in);
	}
	return 0;
}
