// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bpffs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

/* MNT_NS_INIT_INO of linux/nsfs.h; older kernels number from 0xf0000000. */
#define INITIAL_MOUNT_NAMESPACE 0xeffffff8u

enum bpffs_place bpffs_judge(const struct bpffs_signs *signs)
{
	if (signs->netns_sysfs)
		return BPFFS_FLEETING;
	if (signs->initial)
		return BPFFS_LASTS;
	if (signs->first_known)
		return signs->first ? BPFFS_LASTS : BPFFS_FLEETING;
	/* Process 1 of a machine has no master: this is a copy of its tree. */
	if (signs->root.slave || signs->holder.slave)
		return BPFFS_FLEETING;
	/* What is mounted here is mounted in the other namespaces of the peer group, too. */
	return signs->root.shared && signs->holder.shared ? BPFFS_LASTS : BPFFS_UNKNOWN;
}

struct looking {
	const char *path;
	struct bpffs_signs *signs;
	char sys_source[sizeof(((struct mountinfo *)0)->source)];
};

static void look_at_mount(const struct mountinfo *mount, void *data)
{
	struct looking *looking = data;
	struct mountinfo *holder = &looking->signs->holder;

	if (!strcmp(mount->point, "/"))
		looking->signs->root = *mount;
	if (!strcmp(mount->point, "/sys"))
		snprintf(looking->sys_source, sizeof(looking->sys_source), "%s",
			 strcmp(mount->type, "sysfs") ? "" : mount->source);
	if (mountinfo_holds(mount->point, looking->path) &&
	    strlen(mount->point) >= strlen(holder->point))
		*holder = *mount;
}

/* "ip netns exec NAME" mounts a sysfs from NAME, where others write "sysfs" or "none". */
static bool names_netns(const char *source)
{
	char path[sizeof("/run/netns/") + 256];

	if (!*source || !strcmp(source, "sysfs") || strchr(source, '/') || source[0] == '.')
		return false;
	snprintf(path, sizeof(path), "/run/netns/%s", source);
	return !access(path, F_OK);
}

static enum bpffs_place place(const char *path)
{
	struct bpffs_signs signs = { .initial = false };
	struct looking looking = { .path = path, .signs = &signs };
	struct stat own, first;

	(void)mountinfo_each(look_at_mount, &looking);
	signs.netns_sysfs = names_netns(looking.sys_source);
	if (!stat("/proc/self/ns/mnt", &own)) {
		signs.initial = own.st_ino == INITIAL_MOUNT_NAMESPACE;
		signs.first_known = !stat("/proc/1/ns/mnt", &first);
		signs.first = signs.first_known && own.st_ino == first.st_ino;
	}
	return bpffs_judge(&signs);
}

static int refuse(enum bpffs_place where, const char *path, struct problem *p)
{
	if (where == BPFFS_UNKNOWN)
		return problem(p, -EINVAL, path,
			       "mount it where it stays ('mount -t bpf bpf /sys/fs/bpf'), or use "
			       "'natloopctl --netns NAME' from there",
			       "the bpf file system is not mounted, and pins made in this mount "
			       "namespace may be lost");
	return problem(p, -EINVAL, path,
		       "use 'natloopctl --netns NAME' instead of 'ip netns exec NAME'",
		       "the bpf file system is not mounted in this mount namespace, and pins "
		       "made here would be lost");
}

static int mount_problem(const char *path, struct problem *p)
{
	return problem(p, -errno, path,
		       errno == EPERM || errno == EACCES ?
			       "mount it as root: 'mount -t bpf bpf /sys/fs/bpf'" :
			       "check that the kernel has CONFIG_BPF_SYSCALL",
		       "cannot mount the bpf file system: %m");
}

static bool is_bpffs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (__u32)fs.f_type == BPF_FS_MAGIC;
}

static int open_directory(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * Where everybody may write, the sticky bit is what keeps root's directories in place; and the
 * owner of a directory may rename what is in it whatever its bits are.
 */
static int check_owner(int fd, const char *path, struct problem *p)
{
	struct stat st;

	if (fstat(fd, &st))
		return problem(p, -errno, path, "check the rights on it", "%m");
	if (st.st_uid && st.st_uid != geteuid())
		return problem(p, -EPERM, path, "chown root /sys/fs/bpf",
			       "belongs to another user (%u), who may put anything in the place of "
			       "natloop's pins",
			       st.st_uid);
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return problem(p, -EPERM, path, "chmod +t /sys/fs/bpf",
			       "other users may put anything in the place of natloop's pins");
	return 0;
}

/* Nothing is mounted there, or nothing of the kind. */
static int mount_it(const char *path, bool mount_wanted, int *fd, struct problem *p)
{
	enum bpffs_place where = place(path);

	if (!mount_wanted)
		return where == BPFFS_FLEETING ? refuse(where, path, p) : -ENOENT;
	if (where != BPFFS_LASTS)
		return refuse(where, path, p);
	if (mount("bpf", path, "bpf", 0, "mode=0700"))
		return mount_problem(path, p);
	log_info("%s: mounted the bpf file system", path);
	util_closep(fd);
	*fd = open_directory(path);
	return 0;
}

int bpffs_open(const char *path, bool mount, int *ret, struct problem *p)
{
	_cleanup_close_ int fd = open_directory(path);
	int err;

	if (fd < 0 && errno == EACCES)
		return problem(p, -errno, path, "run natloopctl as root", "%m");
	if (fd < 0 || !is_bpffs(fd)) {
		err = mount_it(path, mount, &fd, p);
		if (err)
			return err;
	}
	if (fd < 0 || !is_bpffs(fd))
		return problem(p, -EIO, path, "see what is mounted there",
			       "is not the bpf file system");
	err = check_owner(fd, path, p);
	if (!err)
		*ret = TAKE_FD(fd);
	return err;
}
