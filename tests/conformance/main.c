// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * usage: conformance [CASE...]
 *
 * Runs the cases, or those named, or those of the areas named ("icmp"), in the lab that WIRE_NETNS
 * names, and prints a line for each: verdict, name, requirement, what was seen; tabs in between.
 */
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct suite_case *const areas[] = {
	hairpin_cases,	  mapping_cases,    filter_cases,     tcp_cases,
	icmp_error_cases, icmp_quote_cases, own_icmp_cases,   fragment_cases,
	checksum_cases,	  header_cases,	    exhaustion_cases,
};

static const char *const verdicts[] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_NOT_APPLICABLE] = "n/a",
};

static struct suite suite = { .port = 39998, .id = 0x1000 };

static void conclude(struct suite *s, enum verdict verdict, const char *format, va_list list)
{
	s->verdict = verdict;
	vsnprintf(s->seen, sizeof(s->seen), format, list);
}

void passed(struct suite *s, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	conclude(s, VERDICT_PASS, format, list);
	va_end(list);
}

void failed(struct suite *s, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	conclude(s, VERDICT_FAIL, format, list);
	va_end(list);
	longjmp(s->leave, 1);
}

void not_applicable(struct suite *s, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	conclude(s, VERDICT_NOT_APPLICABLE, format, list);
	va_end(list);
	longjmp(s->leave, 1);
}

uint16_t suite_port(struct suite *s)
{
	return s->port += 2;
}

uint16_t suite_id(struct suite *s)
{
	return ++s->id;
}

/* A name selects a case, or all cases whose names begin with it and a '-'. */
static bool selected(const struct suite_case *c, int names, char **name)
{
	for (int i = 0; i < names; i++) {
		size_t length = strlen(name[i]);

		if (!strncmp(c->name, name[i], length) &&
		    (c->name[length] == '\0' || c->name[length] == '-'))
			return true;
	}
	return !names;
}

static void run(const struct suite_case *c)
{
	suite.verdict = VERDICT_NONE;
	/* What an earlier case left behind is not this one's. */
	if (lab_collect(suite.lab, suite.got, GOT_MAX) < 0) {
		suite.verdict = VERDICT_FAIL;
		snprintf(suite.seen, sizeof(suite.seen), "the router does not answer pings");
	} else if (!setjmp(suite.leave)) {
		c->run(&suite);
	}
	if (suite.verdict == VERDICT_NONE) {
		suite.verdict = VERDICT_FAIL;
		snprintf(suite.seen, sizeof(suite.seen), "the case ended without a verdict");
	}
	printf("%s\t%s\t%s\t%s\n", verdicts[suite.verdict], c->name, c->rfc, suite.seen);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int count = 0;

	suite.lab = lab_open(getenv("WIRE_NETNS"));
	if (!suite.lab) {
		perror("conformance: no lab: run it by tests/wire/lab.sh");
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		for (const struct suite_case *c = areas[i]; c->name; c++) {
			if (!selected(c, argc - 1, argv + 1))
				continue;
			run(c);
			count++;
		}
	}
	lab_close(suite.lab);
	if (!count)
		fprintf(stderr, "conformance: no case has such a name\n");
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
