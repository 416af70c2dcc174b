// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "command.h"
#include "instance.h"
#include "options.h"
#include "settings.h"
#include "util.h"
#include "view.h"

typedef int (*change_fn)(struct instance *inst, const char *spec, struct problem *p);

static int change(const struct env *env, const char *spec, change_fn apply, struct problem *p)
{
	_cleanup_free_ struct settings *checked = calloc(1, sizeof(*checked));
	struct instance *inst;
	int err;

	if (!checked)
		return problem(p, -ENOMEM, "public", "", "out of memory");
	err = settings_add_public(checked, spec, p);
	if (err)
		return err;
	err = instance_open(env, &inst, p);
	if (err)
		return err;
	err = apply(inst, spec, p);
	instance_close(inst);
	return err;
}

static int run_add(const struct env *env, int argc, char **argv, struct problem *p)
{
	(void)argc;
	return change(env, argv[0], instance_add_public, p);
}

static int run_del(const struct env *env, int argc, char **argv, struct problem *p)
{
	(void)argc;
	return change(env, argv[0], instance_delete_public, p);
}

static int run_list(const struct env *env, int argc, char **argv, struct problem *p)
{
	(void)argc;
	(void)argv;
	return view_config(env, view_publics, p);
}

static const struct action actions[] = {
	{ "add", "an address", 1, 1, run_add },
	{ "del", "an address", 1, 1, run_del },
	{ "list", NULL, 0, 0, run_list },
};

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	static const struct actions table = { actions, ARRAY_SIZE(actions) };
	struct command_line line = { argc, argv };

	(void)target;
	return command_run_action(&table, env, &line, p);
}

const struct command command_public = {
	.name = "public",
	.usage = "add ADDR | del ADDR | list",
	.help = "change or list the public addresses that clients dial",
	.notes = "ADDR of add may also be an interface or a host name: its address now is what "
		 "counts.\n"
		 "ADDR of del is one that list shows; the last one cannot be deleted.\n",
	.run = run,
};
