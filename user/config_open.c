// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_open.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "util.h"

#define LARGEST_FILE (1 << 20)
#define NULL_DEVICE makedev(1, 3)

/*
 * Reading must come to an end: a named pipe waits for somebody to write, a device may never end. A
 * shell's <(command) is a pipe without a name.
 */
static int check_kind(const char *path, struct problem *p)
{
	struct statfs fs;
	struct stat st;

	/* If it cannot be found, opening it tells. */
	if (stat(path, &st) || S_ISDIR(st.st_mode))
		return 0;
	if (S_ISREG(st.st_mode) && st.st_size > LARGEST_FILE)
		return problem(p, -EFBIG, path, "is it the right file?", "is larger than %d bytes",
			       LARGEST_FILE);
	if (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == NULL_DEVICE) ||
	    (S_ISFIFO(st.st_mode) && !statfs(path, &fs) && fs.f_type == PIPEFS_MAGIC))
		return 0;
	return problem(p, -EINVAL, path, "give a file", "is not a regular file");
}

int config_open(const char *path, FILE **ret, struct problem *p)
{
	int err = check_kind(path, p);
	FILE *file;

	if (err)
		return err;
	file = fopen(path, "re");
	if (!file) {
		err = -errno;
		return problem(p, err, path, "check the path and its permissions",
			       "cannot be opened: %s", strerror(-err));
	}
	*ret = file;
	return 0;
}
