// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * natloop_dns on clsact ingress. There is no record of it: it is the filter of that name that uses
 * our map, at whatever place it has.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "attach.h"
#include "attach_parts.h"

struct search {
	__u32 config_map; /* 0: not known */
	__u32 beside;	  /* then: the priority that it has */
	__u32 id;
	__u32 handle;
	__u32 priority;
};

static int filter_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct search *search = data;
	__u32 id = attach_filter_program(nlh), priority = TC_H_MAJ(tcm->tcm_info) >> 16;

	if (!id || !attach_is_dns(id) ||
	    (search->config_map ? !attach_uses_map(id, &search->config_map) :
				  priority != search->beside))
		return MNL_CB_OK;
	search->id = id;
	search->handle = tcm->tcm_handle;
	search->priority = priority;
	return MNL_CB_OK;
}

static int find(int ifindex, struct search *search)
{
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = filter_reply,
		.data = search,
	};

	return attach_tc_dump(ifindex, TC_H_MIN_INGRESS, &q);
}

int attach_dns(int ifindex, int prog_fd, __u32 config_map, const struct natloop_iface *iface,
	       struct problem *p)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd);
	struct search search = { .config_map = config_map };
	int err = find(ifindex, &search);

	opts.priority = iface->tc_priority;
	if (search.id) {
		opts.flags = BPF_TC_F_REPLACE;
		opts.handle = search.handle;
		opts.priority = search.priority;
	}
	if (!err)
		err = bpf_tc_attach(&hook, &opts);
	if (err)
		return problem(p, err, iface->name, "attach it again, or see 'tc filter show'",
			       "cannot attach the DNS program: %s", strerror(-err));
	return 0;
}

int detach_dns(int ifindex, __u32 config_map, const struct natloop_iface *iface, struct problem *p)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts);
	struct search search = { .config_map = config_map, .beside = iface->tc_priority };
	int err = find(ifindex, &search);

	if (!err && search.id) {
		opts.handle = search.handle;
		opts.priority = search.priority;
		err = bpf_tc_detach(&hook, &opts);
	}
	if (!err || err == -ENOENT || err == -EINVAL || err == -ENODEV)
		return 0;
	return problem(p, err, iface->name, "see 'tc filter show dev IFACE ingress'",
		       "cannot remove the DNS program: %s", strerror(-err));
}

int attach_dns_find(int ifindex, __u32 config_map, __u32 *ret_id)
{
	struct search search = { .config_map = config_map };
	int err = find(ifindex, &search);

	if (!err)
		*ret_id = search.id;
	return err;
}
