// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "help.h"
#include "log.h"
#include "netns.h"
#include "options.h"
#include "report.h"
#include "util.h"

#define INSTANCE_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

struct globals {
	bool json;
	const char *instance;
	const char *netns;
	const char *config;
	int verbose;
	bool help;
	bool version;
};

#define FIELD(ctype, field) OPTION_FIELD(struct globals, ctype, field)

static const struct option_def global_options[] = {
	{ "json", 'j', NULL, "JSON on standard output, errors too", OPTION_FLAG, FIELD(bool, json),
	  NULL },
	{ "instance", 0, "NAME", "which natloop, if several run ('default')", OPTION_TEXT,
	  FIELD(const char *, instance), NULL },
	{ "netns", 0, "NAME|PATH", "work in this network namespace", OPTION_TEXT,
	  FIELD(const char *, netns), NULL },
	{ "config", 0, "FILE", "read FILE instead of /etc/natloop/natloop.conf", OPTION_TEXT,
	  FIELD(const char *, config), NULL },
	{ "verbose", 'v', NULL, "say more; -vv: debug messages of the libraries, too", OPTION_COUNT,
	  FIELD(int, verbose), NULL },
	{ "help", 'h', NULL, "print this help", OPTION_FLAG, FIELD(bool, help), NULL },
	{ "version", 0, NULL, "print the version and what is built in", OPTION_FLAG,
	  FIELD(bool, version), NULL },
};

static const struct command *const commands[] = {
	&command_attach,  &command_watch,  &command_detach, &command_status,
	&command_forward, &command_public, &command_flow,   &command_stats,
	&command_monitor, &command_trace,  &command_import, &command_config,
	&command_reload,  &command_dns,	   &command_hosts,  &command_doctor,
};

static const struct help_tables help = { commands, ARRAY_SIZE(commands), global_options,
					 ARRAY_SIZE(global_options) };

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static int check_instance(const char *name, struct problem *p)
{
	size_t length = strlen(name);
	char object[64];

	if (length >= 1 && length <= 32 && strspn(name, INSTANCE_CHARS) == length)
		return 0;
	snprintf(object, sizeof(object), "--instance %s", length ? name : "''");
	return problem_usage(p, object, "use up to 32 letters, digits, '_' or '-'",
			     "cannot be the name of an instance");
}

/* @line is at the command's name. @ret is freed by the caller, also on failure. */
static int parse_command(struct globals *globals, const struct command *command,
			 struct command_line *line, void **ret, struct problem *p)
{
	struct options tables[] = {
		{ global_options, ARRAY_SIZE(global_options), globals },
		{ command ? command->options : NULL, command ? command->options_count : 0, NULL },
	};
	const char *name = line->argv[0];
	int err;

	if (command && command->options_size) {
		*ret = calloc(1, command->options_size);
		if (!*ret)
			return problem(p, -ENOMEM, name, "", "out of memory");
		tables[1].target = *ret;
	}
	/* An unknown command's line is parsed, too: -j holds for the message. */
	err = options_parse(tables, ARRAY_SIZE(tables), false, line, p);
	if (!command)
		return problem_usage(p, name, "see 'natloopctl --help'", "no such command");
	return err;
}

static int run(struct env *env, struct command_line *line, struct problem *p)
{
	struct globals globals = { .instance = "default" };
	struct options first = { global_options, ARRAY_SIZE(global_options), &globals };
	const struct command *command = NULL;
	_cleanup_free_ void *options = NULL;
	int err;

	err = options_parse(&first, 1, true, line, p);
	if (!err && line->argc) {
		command = find_command(line->argv[0]);
		err = parse_command(&globals, command, line, &options, p);
	}
	env->json = globals.json;
	env->verbose = globals.verbose;
	env->instance = globals.instance;
	env->config = globals.config;
	if (err)
		return err;
	if (globals.version)
		return help_version(env, p);
	if (globals.help)
		return help_print(env->out, &help, command, p);
	if (!command)
		return problem_usage(p, "command", "see 'natloopctl --help'", "none given");

	err = check_instance(env->instance, p);
	if (err)
		return err;
	log_init(env->verbose);
	err = globals.netns ? netns_enter(globals.netns, p) : 0;
	if (err)
		return err;
	return command->run(env, options, line->argc, line->argv, p);
}

int main(int argc, char **argv)
{
	struct env env = { .out = stdout, .err = stderr, .bpffs = "/sys/fs/bpf" };
	struct command_line line = { argc, argv };
	struct problem p = { .usage = false };
	int fd, err;

	/* A map's descriptor must never be number 1: the answer would be written into the map. */
	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
			return 1;

	err = run(&env, &line, &p);
	return err ? report_problem(&env, err, &p) : 0;
}
