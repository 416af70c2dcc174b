// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "orphans.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attach_parts.h"
#include "mountinfo.h"
#include "pins.h"
#include "util.h"

#define MAPS_MAX 64 /* of one program */

struct ownership {
	__u32 config_map;
	bool owned;
	bool unknown; /* there are pins that cannot be looked at */
};

/* Id and name of the map; id 0: it cannot be read. */
static struct bpf_map_info read_map(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		info.id = 0;
	return info;
}

static bool is_missing(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static void look_at_instance(const char *root, const char *name, struct ownership *ownership)
{
	char path[PATH_MAX];
	_cleanup_close_ int fd = -1;
	__u32 id;

	if (snprintf(path, sizeof(path), "%s/%s/" PINS_MARK, root, name) >= (int)sizeof(path)) {
		ownership->unknown = true;
		return;
	}
	fd = bpf_obj_get(path);
	if (fd < 0) {
		ownership->unknown |= !is_missing(errno);
		return;
	}
	id = read_map(fd).id;
	ownership->owned |= id == ownership->config_map;
	ownership->unknown |= !id;
}

static void look_at_mount(const struct mountinfo *mount, void *data)
{
	char point[sizeof(mount->point)], root[sizeof(point) + sizeof("/natloop")];
	struct ownership *ownership = data;
	struct dirent *entry;
	DIR *dir;

	if (strcmp(mount->type, "bpf") != 0)
		return;
	memcpy(point, mount->point, sizeof(point));
	mountinfo_unescape(point);
	snprintf(root, sizeof(root), "%s/natloop", point);
	dir = opendir(root);
	ownership->unknown |= !dir && !is_missing(errno);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			look_at_instance(root, entry->d_name, ownership);
	if (dir)
		closedir(dir);
}

/* The map natloop_config that a program of natloop's uses, and the program's name. 0: none. */
static __u32 config_map_of(__u32 prog_id, char name[BPF_OBJ_NAME_LEN])
{
	__u32 id[MAPS_MAX] = { 0 };
	struct bpf_prog_info info = {
		.nr_map_ids = ARRAY_SIZE(id),
		.map_ids = (__u64)(unsigned long)id,
	};
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(prog_id);
	__u32 size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) ||
	    strncmp(info.name, "natloop_", strlen("natloop_")) != 0)
		return 0;
	memcpy(name, info.name, BPF_OBJ_NAME_LEN);
	for (__u32 i = 0; i < info.nr_map_ids && i < ARRAY_SIZE(id); i++) {
		_cleanup_close_ int map = bpf_map_get_fd_by_id(id[i]);

		if (!strncmp(read_map(map).name, PINS_MARK, BPF_OBJ_NAME_LEN - 1))
			return id[i];
	}
	return 0;
}

static bool is_orphan(__u32 prog_id, char name[BPF_OBJ_NAME_LEN])
{
	struct ownership ownership = { .config_map = config_map_of(prog_id, name) };

	if (!ownership.config_map)
		return false;
	/* Without an answer there is nothing to tell of. */
	return mountinfo_each(look_at_mount, &ownership) && !ownership.owned && !ownership.unknown;
}

struct filters {
	const char *iface;
	struct orphans *ret;
};

static struct orphan *add(struct orphans *ret, __u32 prog_id, const char *iface)
{
	struct orphan *new =
		ret->count < ARRAY_SIZE(ret->orphan) ? &ret->orphan[ret->count++] : NULL;

	if (new) {
		new->prog_id = prog_id;
		snprintf(new->iface, sizeof(new->iface), "%s", iface);
	}
	return new;
}

static int filter_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	const struct filters *filters = data;
	__u32 id = attach_filter_program(nlh);
	char name[BPF_OBJ_NAME_LEN];
	struct orphan *new;
	__u32 priority;

	if (!id || !is_orphan(id, name))
		return MNL_CB_OK;
	for (size_t i = 0; i < filters->ret->count; i++)
		if (filters->ret->orphan[i].prog_id == id &&
		    !strcmp(filters->ret->orphan[i].iface, filters->iface))
			return MNL_CB_OK;
	new = add(filters->ret, id, filters->iface);
	if (!new)
		return MNL_CB_OK;
	priority = TC_H_MAJ(tcm->tcm_info) >> 16;
	snprintf(new->what, sizeof(new->what), "TC filter %s of preference %u", name, priority);
	snprintf(new->remedy, sizeof(new->remedy), "tc filter del dev %s ingress pref %u",
		 filters->iface, priority);
	return MNL_CB_OK;
}

static bool orphan_xdp(__u32 id, const void *data)
{
	char name[BPF_OBJ_NAME_LEN];

	(void)data;
	return id && is_orphan(id, name);
}

static void add_xdp(int ifindex, const char *iface, struct orphans *ret)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	struct orphan *new;
	__u32 id = 0;

	if (attach_xdp_search(ifindex, orphan_xdp, NULL, &id) || !id)
		return;
	new = add(ret, id, iface);
	if (!new)
		return;
	snprintf(new->what, sizeof(new->what), "XDP program natloop_xdp (%u)", id);
	/* Behind a dispatcher it is not the one that the kernel names. */
	if (!bpf_xdp_query(ifindex, 0, &opts) && (opts.drv_prog_id == id || opts.skb_prog_id == id))
		snprintf(new->remedy, sizeof(new->remedy), "ip link set dev %s %s off", iface,
			 opts.skb_prog_id == id ? "xdpgeneric" : "xdp");
	else
		snprintf(new->remedy, sizeof(new->remedy), "xdp-loader unload %s --id %u", iface,
			 id);
}

void orphans_on(int ifindex, struct orphans *ret)
{
	char iface[IF_NAMESIZE];
	struct filters filters = { .iface = iface, .ret = ret };
	const struct netlink_query q = {
		.protocol = NETLINK_ROUTE,
		.reply = filter_reply,
		.data = &filters,
	};

	if (!if_indextoname((unsigned int)ifindex, iface))
		return;
	(void)attach_tc_dump(ifindex, TC_H_MIN_INGRESS, &q);
	add_xdp(ifindex, iface, ret);
}

void orphans_find(struct orphans *ret)
{
	struct if_nameindex *list = if_nameindex();

	for (struct if_nameindex *i = list; i && i->if_index; i++)
		orphans_on((int)i->if_index, ret);
	if_freenameindex(list);
}
