// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Are the pins that are there those of an instance that this natloopctl can work with? */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "dataplane.h"
#include "dataplane_identity.h"
#include "dataplane_parts.h"
#include "util.h"

const char *const dataplane_map_name[] = {
	[DATAPLANE_CONFIG] = PINS_MARK,		 [DATAPLANE_FLOWS] = "natloop_flows",
	[DATAPLANE_BINDING] = "natloop_binding", [DATAPLANE_MOVED] = "natloop_moved",
	[DATAPLANE_CLIENTS] = "natloop_clients", [DATAPLANE_BUCKETS] = "natloop_buckets",
	[DATAPLANE_FREE] = "natloop_free",	 [DATAPLANE_STATS] = "natloop_stats",
	[DATAPLANE_STATE] = "natloop_state",	 [DATAPLANE_TIMER] = "natloop_timer",
	[DATAPLANE_IFACES] = "natloop_ifaces",	 [DATAPLANE_FRAGS] = "natloop_frags",
	[DATAPLANE_HELD] = "natloop_held",	 [DATAPLANE_RATES] = "natloop_rates",
	[DATAPLANE_EVENTS] = "natloop_events",
};
_Static_assert(ARRAY_SIZE(dataplane_map_name) == DATAPLANE_MAPS, "a map without a name");

int dataplane_map_configs(struct dataplane *dp, struct problem *p)
{
	void *mapped = mmap(NULL, sizeof(*dp->configs), PROT_READ | PROT_WRITE, MAP_SHARED,
			    dp->map[DATAPLANE_CONFIG], 0);

	if (mapped == MAP_FAILED)
		return problem(p, -errno, dataplane_map_name[DATAPLANE_CONFIG], "",
			       "cannot be mapped: %m");
	dp->configs = mapped;
	return 0;
}

bool dataplane_is_map(int fd, enum dataplane_map which)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	/* Of a program the kernel fills in something else, and no such name. */
	return !bpf_obj_get_info_by_fd(fd, &info, &size) &&
	       !strncmp(info.name, dataplane_map_name[which], sizeof(info.name) - 1) &&
	       (which != DATAPLANE_IFACES || (info.key_size == sizeof(__u32) &&
					      info.value_size == sizeof(struct natloop_iface)));
}

int dataplane_pin_problem(const char *path, struct problem *p)
{
	const char *remedy = "run 'natloopctl detach --all', then attach again";

	if (errno == EROFS)
		remedy = PINS_READ_ONLY;
	if (errno == EMFILE || errno == ENFILE)
		remedy = "raise the limit of open files ('ulimit -n')";
	return problem(p, -errno, path, remedy, "the pin cannot be opened: %m");
}

static int open_pins(struct dataplane *dp, const struct pins *pins, struct problem *p)
{
	char path[PATH_MAX];

	for (int i = 0; i < DATAPLANE_MAPS; i++) {
		dp->map[i] = bpf_obj_get(pins_path(pins, dataplane_map_name[i], path));
		if (dp->map[i] < 0)
			return dataplane_pin_problem(path, p);
		if (!dataplane_is_map(dp->map[i], i))
			return problem(p, -EBADF, path,
				       "run 'natloopctl detach --all', which removes it",
				       "is something else than natloop's map of that name");
		if (i == DATAPLANE_CONFIG) {
			int err = dataplane_check_identity(dp, pins, p);

			if (err)
				return err;
		}
	}
	dp->ctl = bpf_obj_get(pins_path(pins, DATAPLANE_CTL_PIN, path));
	return dp->ctl < 0 ? dataplane_pin_problem(path, p) : 0;
}

int dataplane_open(struct dataplane *dp, const struct pins *pins, struct problem *p)
{
	int err = open_pins(dp, pins, p);

	return err ? err : dataplane_map_configs(dp, p);
}
