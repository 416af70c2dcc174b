// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "forwarding.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

#include "util.h"

bool forwarding_is_off(const char *interface)
{
	char path[64 + IFNAMSIZ], value = '1';
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding", interface);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, &value, 1) == 1 && value == '0';
}
