/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --help and --version. */
#ifndef HELP_H
#define HELP_H

#include "command.h"

/* All that the help is made of. */
struct help_tables {
	const struct command *const *command;
	size_t commands;
	const struct option_def *option; /* the global ones */
	size_t options;
};

/* Help on one command, or with @which NULL on all. Fails if @out cannot be written. */
int help_print(FILE *out, const struct help_tables *tables, const struct command *which,
	       struct problem *p);

/* Version, ABI and the optional parts that were built in. */
int help_version(const struct env *env, struct problem *p);

#endif
