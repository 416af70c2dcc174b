/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Servers for the tests of probes: a child process on 127.0.0.1 for each. */
#ifndef PROBE_SERVERS_H
#define PROBE_SERVERS_H

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "probe.h"
#include "unit.h"
#include "util.h"

/* A server, and what goes with it when it stops. */
struct server {
	int fd;
	__u16 port;
	pid_t pid; /* 0: nobody serves */
};

static inline struct natloop_addr loopback(unsigned char last)
{
	return address_from_v4(htonl(0x7f000000u + last));
}

/* A socket bound to 127.0.0.1 (UDP: to all addresses); TCP does not listen yet. */
static inline struct server server_bind(int type)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(type == SOCK_DGRAM ? INADDR_ANY : INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(sa);
	struct server s = { .fd = socket(AF_INET, type | SOCK_CLOEXEC, 0) };

	assert_true(s.fd >= 0);
	assert_int_equal(bind(s.fd, (struct sockaddr *)&sa, length), 0);
	assert_int_equal(getsockname(s.fd, (struct sockaddr *)&sa, &length), 0);
	s.port = ntohs(sa.sin_port);
	return s;
}

/* Has a child call @serve again and again: with a connection, or with the socket of UDP. */
static inline struct server server_start(int type, void (*serve)(int fd))
{
	struct server s = server_bind(type);

	if (type == SOCK_STREAM)
		assert_int_equal(listen(s.fd, 64), 0);
	s.pid = fork();
	assert_true(s.pid >= 0);
	if (s.pid)
		return s;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = type == SOCK_STREAM ? accept(s.fd, NULL, NULL) : s.fd;

		serve(fd);
		if (fd != s.fd)
			close(fd);
	}
}

static inline void server_stop(struct server *s)
{
	if (s->pid) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	close(s->fd);
}

/* Open file descriptors of this process. */
static inline int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

/* Runs them, with time for a busy machine where an answer comes, and checks what it leaves behind.
 */
static inline int run_probes(struct probe *probe, size_t count, struct probe_options options)
{
	int before = descriptors(), err;
	sigset_t mask = {}, after = {};
	struct problem p = {};

	if (!options.timeout_ms)
		options.timeout_ms = 3000;
	if (!options.tries)
		options.tries = 2;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	err = probe_run(probe, count, &options, &p);
	sigprocmask(SIG_SETMASK, NULL, &after);
	CHECK(before == descriptors(), "%d descriptors, %d before", descriptors(), before);
	CHECK(!memcmp(&mask, &after, sizeof(mask)), "another signal mask than before");
	CHECK(!err || *p.what, "error %d without a word", err);
	return err;
}

static inline void check_result(const char *what, const struct probe *probe,
				enum probe_result wanted, int error)
{
	CHECK(probe->result == wanted && probe->error == error,
	      "%s: %s (errno %d), wanted %s (errno %d)", what, probe_result_text(probe->result),
	      probe->error, probe_result_text(wanted), error);
}

/* One probe of @s, by @kind; fills the rest of @probe. */
static inline void ask(const struct server *s, enum probe_kind kind, struct probe *probe,
		       struct probe_options options)
{
	probe->kind = kind;
	probe->address = loopback(1);
	probe->port = s->port;
	assert_int_equal(run_probes(probe, 1, options), 0);
}

/* The same where no answer comes. */
static inline void ask_shortly(const struct server *s, enum probe_kind kind, struct probe *probe)
{
	ask(s, kind, probe, (struct probe_options){ .timeout_ms = 100, .tries = 2 });
}

#endif
