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

/* 0 and *@ret, or a negative errno. */
static int inode_at(int dir, const char *path, __u64 *ret)
{
	struct stat st;

	if (fstatat(dir, path, &st, 0))
		return -errno;
	*ret = st.st_ino;
	return 0;
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
	struct netns_id id = { .cookie = own_cookie() };

	(void)inode_at(AT_FDCWD, OWN_NETNS, &id.inode);
	return id;
}

bool netns_same(struct netns_id a, struct netns_id b)
{
	return a.inode == b.inode && a.cookie == b.cookie;
}

/* Enters, reads, and comes back. */
static enum netns_state compare_cookie(int dir, const char *path, __u64 cookie)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int own = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	bool same;

	if (fd < 0 && (errno == ENOENT || errno == ESRCH))
		return NETNS_GONE;
	if (fd < 0 || own < 0 || setns(fd, CLONE_NEWNET))
		return NETNS_UNKNOWN;
	same = own_cookie() == cookie;
	if (setns(own, CLONE_NEWNET))
		abort(); /* in somebody else's network there is nothing more to do */
	return same ? NETNS_THERE : NETNS_GONE;
}

static enum netns_state compare(int dir, const char *path, struct netns_id id)
{
	__u64 inode = 0;
	int err = inode_at(dir, path, &inode);

	/* Not a process, or one that has just ended. */
	if (err == -ENOENT || err == -ESRCH || err == -ENOTDIR)
		return NETNS_GONE;
	if (err)
		return NETNS_UNKNOWN;
	return inode == id.inode ? compare_cookie(dir, path, id.cookie) : NETNS_GONE;
}

/* One that is there decides; else one that nobody can be sure of. */
static enum netns_state either(enum netns_state a, enum netns_state b)
{
	if (a == NETNS_THERE || b == NETNS_THERE)
		return NETNS_THERE;
	return a == NETNS_UNKNOWN || b == NETNS_UNKNOWN ? NETNS_UNKNOWN : NETNS_GONE;
}

/* Is any entry of @path, with @suffix behind its name, that network namespace? */
static enum netns_state look_below(const char *path, const char *suffix, struct netns_id id)
{
	enum netns_state state = NETNS_GONE;
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? NETNS_GONE : NETNS_UNKNOWN;
	while (state != NETNS_THERE && (entry = readdir(dir))) {
		char name[NAME_MAX + 16];

		snprintf(name, sizeof(name), "%s%s", entry->d_name, suffix);
		state = either(state, compare(dirfd(dir), name, id));
	}
	closedir(dir);
	return state;
}

/* Where /proc hides the processes of others (hidepid=, ProtectProc=) the first one is missing. */
static bool all_processes_in_sight(void)
{
	__u64 inode = 0;

	return !inode_at(AT_FDCWD, "/proc/1/ns/net", &inode);
}

enum netns_state netns_state(struct netns_id id)
{
	enum netns_state state = look_below(NETNS_DIR, "", id);

	if (state != NETNS_THERE)
		state = either(state, look_below("/proc", "/ns/net", id));
	return state == NETNS_GONE && !all_processes_in_sight() ? NETNS_UNKNOWN : state;
}
