// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Connections of the probes, and the probe that makes one and no more. */
#include <errno.h>

#include "probe_parts.h"

bool probe_connect(struct probe_task *t, unsigned int i, __u16 port,
		   const struct natloop_addr *from, __u16 from_port)
{
	struct sockaddr_storage sa;
	socklen_t length = probe_sockaddr(&t->probe->address, port, &sa);
	int fd;

	if (!probe_open(t, i, SOCK_STREAM, from, from_port))
		return false;
	fd = t->socket[i].poll->fd;
	t->socket[i].poll->events = POLLOUT;
	if (connect(fd, (struct sockaddr *)&sa, length) && errno != EINPROGRESS) {
		probe_done_error(t, errno, false);
		return false;
	}
	return true;
}

bool probe_take_connection(struct probe_task *t, unsigned int i)
{
	struct probe_socket *s = &t->socket[i];
	socklen_t length = sizeof(int);
	int error = 0;

	if (getsockopt(s->poll->fd, SOL_SOCKET, SO_ERROR, &error, &length))
		error = errno;
	if (error) {
		probe_done_error(t, error, false);
		return false;
	}
	if (!(s->poll->revents & POLLOUT))
		return false;
	s->connected = true;
	s->poll->events = POLLIN;
	t->probe->connected = true;
	return true;
}

bool probe_send(struct probe_task *t, unsigned int i, const void *bytes, size_t length)
{
	ssize_t sent = send(t->socket[i].poll->fd, bytes, length, MSG_NOSIGNAL);

	if (sent < 0)
		probe_done_error(t, errno, true);
	else if ((size_t)sent < length)
		probe_done(t, PROBE_FAILED, ENOBUFS);
	return !t->done;
}

bool probe_receive(struct probe_task *t, unsigned int i)
{
	struct probe_socket *s = &t->socket[i];
	ssize_t got = recv(s->poll->fd, s->in + s->got, sizeof(s->in) - s->got, 0);

	if (got > 0) {
		s->got += (size_t)got;
		return true;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	/* A buffer that is full, too, reads as if it were closed. */
	if (s->got)
		probe_done(t, PROBE_OTHER, got ? errno : 0);
	else if (got)
		probe_done_error(t, errno, true);
	else
		probe_done(t, PROBE_CLOSED, 0);
	return false;
}

static void tcp_begin(struct probe_task *t)
{
	probe_due_after(t, t->options->tries);
	probe_connect(t, 0, t->probe->port, &t->probe->from, 0);
}

static void tcp_ready(struct probe_task *t, unsigned int i)
{
	if (probe_take_connection(t, i))
		probe_done(t, PROBE_OK, 0);
}

static void tcp_due(struct probe_task *t)
{
	probe_done(t, PROBE_SILENT, 0);
}

const struct probe_steps probe_tcp_steps = { tcp_begin, tcp_ready, tcp_due };
