// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "command_print.h"

#include <errno.h>
#include <stdlib.h>

#include "util.h"
#include "visible.h"
#include "writer.h"

int command_print_text(const struct env *env, const char *key, const char *text, struct problem *p)
{
	struct writer *w;

	if (!env->json) {
		fputs(text, env->out);
		if (!fflush(env->out) && !ferror(env->out))
			return 0;
		return problem(p, -EIO, "standard output", "check where it goes",
			       "cannot be written");
	}
	w = command_writer(env);
	if (w) {
		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, key, text);
		writer_close(w);
	}
	return command_finish(w, p);
}

/* JSON is UTF-8: a '?' for each byte that is not of such text. */
static void make_utf8(char *text, size_t length)
{
	size_t i = 0, character;

	while (i < length) {
		character = text[i] ? visible_length(text + i) : 0;
		if (!text[i] || (!character && (unsigned char)text[i] >= 0x80))
			text[i] = '?';
		i += character ? character : 1;
	}
}

static int out_of_memory(struct problem *p)
{
	return problem(p, -ENOMEM, "diff", "", "out of memory");
}

int command_print_diff(const struct env *env, const char *path, const struct text_version *before,
		       const struct text_version *after, struct problem *p)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *out;

	if (!env->json) {
		text_diff_print(env->out, path, before, after);
		return command_print_text(env, "diff", "", p);
	}
	out = open_memstream(&text, &length);
	if (!out)
		return out_of_memory(p);
	text_diff_print(out, path, before, after);
	if (fclose(out))
		return out_of_memory(p);
	make_utf8(text, length);
	return command_print_text(env, "diff", text, p);
}
