// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which interfaces lead to the Internet? */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netlink.h"
#include "netlink_query.h"
#include "util.h"

#define TABLES_MAX 256
#define UPLINKS_MAX 256

struct uplink {
	int ifindex;
	__u32 table;
	__u32 metric;
};

struct tables {
	__u32 table[TABLES_MAX];
	size_t count;
};

struct uplinks {
	const struct tables *tables;
	struct uplink uplink[UPLINKS_MAX];
	size_t count;
};

static bool has_table(const struct tables *t, __u32 table)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->table[i] == table)
			return true;
	return false;
}

static int rule_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct fib_rule_hdr *hdr = mnl_nlmsg_get_payload(nlh);
	struct tables *t = data;
	const struct nlattr *attr;
	__u32 table;

	if (nlh->nlmsg_type != RTM_NEWRULE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*hdr) ||
	    hdr->family != AF_INET || hdr->action != FR_ACT_TO_TBL)
		return MNL_CB_OK;
	table = hdr->table;
	mnl_attr_for_each(attr, nlh, sizeof(*hdr))
	{
		if (mnl_attr_get_type(attr) == FRA_TABLE &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			table = mnl_attr_get_u32(attr);
	}
	if (table && !has_table(t, table) && t->count < ARRAY_SIZE(t->table))
		t->table[t->count++] = table;
	return MNL_CB_OK;
}

static void rule_restart(void *data)
{
	((struct tables *)data)->count = 0;
}

/* A kernel without policy routing has no rules, and one table for all. */
static int read_tables(struct tables *t)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = rule_reply,
		.restart = rule_restart,
		.data = t,
	};
	struct fib_rule_hdr *hdr;
	int err;

	nlh->nlmsg_type = RTM_GETRULE;
	nlh->nlmsg_flags = NLM_F_DUMP;
	hdr = mnl_nlmsg_put_extra_header(nlh, sizeof(*hdr));
	hdr->family = AF_INET;
	err = netlink_query(&q, nlh);
	if (err && err != -EOPNOTSUPP && err != -EAFNOSUPPORT)
		return err;
	if (err) {
		t->table[0] = RT_TABLE_MAIN;
		t->count = 1;
	}
	return 0;
}

static void add_uplink(struct uplinks *u, const struct uplink *found)
{
	if (found->ifindex && u->count < ARRAY_SIZE(u->uplink))
		u->uplink[u->count++] = *found;
}

static void add_nexthops(struct uplinks *u, struct uplink found, const struct nlattr *multipath)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(multipath);
	int left = mnl_attr_get_payload_len(multipath);

	for (; RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		found.ifindex = hop->rtnh_flags & RTNH_F_DEAD ? 0 : hop->rtnh_ifindex;
		add_uplink(u, &found);
	}
}

static int route_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *multipath = NULL;
	struct uplinks *u = data;
	struct uplink found = { 0 };

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) ||
	    rtm->rtm_family != AF_INET || rtm->rtm_dst_len != 0 || rtm->rtm_type != RTN_UNICAST ||
	    (rtm->rtm_flags & RTNH_F_DEAD))
		return MNL_CB_OK;
	found.table = rtm->rtm_table;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
	{
		if (mnl_attr_get_type(attr) == RTA_MULTIPATH)
			multipath = attr;
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			continue;
		if (mnl_attr_get_type(attr) == RTA_OIF)
			found.ifindex = (int)mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_PRIORITY)
			found.metric = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_TABLE)
			found.table = mnl_attr_get_u32(attr);
	}
	if (!has_table(u->tables, found.table))
		return MNL_CB_OK;
	if (multipath)
		add_nexthops(u, found, multipath);
	else
		add_uplink(u, &found);
	return MNL_CB_OK;
}

static void route_restart(void *data)
{
	((struct uplinks *)data)->count = 0;
}

static int read_routes(struct uplinks *u)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.strict = true,
		.reply = route_reply,
		.restart = route_restart,
		.data = u,
	};
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_DUMP;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_type = RTN_UNICAST;
	return netlink_query(&q, nlh);
}

static int compare(const void *a, const void *b)
{
	const struct uplink *x = a, *y = b;
	bool x_main = x->table == RT_TABLE_MAIN, y_main = y->table == RT_TABLE_MAIN;

	if (x_main != y_main)
		return x_main ? -1 : 1;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

static bool has_index(const int *list, size_t count, int ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == ifindex)
			return true;
	return false;
}

int netlink_uplinks(int *ret_ifindex, size_t max)
{
	struct tables tables = { .count = 0 };
	struct uplinks u = { .tables = &tables };
	size_t count = 0;
	int err;

	err = read_tables(&tables);
	if (!err)
		err = read_routes(&u);
	if (err)
		return err;
	qsort(u.uplink, u.count, sizeof(u.uplink[0]), compare);
	for (size_t i = 0; i < u.count && count < max; i++)
		if (!has_index(ret_ifindex, count, u.uplink[i].ifindex))
			ret_ifindex[count++] = u.uplink[i].ifindex;
	return count ? (int)count : -ESRCH;
}
