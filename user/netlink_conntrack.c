// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "netlink_conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "netlink_query.h"

struct tuple {
	struct natloop_addr src;
	struct natloop_addr dst;
	__u16 dport;
	__u8 proto;
};

static const struct nlattr *find(const struct nlattr *nest, unsigned int type, size_t size)
{
	const struct nlattr *attr;

	if (!nest)
		return NULL;
	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == type && mnl_attr_get_payload_len(attr) >= size)
			return attr;
	}
	return NULL;
}

static bool parse_tuple(const struct nlattr *nest, struct tuple *ret)
{
	const struct nlattr *ip = find(nest, CTA_TUPLE_IP, 0);
	const struct nlattr *proto = find(nest, CTA_TUPLE_PROTO, 0);
	const struct nlattr *src = find(ip, CTA_IP_V4_SRC, sizeof(__be32));
	const struct nlattr *dst = find(ip, CTA_IP_V4_DST, sizeof(__be32));
	const struct nlattr *number = find(proto, CTA_PROTO_NUM, sizeof(__u8));
	const struct nlattr *port = find(proto, CTA_PROTO_DST_PORT, sizeof(__be16));

	if (!src || !dst || !number || !port)
		return false;
	*ret = (struct tuple){
		.src = address_from_v4(mnl_attr_get_u32(src)),
		.dst = address_from_v4(mnl_attr_get_u32(dst)),
		.dport = ntohs(mnl_attr_get_u16(port)),
		.proto = mnl_attr_get_u8(number),
	};
	return true;
}

bool conntrack_parse(const struct nlmsghdr *nlh, struct conntrack *ret)
{
	const struct nlattr *attr, *original = NULL, *reply = NULL, *status = NULL;
	struct tuple there, back;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG)
			original = attr;
		else if (mnl_attr_get_type(attr) == CTA_TUPLE_REPLY)
			reply = attr;
		else if (mnl_attr_get_type(attr) == CTA_STATUS &&
			 mnl_attr_get_payload_len(attr) >= sizeof(__be32))
			status = attr;
	}
	if (!status || !parse_tuple(original, &there) || !parse_tuple(reply, &back) ||
	    (there.proto != IPPROTO_TCP && there.proto != IPPROTO_UDP))
		return false;
	*ret = (struct conntrack){
		.proto = there.proto,
		.client = there.src,
		.dialled = there.dst,
		.server = back.src,
		.port = there.dport,
		.answered = ntohl(mnl_attr_get_u32(status)) & IPS_SEEN_REPLY,
	};
	return true;
}

struct walk {
	void (*each)(void *data, const struct conntrack *c);
	void *data;
};

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	const struct walk *walk = data;
	struct conntrack c;

	if (conntrack_parse(nlh, &c))
		walk->each(walk->data, &c);
	return MNL_CB_OK;
}

int netlink_conntrack(void (*each)(void *data, const struct conntrack *c), void *data)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct walk walk = { each, data };
	const struct netlink_query q = {
		.protocol = NETLINK_NETFILTER,
		.reply = on_message,
		.data = &walk,
	};
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET;
	nlh->nlmsg_flags = NLM_F_DUMP;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_INET;
	nfg->version = NFNETLINK_V0;
	return netlink_query(&q, nlh);
}
