// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "command.h"

#include <errno.h>
#include <string.h>

#include "options.h"
#include "writer.h"

static int refuse(const struct actions *actions, const struct command_line *line, const char *what,
		  struct problem *p)
{
	const char *command = line->argv[0];
	char remedy[sizeof(p->remedy)];
	char object[sizeof(p->object)];
	size_t length;
	size_t i;

	snprintf(object, sizeof(object), "%s%s%s", command, line->argc > 1 ? " " : "",
		 line->argc > 1 ? line->argv[1] : "");
	snprintf(remedy, sizeof(remedy), "give");
	for (i = 0; i < actions->count; i++) {
		length = strlen(remedy);
		snprintf(remedy + length, sizeof(remedy) - length, "%s %s",
			 i == 0			 ? "" :
			 i + 1 == actions->count ? " or" :
						   ",",
			 actions->action[i].name);
	}
	length = strlen(remedy);
	snprintf(remedy + length, sizeof(remedy) - length, " (see 'natloopctl %s --help')",
		 command);
	return problem_usage(p, object, remedy, "%s", what);
}

static int check_words(const struct action *action, const struct command_line *line,
		       struct problem *p)
{
	char object[sizeof(p->object)];
	char remedy[sizeof(p->remedy)];
	int words = line->argc - 2;

	if (words >= action->least && words <= action->most)
		return 0;
	snprintf(object, sizeof(object), "%s %s", line->argv[0], action->name);
	snprintf(remedy, sizeof(remedy), "see 'natloopctl %s --help'", line->argv[0]);
	if (words < action->least)
		return problem_usage(p, object, remedy, "needs %s", action->words);
	return problem_usage(p, object, remedy, "unexpected '%s'", line->argv[2 + action->most]);
}

int command_run_action(const struct actions *actions, const struct env *env,
		       const struct command_line *line, struct problem *p)
{
	size_t i;
	int err;

	if (line->argc < 2)
		return refuse(actions, line, "does nothing by itself", p);
	for (i = 0; i < actions->count; i++) {
		const struct action *action = &actions->action[i];

		if (strcmp(line->argv[1], action->name) != 0)
			continue;
		err = check_words(action, line, p);
		if (err)
			return err;
		return action->run(env, line->argc - 2, line->argv + 2, p);
	}
	return refuse(actions, line, "no such action", p);
}

int command_no_words(int argc, char **argv, struct problem *p)
{
	char remedy[sizeof(p->remedy)];

	if (argc < 2)
		return 0;
	snprintf(remedy, sizeof(remedy), "see 'natloopctl %s --help'", argv[0]);
	return problem_usage(p, argv[0], remedy, "unexpected '%s'", argv[1]);
}

struct writer *command_writer(const struct env *env)
{
	return env->json ? writer_json(env->out) : writer_text(env->out);
}

int command_finish(struct writer *w, struct problem *p)
{
	int err = w ? writer_finish(w) : -ENOMEM;

	if (!err)
		return 0;
	return problem(p, err, "standard output", "check where it goes", "cannot be written: %s",
		       strerror(-err));
}
