// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does a flow table of nftables take packets before natloop sees them? */
#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "conflicts_parts.h"
#include "netlink_query.h"

/* Of kernel 5.8, from include/uapi/linux/netfilter/nf_tables.h, where it is an enum. */
#define FLAG_HARDWARE 1

static int device(const struct nlattr *attr, void *data)
{
	struct flowtable *table = data;

	if (mnl_attr_get_type(attr) == NFTA_DEVICE_NAME &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0 && table->devices < FLOWTABLE_DEVICES)
		snprintf(table->device[table->devices++], IFNAMSIZ, "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int hook(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == NFTA_FLOWTABLE_HOOK_DEVS)
		return mnl_attr_parse_nested(attr, device, data);
	return MNL_CB_OK;
}

static int attribute(const struct nlattr *attr, void *data)
{
	struct flowtable *table = data;

	switch (mnl_attr_get_type(attr)) {
	case NFTA_FLOWTABLE_TABLE:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			snprintf(table->table, sizeof(table->table), "%s", mnl_attr_get_str(attr));
		break;
	case NFTA_FLOWTABLE_NAME:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			snprintf(table->name, sizeof(table->name), "%s", mnl_attr_get_str(attr));
		break;
	case NFTA_FLOWTABLE_HOOK:
		return mnl_attr_parse_nested(attr, hook, table);
	case NFTA_FLOWTABLE_FLAGS:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			table->hardware = ntohl(mnl_attr_get_u32(attr)) & FLAG_HARDWARE;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

bool flowtable_parse(const struct nlmsghdr *nlh, struct flowtable *ret)
{
	struct flowtable table = { .devices = 0 };

	if (nlh->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWFLOWTABLE) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg) ||
	    mnl_attr_parse(nlh, sizeof(struct nfgenmsg), attribute, &table) < 0)
		return false;
	*ret = table;
	return true;
}

/* Do frames pass @device on their way to the attached @ifindex, before natloop has them? */
static bool is_below(const struct link *device, const struct conflict_search *search, int ifindex)
{
	const struct link *above = netlink_link_by_index(&search->links, ifindex);

	return above && (device->master == ifindex || above->parent == device->ifindex);
}

void flowtable_judge(const struct flowtable *table, struct conflict_search *search)
{
	for (size_t d = 0; d < table->devices; d++) {
		const struct link *device = netlink_link_by_name(&search->links, table->device[d]);

		for (size_t i = 0; device && i < search->ifaces; i++) {
			int ifindex = search->iface[i].ifindex;
			bool below = is_below(device, search, ifindex);

			if (!below && !(table->hardware && device->ifindex == ifindex))
				continue;
			conflict_add(
				search, search->iface[i].iface.name,
				"turn flow offloading off, or flush the connections to the "
				"public address (conntrack -D -d)",
				"flow table %s of table %s takes packets of %s before it%s: "
				"connections that it has from the kernel's own NAT stay with it",
				table->name, table->table, device->name,
				table->hardware ? ", in hardware" : "");
		}
	}
}

static int reply(const struct nlmsghdr *nlh, void *data)
{
	struct flowtable table;

	if (flowtable_parse(nlh, &table))
		flowtable_judge(&table, data);
	return MNL_CB_OK;
}

static void restart(void *data)
{
	struct conflict_search *search = data;

	/* Only what this question has found; it is the first that is asked. */
	search->count = 0;
}

void conflicts_flowtables(struct conflict_search *search)
{
	const struct netlink_query q = {
		.protocol = NETLINK_NETFILTER,
		.reply = reply,
		.restart = restart,
		.data = search,
	};
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETFLOWTABLE;
	nlh->nlmsg_flags = NLM_F_DUMP;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	(void)netlink_query(&q, nlh);
}
