// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define NETNS_DIR "/run/netns"

int netns_enter(const char *name, struct problem *p)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int err;

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return problem_usage(p, name, "see 'ip netns list' for the names, or give a path",
				     "cannot be the name of a network namespace");
	if (snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : NETNS_DIR "/", name) >=
	    (int)sizeof(path))
		return problem_usage(p, name, "give a shorter path", "too long");

	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : 0;
	if (err == -ENOENT)
		return problem(p, err, name, "see 'ip netns list' for the names, or give a path",
			       "no such network namespace");
	if (err)
		return problem(p, err, name, "check the path and its permissions",
			       "cannot be opened: %s", strerror(-err));

	if (!setns(fd, CLONE_NEWNET))
		return 0;
	err = -errno;
	if (err == -EPERM)
		return problem(p, err, name, "run as root",
			       "not allowed to enter the network namespace");
	return problem(p, err, name, "give what 'ip netns add' made, or /proc/PID/ns/net",
		       "not a network namespace");
}

static __u64 inode_at(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, 0) ? 0 : st.st_ino;
}

__u64 netns_own(void)
{
	return inode_at(AT_FDCWD, "/proc/self/ns/net");
}

/* Does any entry of @path, with @suffix behind its name, have this inode number? */
static bool found_below(const char *path, const char *suffix, __u64 inode)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		char name[NAME_MAX + 16];

		snprintf(name, sizeof(name), "%s%s", entry->d_name, suffix);
		found = inode_at(dirfd(dir), name) == inode;
	}
	closedir(dir);
	return found;
}

bool netns_exists(__u64 inode)
{
	return found_below(NETNS_DIR, "", inode) || found_below("/proc", "/ns/net", inode);
}
