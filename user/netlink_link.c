// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which links there are. */
#include "netlink.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "netlink_genl.h"
#include "netlink_query.h"
#include "util.h"

static void copy_text(char *to, size_t size, const struct nlattr *attr)
{
	snprintf(to, size, "%.*s", (int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
}

static unsigned int get_u32(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) < 0 ? 0 : mnl_attr_get_u32(attr);
}

static void read_info_data(const struct nlattr *data, struct link *link)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		if (mnl_attr_get_type(attr) == IFLA_VLAN_ID &&
		    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
			link->vlan = mnl_attr_get_u16(attr);
	}
}

static void read_info(const struct nlattr *info, struct link *link)
{
	const struct nlattr *attr, *data = NULL;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			copy_text(link->kind, sizeof(link->kind), attr);
		else if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			data = attr;
	}
	if (data && !strcmp(link->kind, "vlan"))
		read_info_data(data, link);
}

static void read_link(const struct nlmsghdr *nlh, struct link *link)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	bool elsewhere = false;

	*link = (struct link){
		.ifindex = ifi->ifi_index,
		.type = ifi->ifi_type,
		.flags = ifi->ifi_flags,
	};
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			copy_text(link->name, sizeof(link->name), attr);
			break;
		case IFLA_MASTER:
			link->master = (int)get_u32(attr);
			break;
		case IFLA_LINK:
			link->parent = (int)get_u32(attr);
			break;
		case IFLA_LINK_NETNSID:
			elsewhere = true;
			break;
		case IFLA_ADDRESS:
			if (mnl_attr_get_payload_len(attr) == sizeof(link->mac))
				memcpy(link->mac, mnl_attr_get_payload(attr), sizeof(link->mac));
			break;
		case IFLA_LINKINFO:
			read_info(attr, link);
			break;
		}
	}
	/* IFLA_LINK is also a veth's peer, and an ifindex of another namespace means nothing here.
	 */
	if (elsewhere || strcmp(link->kind, "vlan") != 0)
		link->parent = 0;
}

static int link_reply(const struct nlmsghdr *nlh, void *data)
{
	struct link_table *t = data;
	struct link *grown;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg))
		return MNL_CB_OK;
	grown = reallocarray(t->link, t->links + 1, sizeof(*grown));
	if (!grown)
		return MNL_CB_ERROR;
	t->link = grown;
	read_link(nlh, &t->link[t->links++]);
	return MNL_CB_OK;
}

static void link_restart(void *data)
{
	struct link_table *t = data;

	t->links = 0;
}

int netlink_links(struct link_table *ret)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct link_table t = { 0 };
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = link_reply,
		.restart = link_restart,
		.data = &t,
	};
	int err;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	err = netlink_query(&q, nlh);
	if (!err)
		err = netlink_mark_wireless(&t);
	if (err) {
		netlink_links_free(&t);
		return err;
	}
	*ret = t;
	return 0;
}

void netlink_links_free(struct link_table *t)
{
	free(t->link);
	*t = (struct link_table){ 0 };
}

bool netlink_is_layer3(const struct link *link)
{
	return link->type == ARPHRD_NONE || link->type == ARPHRD_RAWIP;
}

const struct link *netlink_link_by_name(const struct link_table *t, const char *name)
{
	for (size_t i = 0; i < t->links; i++)
		if (!strcmp(t->link[i].name, name))
			return &t->link[i];
	return NULL;
}

const struct link *netlink_link_by_index(const struct link_table *t, int ifindex)
{
	for (size_t i = 0; i < t->links; i++)
		if (t->link[i].ifindex == ifindex)
			return &t->link[i];
	return NULL;
}
