// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void child_enter(pid_t parent, int answer, unsigned int seconds)
{
	sigset_t none;

	/* The parent may have ended before the child asked to be told. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	if (answer != CHILD_ANSWER && dup2(answer, CHILD_ANSWER) < 0)
		_exit(1);
	(void)syscall(SYS_close_range, CHILD_ANSWER + 1U, ~0U, 0U);
	(void)signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(seconds);
}
