// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "command.h"
#include "follow.h"
#include "options.h"
#include "util.h"

struct monitor_options {
	bool destinations;
};

static const struct option_def options[] = {
	{ "destinations", 0, NULL, "also the public address and port dialled, and the server",
	  OPTION_FLAG, OPTION_FIELD(struct monitor_options, bool, destinations), NULL },
};

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	const struct listener_wish wish = { .what = NATLOOP_LISTEN_FLOWS };
	const struct monitor_options *given = target;
	int err = command_no_words(argc, argv, p);

	return err ? err : follow(env, &wish, given->destinations, p);
}

const struct command command_monitor = {
	.name = "monitor",
	.usage = "",
	.help = "print each flow that is made, refused or ended, until interrupted",
	.notes = "With -j each line is one JSON object. One process at a time listens to an "
		 "instance.\n",
	.options = options,
	.options_count = ARRAY_SIZE(options),
	.options_size = sizeof(struct monitor_options),
	.run = run,
};
