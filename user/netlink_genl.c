// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Generic netlink: families by name, XDP features, Wi-Fi. */
#include "netlink_genl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/nl80211.h>

#include "netlink_query.h"

/*
 * From include/uapi/linux/netdev.h of kernel 6.3, under names of our own, because distributions
 * still install older headers.
 */
#define NETDEV_FAMILY "netdev"
#define NETDEV_VERSION 1
#define NETDEV_COMMAND_DEV_GET 1
#define NETDEV_ATTR_IFINDEX 1
#define NETDEV_ATTR_XDP_FEATURES 3

struct message {
	char buf[128] __attribute__((aligned(8)));
};

static struct nlmsghdr *put_request(struct message *m, __u16 family, __u8 command, __u8 version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(m->buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = version;
	return nlh;
}

static int family_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	__u16 *id = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
			*id = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

/* -ENOENT: the kernel has no such family. */
static int find_family(const char *name, __u16 *ret)
{
	struct message m = { 0 };
	struct nlmsghdr *nlh = put_request(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	__u16 id = 0;
	const struct netlink_query q = {
		.protocol = NETLINK_GENERIC,
		.reply = family_reply,
		.data = &id,
	};
	int err;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	err = netlink_query(&q, nlh);
	if (err)
		return err;
	if (!id)
		return -ENOENT;
	*ret = id;
	return 0;
}

struct features {
	__u64 bits;
	bool found;
};

static int features_reply(const struct nlmsghdr *nlh, void *data)
{
	struct features *features = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == NETDEV_ATTR_XDP_FEATURES &&
		    mnl_attr_validate(attr, MNL_TYPE_U64) >= 0) {
			features->bits = mnl_attr_get_u64(attr);
			features->found = true;
		}
	}
	return MNL_CB_OK;
}

int netlink_xdp_features(int ifindex, __u64 *ret)
{
	struct features features = { 0 };
	const struct netlink_query q = {
		.protocol = NETLINK_GENERIC,
		.reply = features_reply,
		.data = &features,
	};
	struct message m = { 0 };
	struct nlmsghdr *nlh;
	__u16 family;
	int err;

	err = find_family(NETDEV_FAMILY, &family);
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	nlh = put_request(&m, family, NETDEV_COMMAND_DEV_GET, NETDEV_VERSION);
	mnl_attr_put_u32(nlh, NETDEV_ATTR_IFINDEX, (__u32)ifindex);
	err = netlink_query(&q, nlh);
	if (err)
		return err;
	if (!features.found)
		return -EOPNOTSUPP;
	*ret = features.bits;
	return 0;
}

static int wireless_reply(const struct nlmsghdr *nlh, void *data)
{
	struct link_table *t = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) != NL80211_ATTR_IFINDEX ||
		    mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			continue;
		for (size_t i = 0; i < t->links; i++)
			if (t->link[i].ifindex == (int)mnl_attr_get_u32(attr))
				t->link[i].wireless = true;
	}
	return MNL_CB_OK;
}

int netlink_mark_wireless(struct link_table *t)
{
	const struct netlink_query q = {
		.protocol = NETLINK_GENERIC,
		.reply = wireless_reply,
		.data = t,
	};
	struct message m = { 0 };
	struct nlmsghdr *nlh;
	__u16 family;
	int err;

	err = find_family(NL80211_GENL_NAME, &family);
	if (err)
		return err == -ENOENT ? 0 : err;
	nlh = put_request(&m, family, NL80211_CMD_GET_INTERFACE, 0);
	nlh->nlmsg_flags = NLM_F_DUMP;
	return netlink_query(&q, nlh);
}
