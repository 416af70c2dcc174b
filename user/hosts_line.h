/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lines of a file's bytes, whatever is in them. Pure. */
#ifndef HOSTS_LINE_H
#define HOSTS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct hosts_line {
	const char *byte;
	size_t length; /* without the line break, LF or CRLF */
	size_t number; /* from 1 */
	size_t at;     /* of the first byte in the file */
	size_t next;   /* of the line that follows */
};

/* The next line of the file, the first one for a zeroed @line; false at the end. */
static inline bool hosts_line_next(const char *byte, size_t length, struct hosts_line *line)
{
	const char *lf;

	line->at = line->next;
	if (line->at >= length)
		return false;
	line->number++;
	line->byte = byte + line->at;
	lf = memchr(line->byte, '\n', length - line->at);
	line->length = lf ? (size_t)(lf - line->byte) : length - line->at;
	line->next = line->at + line->length + (lf ? 1 : 0);
	if (lf && line->length && line->byte[line->length - 1] == '\r')
		line->length--;
	return true;
}

static inline bool hosts_line_is(const struct hosts_line *line, const char *text)
{
	return line->length == strlen(text) && !memcmp(line->byte, text, line->length);
}

#endif
