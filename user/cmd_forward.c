// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>

#include "command.h"
#include "forward_text.h"
#include "instance.h"
#include "options.h"
#include "settings.h"
#include "util.h"
#include "view.h"

typedef int (*change_fn)(struct instance *inst, const struct settings *s, struct problem *p);

/* The SPECs in argv as one change. */
static int change(const struct env *env, const struct command_line *specs, change_fn apply,
		  struct problem *p)
{
	_cleanup_free_ struct settings *s = calloc(1, sizeof(*s));
	struct instance *inst;
	int i, err;

	if (!s)
		return problem(p, -ENOMEM, "forward", "", "out of memory");
	for (i = 0; i < specs->argc; i++) {
		err = forward_parse(specs->argv[i], s, p);
		if (err)
			return err;
	}
	err = instance_open(env, &inst, p);
	if (err)
		return err;
	err = apply(inst, s, p);
	instance_close(inst);
	return err;
}

static int run_add(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct command_line specs = { argc, argv };

	return change(env, &specs, instance_add_forwards, p);
}

static int run_del(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct command_line specs = { argc, argv };

	return change(env, &specs, instance_delete_forwards, p);
}

static int run_list(const struct env *env, int argc, char **argv, struct problem *p)
{
	(void)argc;
	(void)argv;
	return view_config(env, view_forwards, p);
}

static const struct action actions[] = {
	{ "add", "a SPEC", 1, INT_MAX, run_add },
	{ "del", "a SPEC", 1, INT_MAX, run_del },
	{ "list", NULL, 0, 0, run_list },
};

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	static const struct actions table = { actions, ARRAY_SIZE(actions) };
	struct command_line line = { argc, argv };

	(void)target;
	return command_run_action(&table, env, &line, p);
}

const struct command command_forward = {
	.name = "forward",
	.usage = "add SPEC... | del SPEC... | list",
	.help = "change or list the port forwards that are reflected",
	.notes = FORWARD_TEXT_HELP,
	.run = run,
};
