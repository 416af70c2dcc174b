// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "text_diff.h"

#include <stdbool.h>
#include <string.h>

#define CONTEXT 3

/* From one line's first byte to another's; and how many lines that are. */
struct part {
	const char *byte;
	size_t length;
	size_t lines;
};

/* The bytes of the line at @at, with its break. */
static size_t line_length(const struct text_version *v, size_t at)
{
	const char *lf = memchr(v->byte + at, '\n', v->length - at);

	return lf ? (size_t)(lf - v->byte) + 1 - at : v->length - at;
}

/* The bytes of the line that ends before @at. */
static size_t line_before(const struct text_version *v, size_t at)
{
	const char *lf = memrchr(v->byte, '\n', at - 1);

	return lf ? at - ((size_t)(lf - v->byte) + 1) : at;
}

/* The lines that both begin with. */
static struct part same_head(const struct text_version *a, const struct text_version *b)
{
	struct part head = { .byte = a->byte };

	while (head.length < a->length && head.length < b->length) {
		size_t length = line_length(a, head.length);

		if (length != line_length(b, head.length) ||
		    memcmp(a->byte + head.length, b->byte + head.length, length) != 0)
			break;
		head.length += length;
		head.lines++;
	}
	return head;
}

/* The lines that both end with, behind @head. */
static struct part same_tail(const struct text_version *a, const struct text_version *b,
			     const struct part *head)
{
	struct part tail = { .byte = a->byte + a->length };

	while (head->length + tail.length < a->length && head->length + tail.length < b->length) {
		size_t length = line_before(a, a->length - tail.length);

		if (length != line_before(b, b->length - tail.length) ||
		    memcmp(tail.byte - length, b->byte + b->length - tail.length - length,
			   length) != 0)
			break;
		tail.byte -= length;
		tail.length += length;
		tail.lines++;
	}
	return tail;
}

static struct part middle(const struct text_version *v, const struct part *head,
			  const struct part *tail)
{
	struct part part = { v->byte + head->length, v->length - head->length - tail->length, 0 };

	for (size_t at = 0; at < part.length; part.lines++)
		at += line_length(&(struct text_version){ part.byte, part.length }, at);
	return part;
}

static void keep_last(struct part *part, size_t lines)
{
	struct text_version v = { part->byte, part->length };
	size_t from = part->length;

	for (size_t i = 0; i < lines && from; i++)
		from -= line_before(&v, from);
	*part = (struct part){ part->byte + from, part->length - from,
			       part->lines < lines ? part->lines : lines };
}

static void keep_first(struct part *part, size_t lines)
{
	struct text_version v = { part->byte, part->length };
	size_t to = 0;

	for (size_t i = 0; i < lines && to < v.length; i++)
		to += line_length(&v, to);
	*part = (struct part){ part->byte, to, part->lines < lines ? part->lines : lines };
}

static void print_part(FILE *out, char sign, const struct part *part)
{
	struct text_version v = { part->byte, part->length };

	for (size_t at = 0; at < v.length;) {
		size_t length = line_length(&v, at);

		fputc(sign, out);
		fwrite(v.byte + at, 1, length, out);
		at += length;
		if (v.byte[at - 1] != '\n')
			fputs("\n\\ No newline at end of file\n", out);
	}
}

/* Where no line is, the number is that of the line before. */
static void print_range(FILE *out, char sign, size_t first, size_t lines)
{
	fprintf(out, "%c%zu,%zu", sign, lines ? first : first - 1, lines);
}

void text_diff_print(FILE *out, const char *path, const struct text_version *before,
		     const struct text_version *after)
{
	struct part head = same_head(before, after);
	struct part tail = same_tail(before, after, &head);
	struct part old = middle(before, &head, &tail), new = middle(after, &head, &tail);
	size_t first = head.lines + 1;

	if (!old.length && !new.length)
		return;
	keep_last(&head, CONTEXT);
	keep_first(&tail, CONTEXT);
	first -= head.lines;
	fprintf(out, "--- %s\n+++ %s\n@@ ", path, path);
	print_range(out, '-', first, head.lines + old.lines + tail.lines);
	fputc(' ', out);
	print_range(out, '+', first, head.lines + new.lines + tail.lines);
	fputs(" @@\n", out);
	print_part(out, ' ', &head);
	print_part(out, '-', &old);
	print_part(out, '+', &new);
	print_part(out, ' ', &tail);
}
