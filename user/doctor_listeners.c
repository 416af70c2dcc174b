// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program of the router on the public port: docker-proxy, or the router's own service. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "doctor_run.h"
#include "util.h"

/* @state: of TCP that it listens; UDP sockets that are not connected have TCP_CLOSE. */
static const struct table {
	const char *path;
	__u8 proto;
	unsigned int state;
	bool v6;
} tables[] = {
	{ "/proc/net/tcp", IPPROTO_TCP, TCP_LISTEN, false },
	{ "/proc/net/tcp6", IPPROTO_TCP, TCP_LISTEN, true },
	{ "/proc/net/udp", IPPROTO_UDP, TCP_CLOSE, false },
	{ "/proc/net/udp6", IPPROTO_UDP, TCP_CLOSE, true },
};

/* Would a packet to @public be for it? */
static bool takes(const char *local, bool v6, const struct natloop_addr *public)
{
	struct natloop_addr a = { .w = { 0, 0, htonl(0xffff), 0 } };

	/* The kernel prints the words as they lie in memory. */
	if (v6 ? sscanf(local, "%8x%8x%8x%8x", &a.w[0], &a.w[1], &a.w[2], &a.w[3]) != 4 :
		 sscanf(local, "%8x", &a.w[3]) != 1)
		return false;
	return address_is_zero(&a) || (address_is_v4(&a) && !a.w[3]) || address_equal(&a, public);
}

static bool has_port(const struct table *t, __u16 wanted, const struct natloop_addr *public,
		     bool *known)
{
	__attribute__((cleanup(util_fclosep))) FILE *file = fopen(t->path, "re");
	char line[256], local[40];
	unsigned int port, state;

	/* A kernel without IPv6 has no such table. */
	if (!file) {
		*known = *known && (t->v6 && errno == ENOENT);
		return false;
	}
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " %*d: %39[0-9A-F]:%4x %*[0-9A-F]:%*4x %2x", local, &port,
			   &state) == 3 &&
		    port == wanted && state == t->state && takes(local, t->v6, public))
			return true;
	return false;
}

static void look(struct doctor_run *run, struct doctor_service *s)
{
	struct doctor_port port[2];
	size_t count = doctor_service_ports(s, port);
	char text[32];
	bool known = true;

	for (size_t i = 0; i < count && s->listened != DOCTOR_YES; i++)
		for (size_t k = 0; k < ARRAY_SIZE(tables); k++)
			if (tables[k].proto == port[i].proto &&
			    has_port(&tables[k], port[i].port, &run->facts->public, &known))
				s->listened = DOCTOR_YES;
	if (s->listened == DOCTOR_YES)
		doctor_add(run->report, "listener", DOCTOR_WARNING,
			   doctor_service_text(s, false, text, sizeof(text)), "ss -tulpn",
			   "a program of this router itself listens there (docker-proxy, for "
			   "example): it answers what no rule translates");
	else if (known)
		s->listened = DOCTOR_NO;
}

void doctor_listeners(struct doctor_run *run)
{
	if (run->facts->public_is_own != DOCTOR_YES || run->facts->server_is_own == DOCTOR_YES)
		return;
	for (size_t i = 0; i < run->facts->services; i++)
		look(run, &run->facts->service[i]);
}
