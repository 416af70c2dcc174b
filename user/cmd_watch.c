// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "attach_options.h"
#include "command.h"
#include "watch.h"

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	struct settings *s = target;
	int err = attach_take_words(s, argc, argv, p);

	s->rules_wait = true;
	return err ? err : watch(env, s, p);
}

const struct command command_watch = {
	.name = "watch",
	.usage = "[IFACE]...",
	.help = "attach, then follow what changes: addresses, names, interfaces, the file",
	.notes = "It stays in the foreground; 'systemctl start natloop' runs it as a service. "
		 "Without\n"
		 "--public it means auto. What other commands change meanwhile is kept, until the "
		 "file\n"
		 "or the system changes in the same place. SIGHUP reads the file again; SIGTERM "
		 "and\n"
		 "SIGINT end it, and what is attached goes on working.\n",
	.options = attach_options,
	.options_count = ATTACH_OPTIONS,
	.options_size = sizeof(struct settings),
	.run = run,
};
