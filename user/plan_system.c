// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The system that plan_make looks at. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "ethtool.h"
#include "plan.h"

int system_resolve(const char *name, struct natloop_addr *ret, size_t max)
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *ai;
	size_t count = 0;

	switch (getaddrinfo(name, NULL, &hints, &list)) {
	case 0:
		break;
	case EAI_NONAME:
	case EAI_NODATA:
		return -ENOENT;
	case EAI_AGAIN:
		return -EAGAIN;
	default:
		return -EIO;
	}
	for (ai = list; ai && count < max; ai = ai->ai_next) {
		const struct sockaddr_in *sin = (const void *)ai->ai_addr;

		ret[count++] = address_from_v4(sin->sin_addr.s_addr);
	}
	freeaddrinfo(list);
	return count ? (int)count : -ENOENT;
}

static int (*resolver)(const char *name, struct natloop_addr *ret, size_t max) = system_resolve;

void system_set_resolver(int (*by)(const char *name, struct natloop_addr *ret, size_t max))
{
	resolver = by;
}

static int ask_resolver(const char *name, struct natloop_addr *ret, size_t max)
{
	return resolver(name, ret, max);
}

const struct system_calls system_calls_real = {
	.route = netlink_route,
	.uplinks = netlink_uplinks,
	.xdp_features = netlink_xdp_features,
	.rx_vlan = ethtool_rx_vlan,
	.resolve = ask_resolver,
};

int system_read(struct system_view *ret, struct problem *p)
{
	struct system_view view = { .calls = &system_calls_real };
	int err;

	err = netlink_links(&view.links);
	if (!err)
		err = netlink_addresses(&view.addresses);
	if (err) {
		system_free(&view);
		return problem(p, err, "netlink", "try again",
			       "cannot read the interfaces and addresses: %s", strerror(-err));
	}
	*ret = view;
	return 0;
}

void system_free(struct system_view *view)
{
	netlink_links_free(&view->links);
	netlink_addresses_free(&view->addresses);
}
