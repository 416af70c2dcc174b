// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "view_doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "visible.h"
#include "writer.h"

static int view_json(const struct env *env, const struct doctor_verdict *verdict,
		     const struct doctor_report *report, struct problem *p)
{
	struct writer *w = command_writer(env);

	if (!w)
		return command_finish(w, p);
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "verdict", doctor_verdict_name(verdict->id));
	writer_string(w, "says", verdict->sentence);
	writer_string(w, "next", verdict->next);
	writer_open(w, "checks", WRITER_LIST);
	for (size_t i = 0; i < report->checks; i++) {
		const struct doctor_check *c = &report->check[i];

		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, "id", c->id);
		writer_string(w, "level", doctor_level_name(c->level));
		writer_string(w, "object", c->object);
		writer_string(w, "evidence", c->evidence);
		writer_string(w, "next", c->next);
		writer_close(w);
	}
	writer_close(w);
	writer_close(w);
	return command_finish(w, p);
}

static void print_line(FILE *out, const char *before, const char *text)
{
	if (!*text)
		return;
	fputs(before, out);
	visible_print(out, text);
	fputc('\n', out);
}

static bool says_the_same(const struct doctor_check *a, const struct doctor_check *b)
{
	return !strcmp(a->id, b->id) && a->level == b->level && !strcmp(a->evidence, b->evidence) &&
	       !strcmp(a->next, b->next);
}

/* One line for checks that differ in their object only, and one more for what to do about it. */
static void print_checks(FILE *out, const struct doctor_check *c, size_t count)
{
	fprintf(out, "%-15s", doctor_level_name(c->level));
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		visible_print(out, c[i].object);
	}
	fputs(*c->object ? ": " : "", out);
	visible_print(out, c->evidence);
	fputc('\n', out);
	if (c->level != DOCTOR_OK)
		print_line(out, "               -> ", c->next);
}

static void view_text(FILE *out, const struct doctor_verdict *verdict,
		      const struct doctor_report *report)
{
	const struct doctor_check *c = report->check;
	size_t first = 0;

	print_line(out, "", verdict->sentence);
	print_line(out, "next: ", verdict->next);
	fputc('\n', out);
	for (size_t i = 1; i <= report->checks; i++) {
		if (i < report->checks && says_the_same(&c[first], &c[i]))
			continue;
		print_checks(out, &c[first], i - first);
		first = i;
	}
}

int view_doctor(const struct env *env, const struct doctor_verdict *verdict,
		const struct doctor_report *report, struct problem *p)
{
	FILE *out = env->out;

	if (env->json)
		return view_json(env, verdict, report, p);
	view_text(out, verdict, report);
	if (!fflush(out) && !ferror(out))
		return 0;
	return problem(p, -EIO, "standard output", "check where it goes", "cannot be written");
}
