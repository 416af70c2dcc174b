// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Command lines against a second parser of the rules in options.h. Input: whether to stop at the
 * first word (1 byte), then the words, one a line.
 */
#include <errno.h>

#include "fuzz.h"
#include "options.h"
#include "settings.h"
#include "slow_text.h"

#define MAX_WORDS 16

struct target {
	bool json;
	int verbose;
	const char *netns;
	bool watch;
	struct settings settings;
};

static const struct option_def global_options[] = {
	{ "json", 'j', NULL, "JSON", OPTION_FLAG, OPTION_FIELD(struct target, bool, json), NULL },
	{ "verbose", 'v', NULL, "more", OPTION_COUNT, OPTION_FIELD(struct target, int, verbose),
	  NULL },
	{ "netns", 'n', "NAME", "where", OPTION_TEXT,
	  OPTION_FIELD(struct target, const char *, netns), NULL },
};

static const struct option_def own_options[] = {
	{ "watch", 0, NULL, "again", OPTION_FLAG, OPTION_FIELD(struct target, bool, watch), NULL },
	{ "max-flows", 0, "N", "size", OPTION_SETTING, offsetof(struct target, settings),
	  settings_set_max_flows },
	{ "mode", 0, "MODE", "how", OPTION_SETTING, offsetof(struct target, settings),
	  settings_set_mode },
};

/* A command line as it is read; what the options say lies in .target. */
struct slow {
	char *const *words; /* with the name, words[0] */
	int count;
	int next;
	int left[MAX_WORDS]; /* indexes of the words that are no options */
	int lefts;
	char mistake[128]; /* the object of the first mistake */
	struct target target;
};

static bool wrong(struct slow *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Always false. */
static bool wrong(struct slow *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->mistake, sizeof(s->mistake), format, args);
	va_end(args);
	return false;
}

/* @value NULL: the next word, if it can be one. @typed: the word that the option began in. */
static bool slow_value(struct slow *s, const char *name, const char *value, const char *typed)
{
	struct problem ignored;
	bool next = !value;

	if (next && s->next == s->count)
		return wrong(s, "--%s", name);
	if (next)
		value = s->words[s->next++];
	if (!strncmp(value, "--", 2) && !strchr(typed, '='))
		return wrong(s, "--%s", name);
	if (!strcmp(name, "netns"))
		s->target.netns = value;
	else if (!strcmp(name, "mode") ?
			 settings_set_mode(&s->target.settings, value, &ignored) :
			 settings_set_max_flows(&s->target.settings, value, &ignored))
		return wrong(s, "--%s %s", name, *value ? value : "''");
	return true;
}

static bool slow_long(struct slow *s, const char *word)
{
	static const char *const valued[] = { "netns", "max-flows", "mode" };
	int length = (int)strcspn(word, "=");
	const char *value = word[length] ? word + length + 1 : NULL;
	char name[32];

	snprintf(name, sizeof(name), "%.*s", length - 2, word + 2);
	for (int i = 0; i < 3; i++)
		if (!strcmp(name, valued[i]))
			return slow_value(s, name, value, word);
	if (strcmp(name, "json") != 0 && strcmp(name, "verbose") != 0 && strcmp(name, "watch") != 0)
		return wrong(s, "%.*s", length, word);
	if (value)
		return wrong(s, "--%s", name);
	s->target.json |= *name == 'j';
	s->target.watch |= *name == 'w';
	s->target.verbose += *name == 'v';
	return true;
}

static bool slow_letters(struct slow *s, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		if (*c == 'n')
			return slow_value(s, "netns", c[1] ? c + 1 : NULL, word);
		if (*c != 'j' && *c != 'v')
			return wrong(s, "-%c", *c);
		s->target.json |= *c == 'j';
		s->target.verbose += *c == 'v';
	}
	return true;
}

/* Up to the first mistake. */
static bool slow_parse(struct slow *s, bool first_word)
{
	while (s->next < s->count) {
		const char *word = s->words[s->next++];

		if (!strcmp(word, "--"))
			break;
		if (*word != '-' || !word[1]) {
			s->left[s->lefts++] = s->next - 1;
			if (first_word)
				break;
			continue;
		}
		if (!(word[1] == '-' ? slow_long(s, word) : slow_letters(s, word)))
			return false;
	}
	while (s->next < s->count)
		s->left[s->lefts++] = s->next++;
	return true;
}

static void check_words(const struct slow *s, const struct command_line *line, char *const *words,
			bool first_word)
{
	/* With a whole command line its name comes first. */
	int skip = first_word ? 0 : 1;

	FUZZ_CHECK(line->argc == s->lefts + skip, "%d words are left, not %d", line->argc,
		   s->lefts + skip);
	for (int i = 0; i < s->lefts; i++)
		FUZZ_CHECK(line->argv[i + skip] == words[s->left[i]], "word %d is \"%s\"", i,
			   line->argv[i + skip]);
}

static void check_line(int count, char *const *words, bool first_word)
{
	static struct target target;
	static struct slow s;
	char *argv[MAX_WORDS + 1] = { NULL };
	struct command_line line = { count, argv };
	const struct options tables[] = {
		{ global_options, sizeof(global_options) / sizeof(global_options[0]), &target },
		{ own_options, sizeof(own_options) / sizeof(own_options[0]), &target },
	};
	struct problem p = { .usage = false };
	int err;

	memset(&target, 0, sizeof(target));
	memset(&s, 0, sizeof(s));
	memcpy(argv, words, (size_t)count * sizeof(*argv));
	s.words = words;
	s.count = count;
	s.next = 1;
	err = options_parse(tables, 2, first_word, &line, &p);
	if (!slow_parse(&s, first_word)) {
		FUZZ_CHECK(err == -EINVAL, "\"%s\" was taken", s.mistake);
		check_problem(&p, s.mistake);
		return;
	}
	FUZZ_CHECK(!err, "%s: %s", p.object, p.what);
	check_words(&s, &line, words, first_word);
	FUZZ_CHECK(target.json == s.target.json && target.watch == s.target.watch &&
			   target.verbose == s.target.verbose && target.netns == s.target.netns,
		   "json %d watch %d verbose %d", target.json, target.watch, target.verbose);
	FUZZ_CHECK(target.settings.max_flows == s.target.settings.max_flows &&
			   target.settings.mode == s.target.settings.mode &&
			   target.settings.mode_given == s.target.settings.mode_given,
		   "settings");
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	bool first_word = fuzz_u8(&in) & 1;
	static char name[] = "natloopctl";
	static char *words[MAX_WORDS];
	char *text = fuzz_text(&in), *rest = text;
	int count = 1;

	words[0] = name;
	if (*text)
		while (count < MAX_WORDS && (words[count] = strsep(&rest, "\n")))
			count++;
	check_line(count, words, first_word);
	free(text);
	return 0;
}
