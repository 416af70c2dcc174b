// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "view_doctor.h"

#include <errno.h>
#include <stdio.h>

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
	writer_string(w, "sentence", verdict->sentence);
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

/* One line for each check, and one more for what to do about it. */
static void print_check(FILE *out, const struct doctor_check *c)
{
	fprintf(out, "%-15s", doctor_level_name(c->level));
	visible_print(out, c->object);
	fputs(*c->object ? ": " : "", out);
	visible_print(out, c->evidence);
	fputc('\n', out);
	if (c->level != DOCTOR_OK)
		print_line(out, "                 -> ", c->next);
}

int view_doctor(const struct env *env, const struct doctor_verdict *verdict,
		const struct doctor_report *report, struct problem *p)
{
	FILE *out = env->out;

	if (env->json)
		return view_json(env, verdict, report, p);
	print_line(out, "", verdict->sentence);
	print_line(out, "next: ", verdict->next);
	fputc('\n', out);
	for (size_t i = 0; i < report->checks; i++)
		print_check(out, &report->check[i]);
	if (!fflush(out) && !ferror(out))
		return 0;
	return problem(p, -EIO, "standard output", "check where it goes", "cannot be written");
}
