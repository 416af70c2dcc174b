// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "forwarding.h"

#include <net/if.h>
#include <stdio.h>

#include "sysctl.h"

bool forwarding_is_off(const char *interface)
{
	char path[64 + IFNAMSIZ];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding", interface);
	return sysctl_digit(path) == 0;
}
