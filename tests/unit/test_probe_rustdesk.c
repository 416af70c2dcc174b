// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The probes by RustDesk's messages, with servers that answer well, ill, in pieces or not at all.
 */
#include "probe.h"
#include "probe_servers.h"
#include "rustdesk_frame.h"
#include "rustdesk_message.h"

#ifdef NATLOOP_LIBPROTOBUFC

static void say(int fd, const void *bytes, size_t length)
{
	(void)!send(fd, bytes, length, MSG_NOSIGNAL);
}

/* Until the other side closes: the probe's end. */
static void wait_for_end(int fd)
{
	char bytes[256];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

/* The payload of the message that comes, into @payload, which has 256 bytes. Its length, or 0. */
static size_t hear(int fd, unsigned char *payload)
{
	unsigned char bytes[256];
	size_t length = 0, got = 0;
	int header;

	do {
		if (got == sizeof(bytes) || read(fd, bytes + got, 1) != 1)
			return 0;
		got++;
		header = rustdesk_frame_parse(bytes, got, sizeof(bytes) - 4, &length);
	} while (header < 0 || got < (size_t)header + length);
	memcpy(payload, bytes + header, length);
	return length;
}

/* UDP: one datagram, and where it came from; is it RegisterPeer with an ID that cannot be? */
static struct sockaddr_in hear_registration(int fd, bool *good)
{
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	unsigned char b[64];
	ssize_t got = recvfrom(fd, b, sizeof(b), 0, (struct sockaddr *)&from, &length);

	*good = got > 16 && b[0] == 0x32 && b[1] == got - 2 && b[2] == 0x0a && b[3] == got - 4 &&
		!memcmp(b + 4, "(:natloop_", 10) && !memcmp(b + got - 2, ":)", 2);
	return from;
}

static void register_with(int fd, const char *bytes, size_t length)
{
	bool good;
	struct sockaddr_in from = hear_registration(fd, &good);

	if (good)
		sendto(fd, bytes, length, 0, (struct sockaddr *)&from, sizeof(from));
}

static void hbbs_udp(int fd)
{
	register_with(fd, "\x3a\x02\x10\x01", 4);
}

static void another_message(int fd)
{
	register_with(fd, "\xaa\x01\x02\x08\x05", 5);
}

static void no_message(int fd)
{
	register_with(fd, "natloop probe\n", 14);
}

static void registration(void **state)
{
	struct server good = server_start(SOCK_DGRAM, hbbs_udp);
	struct server another = server_start(SOCK_DGRAM, another_message);
	struct server none = server_start(SOCK_DGRAM, no_message);
	struct server shut = server_bind(SOCK_DGRAM);
	struct probe probe = {};

	(void)state;
	ask(&good, PROBE_RUSTDESK_ID, &probe, (struct probe_options){});
	check_result("hbbs", &probe, PROBE_OK, 0);
	assert_true(address_equal(&probe.answered_by, &probe.address));
	ask(&another, PROBE_RUSTDESK_ID, &probe, (struct probe_options){});
	check_result("another message", &probe, PROBE_OTHER, 0);
	ask(&none, PROBE_RUSTDESK_ID, &probe, (struct probe_options){});
	check_result("no message", &probe, PROBE_OTHER, 0);
	ask_shortly(&shut, PROBE_RUSTDESK_ID, &probe);
	check_result("mute", &probe, PROBE_SILENT, 0);
	close(shut.fd);
	ask(&shut, PROBE_RUSTDESK_ID, &probe, (struct probe_options){});
	check_result("shut", &probe, PROBE_REFUSED, ECONNREFUSED);
	server_stop(&good);
	server_stop(&another);
	server_stop(&none);
}

/* Takes a TestNatRequest; the port that it came from, or 0. */
static __u16 hear_nat_test(int fd)
{
	struct sockaddr_in from = {};
	socklen_t length = sizeof(from);
	unsigned char payload[256];

	if (hear(fd, payload) != 3 || memcmp(payload, "\xa2\x01\x00", 3) != 0)
		return 0;
	getpeername(fd, (struct sockaddr *)&from, &length);
	return ntohs(from.sin_port);
}

/* TestNatResponse with a port in three bytes of varint, whatever it is. */
static void put_response(unsigned char ret[8], __u16 port)
{
	static const unsigned char begin[] = { 0x1c, 0xaa, 0x01, 0x04, 0x08 };

	memcpy(ret, begin, sizeof(begin));
	ret[5] = 0x80 | (port & 0x7f);
	ret[6] = 0x80 | (port >> 7 & 0x7f);
	ret[7] = port >> 14;
}

static void answer_nat_test(int fd, int more)
{
	__u16 port = hear_nat_test(fd);
	unsigned char response[8];

	put_response(response, (__u16)(port + more));
	if (port)
		say(fd, response, sizeof(response));
	wait_for_end(fd);
}

static void hbbs(int fd)
{
	answer_nat_test(fd, 0);
}

static void behind_another_port(int fd)
{
	answer_nat_test(fd, 1);
}

static void keys_first_and_in_pieces(int fd)
{
	__u16 port = hear_nat_test(fd);
	unsigned char response[8];

	say(fd, "\x1c\xca\x01\x04\x0a\x02\x01\x02", 8);
	put_response(response, port);
	for (size_t i = 0; i < sizeof(response); i++) {
		say(fd, response + i, 1);
		usleep(5000);
	}
	wait_for_end(fd);
}

static void ask_nat(const struct server *first, const struct server *second, struct probe *probe)
{
	*probe = (struct probe){ .port2 = second->port };
	ask(first, PROBE_RUSTDESK_NAT, probe, (struct probe_options){});
}

static void nat_test(void **state)
{
	struct server one = server_start(SOCK_STREAM, hbbs);
	struct server two = server_start(SOCK_STREAM, keys_first_and_in_pieces);
	struct server symmetric = server_start(SOCK_STREAM, behind_another_port);
	struct server shut = server_bind(SOCK_STREAM);
	struct probe probe;

	(void)state;
	/* Again and again: the port that the first used is free for the second at once. */
	for (int i = 0; i < 20; i++) {
		ask_nat(&one, &two, &probe);
		check_result("the same port", &probe, PROBE_OK, 0);
		CHECK(probe.local && probe.seen == probe.local && probe.seen2 == probe.local,
		      "from %u, seen %u and %u", probe.local, probe.seen, probe.seen2);
		assert_true(address_is_zero(&probe.from));
	}
	ask_nat(&one, &symmetric, &probe);
	check_result("another port", &probe, PROBE_OK, 0);
	assert_int_equal(probe.seen2, probe.seen + 1);
	ask_nat(&one, &shut, &probe);
	check_result("the second refused", &probe, PROBE_REFUSED, ECONNREFUSED);
	CHECK(probe.seen == probe.local && !probe.seen2, "seen %u and %u", probe.seen, probe.seen2);
	assert_false(probe.connected);
	ask_nat(&shut, &one, &probe);
	check_result("the first refused", &probe, PROBE_REFUSED, ECONNREFUSED);
	CHECK(!probe.seen && !probe.seen2, "seen %u and %u", probe.seen, probe.seen2);
	server_stop(&one);
	server_stop(&two);
	server_stop(&symmetric);
	server_stop(&shut);
}

static void web(int fd)
{
	unsigned char payload[256];

	hear(fd, payload);
	say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
}

static void ssh(int fd)
{
	say(fd, "SSH-2.0-OpenSSH_9.2p1\r\n", 23);
	wait_for_end(fd);
}

static void half_and_closed(int fd)
{
	hear_nat_test(fd);
	say(fd, "\x1c\xaa", 2);
}

static void half_and_silent(int fd)
{
	hear_nat_test(fd);
	say(fd, "\x1c\xaa", 2);
	wait_for_end(fd);
}

static void another_answer(int fd)
{
	hear_nat_test(fd);
	say(fd, "\x08\x3a\x00", 3);
	wait_for_end(fd);
}

static void too_much(int fd)
{
	static const char much[100000] = { '\xfd', '\x1f' };

	say(fd, much, sizeof(much));
	wait_for_end(fd);
}

static void closes(int fd)
{
	hear_nat_test(fd);
}

static void resets(int fd)
{
	const struct linger none = { .l_onoff = 1 };

	hear_nat_test(fd);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

static void mute(int fd)
{
	wait_for_end(fd);
}

/* For the NAT test and the relay alike. */
static const struct {
	const char *what;
	void (*serve)(int fd);
	enum probe_result wanted;
	int error;
} ill[] = {
	{ "a web server", web, PROBE_OTHER, 0 },
	{ "SSH", ssh, PROBE_OTHER, 0 },
	{ "half a message, closed", half_and_closed, PROBE_OTHER, 0 },
	{ "half a message", half_and_silent, PROBE_OTHER, 0 },
	{ "another message", another_answer, PROBE_OTHER, 0 },
	{ "too much", too_much, PROBE_OTHER, 0 },
	{ "closes", closes, PROBE_CLOSED, 0 },
	{ "resets", resets, PROBE_CLOSED, ECONNRESET },
	{ "mute", mute, PROBE_SILENT, 0 },
};

static void ill_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ill); i++) {
		struct server s = server_start(SOCK_STREAM, ill[i].serve);
		struct probe probe = { .port2 = s.port };

		ask_shortly(&s, PROBE_RUSTDESK_NAT, &probe);
		check_result(ill[i].what, &probe, ill[i].wanted, ill[i].error);
		assert_true(probe.connected);
		assert_int_equal(probe.seen, 0);
		server_stop(&s);
	}
}

/* What hbbr has in its list: shared by its two calls. */
static struct {
	unsigned char request[256];
	size_t length;
	int fd;
} waiting;

static bool request_has(const char *text)
{
	return memmem(waiting.request, waiting.length, text, strlen(text));
}

static void pass_on(int a, int b)
{
	struct pollfd fd[2] = { { .fd = a, .events = POLLIN }, { .fd = b, .events = POLLIN } };
	char bytes[64];

	while (poll(fd, 2, -1) > 0) {
		for (int i = 0; i < 2; i++) {
			ssize_t got = fd[i].revents ? read(fd[i].fd, bytes, sizeof(bytes)) : 0;

			if (fd[i].revents && got <= 0)
				return;
			say(fd[!i].fd, bytes, (size_t)got);
		}
	}
}

/* Pairs two requests alike; others it closes, as it does where the key is not "secret". */
static void pair(int fd, bool key, void (*then)(int a, int b))
{
	unsigned char payload[256];
	size_t length = hear(fd, payload);

	if (waiting.length) {
		if (length == waiting.length && !memcmp(payload, waiting.request, length))
			then(waiting.fd, fd);
		close(waiting.fd);
		waiting.length = 0;
		return;
	}
	memcpy(waiting.request, payload, length);
	waiting.length = length;
	if (!length || memcmp(payload, "\x92\x01", 2) != 0 || (key && !request_has("secret"))) {
		waiting.length = 0;
		return;
	}
	waiting.fd = dup(fd);
}

static void hbbr(int fd)
{
	pair(fd, false, pass_on);
}

static void hbbr_with_key(int fd)
{
	pair(fd, true, pass_on);
}

static void mix_up(int a, int b)
{
	say(a, "something else, and not a little of it", 38);
	wait_for_end(b);
}

static void hbbr_mixes_up(int fd)
{
	pair(fd, false, mix_up);
}

static void say_twice(int a, int b)
{
	char bytes[64];
	ssize_t got = read(b, bytes, sizeof(bytes));

	say(a, bytes, (size_t)got);
	say(a, bytes, (size_t)got);
	wait_for_end(b);
}

static void hbbr_says_twice(int fd)
{
	pair(fd, false, say_twice);
}

static void ask_relay(void (*serve)(int fd), const char *key, enum probe_result wanted)
{
	struct server s = server_start(SOCK_STREAM, serve);
	struct probe probe = { .key = key };

	ask(&s, PROBE_RUSTDESK_RELAY, &probe, (struct probe_options){});
	check_result(key ? key : "no key", &probe, wanted, 0);
	server_stop(&s);
}

static void relay(void **state)
{
	struct server shut = server_bind(SOCK_STREAM);
	struct probe probe = {};

	(void)state;
	ask_relay(hbbr, NULL, PROBE_OK);
	ask_relay(hbbr_with_key, "secret", PROBE_OK);
	ask_relay(hbbr_with_key, "wrong", PROBE_CLOSED);
	ask_relay(hbbr_with_key, NULL, PROBE_CLOSED);
	ask_relay(hbbr_mixes_up, NULL, PROBE_OTHER);
	ask_relay(hbbr_says_twice, NULL, PROBE_OTHER);
	ask(&shut, PROBE_RUSTDESK_RELAY, &probe, (struct probe_options){});
	check_result("shut", &probe, PROBE_REFUSED, ECONNREFUSED);
	server_stop(&shut);
}

/* The relay's two connections come to one child of these, one after the other. */
static void ill_relays(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ill); i++) {
		struct server s = server_start(SOCK_STREAM, ill[i].serve);
		struct probe probe = {};

		ask_shortly(&s, PROBE_RUSTDESK_RELAY, &probe);
		check_result(ill[i].what, &probe, ill[i].wanted, ill[i].error);
		server_stop(&s);
	}
}

static void long_key(void **state)
{
	char key[RUSTDESK_MESSAGE_MAX + 1] = {};
	struct server shut = server_bind(SOCK_STREAM);
	struct probe probe = { .key = key };

	(void)state;
	memset(key, 'k', sizeof(key) - 1);
	ask(&shut, PROBE_RUSTDESK_RELAY, &probe, (struct probe_options){});
	check_result("long", &probe, PROBE_FAILED, EMSGSIZE);
	server_stop(&shut);
}

#else
static void left_out(void **state)
{
	struct server shut = server_bind(SOCK_STREAM);

	(void)state;
	for (int kind = PROBE_RUSTDESK_ID; kind <= PROBE_RUSTDESK_RELAY; kind++) {
		struct probe probe = {};

		ask(&shut, (enum probe_kind)kind, &probe, (struct probe_options){});
		check_result("left out", &probe, PROBE_FAILED, EOPNOTSUPP);
	}
	server_stop(&shut);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef NATLOOP_LIBPROTOBUFC
		cmocka_unit_test(registration), cmocka_unit_test(nat_test),
		cmocka_unit_test(ill_answers),	cmocka_unit_test(relay),
		cmocka_unit_test(ill_relays),	cmocka_unit_test(long_key),
#else
		cmocka_unit_test(left_out),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
