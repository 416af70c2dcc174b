// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define NETNS_DIR "/run/netns"
#define OWN_NETNS "/proc/self/ns/net"

int netns_enter(const char *name, struct problem *p)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int err;

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return problem_usage(p, "--netns",
				     "see 'ip netns list' for the names, or give a path",
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

static __u64 own_cookie(void)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	__u64 cookie = 0;
	socklen_t size = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size))
		return 0;
	return cookie;
}

struct netns_id netns_own(void)
{
	return (struct netns_id){ inode_at(AT_FDCWD, OWN_NETNS), own_cookie() };
}

bool netns_same(struct netns_id a, struct netns_id b)
{
	return a.inode == b.inode && a.cookie == b.cookie;
}

/* Enters, reads, and comes back. */
static bool has_cookie(int dir, const char *path, __u64 cookie)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int own = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	bool same;

	/* Whoever cannot look takes it for the same: pins in use must not be thrown away. */
	if (fd < 0 || own < 0 || setns(fd, CLONE_NEWNET))
		return true;
	same = own_cookie() == cookie;
	if (setns(own, CLONE_NEWNET))
		abort(); /* in somebody else's network there is nothing more to do */
	return same;
}

/* Is any entry of @path, with @suffix behind its name, that network namespace? */
static bool found_below(const char *path, const char *suffix, struct netns_id id)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		char name[NAME_MAX + 16];

		snprintf(name, sizeof(name), "%s%s", entry->d_name, suffix);
		found = inode_at(dirfd(dir), name) == id.inode &&
			has_cookie(dirfd(dir), name, id.cookie);
	}
	closedir(dir);
	return found;
}

bool netns_exists(struct netns_id id)
{
	return found_below(NETNS_DIR, "", id) || found_below("/proc", "/ns/net", id);
}
