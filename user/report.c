// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "report.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "visible.h"
#include "writer.h"

/* What came from the command line or a file may hold line breaks; the message is one line. */
static void print_visible(FILE *out, const char *before, const char *text)
{
	if (!*text)
		return;
	fputs(before, out);
	visible_print(out, text);
}

static int report_json(const struct env *env, const struct problem *p, const char *what)
{
	struct writer *w = writer_json(env->out);

	if (!w)
		return -ENOMEM;
	writer_open(w, NULL, WRITER_OBJECT);
	writer_open(w, "error", WRITER_OBJECT);
	writer_string(w, "object", p->object);
	writer_string(w, "what", what);
	writer_string(w, "remedy", p->remedy);
	writer_close(w);
	writer_close(w);
	return writer_finish(w);
}

int report_problem(const struct env *env, int err, const struct problem *p)
{
	const char *what = *p->what ? p->what : strerror(-err);

	if (p->reported)
		return p->status ? p->status : p->usage ? 2 : 1;
	/* Where standard output is what failed, the message would be lost. */
	if (!env->json || report_json(env, p, what)) {
		fprintf(env->err, "%snatloopctl", log_priority(LOG_ERROR));
		print_visible(env->err, ": ", p->object);
		print_visible(env->err, ": ", what);
		print_visible(env->err, "; ", p->remedy);
		fputc('\n', env->err);
	}
	return p->usage ? 2 : 1;
}
