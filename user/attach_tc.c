// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The TC hook: a direct-action BPF filter on clsact ingress. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "attach_parts.h"
#include "netlink_query.h"
#include "util.h"

#define TC_HANDLE 1
#define TC_PRIORITY_MAX 0xffff
/* How often somebody else may take the priority between our look and our attach. */
#define ATTEMPTS 16

struct priorities {
	bool used[TC_PRIORITY_MAX + 1];
	size_t filters;
};

static int filter_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct priorities *found = data;

	if (nlh->nlmsg_type != RTM_NEWTFILTER || mnl_nlmsg_get_payload_len(nlh) < sizeof(*tcm))
		return MNL_CB_OK;
	found->used[TC_H_MAJ(tcm->tcm_info) >> 16] = true;
	found->filters++;
	return MNL_CB_OK;
}

static void filter_restart(void *data)
{
	memset(data, 0, sizeof(struct priorities));
}

int attach_tc_dump(int ifindex, __u32 minor, const struct netlink_query *q)
{
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct tcmsg *tcm;

	nlh->nlmsg_type = RTM_GETTFILTER;
	nlh->nlmsg_flags = NLM_F_DUMP;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = TC_H_MAKE(TC_H_CLSACT, minor);
	return netlink_query(q, nlh);
}

/* Adds to @found. */
static int dump_filters(int ifindex, __u32 minor, struct priorities *found)
{
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = filter_reply,
		.restart = filter_restart,
		.data = found,
	};

	return attach_tc_dump(ifindex, minor, &q);
}

/* -EOVERFLOW: all are taken. */
static int first_free_priority(int ifindex, __u32 *ret)
{
	_cleanup_free_ struct priorities *found = NULL;
	int err;

	found = calloc(1, sizeof(*found));
	if (!found)
		return -ENOMEM;
	err = dump_filters(ifindex, TC_H_MIN_INGRESS, found);
	if (err)
		return err;
	for (__u32 priority = 1; priority <= TC_PRIORITY_MAX; priority++) {
		if (found->used[priority])
			continue;
		*ret = priority;
		return 0;
	}
	return -EOVERFLOW;
}

/* Negative errno, or whether no filter is left in clsact. */
static int is_empty(int ifindex)
{
	_cleanup_free_ struct priorities *found = NULL;
	size_t ingress;
	int err;

	found = calloc(1, sizeof(*found));
	if (!found)
		return -ENOMEM;
	err = dump_filters(ifindex, TC_H_MIN_INGRESS, found);
	if (err)
		return err;
	ingress = found->filters;
	/* A dump that begins again forgets all, so the egress side starts from nothing. */
	filter_restart(found);
	err = dump_filters(ifindex, TC_H_MIN_EGRESS, found);
	if (err)
		return err;
	return !ingress && !found->filters;
}

/*
 * What the kernel answers for a filter that is not there: -ENOENT; without its qdisc or with
 * another kind of filter in its place -EINVAL; without the interface -ENODEV.
 */
static bool is_gone(int err)
{
	return err == -ENOENT || err == -EINVAL || err == -ENODEV;
}

/* Negative errno, or whether the filter that @iface names is there and runs our program. */
static int is_ours(int ifindex, const struct natloop_iface *iface)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = iface->tc_handle,
			    .priority = iface->tc_priority);
	int err;

	if (!iface->tc_priority)
		return false;
	err = bpf_tc_query(&hook, &opts);
	if (err)
		return is_gone(err) ? false : err;
	return opts.prog_id == iface->tc_id;
}

static int destroy_if_empty(int ifindex)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
			    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err;

	err = is_empty(ifindex);
	if (err <= 0)
		return err;
	err = bpf_tc_hook_destroy(&hook);
	return err && !is_gone(err) ? err : 0;
}

/* The kernel looks for a qdisc or classifier that it does not know among its modules: -ENOENT. */
static int lacks(int err, const char *what, const char *module, const struct natloop_iface *iface,
		 struct problem *p)
{
	char remedy[sizeof(p->remedy)];

	snprintf(remedy, sizeof(remedy),
		 "see 'modprobe %s', or use a kernel with it (OpenWrt: kmod-sched-core, "
		 "kmod-sched-bpf)",
		 module);
	return problem(p, err, iface->name, remedy, "the kernel has no %s (%s)", what, module);
}

static int attach_problem(int err, const struct natloop_iface *iface, struct problem *p)
{
	switch (err) {
	case -EOPNOTSUPP:
		return lacks(err, "traffic control", "sch_ingress", iface, p);
	case -ENODEV:
		return problem(p, err, iface->name, "see 'ip link' for the names",
			       "the interface has disappeared");
	case -EPERM:
		return problem(p, err, iface->name, "run as root", "not permitted");
	default:
		return problem(p, err, iface->name, "see 'tc filter show dev IFACE ingress'",
			       "cannot attach the TC program: %s", strerror(-err));
	}
}

static int replace(int ifindex, int prog_fd, struct natloop_iface *iface)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = iface->tc_handle,
			    .priority = iface->tc_priority, .prog_fd = prog_fd,
			    .flags = BPF_TC_F_REPLACE);
	int err;

	err = bpf_tc_attach(&hook, &opts);
	if (!err)
		iface->tc_id = opts.prog_id;
	return err;
}

static int attach_first_free(int ifindex, int prog_fd, struct natloop_iface *iface)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	int err = -EEXIST;

	for (int i = 0; i < ATTEMPTS && err == -EEXIST; i++) {
		DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .prog_fd = prog_fd);

		err = first_free_priority(ifindex, &opts.priority);
		if (!err)
			err = bpf_tc_attach(&hook, &opts);
		if (err)
			continue;
		iface->tc_id = opts.prog_id;
		iface->tc_handle = opts.handle;
		iface->tc_priority = opts.priority;
	}
	return err;
}

struct qdisc_search {
	int ifindex;
	bool found;
};

static int qdisc_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct qdisc_search *search = data;

	/* An ingress qdisc has this place, too, and is as good for our filter. */
	if (nlh->nlmsg_type == RTM_NEWQDISC && mnl_nlmsg_get_payload_len(nlh) >= sizeof(*tcm) &&
	    tcm->tcm_ifindex == search->ifindex && tcm->tcm_parent == TC_H_CLSACT)
		search->found = true;
	return MNL_CB_OK;
}

int attach_tc_look(int ifindex, struct natloop_iface *iface, bool *missing, struct problem *p)
{
	struct qdisc_search search = { .ifindex = ifindex };
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = qdisc_reply,
		.data = &search,
	};
	char buf[128] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct tcmsg *tcm;
	int err;

	nlh->nlmsg_type = RTM_GETQDISC;
	nlh->nlmsg_flags = NLM_F_DUMP;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_ifindex = ifindex;
	err = netlink_query(&q, nlh);
	if (err)
		return attach_problem(err, iface, p);
	*missing = !search.found;
	/* One that is there may be the one that we made for an earlier filter. */
	if (*missing)
		iface->tc_qdisc_ours = true;
	return 0;
}

int attach_tc_prepare(int ifindex, struct natloop_iface *iface, struct problem *p)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
			    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&hook);

	if (err)
		iface->tc_qdisc_ours = false;
	if (err == -ENOENT)
		return lacks(err, "clsact qdisc", "sch_ingress", iface, p);
	return err && err != -EEXIST ? attach_problem(err, iface, p) : 0;
}

int attach_tc(int ifindex, int prog_fd, struct natloop_iface *iface, struct problem *p)
{
	int err = is_ours(ifindex, iface);

	if (err > 0)
		err = replace(ifindex, prog_fd, iface);
	else if (!err)
		err = attach_first_free(ifindex, prog_fd, iface);
	if (err == -ENOENT)
		return lacks(err, "BPF classifier", "cls_bpf", iface, p);
	/* The qdisc is there, so this is no kernel without traffic control. */
	if (err == -EOPNOTSUPP)
		return problem(p, err, iface->name,
			       "make it without ingress_block, see 'tc qdisc show dev IFACE'",
			       "its clsact or ingress qdisc shares a block of filters with others");
	return err ? attach_problem(err, iface, p) : 0;
}

int detach_tc(int ifindex, const struct natloop_iface *iface, struct problem *p)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = iface->tc_handle,
			    .priority = iface->tc_priority);
	int err;

	err = is_ours(ifindex, iface);
	if (err > 0)
		err = bpf_tc_detach(&hook, &opts);
	if (is_gone(err))
		err = 0;
	if (!err && iface->tc_qdisc_ours)
		err = destroy_if_empty(ifindex);
	if (err)
		return problem(p, err, iface->name, "see 'tc filter show dev IFACE ingress'",
			       "cannot remove the TC program: %s", strerror(-err));
	return 0;
}
