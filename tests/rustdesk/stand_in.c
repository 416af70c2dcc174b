// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "stand_in.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

void die(int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(status);
}

void event(const char *format, ...)
{
	char line[512];
	va_list ap;
	int length;

	va_start(ap, format);
	length = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	if (length < 0 || (size_t)length >= sizeof(line) - 1)
		die(STATUS_FAILED, "an event is too long for a line");
	line[length] = '\n';
	/* One write: threads do not mix their lines. Nobody may be reading any more. */
	if (write(STDOUT_FILENO, line, length + 1) < 0)
		return;
}

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

unsigned int parse_number(const char *text, unsigned long least, unsigned long most)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || number < least || number > most)
		die(STATUS_USAGE, "%s: not a number from %lu to %lu", text, least, most);
	return number;
}

int bound_socket(int type, uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	_cleanup_close_ int fd = -1;
	const int one = 1;

	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)))
		return -errno;
	return TAKE_FD(fd);
}

int listening_socket(uint16_t port)
{
	int fd;

	fd = bound_socket(SOCK_STREAM | SOCK_NONBLOCK, port);
	if (fd < 0)
		die(STATUS_FAILED, "port %u: %s", port, strerror(-fd));
	if (listen(fd, SOMAXCONN))
		die(STATUS_FAILED, "port %u: %s", port, strerror(errno));
	return fd;
}

bool same_endpoint(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
	return a->sin_addr.s_addr == b->sin_addr.s_addr && a->sin_port == b->sin_port;
}

const char *endpoint_text(const struct sockaddr_in *endpoint, char text[ENDPOINT_TEXT])
{
	char address[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &endpoint->sin_addr, address, sizeof(address));
	snprintf(text, ENDPOINT_TEXT, "%s:%u", address, ntohs(endpoint->sin_port));
	return text;
}
