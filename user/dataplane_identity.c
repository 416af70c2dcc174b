// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dataplane_identity.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "netns.h"
#include "util.h"

#define TC_PROGRAM "natloop_tc" /* and natloop_tc_l3 */
#define MAPS_MAX 64		/* of one program */

/* As in struct natloop_configs. */
struct identity {
	__u32 abi;
	__u32 active;
	__u64 netns;
	__u64 netns_cookie;
	/* Not of the map's value: */
	__u32 map_id;
	__u32 value_size;
};
_Static_assert(offsetof(struct identity, netns) == offsetof(struct natloop_configs, netns), "");
_Static_assert(offsetof(struct identity, netns_cookie) ==
		       offsetof(struct natloop_configs, netns_cookie),
	       "");

/* The members that lie where they are for ever, whatever the size of the rest. */
static int read_identity(int fd, struct identity *ret)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info), key = 0;
	_cleanup_free_ void *value = NULL;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	value = calloc(1, info.value_size + sizeof(*ret));
	if (!value)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &key, value))
		return -errno;
	memcpy(ret, value, sizeof(*ret));
	ret->map_id = info.id;
	ret->value_size = info.value_size;
	return 0;
}

static bool is_tc_program_of(int fd, __u32 config_id)
{
	__u32 maps[MAPS_MAX] = { 0 };
	struct bpf_prog_info info = {
		.nr_map_ids = ARRAY_SIZE(maps),
		.map_ids = (__u64)(unsigned long)maps,
	};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size) ||
	    strncmp(info.name, TC_PROGRAM, strlen(TC_PROGRAM)) != 0)
		return false;
	for (__u32 i = 0; i < info.nr_map_ids && i < ARRAY_SIZE(maps); i++)
		if (maps[i] == config_id)
			return true;
	return false;
}

/*
 * Is a program attached that works on the map? One is on every interface by TC, held by nothing but
 * the filter, and that goes with its namespace. Who may not look knows of none that is not.
 */
static bool may_be_at_work(__u32 config_id)
{
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0 && errno != ENOENT)
			return true;
		if (fd >= 0 && is_tc_program_of(fd, config_id))
			return true;
	}
	return errno != ENOENT;
}

/* Of another namespace. Pins that are in use must not be thrown away. */
static int foreign(const struct dataplane *dp, struct netns_id netns, const struct pins *pins,
		   struct problem *p)
{
	enum netns_state state = netns_state(netns);

	if (state == NETNS_THERE)
		return problem(p, -EXDEV, pins->dir,
			       "give the --netns where it was attached, or another --instance",
			       "belongs to another network namespace");
	if (state == NETNS_UNKNOWN && may_be_at_work(dp->config_id))
		return problem(p, -EXDEV, pins->dir,
			       "run 'natloopctl detach --all' with the --netns where it was "
			       "attached, as root and not in a service, or give another "
			       "--instance",
			       "belongs to another network namespace, and may be at work there: "
			       "the rights to see all processes are missing");
	return problem(p, -ESTALE, pins->dir, "run 'natloopctl detach --all', or attach again",
		       "belongs to a network namespace that is gone");
}

int dataplane_check_identity(struct dataplane *dp, const struct pins *pins, struct problem *p)
{
	struct identity id = { 0 };
	struct netns_id netns;
	int err = read_identity(dp->map[DATAPLANE_CONFIG], &id);

	if (err)
		return problem(p, err, pins->dir, "run 'natloopctl detach --all'",
			       "cannot be read: %s", strerror(-err));
	dp->config_id = id.map_id;
	netns = (struct netns_id){ id.netns, id.netns_cookie };
	if (!netns_same(netns, netns_own()))
		return foreign(dp, netns, pins, p);
	if (id.abi == NATLOOP_ABI && id.value_size == sizeof(struct natloop_configs))
		return 0;
	return problem(p, -EPROTO, pins->dir,
		       "run 'natloopctl detach --all', then attach again; flows are lost",
		       "was made by another version of natloop (ABI %u, this is ABI %u)", id.abi,
		       NATLOOP_ABI);
}
