// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which of the programs on an interface are ours, and which are others'. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "attach_parts.h"
#include "util.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS of linux/bpf.h */
#define TCX_MAX 64     /* on one interface, as the kernel says */
#define MAPS_MAX 64    /* of one program; ours uses eleven */

struct search {
	__u32 config_map;
	struct natloop_iface *iface;
};

bool attach_uses_map(__u32 prog_id, const void *data)
{
	const __u32 *map_id = data;
	__u32 maps[MAPS_MAX] = { 0 };
	struct bpf_prog_info info = {
		.nr_map_ids = ARRAY_SIZE(maps),
		.map_ids = (__u64)(unsigned long)maps,
	};
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(prog_id);
	__u32 size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		return false;
	for (__u32 i = 0; i < info.nr_map_ids && i < ARRAY_SIZE(maps); i++)
		if (maps[i] == *map_id)
			return true;
	return false;
}

static void name_program(__u32 prog_id, char name[BPF_OBJ_NAME_LEN])
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(prog_id);
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size))
		memcpy(name, info.name, BPF_OBJ_NAME_LEN);
}

bool attach_is_dns(__u32 prog_id)
{
	char name[BPF_OBJ_NAME_LEN] = "";

	name_program(prog_id, name);
	return !strcmp(name, "natloop_dns");
}

static int bpf_id(const struct nlattr *attr, void *data)
{
	__u32 *id = data;

	if (mnl_attr_get_type(attr) == TCA_BPF_ID)
		*id = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int options_id(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == TCA_OPTIONS)
		return mnl_attr_parse_nested(attr, bpf_id, data);
	return MNL_CB_OK;
}

__u32 attach_filter_program(const struct nlmsghdr *nlh)
{
	__u32 id = 0;

	if (nlh->nlmsg_type != RTM_NEWTFILTER ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct tcmsg) ||
	    mnl_attr_parse(nlh, sizeof(struct tcmsg), options_id, &id) < 0)
		return 0;
	return id;
}

static int filter_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct search *search = data;
	__u32 id = attach_filter_program(nlh);

	if (!id || !attach_uses_map(id, &search->config_map) || attach_is_dns(id))
		return MNL_CB_OK;
	search->iface->tc_id = id;
	search->iface->tc_handle = tcm->tcm_handle;
	search->iface->tc_priority = TC_H_MAJ(tcm->tcm_info) >> 16;
	return MNL_CB_OK;
}

int attach_find(int ifindex, __u32 config_map, struct natloop_iface *iface)
{
	struct natloop_iface found = *iface;
	struct search search = { .config_map = config_map, .iface = &found };
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = filter_reply,
		.data = &search,
	};
	int err;

	found.tc_id = found.tc_handle = found.tc_priority = 0;
	found.xdp_id = 0;
	err = attach_tc_dump(ifindex, TC_H_MIN_INGRESS, &q);
	if (!err)
		err = attach_xdp_search(ifindex, attach_uses_map, &config_map, &found.xdp_id);
	if (err && err != -ENODEV)
		return err;
	*iface = found;
	return 0;
}

struct foreign_search {
	__u32 config_map;
	struct attach_foreign found;
};

struct filter {
	__u32 id; /* of a BPF program */
	char kind[16];
	__u32 chain;
};

static int filter_attribute(const struct nlattr *attr, void *data)
{
	struct filter *filter = data;

	switch (mnl_attr_get_type(attr)) {
	case TCA_KIND:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			snprintf(filter->kind, sizeof(filter->kind), "%s", mnl_attr_get_str(attr));
		return MNL_CB_OK;
	case TCA_CHAIN:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			filter->chain = mnl_attr_get_u32(attr);
		return MNL_CB_OK;
	default:
		/* Only in the options of a BPF filter the type is that of the program's id. */
		return strcmp(filter->kind, "bpf") ? MNL_CB_OK : options_id(attr, &filter->id);
	}
}

static int foreign_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct foreign_search *search = data;
	struct attach_foreign *found = &search->found;
	struct filter filter = { 0 };
	__u32 priority;

	if (nlh->nlmsg_type != RTM_NEWTFILTER || mnl_nlmsg_get_payload_len(nlh) < sizeof(*tcm))
		return MNL_CB_OK;
	/* Without a handle it is only the place; and other chains are only gone to from this one.
	 */
	if (!tcm->tcm_handle)
		return MNL_CB_OK;
	if (mnl_attr_parse(nlh, sizeof(*tcm), filter_attribute, &filter) < 0 || filter.chain)
		return MNL_CB_OK;
	priority = TC_H_MAJ(tcm->tcm_info) >> 16;
	if (filter.id && attach_uses_map(filter.id, &search->config_map)) {
		found->our_priority = priority;
	} else if (!found->tc_priority || priority < found->tc_priority) {
		found->tc_priority = priority;
		found->tc_id = filter.id;
		snprintf(found->tc_kind, sizeof(found->tc_kind), "%s", filter.kind);
	}
	return MNL_CB_OK;
}

static void foreign_restart(void *data)
{
	struct foreign_search *search = data;

	search->found = (struct attach_foreign){ 0 };
}

static bool uses_other_maps(__u32 prog_id, const void *data)
{
	return prog_id && !attach_uses_map(prog_id, data);
}

/* Kernels of before 6.6 have none; libbpf may be older than they are. */
static __u32 first_tcx(int ifindex)
{
	__u32 id[TCX_MAX] = { 0 };
	__u32 count = ARRAY_SIZE(id);

	(void)bpf_prog_query(ifindex, (enum bpf_attach_type)TCX_INGRESS, 0, NULL, id, &count);
	return id[0];
}

int attach_find_foreign(int ifindex, __u32 config_map, struct attach_foreign *ret)
{
	struct foreign_search search = { .config_map = config_map };
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = foreign_reply,
		.restart = foreign_restart,
		.data = &search,
	};
	struct attach_foreign *found = &search.found;
	int err = attach_tc_dump(ifindex, TC_H_MIN_INGRESS, &q);

	if (!err)
		err = attach_xdp_search(ifindex, uses_other_maps, &config_map, &found->xdp_id);
	if (err)
		return err;
	/* Only what comes before ours; what shares its place was there first. */
	if (!found->our_priority || found->tc_priority > found->our_priority)
		found->tc_priority = 0;
	if (found->xdp_id)
		name_program(found->xdp_id, found->xdp_name);
	found->tcx_id = first_tcx(ifindex);
	if (found->tcx_id)
		name_program(found->tcx_id, found->tcx_name);
	*ret = *found;
	return 0;
}
