// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One watcher for an instance. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "lock_holder.h"
#include "pins.h"
#include "util.h"
#include "watch_parts.h"

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
