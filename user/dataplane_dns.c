// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dataplane_dns.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dataplane_parts.h"
#include "natloop_dns.skel.h"
#include "util.h"

static const char *const map_name[] = {
	[DATAPLANE_DNS_NAMES] = "natloop_names",
	[DATAPLANE_DNS_CONFIG] = "natloop_dns_config",
	[DATAPLANE_DNS_STATS] = "natloop_dns_stats",
};
_Static_assert(ARRAY_SIZE(map_name) == DATAPLANE_DNS_MAPS, "a map without a name");

static const __u32 value_size[] = {
	[DATAPLANE_DNS_NAMES] = sizeof(struct natloop_dns_value),
	[DATAPLANE_DNS_CONFIG] = sizeof(struct natloop_dns_config),
	[DATAPLANE_DNS_STATS] = sizeof(struct natloop_dns_counts),
};

void dataplane_dns_init(struct dataplane_dns *dns)
{
	memset(dns, 0, sizeof(*dns));
	for (int i = 0; i < DATAPLANE_DNS_MAPS; i++)
		dns->map[i] = -1;
}

void dataplane_dns_close(struct dataplane_dns *dns)
{
	natloop_dns__destroy(dns->skel);
	for (int i = 0; i < DATAPLANE_DNS_MAPS; i++)
		util_closep(&dns->map[i]);
	dataplane_dns_init(dns);
}

/* The kernel keeps 15 characters of a name. */
static bool is_map(int fd, int which)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &size) &&
	       !strncmp(info.name, map_name[which], sizeof(info.name) - 1) &&
	       info.value_size == value_size[which];
}

int dataplane_dns_open(struct dataplane_dns *dns, const struct pins *pins, struct problem *p)
{
	char path[PATH_MAX];

	for (int i = 0; i < DATAPLANE_DNS_MAPS; i++) {
		dns->map[i] = bpf_obj_get(pins_path(pins, map_name[i], path));
		/* The names are pinned last. */
		if (dns->map[i] < 0 && errno == ENOENT && i == DATAPLANE_DNS_NAMES)
			return -ENOENT;
		if (dns->map[i] < 0)
			return dataplane_pin_problem(path, p);
		if (!is_map(dns->map[i], i))
			return problem(p, -EBADF, path,
				       "run 'natloopctl detach --all', which removes it",
				       "is something else than this natloop's map of that name");
	}
	return 0;
}

static int take_maps(struct dataplane_dns *dns, struct problem *p)
{
	for (int i = 0; i < DATAPLANE_DNS_MAPS; i++) {
		if (dns->map[i] >= 0)
			continue;
		dns->map[i] = dup(bpf_object__find_map_fd_by_name(dns->skel->obj, map_name[i]));
		if (dns->map[i] < 0)
			return problem(p, -errno, map_name[i],
				       "raise the limit of open files ('ulimit -n')", "%m");
	}
	return 0;
}

int dataplane_dns_load(struct dataplane_dns *dns, const struct dataplane *dp, struct problem *p)
{
	int err;

	dns->skel = natloop_dns__open();
	if (!dns->skel)
		return problem(p, -errno, "natloop_dns", "install natloop again",
			       "cannot be opened: %m");
	err = dataplane_share_maps(dp, dns->skel->obj, 0);
	for (int i = 0; i < DATAPLANE_DNS_MAPS && !err; i++)
		if (dns->map[i] >= 0)
			err = bpf_map__reuse_fd(
				bpf_object__find_map_by_name(dns->skel->obj, map_name[i]),
				dns->map[i]);
	if (!err)
		err = natloop_dns__load(dns->skel);
	return err ? dataplane_problem(err, "natloop_dns", 0, p) : take_maps(dns, p);
}

int dataplane_dns_fd(const struct dataplane_dns *dns)
{
	return bpf_program__fd(dns->skel->progs.natloop_dns);
}

int dataplane_dns_pin(const struct dataplane_dns *dns, const struct pins *pins, struct problem *p)
{
	char path[PATH_MAX];

	for (int i = DATAPLANE_DNS_MAPS - 1; i >= 0; i--) {
		pins_path(pins, map_name[i], path);
		if (access(path, F_OK) && bpf_obj_pin(dns->map[i], path))
			return problem(p, -errno, path,
				       "see what confines natloopctl: a container, a security "
				       "module",
				       "cannot be pinned: %m");
	}
	return 0;
}

void dataplane_dns_unpin(const struct pins *pins)
{
	char path[PATH_MAX];

	for (int i = 0; i < DATAPLANE_DNS_MAPS; i++)
		(void)unlink(pins_path(pins, map_name[i], path));
}
