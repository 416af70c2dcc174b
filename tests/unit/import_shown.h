/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the tests of both parsers share: rules read from a text or a file, and shown as text. */
#ifndef IMPORT_SHOWN_H
#define IMPORT_SHOWN_H

#include <errno.h>
#include <stdlib.h>

#include "fixture.h"
#include "forward_text.h"
#include "import.h"
#include "unit.h"

typedef int (*parse_fn)(const char *text, struct import *ret, struct problem *p);

/* "FORWARD FORWARD... [SKIPPED] RULE", a line for each rule; to be freed. */
static char *show(const struct import *imported)
{
	char spec[FORWARD_TEXT_MAX];
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	for (size_t i = 0; i < imported->rules; i++) {
		const struct import_rule *rule = &imported->rule[i];

		for (size_t k = 0; k < rule->forwards; k++)
			fprintf(out, "%s ", forward_format(&rule->forward[k], spec, sizeof(spec)));
		if (rule->skipped)
			fprintf(out, "[%s] ", rule->skipped);
		fprintf(out, "%s\n", rule->text);
	}
	fclose(out);
	return text;
}

/* Each line of @wanted must be there, in this order, and no other. */
static void check_lines(const char *what, const char *got, const char *wanted)
{
	while (*got || *wanted) {
		size_t a = strcspn(got, "\n"), b = strcspn(wanted, "\n");

		CHECK(a == b && !strncmp(got, wanted, a), "%s:\n got    \"%.*s\"\n wanted \"%.*s\"",
		      what, (int)a, got, (int)b, wanted);
		got += a + (got[a] == '\n');
		wanted += b + (wanted[b] == '\n');
	}
}

static void check_parsed(parse_fn parse, const char *text, const char *what, const char *wanted)
{
	struct import imported = { .rule = NULL };
	struct problem p = { .usage = false };
	char *got;

	CHECK(!parse(text, &imported, &p), "%s: %s: %s", what, p.object, p.what);
	got = show(&imported);
	check_lines(what, got, wanted);
	free(got);
	import_free(&imported);
}

/* The file @name against the file @wanted_name. */
static void check_fixture(parse_fn parse, const char *name, const char *wanted_name)
{
	char *text = read_fixture(name);
	char *wanted = read_fixture(wanted_name);

	check_parsed(parse, text, name, wanted);
	free(wanted);
	free(text);
}

/* Refused, and what was read before is left alone. */
static void check_refused(parse_fn parse, const char *good, const char *text)
{
	struct import imported = { .rule = NULL };
	struct problem p = { .usage = false };
	size_t rules;

	assert_int_equal(parse(good, &imported, &p), 0);
	rules = imported.rules;
	CHECK(parse(text, &imported, &p) == -EPROTO, "\"%s\" was taken", text);
	CHECK(*p.object && *p.what && *p.remedy, "\"%s\": no whole sentence", text);
	assert_int_equal(imported.rules, rules);
	import_free(&imported);
}

#endif
