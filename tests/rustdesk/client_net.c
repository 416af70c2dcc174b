// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "stand_in.h"
#include "util.h"

/* The first line of a hosts file that has the name. */
static int look_up_file(const char *name, struct in_addr *address)
{
	__attribute__((cleanup(util_fclosep))) FILE *file = fopen(client_options.hosts, "re");
	char line[512];

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		char *at = line, *word;
		struct in_addr found;

		line[strcspn(line, "#\r\n")] = '\0';
		word = strsep(&at, " \t");
		if (inet_pton(AF_INET, word, &found) != 1)
			continue;
		while ((word = strsep(&at, " \t"))) {
			if (strcasecmp(word, name) != 0)
				continue;
			*address = found;
			return 0;
		}
	}
	return -ENOENT;
}

/* Asks the one DNS server for the name's A record. */
static int look_up_dns(const char *name, struct in_addr *address)
{
	struct __res_state state = {};
	unsigned char answer[NS_PACKETSZ];
	struct in_addr server;
	int length, err = -ENOENT;
	ns_msg message;
	ns_rr record;

	if (inet_pton(AF_INET, client_options.resolver, &server) != 1)
		die(STATUS_USAGE, "%s: not an IPv4 address", client_options.resolver);
	if (res_ninit(&state))
		return -EINVAL;
	state.nscount = 1;
	state.nsaddr_list[0] = (struct sockaddr_in){ .sin_family = AF_INET,
						     .sin_addr = server,
						     .sin_port = htons(NS_DEFAULTPORT) };
	state.retrans = 2;
	state.retry = 2;
	length = res_nquery(&state, name, ns_c_in, ns_t_a, answer, sizeof(answer));
	if (length > 0 && !ns_initparse(answer, length, &message)) {
		for (int i = 0; i < ns_msg_count(message, ns_s_an) && err; i++) {
			if (ns_parserr(&message, ns_s_an, i, &record) ||
			    ns_rr_type(record) != ns_t_a || ns_rr_rdlen(record) != 4)
				continue;
			memcpy(address, ns_rr_rdata(record), 4);
			err = 0;
		}
	}
	res_nclose(&state);
	return err;
}

static int look_up_system(const char *name, struct in_addr *address)
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;

	if (getaddrinfo(name, NULL, &hints, &list))
		return -ENOENT;
	*address = ((struct sockaddr_in *)list->ai_addr)->sin_addr;
	freeaddrinfo(list);
	return 0;
}

int client_resolve(const char *host, uint16_t port, struct sockaddr_in *to)
{
	struct sockaddr_in found = { .sin_family = AF_INET };
	char name[CLIENT_HOST_MAX];
	char *colon;
	int err = 0;

	if (strlen(host) >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, host, strlen(host) + 1);
	colon = strchr(name, ':');
	if (colon) {
		*colon = '\0';
		port = parse_number(colon + 1, 1, 65535);
	}
	found.sin_port = htons(port);
	if (inet_pton(AF_INET, name, &found.sin_addr) != 1) {
		if (client_options.resolver)
			err = look_up_dns(name, &found.sin_addr);
		else if (client_options.hosts)
			err = look_up_file(name, &found.sin_addr);
		else
			err = look_up_system(name, &found.sin_addr);
	}
	if (!err)
		*to = found;
	return err;
}

bool client_other_port(const char *host, uint16_t port, int offset, char other[CLIENT_HOST_MAX])
{
	const char *colon = strchr(host, ':');
	int length = colon ? colon - host : (int)strlen(host);

	if (colon)
		port = parse_number(colon + 1, 1, 65535);
	length = snprintf(other, CLIENT_HOST_MAX, "%.*s:%d", length, host, port + offset);
	return length < CLIENT_HOST_MAX;
}

int client_connect(const struct sockaddr_in *to, uint16_t local, unsigned int ms)
{
	_cleanup_close_ int fd = bound_socket(SOCK_STREAM | SOCK_NONBLOCK, local);
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	const int one = 1;
	int err = 0;

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) && errno != EINPROGRESS)
		return -errno;
	do
		err = poll(&poller, 1, ms);
	while (err < 0 && errno == EINTR);
	if (err <= 0)
		return err ? -errno : -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size))
		return -errno;
	if (err)
		return -err;
	if (fcntl(fd, F_SETFL, 0) || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		return -errno;
	return TAKE_FD(fd);
}

int client_connect_name(const char *host, uint16_t port, uint16_t local, struct sockaddr_in *to)
{
	struct sockaddr_in found;
	int err;

	err = client_resolve(host, port, &found);
	if (err)
		return err;
	if (to)
		*to = found;
	return client_connect(&found, local, client_ms(CLIENT_CONNECT_TIMEOUT));
}

struct sockaddr_in client_local(int fd)
{
	struct sockaddr_in local = {};
	socklen_t size = sizeof(local);

	if (getsockname(fd, (struct sockaddr *)&local, &size))
		die(STATUS_FAILED, "getsockname: %s", strerror(errno));
	return local;
}
