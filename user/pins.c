// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "lock_holder.h"
#include "log.h"
#include "util.h"

#define PATIENCE_NS 3000000000LL
#define PAUSE_NS 20000000

static bool may_administer(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	if (syscall(SYS_capget, &header, data) < 0)
		return geteuid() == 0;
	return data[0].effective & (1u << CAP_NET_ADMIN);
}

/* Is this process's mount namespace the one of process 1? Unknown counts as yes. */
static bool in_first_mount_namespace(void)
{
	struct stat own, first;

	if (stat("/proc/self/ns/mnt", &own) || stat("/proc/1/ns/mnt", &first))
		return true;
	return own.st_ino == first.st_ino;
}

static int mount_bpffs(const char *path, struct problem *p)
{
	struct statfs fs;

	if (!statfs(path, &fs) && (__u32)fs.f_type == BPF_FS_MAGIC)
		return 0;
	/* "ip netns exec" mounts a /sys of its own, and what is mounted there goes with it. */
	if (!in_first_mount_namespace())
		return problem(
			p, -EINVAL, path,
			"use 'natloopctl --netns NAME' instead of 'ip netns exec NAME'",
			"the bpf file system is not mounted in this mount namespace, and pins "
			"made here would be lost");
	if (mount("bpf", path, "bpf", 0, "mode=0700"))
		return problem(p, -errno, path, "check that the kernel has CONFIG_BPF_SYSCALL",
			       "cannot mount the bpf file system: %m");
	log_info("%s: mounted the bpf file system", path);
	return 0;
}

static int make_directory(const char *path, struct problem *p)
{
	struct stat st;

	if (mkdir(path, 0700) && errno != EEXIST)
		return problem(p, -errno, path, "check the rights on the bpf file system",
			       "cannot be made: %m");
	if (lstat(path, &st))
		return problem(p, -errno, path, "check the rights on the bpf file system", "%m");
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return problem(p, -EPERM, path, "see who made it, remove it, and attach again",
			       "is not a directory that only this user can enter");
	return 0;
}

/* A lock on a directory that was removed meanwhile locks nobody out. */
static bool still_there(int fd, const char *path)
{
	struct stat held, now;

	return !fstat(fd, &held) && !stat(path, &now) && held.st_ino == now.st_ino &&
	       held.st_dev == now.st_dev;
}

static int lock_problem(const char *path, struct problem *p)
{
	return problem(p, -errno, path,
		       "check that memory is left and that no security module forbids it",
		       "cannot be locked: %m");
}

/* Whoever holds signals back to read them later is to wait no longer when one has come. */
static bool asked_to_end(void)
{
	sigset_t set;

	return !sigpending(&set) &&
	       (sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGINT) == 1);
}

/* The others take a tenth of a second as a rule; whoever waits longer wants to know for whom. */
static int wait_for_lock(const struct env *env, const char *path, int fd, struct problem *p)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	char holder[160];

	for (long long waited = 0;; waited += PAUSE_NS) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return lock_problem(path, p);
		if (asked_to_end())
			return problem(p, -EINTR, path, "", "another command holds the lock");
		if (waited == PATIENCE_NS && !env->json)
			log_error("%s: locked by %s; waiting until that is done", path,
				  lock_holder(fd, holder, sizeof(holder)));
		nanosleep(&pause, NULL);
	}
}

static int lock_root(const struct env *env, struct pins *pins, bool create, struct problem *p)
{
	for (;;) {
		int err = create ? make_directory(pins->root, p) : 0;
		_cleanup_close_ int fd = -1;

		if (err)
			return err;
		fd = open(pins->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT && create)
			continue;
		if (fd < 0 && errno == ENOENT)
			return -ENOENT;
		if (fd < 0)
			return problem(p, -errno, pins->root, "run natloopctl as root", "%m");
		err = wait_for_lock(env, pins->root, fd, p);
		if (err)
			return err;
		if (still_there(fd, pins->root)) {
			pins->lock = TAKE_FD(fd);
			return 0;
		}
	}
}

int pins_lock(const struct env *env, bool create, struct pins *ret, struct problem *p)
{
	struct pins pins = PINS_NONE;
	int err;

	if (!may_administer())
		return problem(p, -EPERM, "natloopctl", "run it as root, for example with sudo",
			       "needs the rights of root (CAP_NET_ADMIN, CAP_BPF)");
	snprintf(pins.root, sizeof(pins.root), "%s/natloop", env->bpffs);
	snprintf(pins.dir, sizeof(pins.dir), "%s/natloop/%s", env->bpffs, env->instance);
	err = create ? mount_bpffs(env->bpffs, p) : 0;
	if (!err)
		err = lock_root(env, &pins, create, p);
	if (!err)
		err = create ? make_directory(pins.dir, p) : access(pins.dir, F_OK) ? -ENOENT : 0;
	/* Not there, because pins_remove was killed before its last step? */
	if (err == -ENOENT && !create)
		(void)rmdir(pins.root);
	if (err) {
		pins_unlock(&pins);
		return err;
	}
	*ret = pins;
	return 0;
}

void pins_unlock(struct pins *pins)
{
	if (pins->lock >= 0)
		close(pins->lock);
	pins->lock = -1;
}

const char *pins_path(const struct pins *pins, const char *name, char *buf)
{
	if ((size_t)snprintf(buf, PATH_MAX, "%s/%s", pins->dir, name) >= PATH_MAX)
		*buf = '\0';
	return buf;
}

bool pins_present(const struct pins *pins)
{
	char path[PATH_MAX];

	return !access(pins_path(pins, PINS_MARK, path), F_OK);
}

void pins_clear(const struct pins *pins)
{
	DIR *dir = opendir(pins->dir);
	struct dirent *entry;

	if (dir) {
		(void)unlinkat(dirfd(dir), PINS_MARK, 0);
		while ((entry = readdir(dir)))
			if (entry->d_name[0] != '.')
				(void)unlinkat(dirfd(dir), entry->d_name, 0);
		closedir(dir);
	}
}

void pins_remove(const struct pins *pins)
{
	pins_clear(pins);
	(void)rmdir(pins->dir);
	(void)rmdir(pins->root);
}
