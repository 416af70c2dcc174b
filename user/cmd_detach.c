// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "command.h"
#include "instance.h"
#include "options.h"
#include "util.h"

#define DETACH_REMEDY "name interfaces or give --all ('natloopctl status' shows what is attached)"

struct detach_options {
	bool all;
};

static const struct option_def options[] = {
	{ "all", 0, NULL, "detach every interface, end every flow, remove every trace", OPTION_FLAG,
	  OPTION_FIELD(struct detach_options, bool, all), NULL },
};

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	const struct detach_options *given = target;

	if (given->all && argc > 1)
		return problem_usage(p, argv[1], DETACH_REMEDY, "named beside --all");
	if (!given->all && argc < 2)
		return problem_usage(p, "detach", DETACH_REMEDY, "no interface given");
	if (given->all)
		return instance_detach(env, NULL, 0, p);
	return instance_detach(env, argv + 1, (size_t)argc - 1, p);
}

const struct command command_detach = {
	.name = "detach",
	.usage = "IFACE...|--all",
	.help = "leave interfaces as they were before attach; the last one ends natloop",
	.options = options,
	.options_count = ARRAY_SIZE(options),
	.options_size = sizeof(struct detach_options),
	.run = run,
};
