// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "netlink_neighbour.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "address.h"
#include "netlink_query.h"

struct found {
	enum netlink_neighbour state;
	unsigned int age_ms;
};

/* Times are in ticks of 10 ms, whatever the kernel counts in (USER_HZ). */
static void read_age(const struct nlmsghdr *nlh, struct found *ret)
{
	const struct nda_cacheinfo *info;
	const struct nlattr *attr;

	ret->age_ms = ~0u;
	mnl_attr_for_each(attr, nlh, sizeof(struct ndmsg))
	{
		if (mnl_attr_get_type(attr) != NDA_CACHEINFO ||
		    mnl_attr_get_payload_len(attr) < sizeof(*info))
			continue;
		info = mnl_attr_get_payload(attr);
		if (info->ndm_confirmed < ~0u / 10)
			ret->age_ms = info->ndm_confirmed * 10;
	}
}

static int reply(const struct nlmsghdr *nlh, void *data)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	struct found *ret = data;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(nlh) < sizeof(*nd))
		return MNL_CB_OK;
	if (nd->ndm_state & NUD_REACHABLE)
		ret->state = NEIGHBOUR_ANSWERED;
	else if (nd->ndm_state & (NUD_PERMANENT | NUD_NOARP))
		ret->state = NEIGHBOUR_FIXED;
	else if (nd->ndm_state & NUD_FAILED)
		ret->state = NEIGHBOUR_FAILED;
	else
		ret->state = NEIGHBOUR_PENDING;
	read_age(nlh, ret);
	return MNL_CB_OK;
}

static void put(struct nlmsghdr *nlh, int ifindex, const struct natloop_addr *addr,
		unsigned short state)
{
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));

	nd->ndm_family = AF_INET;
	nd->ndm_ifindex = ifindex;
	nd->ndm_state = state;
	mnl_attr_put_u32(nlh, NDA_DST, addr->w[3]);
}

int netlink_neighbour(int ifindex, const struct natloop_addr *addr, enum netlink_neighbour *ret,
		      unsigned int *age_ms)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct found found = { .state = NEIGHBOUR_NONE };
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = reply,
		.data = &found,
	};
	int err;

	if (!address_is_v4(addr))
		return -EAFNOSUPPORT;
	nlh->nlmsg_type = RTM_GETNEIGH;
	put(nlh, ifindex, addr, 0);
	err = netlink_query(&q, nlh);
	if (err && err != -ENOENT)
		return err;
	*ret = found.state;
	*age_ms = found.age_ms;
	return 0;
}

int netlink_neighbour_ask(int ifindex, const struct natloop_addr *addr)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct found unused;
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = reply,
		.data = &unused,
	};

	if (!address_is_v4(addr))
		return -EAFNOSUPPORT;
	nlh->nlmsg_type = RTM_NEWNEIGH;
	nlh->nlmsg_flags = NLM_F_REPLACE;
	put(nlh, ifindex, addr, NUD_PROBE);
	return netlink_query(&q, nlh);
}
