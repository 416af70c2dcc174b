// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "doctor_client_parts.h"
#include "signals.h"
#include "util.h"

#define PATIENCE_SECONDS 12 /* twice what glibc gives one resolver: 5 s, resolv.conf(5) */
#define SIGNALS_EVERY 200   /* ms */

static void add(struct doctor_resolved *ret, const struct sockaddr *sa)
{
	if (ret->count < DOCTOR_CLIENT_ADDRESSES)
		ret->addr[ret->count++] = address_from_sockaddr(sa);
}

/* In the child. */
static void __attribute__((noreturn)) ask(const char *name, pid_t parent, int fd)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct doctor_resolved answer = {};
	struct addrinfo *list = NULL;

	child_enter(parent, fd, PATIENCE_SECONDS);
	answer.gai = getaddrinfo(name, NULL, &hints, &list);
	answer.err = answer.gai ? -EREMOTE : 0;
	for (const struct addrinfo *a = answer.gai ? NULL : list; a; a = a->ai_next)
		add(&answer, a->ai_addr);
	_exit(write(CHILD_ANSWER, &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
}

/* 0 when the child has written or is gone. */
static int wait_for(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	for (int left = PATIENCE_SECONDS * 1000; left > 0; left -= SIGNALS_EVERY) {
		/* Signals that are held interrupt nothing. */
		if (signals_waiting())
			return -EINTR;
		if (poll(&poll_fd, 1, SIGNALS_EVERY) > 0)
			return 0;
	}
	return -ETIMEDOUT;
}

static int start(const char *name, pid_t *child)
{
	pid_t parent = getpid();
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	*child = fork();
	err = -errno;
	if (!*child)
		ask(name, parent, fds[1]);
	close(fds[1]);
	if (*child > 0)
		return fds[0];
	close(fds[0]);
	return err;
}

void doctor_resolve(const char *name, struct doctor_resolved *ret)
{
	struct doctor_resolved answer;
	_cleanup_close_ int fd = -1;
	pid_t child = -1;

	memset(ret, 0, sizeof(*ret));
	fd = start(name, &child);
	if (fd < 0) {
		ret->err = fd;
		return;
	}
	ret->err = wait_for(fd);
	if (!ret->err && read(fd, &answer, sizeof(answer)) == (ssize_t)sizeof(answer))
		*ret = answer;
	else if (!ret->err)
		ret->err = -ETIMEDOUT; /* its alarm */
	(void)kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}
