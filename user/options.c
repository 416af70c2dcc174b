// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "util.h"

#define MAX_OPTIONS 32
#define LONG_ONLY 256 /* above every letter: index of an option as getopt_long returns it */
#define OPTIONS_REMEDY "see --help"

/* All tables of one command line, in the form that getopt_long wants. */
struct grammar {
	const struct option_def *def[MAX_OPTIONS];
	void *target[MAX_OPTIONS];
	struct option long_option[MAX_OPTIONS + 1];
	char letters[2 * MAX_OPTIONS + 3];
	size_t count;
};

static void add_option(struct grammar *g, const struct option_def *def, void *target)
{
	size_t end = strlen(g->letters);

	assert(g->count < MAX_OPTIONS);
	g->def[g->count] = def;
	g->target[g->count] = target;
	g->long_option[g->count] = (struct option){
		.name = def->name,
		.has_arg = def->argument ? required_argument : no_argument,
		.val = LONG_ONLY + (int)g->count,
	};
	g->count++;
	if (!def->letter)
		return;
	g->letters[end++] = def->letter;
	if (def->argument)
		g->letters[end] = ':';
}

static void make_grammar(struct grammar *g, const struct options *tables, size_t count)
{
	size_t i, j;

	memset(g, 0, sizeof(*g));
	/*
	 * '-' has words returned in their place, whatever POSIXLY_CORRECT says, so that optind is
	 * always the index of what comes next; ':' keeps getopt_long from printing.
	 */
	strcpy(g->letters, "-:");
	for (i = 0; i < count; i++)
		for (j = 0; j < tables[i].count; j++)
			add_option(g, &tables[i].def[j], tables[i].target);
}

static size_t find_option(const struct grammar *g, int code)
{
	size_t i;

	if (code >= LONG_ONLY)
		return (size_t)(code - LONG_ONLY);
	for (i = 0; i < g->count; i++)
		if (g->def[i]->letter == code)
			return i;
	return g->count;
}

static int refuse_second(const struct option_def *def, const char *text, struct problem *p)
{
	char object[sizeof(p->object)];
	char remedy[sizeof(p->remedy)];

	snprintf(object, sizeof(object), "--%s %s", def->name, *text ? text : "''");
	snprintf(remedy, sizeof(remedy), "give one --%s %s", def->name, def->argument);
	return problem_usage(p, object, remedy, "is the second --%s", def->name);
}

static int store(const struct option_def *def, void *target, const char *text, struct problem *p)
{
	void *field = (char *)target + def->offset;
	char object[sizeof(p->object)];
	struct problem inner;
	int err;

	switch (def->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_COUNT:
		++*(int *)field;
		return 0;
	case OPTION_TEXT:
		*(const char **)field = text;
		return 0;
	case OPTION_ONCE:
		if (*(const char **)field)
			return refuse_second(def, text, p);
		*(const char **)field = text;
		return 0;
	case OPTION_SETTING:
		err = def->set(field, text, &inner);
		if (!err)
			return 0;
		snprintf(object, sizeof(object), "--%s %s", def->name, *text ? text : "''");
		return problem_usage(p, object, inner.remedy, "%s", inner.what);
	}
	return 0;
}

/* getopt_long takes any unique prefix; scripts that use one break with the next option. */
static bool is_abbreviated(const struct option_def *def, const char *typed)
{
	return !strncmp(typed, "--", 2) && strcspn(typed + 2, "=") != strlen(def->name);
}

static int refuse_abbreviation(const struct option_def *def, const char *typed, struct problem *p)
{
	char object[sizeof(p->object)];
	char remedy[sizeof(p->remedy)];

	snprintf(object, sizeof(object), "%.*s", (int)strcspn(typed, "="), typed);
	snprintf(remedy, sizeof(remedy), "if --%s is meant, write it in full", def->name);
	return problem_usage(p, object, remedy, "no such option");
}

/* What getopt_long did not like at @typed. */
static int refuse(const struct grammar *g, int code, const char *typed, struct problem *p)
{
	size_t which = find_option(g, optopt);
	bool known = which < g->count && optopt;
	char object[sizeof(p->object)];

	if (known && is_abbreviated(g->def[which], typed))
		return refuse_abbreviation(g->def[which], typed, p);
	if (known)
		snprintf(object, sizeof(object), "--%s", g->def[which]->name);
	else if (!strncmp(typed, "--", 2))
		snprintf(object, sizeof(object), "%.*s", (int)strcspn(typed, "="), typed);
	else
		snprintf(object, sizeof(object), "-%c", optopt);

	if (code == ':')
		return problem_usage(p, object, OPTIONS_REMEDY, "needs a value");
	if (known)
		return problem_usage(p, object, OPTIONS_REMEDY, "takes no value");
	return problem_usage(p, object, OPTIONS_REMEDY, "no such option");
}

/* One option that getopt_long found; @typed is the element of argv that it began in. */
static int take_option(const struct grammar *g, int code, const char *typed, struct problem *p)
{
	size_t which = find_option(g, code);
	const struct option_def *def;
	char object[sizeof(p->object)];

	if (code == '?' || code == ':' || which >= g->count)
		return refuse(g, code, typed, p);
	def = g->def[which];
	if (is_abbreviated(def, typed))
		return refuse_abbreviation(def, typed, p);
	/* "--public --server X": nobody means an address called --server. */
	if (def->argument && !strncmp(optarg, "--", 2) && !strchr(typed, '=')) {
		snprintf(object, sizeof(object), "--%s", def->name);
		return problem_usage(p, object, OPTIONS_REMEDY, "needs a value");
	}
	return store(def, g->target[which], optarg, p);
}

int options_parse(const struct options *tables, size_t tables_count, bool first_word,
		  struct command_line *line, struct problem *p)
{
	struct problem mistake;
	struct grammar g;
	int words = 1;
	int code, at;
	int err = 0;

	make_grammar(&g, tables, tables_count);
	for (optind = 0, at = 1;; at = optind) {
		code = getopt_long(line->argc, line->argv, g.letters, g.long_option, NULL);
		if (code == -1)
			break;
		if (code == 1 && first_word) {
			optind--;
			break;
		}
		if (code == 1)
			line->argv[words++] = optarg;
		else if (take_option(&g, code, line->argv[at], err ? &mistake : p))
			err = -EINVAL;
	}

	if (first_word) {
		line->argc -= optind;
		line->argv += optind;
		return err;
	}
	while (optind < line->argc)
		line->argv[words++] = line->argv[optind++];
	line->argc = words;
	return err;
}

static int print_name(FILE *out, const struct option_def *def)
{
	char letter[] = "    ";

	if (def->letter)
		snprintf(letter, sizeof(letter), "-%c, ", def->letter);
	return fprintf(out, "  %s--%s%s%s", letter, def->name, def->argument ? " " : "",
		       def->argument ? def->argument : "");
}

void options_print(FILE *out, const struct option_def *def, size_t count)
{
	size_t width = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		size_t length = strlen(def[i].name);

		if (def[i].argument)
			length += 1 + strlen(def[i].argument);
		if (length > width)
			width = length;
	}
	width += strlen("  -x, --") + 2;
	for (i = 0; i < count; i++) {
		int printed = print_name(out, &def[i]);

		fprintf(out, "%*s%s\n", (int)width - printed, "", def[i].help);
	}
}
