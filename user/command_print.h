/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Answers that are text as it stands: scripts, configuration, diffs. */
#ifndef COMMAND_PRINT_H
#define COMMAND_PRINT_H

#include "command.h"
#include "problem.h"
#include "text_diff.h"

/* On @env's out, as it is; in JSON an object with the text as @key. */
int command_print_text(const struct env *env, const char *key, const char *text, struct problem *p);

/*
 * The difference as text_diff_print() prints it, byte for byte, as patch(1) must get it; in JSON as
 * "diff", with a '?' for each byte that is not of UTF-8.
 */
int command_print_diff(const struct env *env, const char *path, const struct text_version *before,
		       const struct text_version *after, struct problem *p);

#endif
