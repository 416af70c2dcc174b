// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The probes by datagrams: of any service, and of hbbs by RegisterPeer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h> /* linux/errqueue.h needs it */

#include <linux/errqueue.h>
#include <netinet/in.h>

#include "address.h"
#include "probe_parts.h"

/* For a service that is not known: it cannot be a question, and should not look like one. */
static const char anything[] = "natloop probe\n";

/*
 * Unconnected: a connected socket would drop the answer of a half hairpin, which comes from the
 * server's own address.
 */
static void send_one(struct probe_task *t)
{
	unsigned char message[RUSTDESK_MESSAGE_MAX];
	struct sockaddr_storage sa;
	socklen_t size = probe_sockaddr(&t->probe->address, t->probe->port, &sa);
	const void *bytes = anything;
	int length = sizeof(anything) - 1;

	if (t->probe->kind == PROBE_RUSTDESK_ID) {
		bytes = message;
		length = rustdesk_register_peer(t->name, message);
	}
	if (length < 0) {
		probe_done(t, PROBE_FAILED, -length);
		return;
	}
	t->sent++;
	probe_due_after(t, 1);
	if (sendto(t->socket[0].poll->fd, bytes, (size_t)length, MSG_NOSIGNAL,
		   (struct sockaddr *)&sa, size) < 0 &&
	    errno != EAGAIN)
		probe_done_error(t, errno, false);
}

static void udp_begin(struct probe_task *t)
{
	unsigned long long random = 0;

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	/* hbbs tests itself as "(:test_hbbs:)": no client's ID has such characters. */
	snprintf(t->name, sizeof(t->name), "(:natloop_%016llx:)", random);
	if (!probe_open(t, 0, SOCK_DGRAM, &t->probe->from, 0))
		return;
	t->socket[0].poll->events = POLLIN;
	send_one(t);
}

static void udp_due(struct probe_task *t)
{
	if (t->sent < t->options->tries)
		send_one(t);
	else
		probe_done(t, PROBE_SILENT, 0);
}

static const struct sock_extended_err *find_error(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			return (const struct sock_extended_err *)CMSG_DATA(c);
	return NULL;
}

/* An ICMP error, or the kernel's own, such as for a neighbour that does not answer. */
static void take_error(struct probe_task *t)
{
	_Alignas(struct cmsghdr) char control[512];
	struct msghdr m = { .msg_control = control, .msg_controllen = sizeof(control) };
	const struct sock_extended_err *e;
	struct sockaddr_storage offender = {};

	if (recvmsg(t->socket[0].poll->fd, &m, MSG_ERRQUEUE) < 0)
		return;
	e = find_error(&m);
	if (!e || e->ee_errno == EMSGSIZE) /* the path's MTU: it is sent again in pieces */
		return;
	if (e->ee_origin == SO_EE_ORIGIN_ICMP)
		memcpy(&offender, SO_EE_OFFENDER(e), sizeof(struct sockaddr_in));
	else if (e->ee_origin == SO_EE_ORIGIN_ICMP6)
		memcpy(&offender, SO_EE_OFFENDER(e), sizeof(struct sockaddr_in6));
	t->probe->answered_by = probe_address(&offender, NULL);
	/* "Port unreachable" is the service's only from who was asked: else a filter's, on the way.
	 */
	if (e->ee_errno == ECONNREFUSED &&
	    !address_equal(&t->probe->answered_by, &t->probe->address))
		probe_done(t, PROBE_UNREACHABLE, (int)e->ee_errno);
	else
		probe_done_error(t, (int)e->ee_errno, false);
}

static void udp_ready(struct probe_task *t, unsigned int i)
{
	struct probe_socket *s = &t->socket[i];
	struct rustdesk_answer answer;
	struct sockaddr_storage sa;
	socklen_t size = sizeof(sa);
	ssize_t got;

	if (s->poll->revents & POLLERR)
		take_error(t);
	if (t->done)
		return;
	got = recvfrom(s->poll->fd, s->in, sizeof(s->in), 0, (struct sockaddr *)&sa, &size);
	if (got < 0) {
		/* Where the queue of errors could not be read, this is all there is. */
		if (errno != EAGAIN && errno != EINTR && errno != EMSGSIZE)
			probe_done_error(t, errno, false);
		return;
	}
	t->probe->answered_by = probe_address(&sa, NULL);
	if (t->probe->kind == PROBE_RUSTDESK_ID &&
	    (rustdesk_answer_read(s->in, (size_t)got, &answer) ||
	     answer.kind != RUSTDESK_REGISTERED))
		probe_done(t, PROBE_OTHER, 0);
	else
		probe_done(t, PROBE_OK, 0);
}

const struct probe_steps probe_udp_steps = { udp_begin, udp_ready, udp_due };
