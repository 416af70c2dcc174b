// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "attach_xdp_pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <xdp/libxdp.h>
#include <xdp/prog_dispatcher.h>

#include "util.h"

#define BPFFS "/sys/fs/bpf"

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static bool holds(const char *path, __u32 prog_id)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	_cleanup_close_ int fd = -1;

	fd = bpf_obj_get(path);
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) && info.id == prog_id;
}

/* In one dispatch directory: the program is pinned as progN-prog, its link as progN-link. */
static int clean(const char *path, __u32 prog_id)
{
	char pin[PATH_MAX + 32];
	bool found = false;

	for (int i = 0; i < MAX_DISPATCHER_ACTIONS; i++) {
		snprintf(pin, sizeof(pin), "%s/prog%d-prog", path, i);
		if (!holds(pin, prog_id))
			continue;
		found = true;
		if (unlink(pin))
			return -errno;
		snprintf(pin, sizeof(pin), "%s/prog%d-link", path, i);
		if (unlink(pin) && errno != ENOENT)
			return -errno;
	}
	if (found && rmdir(path) && errno != ENOTEMPTY)
		return -errno;
	return 0;
}

int attach_xdp_pins_remove(int ifindex, __u32 prog_id)
{
	__attribute__((cleanup(close_dir))) DIR *dir = NULL;
	const char *bpffs = secure_getenv(XDP_BPFFS_ENVVAR);
	char base[PATH_MAX - NAME_MAX - 2], path[PATH_MAX];
	const struct dirent *entry;
	int err, of_ifindex;
	unsigned int id;

	snprintf(base, sizeof(base), "%s/xdp", bpffs ? bpffs : BPFFS);
	dir = opendir(base);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	/* libxdp's own lock; closing the directory releases it. */
	if (flock(dirfd(dir), LOCK_EX))
		return -errno;
	while ((entry = readdir(dir))) {
		if (sscanf(entry->d_name, "dispatch-%d-%u", &of_ifindex, &id) != 2 ||
		    of_ifindex != ifindex)
			continue;
		snprintf(path, sizeof(path), "%s/%s", base, entry->d_name);
		err = clean(path, prog_id);
		if (err)
			return err;
	}
	return 0;
}
