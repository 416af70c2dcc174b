// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "util.h"

/* The ETH_FLAG_ bits, or a negative errno. */
static int read_flags(const char *name, __u32 *ret)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	struct ifreq request = { .ifr_data = (void *)&flags };

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCETHTOOL, &request))
		return -errno;
	*ret = flags.data;
	return 0;
}

int ethtool_rx_vlan(const char *name)
{
	__u32 flags = 0;
	int err = read_flags(name, &flags);

	return err ? err : !!(flags & ETH_FLAG_RXVLAN);
}

int ethtool_lro(const char *name)
{
	__u32 flags = 0;
	int err = read_flags(name, &flags);

	return err ? err : !!(flags & ETH_FLAG_LRO);
}
