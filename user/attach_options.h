/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words and options of attach, which other commands take as well. */
#ifndef ATTACH_OPTIONS_H
#define ATTACH_OPTIONS_H

#include "command.h"
#include "options.h"
#include "settings.h"

#define ATTACH_OPTIONS 8

/* They store into a struct settings. */
extern const struct option_def attach_options[ATTACH_OPTIONS];

/* Adds the words behind argv[0], which are interfaces, to @s. */
int attach_take_words(struct settings *s, int argc, char **argv, struct problem *p);

/*
 * Fills what @s does not say from the configuration file @path, as config_file_read takes it, and
 * checks what that makes; @command is the object of problems that are about neither. On failure @s
 * is of no use any more.
 */
int attach_complete(const char *path, const char *command, struct settings *s, struct problem *p);

#endif
