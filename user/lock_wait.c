// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lock_wait.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#include "lock_holder.h"
#include "log.h"
#include "signals.h"

#define PATIENCE_NS 3000000000LL
#define PAUSE_NS 20000000

/* The others take a tenth of a second as a rule; whoever waits longer wants to know for whom. */
int lock_wait(int fd, int how, const char *path, bool quiet)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	char holder[160];

	for (long long waited = 0;; waited += PAUSE_NS) {
		if (!flock(fd, how | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		/* Whoever holds signals back to read them later is to wait no longer for it. */
		if (signals_waiting())
			return -EINTR;
		if (waited == PATIENCE_NS && !quiet)
			log_error("%s: locked by %s; waiting until that is done", path,
				  lock_holder(fd, holder, sizeof(holder)));
		nanosleep(&pause, NULL);
	}
}
