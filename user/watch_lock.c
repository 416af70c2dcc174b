// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One watcher for an instance. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "lock_holder.h"
#include "pins.h"
#include "util.h"
#include "watch_loop.h"

int watch_lock(const struct env *env, int *ret, struct problem *p)
{
	struct pins pins = PINS_NONE;
	_cleanup_close_ int fd = -1;
	char holder[160];
	int err = pins_lock(env, true, &pins, p);

	if (err)
		return err;
	fd = open(pins.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err = problem(p, -errno, pins.dir, "check the rights on it",
			      "cannot be opened: %m");
	else if (flock(fd, LOCK_EX | LOCK_NB))
		err = errno != EWOULDBLOCK ?
			      problem(p, -errno, pins.dir, "", "cannot be locked: %m") :
			      problem(p, -EBUSY, env->instance,
				      "end that one first, or use another --instance",
				      "is watched already, by %s",
				      lock_holder(fd, holder, sizeof(holder)));
	pins_unlock(&pins);
	if (!err)
		*ret = TAKE_FD(fd);
	return err;
}

void watch_lock_clear(const struct env *env)
{
	struct pins pins = PINS_NONE;
	struct problem p = { .usage = false };
	char mark[PATH_MAX];

	snprintf(mark, sizeof(mark), "%s/natloop/%s/" PINS_MARK, env->bpffs, env->instance);
	if (!access(mark, F_OK) || pins_lock(env, false, &pins, &p))
		return;
	/* Empty ones only: what another command is at stays, too. */
	if (!rmdir(pins.dir))
		(void)rmdir(pins.root);
	pins_unlock(&pins);
}

bool watch_lock_heard(const struct env *env, int lock, int pins)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct stat held, now;
	char path[PATH_MAX];

	while (read(pins, buf, sizeof(buf)) > 0)
		;
	snprintf(path, sizeof(path), "%s/natloop/%s", env->bpffs, env->instance);
	return !fstat(lock, &held) && !stat(path, &now) && held.st_ino == now.st_ino &&
	       held.st_dev == now.st_dev;
}

/* The directory above: one that is open hears of its own end only when it is closed. */
int watch_open_pins(const struct env *env)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/natloop", env->bpffs);
	if (fd < 0 || inotify_add_watch(fd, path, IN_DELETE | IN_ONLYDIR) < 0)
		return -1;
	return TAKE_FD(fd);
}
