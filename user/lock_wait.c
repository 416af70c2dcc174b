// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lock_wait.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>

#include "lock_holder.h"
#include "log.h"

#define PATIENCE_NS 3000000000LL
#define PAUSE_NS 20000000

/* Whoever holds signals back to read them later is to wait no longer when one has come. */
static bool asked_to_end(void)
{
	sigset_t set;

	return !sigpending(&set) &&
	       (sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGINT) == 1);
}

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
		if (asked_to_end())
			return -EINTR;
		if (waited == PATIENCE_NS && !quiet)
			log_error("%s: locked by %s; waiting until that is done", path,
				  lock_holder(fd, holder, sizeof(holder)));
		nanosleep(&pause, NULL);
	}
}
