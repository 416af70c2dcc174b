// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The sockets of the probes, and what the kernel says of them. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "probe_parts.h"

void probe_done_error(struct probe_task *t, int error, bool connected)
{
	switch (error) {
	case ECONNREFUSED:
	case ENOPROTOOPT: /* ICMP protocol unreachable */
		probe_done(t, connected ? PROBE_CLOSED : PROBE_REFUSED, error);
		return;
	case ECONNRESET:
	case EPIPE:
		probe_done(t, connected ? PROBE_CLOSED : PROBE_REFUSED, error);
		return;
	case ETIMEDOUT:
		probe_done(t, PROBE_SILENT, error);
		return;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENONET:
		probe_done(t, PROBE_UNREACHABLE, error);
		return;
	default:
		probe_done(t, PROBE_FAILED, error);
	}
}

socklen_t probe_sockaddr(const struct natloop_addr *address, __u16 port,
			 struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (address_is_v4(address)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		v4->sin_addr.s_addr = address->w[3];
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, address, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

struct natloop_addr probe_address(const struct sockaddr_storage *sa, __u16 *port)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;

	if (port)
		*port = ntohs(sa->ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
	return address_from_sockaddr((const struct sockaddr *)sa);
}

void probe_close(struct probe_task *t, unsigned int i)
{
	struct probe_socket *s = &t->socket[i];

	if (s->poll->fd >= 0)
		close(s->poll->fd);
	*s->poll = (struct pollfd){ .fd = -1 };
	s->connected = false;
	s->got = 0;
}

/* Errors by ICMP are told for an unconnected socket only if asked for: ip(7), IP_RECVERR. */
static int set_options(int fd, int family, int type)
{
	const int on = 1;

	if (type == SOCK_STREAM)
		return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return family == AF_INET ? setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) :
				   setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
}

static int set_ttl(int fd, int ttl)
{
	return ttl ? setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) : 0;
}

bool probe_open(struct probe_task *t, unsigned int i, int type, const struct natloop_addr *from,
		__u16 port)
{
	int family = address_is_v4(&t->probe->address) ? AF_INET : AF_INET6;
	struct sockaddr_storage sa;
	socklen_t length;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	t->socket[i].poll->fd = fd;
	if (fd < 0 || set_options(fd, family, type) || set_ttl(fd, t->probe->ttl))
		goto failed;
	if (address_is_zero(from))
		return true;
	length = probe_sockaddr(from, port, &sa);
	if (bind(fd, (struct sockaddr *)&sa, length))
		goto failed;
	return true;
failed:
	probe_done(t, PROBE_FAILED, errno);
	return false;
}
