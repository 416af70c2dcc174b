// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "command.h"
#include "reload.h"

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	int err;

	(void)target;
	err = command_no_words(argc, argv, p);
	return err ? err : reload(env, p);
}

const struct command command_reload = {
	.name = "reload",
	.usage = "",
	.help = "read the configuration file again and put it into force",
	.notes = "What the file says replaces what there is, and what it said before and does not "
		 "say\n"
		 "any more goes; what came from options and other commands stays. Flows go on.\n",
	.run = run,
};
