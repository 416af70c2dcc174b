// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "command.h"
#include "config_file.h"
#include "config_running.h"
#include "config_show.h"
#include "options.h"
#include "report.h"
#include "util.h"
#include "writer.h"

#define MOST_MISTAKES 64

static const char *file_of(const struct env *env)
{
	return env->config ? env->config : CONFIG_FILE_DEFAULT;
}

static int check_json(const struct env *env, const char *path, const struct problem *mistake,
		      size_t count, struct problem *p)
{
	struct writer *w = command_writer(env);

	if (w) {
		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, "file", path);
		writer_open(w, "errors", WRITER_LIST);
		for (size_t i = 0; i < count; i++) {
			writer_open(w, NULL, WRITER_OBJECT);
			writer_string(w, "object", mistake[i].object);
			writer_string(w, "what", mistake[i].what);
			writer_string(w, "remedy", mistake[i].remedy);
			writer_close(w);
		}
		writer_close(w);
		writer_close(w);
	}
	return command_finish(w, p);
}

static int run_check(const struct env *env, int argc, char **argv, struct problem *p)
{
	_cleanup_free_ struct problem *mistake = calloc(MOST_MISTAKES, sizeof(*mistake));
	const char *path = argc ? argv[0] : file_of(env);
	size_t count;
	int err = 0;

	if (!mistake)
		return problem(p, -ENOMEM, "config", "", "out of memory");
	count = config_file_check(path, mistake, MOST_MISTAKES);
	if (env->json)
		err = check_json(env, path, mistake, count, p);
	if (err || !count)
		return err;
	for (size_t i = 0; i < count && !env->json; i++)
		(void)report_problem(env, -EINVAL, &mistake[i]);
	p->reported = true;
	return -EINVAL;
}

static int print(const struct env *env, const struct config_values *values, bool running,
		 struct problem *p)
{
	struct writer *w;

	if (env->json) {
		w = command_writer(env);
		if (w)
			config_show_write(values, w);
		return command_finish(w, p);
	}
	if (running)
		fprintf(env->out, "; natloop, instance %s: what it does\n", env->instance);
	else
		fprintf(env->out, "; natloop, instance %s: not attached; what attach would go by\n",
			env->instance);
	config_show_text(values, env->out);
	if (!fflush(env->out) && !ferror(env->out))
		return 0;
	return problem(p, -EIO, "standard output", "check where it goes", "cannot be written");
}

static int run_show(const struct env *env, int argc, char **argv, struct problem *p)
{
	_cleanup_free_ struct config_running *running = calloc(1, sizeof(*running));
	_cleanup_free_ struct config_file *file = calloc(1, sizeof(*file));
	struct config_values values = { 0 };
	struct config_sources sources = { .path = file_of(env), .file = file };
	int err;

	(void)argc;
	(void)argv;
	if (!running || !file)
		return problem(p, -ENOMEM, "config", "", "out of memory");
	err = config_file_read_lines(env->config, file, p);
	if (!err)
		err = config_running_read(env, sources.path, file, running, p);
	if (err)
		return err;
	if (running->running) {
		sources.running = &running->settings;
		sources.public_from = running->public_from;
		sources.names = &running->names;
	}
	err = config_values_collect(&sources, &values);
	dns_names_free(&running->names);
	if (err)
		return problem(p, err, "config", "", "out of memory");
	err = print(env, &values, running->running, p);
	free(values.value);
	return err;
}

static const struct action actions[] = {
	{ "check", "a FILE", 0, 1, run_check },
	{ "show", NULL, 0, 0, run_show },
};

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	static const struct actions table = { actions, ARRAY_SIZE(actions) };
	struct command_line line = { argc, argv };

	(void)target;
	return command_run_action(&table, env, &line, p);
}

const struct command command_config = {
	.name = "config",
	.usage = "check [FILE] | show",
	.help = "check the configuration file, or show what is in force and where it came from",
	.notes = "check prints nothing if the file is good, else one line for each mistake. It "
		 "looks at\n"
		 "the file alone: whether the interfaces exist, attach and reload find out.\n"
		 "show prints a file that can be read again; a comment on each line tells whether "
		 "the\n"
		 "value is from the file, detected, the default, or given to the running "
		 "instance.\n",
	.run = run,
};
