// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bpffs.h"
#include "lock_wait.h"
#include "util.h"

#define ROOT "natloop"
#define PREFIX "natloop_" /* of all pins, whatever version made them */

/*
 * CAP_SYS_ADMIN is for BPF_PROG_GET_FD_BY_ID: without it natloop's own programs look like those of
 * others, and detach would leave them at work. It takes in CAP_BPF and CAP_PERFMON.
 */
static bool may_administer(void)
{
	const __u32 needed = 1u << CAP_NET_ADMIN | 1u << CAP_SYS_ADMIN;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	if (syscall(SYS_capget, &header, data) < 0)
		return geteuid() == 0;
	return (data[0].effective & needed) == needed;
}

static int not_ours(const char *path, struct problem *p)
{
	return problem(p, -EPERM, path, "see who made it, remove it, and attach again",
		       "is not a directory that only this user can enter");
}

static int check_directory(int fd, const char *path, struct problem *p)
{
	char remedy[PATH_MAX + 16];
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return problem(p, -errno, path, "check the rights on the bpf file system", "%m");
	if (st.st_uid && st.st_uid != geteuid())
		return not_ours(path, p);
	if ((__u32)fs.f_type != BPF_FS_MAGIC)
		return problem(p, -EPERM, path, "unmount it", "is not on the bpf file system");
	/* Who may read it could hold the lock. */
	if (!(st.st_mode & 077))
		return 0;
	snprintf(remedy, sizeof(remedy), "see what others have put into it, and chmod 700 %s",
		 path);
	return problem(p, -EPERM, path, remedy, "is not a directory that only this user can enter");
}

/*
 * Opens @name in @parent, makes it before with @create; @path is for messages. -ENOENT without a
 * problem: it is not there, or with @create, not any more.
 */
static int open_directory(int parent, const char *name, const char *path, bool create, int *ret,
			  struct problem *p)
{
	_cleanup_close_ int fd = -1;
	int err;

	if (create && mkdirat(parent, name, 0700) && errno != EEXIST)
		return problem(p, -errno, path, "check the rights on the bpf file system",
			       "cannot be made: %m");
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return not_ours(path, p);
	if (fd < 0)
		return problem(p, -errno, path,
			       "run natloopctl as root; if that is so, see who made it",
			       "cannot be opened: %m");
	err = check_directory(fd, path, p);
	if (!err)
		*ret = TAKE_FD(fd);
	return err;
}

/* A lock on a directory that was removed meanwhile locks nobody out. */
static bool still_there(int fd, int parent, const char *name)
{
	struct stat held, now;

	return !fstat(fd, &held) && !fstatat(parent, name, &now, AT_SYMLINK_NOFOLLOW) &&
	       held.st_ino == now.st_ino && held.st_dev == now.st_dev;
}

static int wait_for_lock(const struct env *env, const char *path, int fd, struct problem *p)
{
	int err = lock_wait(fd, LOCK_EX, path, env->json);

	if (err == -EINTR)
		return problem(p, err, path, "", "another command holds the lock");
	return err ? problem(p, err, path,
			     "check that memory is left and that no security module forbids it",
			     "cannot be locked: %s", strerror(-err)) :
		     0;
}

static int lock_root(const struct env *env, struct pins *pins, bool create, struct problem *p)
{
	for (;;) {
		_cleanup_close_ int fd = -1;
		int err = open_directory(pins->bpffs, ROOT, pins->root, create, &fd, p);

		if (err == -ENOENT && create)
			continue;
		if (!err)
			err = wait_for_lock(env, pins->root, fd, p);
		if (err)
			return err;
		if (still_there(fd, pins->bpffs, ROOT)) {
			pins->lock = TAKE_FD(fd);
			return 0;
		}
	}
}

static const char *instance_name(const struct pins *pins)
{
	return strrchr(pins->dir, '/') + 1;
}

/* Under the lock only this process makes or removes it. */
static int open_instance(struct pins *pins, bool create, struct problem *p)
{
	int err = open_directory(pins->lock, instance_name(pins), pins->dir, create, &pins->fd, p);

	if (err == -ENOENT && create)
		return problem(p, err, pins->dir, "try again", "has been removed");
	/* Not there, because pins_remove was killed before its last step? */
	if (err == -ENOENT)
		(void)unlinkat(pins->bpffs, ROOT, AT_REMOVEDIR);
	return err;
}

int pins_lock(const struct env *env, bool create, struct pins *ret, struct problem *p)
{
	struct pins pins = PINS_NONE;
	int err;

	if (!may_administer())
		return problem(p, -EPERM, "natloopctl", "run it as root, for example with sudo",
			       "needs the rights of root (CAP_NET_ADMIN, CAP_SYS_ADMIN)");
	snprintf(pins.root, sizeof(pins.root), "%s/" ROOT, env->bpffs);
	snprintf(pins.dir, sizeof(pins.dir), "%s/" ROOT "/%s", env->bpffs, env->instance);
	err = bpffs_open(env->bpffs, create, &pins.bpffs, p);
	if (!err)
		err = lock_root(env, &pins, create, p);
	if (!err)
		err = open_instance(&pins, create, p);
	if (err) {
		pins_unlock(&pins);
		return err;
	}
	*ret = pins;
	return 0;
}

void pins_unlock(struct pins *pins)
{
	util_closep(&pins->fd);
	util_closep(&pins->bpffs);
	util_closep(&pins->lock);
	*pins = PINS_NONE;
}

const char *pins_path(const struct pins *pins, const char *name, char *buf)
{
	if ((size_t)snprintf(buf, PATH_MAX, "%s/%s", pins->dir, name) >= PATH_MAX)
		*buf = '\0';
	return buf;
}

bool pins_present(const struct pins *pins)
{
	return !faccessat(pins->fd, PINS_MARK, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int remove_pin(const struct pins *pins, const char *name)
{
	return unlinkat(pins->fd, name, 0) && errno != ENOENT ? -errno : 0;
}

int pins_clear(const struct pins *pins)
{
	/* The mark first: the others mean nothing without it. */
	int err = remove_pin(pins, PINS_MARK);
	int fd = err ? -1 : openat(pins->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		err = err ? err : -errno;
		util_closep(&fd);
		return err;
	}
	while ((entry = readdir(dir))) {
		int failed = strncmp(entry->d_name, PREFIX, strlen(PREFIX)) ?
				     0 :
				     remove_pin(pins, entry->d_name);

		err = err ? err : failed;
	}
	closedir(dir);
	return err;
}

int pins_remove(const struct pins *pins)
{
	int err = pins_clear(pins);

	if (err)
		return err;
	if (unlinkat(pins->lock, instance_name(pins), AT_REMOVEDIR) && errno != ENOENT)
		return -errno;
	(void)unlinkat(pins->bpffs, ROOT, AT_REMOVEDIR);
	return 0;
}

int pins_left(const struct pins *pins, int err, struct problem *p)
{
	char remedy[PATH_MAX + 64];

	if (err == -ENOTEMPTY || err == -EISDIR) {
		snprintf(remedy, sizeof(remedy), "see 'ls %s', and remove it", pins->dir);
		return problem(p, err, pins->dir, remedy,
			       "holds something that natloop did not make, and stays");
	}
	return problem(p, err, pins->dir,
		       err == -EROFS ? PINS_READ_ONLY : "check the rights on the bpf file system",
		       "the pins cannot be removed: %s", strerror(-err));
}
