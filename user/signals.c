// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "signals.h"

void signals_ending(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGHUP);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
}

void signals_hold(void)
{
	sigset_t set;

	signals_ending(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}
