// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "options.h"

#include <errno.h>
#include <stdlib.h>

#include "settings.h"
#include "unit.h"
#include "util.h"

#define MAX_WORDS 12

struct global {
	bool json;
	int verbose;
	const char *netns;
	const char *server;
};

struct target {
	bool watch;
	struct settings settings;
};

static const struct option_def global_options[] = {
	{ "json", 'j', NULL, "JSON", OPTION_FLAG, OPTION_FIELD(struct global, bool, json), NULL },
	{ "verbose", 'v', NULL, "more", OPTION_COUNT, OPTION_FIELD(struct global, int, verbose),
	  NULL },
	{ "netns", 'n', "NAME", "where", OPTION_TEXT,
	  OPTION_FIELD(struct global, const char *, netns), NULL },
	{ "server", 0, "ADDR", "whose", OPTION_ONCE,
	  OPTION_FIELD(struct global, const char *, server), NULL },
};

static const struct option_def own_options[] = {
	{ "watch", 0, NULL, "again", OPTION_FLAG, OPTION_FIELD(struct target, bool, watch), NULL },
	{ "max-flows", 0, "N", "size", OPTION_SETTING, offsetof(struct target, settings),
	  settings_set_max_flows },
	{ "public", 0, "ADDR", "repeatable", OPTION_SETTING, offsetof(struct target, settings),
	  settings_add_public },
};

/* A command line as a user types it, and what came of it. */
struct run {
	char *argv[MAX_WORDS + 1];
	struct command_line line;
	struct global global;
	struct target target;
	struct problem p;
	int err;
};

/* @typed is split at blanks. */
static struct run *new_run(const char *typed)
{
	static char copy[256];
	struct run *run = calloc(1, sizeof(*run));
	char *rest = NULL;
	char *word;

	assert_non_null(run);
	snprintf(copy, sizeof(copy), "%s", typed);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(run->line.argc < MAX_WORDS);
		run->argv[run->line.argc++] = word;
	}
	run->line.argv = run->argv;
	return run;
}

static struct run *parse(const char *typed)
{
	struct run *run = new_run(typed);
	const struct options tables[] = {
		{ global_options, ARRAY_SIZE(global_options), &run->global },
		{ own_options, ARRAY_SIZE(own_options), &run->target },
	};

	run->err = options_parse(tables, ARRAY_SIZE(tables), false, &run->line, &run->p);
	return run;
}

static struct run *parse_first(const char *typed)
{
	struct run *run = new_run(typed);
	const struct options table = { global_options, ARRAY_SIZE(global_options), &run->global };

	run->err = options_parse(&table, 1, true, &run->line, &run->p);
	return run;
}

static const char *words(const struct run *run, char *buf, size_t size)
{
	size_t length = 0;
	int i;

	*buf = '\0';
	for (i = 0; i < run->line.argc; i++)
		length += (size_t)snprintf(buf + length, size - length, "%s%s", i ? " " : "",
					   run->line.argv[i]);
	return buf;
}

static void words_remain(void **state)
{
	static const struct {
		const char *typed;
		const char *left;
	} cases[] = {
		{ "stats", "stats" },
		{ "stats a b", "stats a b" },
		{ "stats -j a --watch b -v", "stats a b" },
		{ "stats --public x a --public=y b", "stats a b" },
		{ "stats -- --watch -j", "stats --watch -j" },
		{ "stats a -j -- b", "stats a b" },
		{ "stats --", "stats" },
		{ "stats - a", "stats - a" },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct run *run = parse(cases[i].typed);

		CHECK(!run->err, "%s: %s: %s", cases[i].typed, run->p.object, run->p.what);
		check_text(cases[i].typed, words(run, text, sizeof(text)), cases[i].left);
		free(run);
	}
}

static void values_arrive(void **state)
{
	struct run *run = parse("stats -vj --verbose --netns lab --max-flows=100 --watch "
				"--public 172.16.16.1 --public eth0");

	(void)state;
	CHECK(!run->err, "%s: %s", run->p.object, run->p.what);
	CHECK(run->global.json && run->target.watch, "a flag is missing");
	CHECK(run->global.verbose == 2, "-v was counted %d times", run->global.verbose);
	check_text("netns", run->global.netns, "lab");
	CHECK(run->target.settings.max_flows == 100, "max-flows");
	CHECK(run->target.settings.publics == 2, "repeated options do not append");
	check_text("public", run->target.settings.public_spec[1], "eth0");
	free(run);
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *typed;
		const char *object;
	} cases[] = {
		{ "stats --bogus", "--bogus" },
		{ "stats --bogus=1", "--bogus" },
		{ "stats -x", "-x" },
		{ "stats -jx", "-x" },
		{ "stats --wat", "--wat" },
		{ "stats --pub=x", "--pub" },
		{ "stats --pub x", "--pub" },
		{ "stats --pub", "--pub" },
		{ "stats --watc=yes", "--watc" },
		{ "stats --watch=yes", "--watch" },
		{ "stats --netns", "--netns" },
		{ "stats -n", "--netns" },
		{ "stats --netns --watch", "--netns" },
		{ "stats --max-flows 1", "--max-flows 1" },
		{ "stats --max-flows=x", "--max-flows x" },
		{ "stats --max-flows=", "--max-flows ''" },
		{ "stats --max-flows=1 --bogus", "--max-flows 1" },
		{ "stats --server=1 --netns=2 --server=3", "--server 3" },
		{ "stats --server 1 --server=", "--server ''" },
		{ "stats --bogus --max-flows=1", "--bogus" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct run *run = parse(cases[i].typed);

		CHECK(run->err == -EINVAL, "%s: returned %d", cases[i].typed, run->err);
		check_usage(cases[i].typed, &run->p, cases[i].object);
		free(run);
	}
}

static void json_holds_after_a_mistake(void **state)
{
	struct run *run = parse("stats --bogus -j");

	(void)state;
	CHECK(run->err == -EINVAL && run->global.json, "-j behind a mistake is lost");
	free(run);
	run = parse("stats -xj");
	CHECK(run->err == -EINVAL && run->global.json, "-j in a bad cluster is lost");
	free(run);
}

static void stops_at_the_first_word(void **state)
{
	static const struct {
		const char *typed;
		const char *left;
	} cases[] = {
		{ "prog", "" },
		{ "prog -j", "" },
		{ "prog stats", "stats" },
		{ "prog -v --netns lab stats --bogus -j", "stats --bogus -j" },
		{ "prog -j -- stats -v", "stats -v" },
		{ "prog --netns=lab stats", "stats" },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct run *run = parse_first(cases[i].typed);

		CHECK(!run->err, "%s: %s: %s", cases[i].typed, run->p.object, run->p.what);
		check_text(cases[i].typed, words(run, text, sizeof(text)), cases[i].left);
		free(run);
	}
}

static void posix_environment_changes_nothing(void **state)
{
	struct run *run;
	char text[64];

	(void)state;
	setenv("POSIXLY_CORRECT", "1", 1);
	run = parse("stats a -j");
	unsetenv("POSIXLY_CORRECT");
	CHECK(!run->err && run->global.json, "an option behind a word was missed");
	check_text("words", words(run, text, sizeof(text)), "stats a");
	free(run);
}

static void help_comes_from_the_table(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	options_print(out, global_options, ARRAY_SIZE(global_options));
	fclose(out);
	check_text("help", text,
		   "  -j, --json         JSON\n"
		   "  -v, --verbose      more\n"
		   "  -n, --netns NAME   where\n"
		   "      --server ADDR  whose\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_remain),
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(json_holds_after_a_mistake),
		cmocka_unit_test(stops_at_the_first_word),
		cmocka_unit_test(posix_environment_changes_nothing),
		cmocka_unit_test(help_comes_from_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
