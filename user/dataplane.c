// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dataplane.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dataplane_parts.h"
#include "log.h"
#include "natloop_ctl.skel.h"
#include "natloop_tc.skel.h"
#include "natloop_xdp.skel.h"
#include "netns.h"
#include "util.h"

#define CTL_PIN_NEW "natloop_ctl_new"
#define PIN_REMEDY "see what confines natloopctl: a container, a security module"

/* How many elements each map has for one flow; 0: its size is fixed. */
static const __u32 map_per_flow[DATAPLANE_MAPS] = {
	[DATAPLANE_FLOWS] = 1,
	[DATAPLANE_MOVED] = 1,
	[DATAPLANE_CLIENTS] = 1,
	[DATAPLANE_FREE] = 1,
};

void dataplane_init(struct dataplane *dp)
{
	memset(dp, 0, sizeof(*dp));
	for (int i = 0; i < DATAPLANE_MAPS; i++)
		dp->map[i] = -1;
	dp->ctl = -1;
	dp->btf = -1;
}

void dataplane_close(struct dataplane *dp)
{
	if (dp->configs)
		munmap(dp->configs, sizeof(*dp->configs));
	natloop_ctl__destroy(dp->ctl_skel);
	natloop_tc__destroy(dp->tc_skel);
	natloop_xdp__destroy(dp->xdp_skel);
	for (int i = 0; i < DATAPLANE_MAPS; i++)
		util_closep(&dp->map[i]);
	util_closep(&dp->ctl);
	util_closep(&dp->btf);
	dataplane_init(dp);
}

/* A power of two, at least half of the flows: see natloop_buckets, natloop_binding in abi.h. */
static __u32 bucket_count(__u32 max_flows)
{
	__u32 buckets = 1;

	while (buckets < max_flows / 2)
		buckets *= 2;
	return buckets;
}

static __u32 map_size(enum dataplane_map which, __u32 max_flows)
{
	if (which == DATAPLANE_BUCKETS || which == DATAPLANE_BINDING)
		return bucket_count(max_flows);
	return map_per_flow[which] * max_flows;
}

int dataplane_share_maps(const struct dataplane *dp, struct bpf_object *obj, __u32 max_flows)
{
	for (int i = 0; i < DATAPLANE_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj, dataplane_map_name[i]);
		int err = 0;

		if (!map)
			return -ENOENT;
		if (dp->map[i] >= 0)
			err = bpf_map__reuse_fd(map, dp->map[i]);
		else if (map_size(i, max_flows))
			err = bpf_map__set_max_entries(map, map_size(i, max_flows));
		if (err)
			return err;
	}
	return 0;
}

static int load_object(const struct dataplane *dp, struct bpf_object *obj, __u32 max_flows,
		       struct problem *p)
{
	int err = dataplane_share_maps(dp, obj, max_flows);

	if (!err)
		err = bpf_object__load(obj);
	return err ? dataplane_problem(err, bpf_object__name(obj), max_flows, p) : 0;
}

static __u32 config_map_id(const struct dataplane *dp)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(dp->map[DATAPLANE_CONFIG], &info, &size) ? 0 : info.id;
}

static int take_maps(struct dataplane *dp, struct problem *p)
{
	for (int i = 0; i < DATAPLANE_MAPS; i++) {
		if (dp->map[i] >= 0)
			continue;
		dp->map[i] = dup(
			bpf_object__find_map_fd_by_name(dp->ctl_skel->obj, dataplane_map_name[i]));
		if (dp->map[i] < 0)
			return problem(p, -errno, dataplane_map_name[i],
				       "raise the limit of open files ('ulimit -n')", "%m");
	}
	if (dp->configs)
		return 0;
	return dataplane_map_configs(dp, p);
}

int dataplane_load(struct dataplane *dp, __u32 max_flows, bool layer3, struct problem *p)
{
	bool fresh = !dp->configs;
	int err = dataplane_check_kernel(p);

	if (err)
		return err;
	dp->ctl_skel = natloop_ctl__open();
	dp->tc_skel = dp->ctl_skel ? natloop_tc__open() : NULL;
	if (!dp->tc_skel)
		return problem(p, -errno, "BPF objects", "install natloop again",
			       "cannot be opened: %m");
	err = dataplane_open_xdp(dp);
	if (err)
		return problem(p, err, "natloop_xdp", "install natloop again",
			       "cannot be opened: %s", strerror(-err));
	err = load_object(dp, dp->ctl_skel->obj, max_flows, p);
	if (!err)
		err = take_maps(dp, p);
	if (!err)
		err = bpf_program__set_autoload(dp->tc_skel->progs.natloop_tc_l3, layer3);
	if (!err)
		err = load_object(dp, dp->tc_skel->obj, max_flows, p);
	if (!err)
		err = dataplane_share_maps(dp, dp->xdp_skel->obj, max_flows);
	if (err)
		return err;
	if (fresh && dp->configs) {
		if (getrandom(&dp->configs->flow_seed, sizeof(dp->configs->flow_seed), 0) < 0)
			return problem(p, -errno, "random numbers", "", "cannot be had: %m");
		dp->configs->bucket_mask = bucket_count(max_flows) - 1;
		dp->configs->abi = NATLOOP_ABI;
		dp->configs->netns = netns_own().inode;
		dp->configs->netns_cookie = netns_own().cookie;
		dp->config_id = config_map_id(dp);
	}
	util_closep(&dp->ctl);
	dp->ctl = dup(bpf_program__fd(dp->ctl_skel->progs.natloop_ctl));
	return 0;
}

int dataplane_tc_fd(const struct dataplane *dp, bool layer3)
{
	return bpf_program__fd(layer3 ? dp->tc_skel->progs.natloop_tc_l3 :
					dp->tc_skel->progs.natloop_tc);
}

struct bpf_object *dataplane_xdp_object(const struct dataplane *dp)
{
	return dp->xdp_skel->obj;
}

int dataplane_reopen_xdp(struct dataplane *dp)
{
	int err = dataplane_open_xdp(dp);

	return err ? err : dataplane_share_maps(dp, dp->xdp_skel->obj, 0);
}

static int pin_map(const struct dataplane *dp, int which, const struct pins *pins,
		   struct problem *p)
{
	char path[PATH_MAX];

	pins_path(pins, dataplane_map_name[which], path);
	if (access(path, F_OK) && bpf_obj_pin(dp->map[which], path))
		return problem(p, -errno, path, PIN_REMEDY, "cannot be pinned: %m");
	return 0;
}

static int pin_ctl(const struct dataplane *dp, const struct pins *pins, struct problem *p)
{
	char path[PATH_MAX], new_path[PATH_MAX];

	pins_path(pins, CTL_PIN_NEW, new_path);
	(void)unlink(new_path);
	if (bpf_obj_pin(dp->ctl, new_path) ||
	    rename(new_path, pins_path(pins, DATAPLANE_CTL_PIN, path)))
		return problem(p, -errno, new_path, PIN_REMEDY, "cannot be pinned: %m");
	return 0;
}

int dataplane_pin(struct dataplane *dp, const struct pins *pins, struct problem *p)
{
	int err = 0;

	for (int i = 0; i < DATAPLANE_MAPS && !err; i++)
		if (i != DATAPLANE_CONFIG)
			err = pin_map(dp, i, pins, p);
	if (!err)
		err = pin_ctl(dp, pins, p);
	/* Last: with PINS_MARK the instance is there, and whole. */
	return err ? err : pin_map(dp, DATAPLANE_CONFIG, pins, p);
}

const struct natloop_config *dataplane_config(const struct dataplane *dp)
{
	return &dp->configs->slot[dp->configs->active & 1];
}

void dataplane_grace(void)
{
	/*
	 * MEMBARRIER_CMD_GLOBAL is a synchronize_rcu() for the asking (kernel/sched/membarrier.c),
	 * and programs run inside RCU read sections. A kernel with nohz_full refuses it.
	 */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(20000);
}

void dataplane_switch(struct dataplane *dp, const struct natloop_config *config)
{
	__u32 next = !(dp->configs->active & 1);

	dp->configs->slot[next] = *config;
	__atomic_store_n(&dp->configs->active, next, __ATOMIC_RELEASE);
	dataplane_grace();
}

__u32 dataplane_capacity(const struct dataplane *dp)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(dp->map[DATAPLANE_FLOWS], &info, &size))
		return 0;
	return info.max_entries;
}

int dataplane_ctl(const struct dataplane *dp, enum natloop_ctl_op op,
		  const struct natloop_tuple *to_server, __u32 id)
{
	struct natloop_ctl_args args = { .op = op, .id = id };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &args, .data_size_in = sizeof(args));

	if (to_server)
		args.to_server = *to_server;
	if (bpf_prog_test_run_opts(dp->ctl, &opts))
		return -errno;
	return (int)opts.retval;
}
