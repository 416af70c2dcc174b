/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Options as const tables: one table parses the command line and prints the help. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "problem.h"

struct settings;

enum option_kind {
	OPTION_FLAG,	/* no value; sets a bool */
	OPTION_COUNT,	/* no value; counts up an int */
	OPTION_TEXT,	/* a value; sets a const char *, which points into argv */
	OPTION_ONCE,	/* the same, for what may seem to add up: twice is refused */
	OPTION_SETTING, /* a value; goes through .set into a struct settings */
};

struct option_def {
	const char *name;     /* "max-flows", typed as --max-flows */
	char letter;	      /* 'j', or 0 */
	const char *argument; /* "N" in the help; NULL for FLAG and COUNT */
	const char *help;     /* one line */
	enum option_kind kind;
	size_t offset; /* of the field in the target; of SETTING: of the struct settings */
	int (*set)(struct settings *s, const char *text, struct problem *p);
};

/* The offset of @field in @type; does not compile if the field is not a @ctype. */
#define OPTION_FIELD(type, ctype, field)                                                           \
	(offsetof(type, field) + 0 * sizeof(&((type *)0)->field == (ctype *)0))

/* A table and the struct that its options store into. */
struct options {
	const struct option_def *def;
	size_t count;
	void *target;
};

/* argv[0] is a name, not looked at. Options may stand between words; "--" ends them. */
struct command_line {
	int argc;
	char **argv;
};

/*
 * Takes the options of all @tables out of @line; what is left is argv[0] and the words (argv is
 * changed in place). With @first_word, stops at the first word and leaves @line at it: argv[0] is
 * that word, argc is 0 if there is none.
 *
 * Names are matched exactly, never by prefix. After a mistake the rest is still parsed, so that a
 * later -j holds for the message; then the first mistake is returned, -EINVAL with a usage problem
 * whose object is "--NAME" or "--NAME VALUE".
 */
int options_parse(const struct options *tables, size_t tables_count, bool first_word,
		  struct command_line *line, struct problem *p);

/* One line of help for each option, aligned. */
void options_print(FILE *out, const struct option_def *def, size_t count);

#endif
