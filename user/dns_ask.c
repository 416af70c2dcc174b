// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "clock.h"
#include "dns_nameserver.h"
#include "number.h"
#include "signals.h"
#include "util.h"

#ifdef NATLOOP_LIBCARES
/* Later versions call what 1.18 has deprecated, and keep it. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#define FIRST_TRY 2000 /* ms; c-ares doubles it for each further try */
#define TRIES 2
#define DEADLINE 7000	  /* ms: both tries, and time to see that */
#define SIGNALS_EVERY 200 /* ms */
#define OWN_CONF "/etc/resolv.conf"
#define STUB_CONF "/run/systemd/resolve/resolv.conf"
#define DNS_PORT 53

struct question {
	struct dns_response *reply;
	enum dns_kind kind;
	size_t *pending; /* questions without a reply */
};

/* One resolver over UDP or TCP. */
struct asker {
	ares_channel channel; /* NULL: not made */
	struct question question[DNS_KINDS];
};

static int ares_problem(int status, const char *object, struct problem *p)
{
	return problem(p, status == ARES_ENOMEM ? -ENOMEM : -EIO, object, "", "c-ares failed: %s",
		       ares_strerror(status));
}

static void take_reply(void *arg, int status, int timeouts, unsigned char *message, int length)
{
	struct question *q = arg;

	(void)timeouts;
	--*q->pending;
	if (message && length > 0)
		dns_response_read(message, (size_t)length, q->kind, q->reply);
	else if (status == ARES_ETIMEOUT || status == ARES_ECANCELLED ||
		 status == ARES_EDESTRUCTION)
		q->reply->outcome = DNS_SILENT;
	else
		q->reply->outcome = status == ARES_EBADRESP ? DNS_UNREADABLE : DNS_UNREACHED;
}

static int set_server(ares_channel channel, const struct natloop_addr *addr)
{
	struct ares_addr_port_node node = { .udp_port = DNS_PORT, .tcp_port = DNS_PORT };

	if (address_is_v4(addr)) {
		node.family = AF_INET;
		memcpy(&node.addr.addr4, &addr->w[3], sizeof(node.addr.addr4));
	} else {
		node.family = AF_INET6;
		memcpy(&node.addr.addr6, addr, sizeof(node.addr.addr6));
	}
	return ares_set_servers_ports(channel, &node);
}

static int start(struct asker *asker, const char *name, struct dns_resolver *resolver,
		 enum dns_over over, size_t *pending)
{
	/*
	 * All that comes is shown as it came: truncated, and with any error. No EDNS, as glibc's
	 * resolver does by default.
	 */
	struct ares_options options = {
		.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC |
			 (over == DNS_TCP ? ARES_FLAG_USEVC : 0),
		.timeout = FIRST_TRY,
		.tries = TRIES,
		.lookups = "b",
	};
	int status = ares_init_options(&asker->channel, &options,
				       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
					       ARES_OPT_LOOKUPS);

	/* It has no place for an address's scope; the kernel takes that of the device. */
	if (status == ARES_SUCCESS && *resolver->device)
		ares_set_local_dev(asker->channel, resolver->device);
	if (status == ARES_SUCCESS)
		status = set_server(asker->channel, &resolver->addr);
	for (int kind = 0; status == ARES_SUCCESS && kind < DNS_KINDS; kind++) {
		struct question *q = &asker->question[kind];

		*q = (struct question){ &resolver->reply[over][kind], kind, pending };
		memset(q->reply, 0, sizeof(*q->reply));
		++*pending;
		ares_query(asker->channel, name, ns_c_in, dns_kind_type(kind), take_reply, q);
	}
	return status;
}

/* Adds the sockets of @asker to @fds. Their number. */
static size_t add_sockets(const struct asker *asker, struct pollfd fds[ARES_GETSOCK_MAXNUM])
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	unsigned int bits =
		(unsigned int)ares_getsock(asker->channel, sockets, ARES_GETSOCK_MAXNUM);
	size_t count = 0;

	/* As ARES_GETSOCK_READABLE and _WRITABLE have it, which shift an int by 31. */
	for (unsigned int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = (short)((bits >> i & 1 ? POLLIN : 0) |
				       (bits >> (i + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0));

		if (events)
			fds[count++] = (struct pollfd){ .fd = sockets[i], .events = events };
	}
	return count;
}

/* How long to wait for @asker, ms, at most @most. */
static int patience(const struct asker *asker, int most)
{
	struct timeval limit = { most / 1000, most % 1000 * 1000 }, tv;
	const struct timeval *t = ares_timeout(asker->channel, &limit, &tv);

	return t ? (int)(t->tv_sec * 1000 + (t->tv_usec + 999) / 1000) : most;
}

/* Lets c-ares work on what has happened at @fds, and on what has timed out. */
static void process(struct asker *asker, const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!fds[i].revents)
			continue;
		ares_process_fd(asker->channel,
				fds[i].revents & ~POLLOUT ? fds[i].fd : ARES_SOCKET_BAD,
				fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
	}
	ares_process_fd(asker->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static int wait_for_all(struct asker *asker, size_t count, const size_t *pending, struct problem *p)
{
	_cleanup_free_ struct pollfd *fds = calloc(count * ARES_GETSOCK_MAXNUM, sizeof(*fds));
	_cleanup_free_ size_t *used = calloc(count, sizeof(*used));
	const long long end = clock_ms() + DEADLINE;

	if (!fds || !used)
		return problem(p, -ENOMEM, "dns check", "", "out of memory");
	for (long long left = DEADLINE; *pending && left > 0; left = end - clock_ms()) {
		int timeout = (int)left;
		size_t at = 0, all = 0;

		for (size_t i = 0; i < count; i++) {
			used[i] = add_sockets(&asker[i], fds + all);
			all += used[i];
			timeout = patience(&asker[i], timeout);
		}
		if (signals_waiting())
			return -EINTR;
		/* Signals that are held interrupt nothing. */
		timeout = timeout < SIGNALS_EVERY ? timeout : SIGNALS_EVERY;
		if (poll(fds, all, timeout) < 0 && errno != EINTR)
			return problem(p, -errno, "dns check", "", "cannot wait: %s",
				       strerror(errno));
		for (size_t i = 0; i < count; at += used[i], i++)
			process(&asker[i], fds + at, used[i]);
	}
	return 0;
}

int dns_ask(const char *name, struct dns_resolver *resolver, size_t count, struct problem *p)
{
	_cleanup_free_ struct asker *asker = calloc(count * DNS_OVERS, sizeof(*asker));
	int status = ARES_SUCCESS, err = 0;
	void (*before)(int);
	size_t pending = 0;

	if (!asker)
		return problem(p, -ENOMEM, name, "", "out of memory");
	/* c-ares 1.18 writes to TCP connections that the other side may have closed. */
	before = signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; status == ARES_SUCCESS && i < count * DNS_OVERS; i++)
		status = start(&asker[i], name, &resolver[i / DNS_OVERS], i % DNS_OVERS, &pending);
	err = status == ARES_SUCCESS ? wait_for_all(asker, count * DNS_OVERS, &pending, p) :
				       ares_problem(status, name, p);
	for (size_t i = 0; i < count * DNS_OVERS; i++)
		if (asker[i].channel)
			ares_destroy(asker[i].channel);
	signal(SIGPIPE, before);
	return err;
}

/*
 * Adds @new to the @count in @ret, if it is not there and there is room; without a device it is the
 * same with one: later versions of c-ares have link-local ones, but say no scope. Their number.
 */
static size_t add_resolver(const struct dns_resolver *new, size_t count, struct dns_resolver *ret)
{
	if (count == DNS_ASK_RESOLVERS)
		return count;
	for (size_t i = 0; i < count; i++)
		if (address_equal(&ret[i].addr, &new->addr) &&
		    (!*new->device || !strcmp(ret[i].device, new->device)))
			return count;
	ret[count] = *new;
	return count + 1;
}

static size_t add_nodes(const struct ares_addr_port_node *node, bool stub_hides, size_t count,
			struct dns_resolver *ret)
{
	for (; node; node = node->next) {
		struct dns_resolver new = { .stub_hides = stub_hides };

		if (node->family == AF_INET)
			new.addr = address_from_v4(node->addr.addr4.s_addr);
		else
			memcpy(&new.addr, &node->addr.addr6, sizeof(new.addr));
		count = add_resolver(&new, count, ret);
	}
	return count;
}

/* Adds those of @path that are link-local. Are they all that it has? */
static bool add_link_local(const char *path, bool stub_hides, size_t *count,
			   struct dns_resolver *ret)
{
	__attribute__((cleanup(util_fclosep))) FILE *file = fopen(path, "re");
	bool any = false, others = false;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		struct dns_resolver new = { .stub_hides = stub_hides };
		enum dns_nameserver kind = dns_nameserver_read(line, &new.addr, new.device);
		unsigned int index = 0;

		others |= kind == DNS_NAMESERVER_OTHER;
		if (kind != DNS_NAMESERVER_LINK_LOCAL)
			continue;
		any = true;
		if (!number_parse(new.device, 1, INT_MAX, &index))
			(void)if_indextoname(index, new.device);
		*count = add_resolver(&new, *count, ret);
	}
	return any && !others;
}

/* Adds the resolvers of @path. */
static int add_own(const char *path, bool stub_hides, size_t *count, struct dns_resolver *ret)
{
	struct ares_options options = { .resolvconf_path = (char *)path };
	struct ares_addr_port_node *nodes = NULL;
	ares_channel channel;
	int status;

	/* Where c-ares finds none that it takes, it says 127.0.0.1. */
	if (add_link_local(path, stub_hides, count, ret))
		return ARES_SUCCESS;
	status = ares_init_options(&channel, &options, ARES_OPT_RESOLVCONF);
	if (status != ARES_SUCCESS)
		return status;
	status = ares_get_servers_ports(channel, &nodes);
	ares_destroy(channel);
	if (status != ARES_SUCCESS)
		return status;
	*count = add_nodes(nodes, stub_hides, *count, ret);
	ares_free_data(nodes);
	return ARES_SUCCESS;
}

int dns_ask_own(struct dns_resolver *ret, struct problem *p)
{
	const struct natloop_addr stub = address_from_v4(htonl(0x7f000035)); /* 127.0.0.53 */
	size_t count = 0, first;
	int status = add_own(OWN_CONF, false, &count, ret);

	first = count;
	for (size_t i = 0; status == ARES_SUCCESS && i < first; i++)
		if (address_equal(&ret[i].addr, &stub) && !access(STUB_CONF, R_OK))
			status = add_own(STUB_CONF, true, &count, ret);
	if (status != ARES_SUCCESS)
		return ares_problem(status, "resolvers", p);
	if (!count)
		return problem(p, -ENOENT, "resolvers", "give --resolver ADDR",
			       "none are configured on this machine");
	return (int)count;
}
#else
static int left_out(struct problem *p)
{
	return problem(p, -EOPNOTSUPP, "dns check", "install libc-ares-dev, and build it again",
		       "this natloopctl was built without c-ares");
}

int dns_ask_own(struct dns_resolver *ret, struct problem *p)
{
	(void)ret;
	return left_out(p);
}

int dns_ask(const char *name, struct dns_resolver *resolver, size_t count, struct problem *p)
{
	(void)name;
	(void)resolver;
	(void)count;
	return left_out(p);
}
#endif
