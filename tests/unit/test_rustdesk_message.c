// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rustdesk_message.h: bytes written by hand from the field numbers, and answers that are none. */
#include "rustdesk_message.h"

#include <errno.h>

#include "unit.h"
#include "util.h"

#ifdef NATLOOP_LIBPROTOBUFC
static void check_bytes(const char *what, const unsigned char *got, int length, const char *wanted,
			int wanted_length)
{
	CHECK(length == wanted_length && !memcmp(got, wanted, (size_t)length),
	      "%s: %d bytes, not the %d wanted", what, length, wanted_length);
}

static void says(void **state)
{
	unsigned char message[RUSTDESK_MESSAGE_MAX];
	char longest[RUSTDESK_MESSAGE_MAX + 1] = {};
	int length;

	(void)state;
	length = rustdesk_register_peer("a", message);
	check_bytes("RegisterPeer", message, length, "\x32\x03\x0a\x01\x61", 5);
	length = rustdesk_test_nat(message);
	check_bytes("TestNatRequest", message, length, "\x0c\xa2\x01\x00", 4);
	length = rustdesk_request_relay("u", NULL, message);
	check_bytes("RequestRelay", message, length, "\x18\x92\x01\x03\x12\x01u", 7);
	length = rustdesk_request_relay("u", "k", message);
	check_bytes("with a key", message, length, "\x24\x92\x01\x06\x12\x01u\x32\x01k", 10);
	memset(longest, 'k', sizeof(longest) - 1);
	assert_int_equal(rustdesk_register_peer(longest, message), -EMSGSIZE);
	assert_int_equal(rustdesk_request_relay("u", longest, message), -EMSGSIZE);
}

/* What -EBADMSG stands for leaves the answer alone. */
static const struct {
	const char *what;
	const char *bytes;
	int length;
	int wanted; /* what rustdesk_answer_next returns */
	enum rustdesk_answer_kind kind;
	__u16 port;
} streams[] = {
	{ "RegisterPeerResponse", "\x08\x3a\x00", 3, 3, RUSTDESK_REGISTERED, 0 },
	{ "with its field", "\x10\x3a\x02\x10\x01", 5, 5, RUSTDESK_REGISTERED, 0 },
	{ "TestNatResponse", "\x18\xaa\x01\x03\x08\xfb\xa4", 7, -EBADMSG, 0, 0 },
	{ "the same, whole", "\x1c\xaa\x01\x04\x08\xfb\xa4\x01", 8, 8, RUSTDESK_NAT_TESTED, 21115 },
	{ "and more behind it", "\x1c\xaa\x01\x04\x08\xfb\xa4\x01\x99", 9, 8, RUSTDESK_NAT_TESTED,
	  21115 },
	{ "with a field of later", "\x24\xaa\x01\x06\x08\x01\x12\x02\x08\x05", 10, 10,
	  RUSTDESK_NAT_TESTED, 1 },
	{ "without a port", "\x0c\xaa\x01\x00", 4, -EBADMSG, 0, 0 },
	{ "with port 65536", "\x1c\xaa\x01\x04\x08\x80\x80\x04", 8, -EBADMSG, 0, 0 },
	{ "with port -1", "\x34\xaa\x01\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15,
	  -EBADMSG, 0, 0 },
	{ "KeyExchange", "\x1c\xca\x01\x04\x0a\x02\x01\x02", 8, 8, RUSTDESK_KEYS, 0 },
	{ "another message", "\x08\x32\x00", 3, 3, RUSTDESK_ELSE, 0 },
	{ "an unknown message", "\x0c\xca\x02\x00", 4, -EBADMSG, 0, 0 },
	{ "no message", "\x00", 1, -EBADMSG, 0, 0 },
	{ "nothing", "", 0, -EAGAIN, 0, 0 },
	{ "half a header", "\x01", 1, -EAGAIN, 0, 0 },
	{ "half a message", "\x1c\xaa\x01\x04\x08\xfb\xa4", 7, -EAGAIN, 0, 0 },
	{ "HTTP", "HTTP/1.1 400 Bad Request\r\n", 26, -EBADMSG, 0, 0 },
	{ "SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", 23, -EBADMSG, 0, 0 },
	{ "SMTP", "220 mail.example.com ESMTP\r\n", 28, -EBADMSG, 0, 0 },
	{ "a TLS alert, for the beginning of one", "\x15\x03\x01\x00\x02\x02\x46", 7, -EAGAIN, 0,
	  0 },
	{ "too long", "\x01\x20", 2, -EBADMSG, 0, 0 },
};

static void reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		struct rustdesk_answer answer = { RUSTDESK_ELSE, 7 };
		int got = rustdesk_answer_next((const unsigned char *)streams[i].bytes,
					       (size_t)streams[i].length, &answer);

		CHECK(got == streams[i].wanted, "%s: %d, wanted %d", streams[i].what, got,
		      streams[i].wanted);
		if (got < 0)
			CHECK(answer.kind == RUSTDESK_ELSE && answer.port == 7, "%s: was touched",
			      streams[i].what);
		else
			CHECK(answer.kind == streams[i].kind && answer.port == streams[i].port,
			      "%s: kind %d, port %u", streams[i].what, answer.kind, answer.port);
	}
}

static void reads_bare(void **state)
{
	struct rustdesk_answer answer;

	(void)state;
	assert_int_equal(rustdesk_answer_read((const unsigned char *)"\x3a\x00", 2, &answer), 0);
	assert_int_equal(answer.kind, RUSTDESK_REGISTERED);
	assert_int_equal(rustdesk_answer_read((const unsigned char *)"\x3a\x01", 2, &answer),
			 -EBADMSG);
	assert_int_equal(rustdesk_answer_read((const unsigned char *)"", 0, &answer), -EBADMSG);
}
#else
static void left_out(void **state)
{
	unsigned char message[RUSTDESK_MESSAGE_MAX] = {};
	struct rustdesk_answer answer;

	(void)state;
	assert_int_equal(rustdesk_register_peer("a", message), -EOPNOTSUPP);
	assert_int_equal(rustdesk_test_nat(message), -EOPNOTSUPP);
	assert_int_equal(rustdesk_request_relay("u", NULL, message), -EOPNOTSUPP);
	assert_int_equal(rustdesk_answer_read(message, 1, &answer), -EOPNOTSUPP);
	assert_int_equal(rustdesk_answer_next(message, 1, &answer), -EOPNOTSUPP);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef NATLOOP_LIBPROTOBUFC
		cmocka_unit_test(says),
		cmocka_unit_test(reads),
		cmocka_unit_test(reads_bare),
#else
		cmocka_unit_test(left_out),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
