// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util.h"

/* A path, or '@' and a name in the abstract name space. 0: not a socket that we know how to use. */
static socklen_t make_address(const char *name, struct sockaddr_un *ret)
{
	size_t length = strlen(name);

	if ((*name != '/' && *name != '@') || length >= sizeof(ret->sun_path))
		return 0;
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, name, length);
	if (*name == '@')
		ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

void notify(const char *format, ...)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNSPEC };
	_cleanup_close_ int fd = -1;
	socklen_t size;
	char text[512];
	va_list ap;

	size = name ? make_address(name, &addr) : 0;
	if (!size)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&addr, size);
}
