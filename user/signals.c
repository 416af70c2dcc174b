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

bool signals_waiting(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGTERM };
	sigset_t set;

	if (sigpending(&set))
		return false;
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigismember(&set, ending[i]))
			return true;
	return false;
}
