// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The probes of any service, by TCP and UDP, and what all kinds have: progress, cancel, all at
 * once. */
#include "probe.h"

#include "probe_servers.h"

static void greet(int fd)
{
	CHECK(write(fd, "hello\n", 6) == 6, "cannot write");
}

static void say_nothing(int fd)
{
	(void)fd;
	pause();
}

static void echo(int fd)
{
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	char bytes[64];
	ssize_t got = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length);

	CHECK(sendto(fd, bytes, (size_t)got, 0, (struct sockaddr *)&from, length) == got, "echo");
}

/* Only the second datagram is answered. */
static void echo_second(int fd)
{
	char bytes[64];

	CHECK(recv(fd, bytes, sizeof(bytes), 0) > 0, "recv");
	echo(fd);
}

/* As a server behind a half hairpin: the answer comes from its own address. */
static void echo_from_another(int fd)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002) };
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	_cleanup_close_ int other = socket(AF_INET, SOCK_DGRAM, 0);
	char bytes[64];
	ssize_t got = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length);

	CHECK(!bind(other, (struct sockaddr *)&own, sizeof(own)), "bind");
	CHECK(sendto(other, bytes, (size_t)got, 0, (struct sockaddr *)&from, length) == got,
	      "send");
}

static void tcp(void **state)
{
	struct server talks = server_start(SOCK_STREAM, greet);
	struct server waits = server_start(SOCK_STREAM, say_nothing);
	struct server shut = server_bind(SOCK_STREAM);
	struct probe probe = {};

	(void)state;
	ask(&talks, PROBE_TCP, &probe, (struct probe_options){});
	check_result("talks", &probe, PROBE_OK, 0);
	assert_true(probe.connected);
	ask(&waits, PROBE_TCP, &probe, (struct probe_options){});
	check_result("waits", &probe, PROBE_OK, 0);
	probe = (struct probe){};
	ask(&shut, PROBE_TCP, &probe, (struct probe_options){});
	check_result("shut", &probe, PROBE_REFUSED, ECONNREFUSED);
	assert_false(probe.connected);
	server_stop(&talks);
	server_stop(&waits);
	server_stop(&shut);
}

/* A queue of connections that is full: the kernel drops further SYNs. */
static void tcp_silent(void **state)
{
	struct server full = server_bind(SOCK_STREAM);
	struct sockaddr_in sa;
	socklen_t length = sizeof(sa);
	struct probe probe = {};
	int fd[8];

	(void)state;
	assert_int_equal(listen(full.fd, 0), 0);
	assert_int_equal(getsockname(full.fd, (struct sockaddr *)&sa, &length), 0);
	for (size_t i = 0; i < ARRAY_SIZE(fd); i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fd[i], (struct sockaddr *)&sa, length);
	}
	ask_shortly(&full, PROBE_TCP, &probe);
	check_result("full", &probe, PROBE_SILENT, 0);
	CHECK(probe.took_ms >= 200, "after %u ms", probe.took_ms);
	assert_false(probe.connected);
	for (size_t i = 0; i < ARRAY_SIZE(fd); i++)
		close(fd[i]);
	server_stop(&full);
}

static void udp(void **state)
{
	struct server echoes = server_start(SOCK_DGRAM, echo);
	struct server mute = server_start(SOCK_DGRAM, say_nothing);
	struct server second = server_start(SOCK_DGRAM, echo_second);
	struct server other = server_start(SOCK_DGRAM, echo_from_another);
	struct server shut = server_bind(SOCK_DGRAM);
	struct probe probe = {};

	(void)state;
	ask(&echoes, PROBE_UDP, &probe, (struct probe_options){});
	check_result("echoes", &probe, PROBE_OK, 0);
	assert_true(address_equal(&probe.answered_by, &probe.address));
	ask_shortly(&mute, PROBE_UDP, &probe);
	check_result("mute", &probe, PROBE_SILENT, 0);
	CHECK(probe.took_ms >= 200, "after %u ms", probe.took_ms);
	ask(&second, PROBE_UDP, &probe, (struct probe_options){ .timeout_ms = 200, .tries = 9 });
	check_result("second", &probe, PROBE_OK, 0);
	ask(&other, PROBE_UDP, &probe, (struct probe_options){});
	check_result("other", &probe, PROBE_OK, 0);
	CHECK(address_equal(&probe.answered_by, &(struct natloop_addr[]){ loopback(2) }[0]),
	      "not answered by 127.0.0.2");
	close(shut.fd);
	probe = (struct probe){};
	ask(&shut, PROBE_UDP, &probe, (struct probe_options){});
	check_result("shut", &probe, PROBE_REFUSED, ECONNREFUSED);
	/* qemu's user emulation has no queue of errors. */
	assert_true(address_is_zero(&probe.answered_by) ||
		    address_equal(&probe.answered_by, &probe.address));
	assert_false(probe.connected);
	server_stop(&echoes);
	server_stop(&mute);
	server_stop(&second);
	server_stop(&other);
}

static void answer_back(int fd)
{
	struct sockaddr_in from = {};
	socklen_t length = sizeof(from);

	CHECK(!getpeername(fd, (struct sockaddr *)&from, &length), "getpeername");
	if (from.sin_addr.s_addr != htonl(0x7f000003))
		kill(getppid(), SIGKILL);
}

static void from_another_address(void **state)
{
	static const enum probe_kind kinds[] = { PROBE_TCP, PROBE_UDP, PROBE_RUSTDESK_ID };
	struct server s = server_start(SOCK_STREAM, answer_back);
	struct probe probe = { .from = loopback(3) };

	(void)state;
	ask(&s, PROBE_TCP, &probe, (struct probe_options){});
	check_result("127.0.0.3", &probe, PROBE_OK, 0);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		/* Of TEST-NET-1, RFC 5737. */
		probe = (struct probe){ .from = address_from_v4(htonl(0xc0000201)) };
		ask(&s, kinds[i], &probe, (struct probe_options){});
		check_result("not ours", &probe, PROBE_FAILED, EADDRNOTAVAIL);
	}
	probe = (struct probe){ .from.w = { 0, 0, 0, htonl(1) } };
	ask(&s, PROBE_TCP, &probe, (struct probe_options){});
	check_result("the other family", &probe, PROBE_FAILED, EAFNOSUPPORT);
	server_stop(&s);
}

struct seen {
	unsigned int count;
	const struct probe *last;
};

static void note(void *data, const struct probe *probe)
{
	struct seen *seen = data;

	seen->count++;
	seen->last = probe;
}

/* Many at once take as long as one, and each is told of once. */
static void at_once(void **state)
{
	struct server mute = server_start(SOCK_DGRAM, say_nothing);
	struct server talks = server_start(SOCK_STREAM, greet);
	struct probe probe[40] = {};
	unsigned int longest = 0;
	struct seen seen = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(probe); i++) {
		probe[i].kind = i % 2 ? PROBE_UDP : PROBE_TCP;
		probe[i].port = i % 2 ? mute.port : talks.port;
		probe[i].address = loopback(1);
	}
	assert_int_equal(
		run_probes(probe, ARRAY_SIZE(probe), (struct probe_options){ 300, 2, note, &seen }),
		0);
	for (size_t i = 0; i < ARRAY_SIZE(probe); i++) {
		check_result("at once", &probe[i], i % 2 ? PROBE_SILENT : PROBE_OK, 0);
		longest = probe[i].took_ms > longest ? probe[i].took_ms : longest;
	}
	/* One after the other: 12 s. */
	CHECK(longest >= 600 && longest < 6000, "took %u ms", longest);
	assert_int_equal(seen.count, ARRAY_SIZE(probe));
	assert_int_equal(seen.last->result, PROBE_SILENT);
	assert_int_equal(run_probes(probe, 0, (struct probe_options){}), 0);
	server_stop(&mute);
	server_stop(&talks);
}

/* Sends a signal to the test in 200 ms. */
static pid_t signal_soon(int signal)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	usleep(200000);
	kill(getppid(), signal);
	_exit(0);
}

static void cancelled(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct server mute = server_start(SOCK_DGRAM, say_nothing);
	struct server talks = server_start(SOCK_STREAM, greet);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct probe probe[2] = {
			{ .kind = PROBE_UDP, .address = loopback(1), .port = mute.port },
			{ .kind = PROBE_TCP, .address = loopback(1), .port = talks.port },
		};
		struct seen seen = {};
		pid_t pid = signal_soon(signals[i]);

		assert_int_equal(
			run_probes(probe, 2, (struct probe_options){ 60000, 1, note, &seen }),
			-EINTR);
		waitpid(pid, NULL, 0);
		check_result("asked", &probe[0], PROBE_CANCELLED, 0);
		check_result("done", &probe[1], PROBE_OK, 0);
		assert_int_equal(seen.count, 2);
	}
	server_stop(&mute);
	server_stop(&talks);
}

static void ignored(void **state)
{
	struct server mute = server_start(SOCK_DGRAM, say_nothing);
	struct probe probe = { .kind = PROBE_UDP, .address = loopback(1), .port = mute.port };
	pid_t pid;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	pid = signal_soon(SIGHUP);
	assert_int_equal(run_probes(&probe, 1, (struct probe_options){ 600, 1, NULL, NULL }), 0);
	check_result("ignored", &probe, PROBE_SILENT, 0);
	waitpid(pid, NULL, 0);
	signal(SIGHUP, SIG_DFL);
	server_stop(&mute);
}

static void texts(void **state)
{
	(void)state;
	for (int i = 0; i <= PROBE_CANCELLED; i++)
		CHECK(*probe_result_text((enum probe_result)i), "%d has no text", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp),	   cmocka_unit_test(tcp_silent),
		cmocka_unit_test(udp),	   cmocka_unit_test(from_another_address),
		cmocka_unit_test(at_once), cmocka_unit_test(cancelled),
		cmocka_unit_test(ignored), cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
