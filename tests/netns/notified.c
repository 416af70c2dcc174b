// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A service manager's ear: prints each datagram that comes to the socket PATH as one line, with '|'
 * between its own lines, until it is killed.
 *
 * notified PATH
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char buf[1024];
	ssize_t length;

	if (argc != 2 || strlen(argv[1]) >= sizeof(addr.sun_path)) {
		fputs("usage: notified PATH\n", stderr);
		return 2;
	}
	memcpy(addr.sun_path, argv[1], strlen(argv[1]));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror("notified");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while ((length = recv(fd, buf, sizeof(buf) - 1, 0)) >= 0) {
		buf[length] = '\0';
		for (char *at = buf; (at = strchr(at, '\n'));)
			*at = '|';
		puts(buf);
		fflush(stdout);
	}
	return 0;
}
