// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses and routes, IPv4. */
#include "netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "netlink_query.h"
#include "util.h"

static int address_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct address_table *t = data;
	struct interface_address *grown;
	const struct nlattr *attr, *local = NULL, *address = NULL;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa) ||
	    ifa->ifa_family != AF_INET)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa))
	{
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			continue;
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			local = attr;
		else if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			address = attr;
	}
	/* On a point-to-point link IFA_ADDRESS is the peer. */
	attr = local ? local : address;
	if (!attr)
		return MNL_CB_OK;
	grown = reallocarray(t->address, t->addresses + 1, sizeof(*grown));
	if (!grown)
		return MNL_CB_ERROR;
	t->address = grown;
	t->address[t->addresses++] = (struct interface_address){
		.ifindex = (int)ifa->ifa_index,
		.addr = address_from_v4(mnl_attr_get_u32(attr)),
		.net = address_from_v4(mnl_attr_get_u32(address ? address : attr)),
		.prefix_length = ifa->ifa_prefixlen,
		.scope = ifa->ifa_scope,
	};
	return MNL_CB_OK;
}

static void address_restart(void *data)
{
	struct address_table *t = data;

	t->addresses = 0;
}

int netlink_addresses(struct address_table *ret)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct address_table t = { 0 };
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = address_reply,
		.restart = address_restart,
		.data = &t,
	};
	struct ifaddrmsg *ifa;
	int err;

	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_DUMP;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	err = netlink_query(&q, nlh);
	if (err) {
		netlink_addresses_free(&t);
		return err;
	}
	*ret = t;
	return 0;
}

void netlink_addresses_free(struct address_table *t)
{
	free(t->address);
	*t = (struct address_table){ 0 };
}

bool netlink_has_address(const struct address_table *t, const struct natloop_addr *addr)
{
	for (size_t i = 0; i < t->addresses; i++)
		if (address_equal(&t->address[i].addr, addr))
			return true;
	return false;
}

static int route_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct route *route = data;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
		return MNL_CB_OK;
	route->type = rtm->rtm_type;
	route->prefix_length = rtm->rtm_dst_len;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
	{
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			continue;
		if (mnl_attr_get_type(attr) == RTA_OIF)
			route->ifindex = (int)mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_PREFSRC)
			route->source = address_from_v4(mnl_attr_get_u32(attr));
		else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			route->via = address_from_v4(mnl_attr_get_u32(attr));
	}
	return MNL_CB_OK;
}

static int ask_route(__be32 to, unsigned int flags, struct route *ret)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = route_reply,
		.data = ret,
	};
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	rtm->rtm_flags = flags;
	mnl_attr_put_u32(nlh, RTA_DST, to);
	return netlink_query(&q, nlh);
}

int netlink_route(const struct natloop_addr *to, struct route *ret)
{
	struct route route = { 0 }, match = { 0 };
	int err;

	if (!address_is_v4(to))
		return -EAFNOSUPPORT;
	err = ask_route(to->w[3], 0, &route);
	if (!err)
		err = ask_route(to->w[3], RTM_F_FIB_MATCH, &match);
	if (err)
		return err;
	/* The resolved route has one next hop and the source; the FIB's entry has the prefix. */
	route.prefix_length = match.prefix_length;
	*ret = route;
	return 0;
}
