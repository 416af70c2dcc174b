/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A verb of natloopctl, and the world it runs in. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "problem.h"

struct command_line;
struct option_def;
struct writer;

/* Passed to every command, so that a test can replace the world. */
struct env {
	FILE *out;
	FILE *err;
	bool json;
	int verbose;
	const char *instance; /* "default" */
	const char *config;   /* --config FILE, or NULL: the default file, which may be missing */
	const char *bpffs;    /* "/sys/fs/bpf" */
};

struct command {
	const char *name;  /* "attach" */
	const char *usage; /* what follows the name */
	const char *help;  /* one line */
	const char *notes; /* printed below the options by --help; or NULL */
	const struct option_def *options;
	size_t options_count;
	size_t options_size; /* of the struct that the options store into */
	/*
	 * @options is that struct, zeroed and then filled from the command line; NULL if
	 * options_size is 0. argv[0] is the command's name, what follows are words. Returns 0 or a
	 * negative errno with @p filled; main.c prints it and chooses the exit status.
	 */
	int (*run)(const struct env *env, void *options, int argc, char **argv, struct problem *p);
};

extern const struct command command_attach;
extern const struct command command_watch;
extern const struct command command_detach;
extern const struct command command_status;
extern const struct command command_forward;
extern const struct command command_public;
extern const struct command command_flow;
extern const struct command command_stats;
extern const struct command command_import;
extern const struct command command_config;
extern const struct command command_reload;
extern const struct command command_hosts;
extern const struct command command_dns;
extern const struct command command_doctor;
extern const struct command command_monitor;
extern const struct command command_trace;

/* What a command with several actions does for one of them: "add" of "forward add SPEC". */
struct action {
	const char *name;
	const char *words; /* what must follow, for the message: "a SPEC"; or NULL: nothing may */
	int least;	   /* fewest and most words that follow */
	int most;
	/* argv[0] is the first word after the action's name. */
	int (*run)(const struct env *env, int argc, char **argv, struct problem *p);
};

struct actions {
	const struct action *action;
	size_t count;
};

/* Picks the action that argv[1] names, checks the number of its words, and runs it. */
int command_run_action(const struct actions *actions, const struct env *env,
		       const struct command_line *line, struct problem *p);

/* A usage problem if there are words; for commands that take none. */
int command_no_words(int argc, char **argv, struct problem *p);

/* The writer that @env asks for, on its out. NULL: no memory. */
struct writer *command_writer(const struct env *env);

/*
 * writer_finish() with a problem if the output could not be written. A NULL @w, for which there was
 * no memory, is one too.
 */
int command_finish(struct writer *w, struct problem *p);

#endif
