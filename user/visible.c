// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "visible.h"

/* Bytes of a UTF-8 character by its first one, 0: it cannot be the first. C0, C1, F5 never are. */
static size_t length_by_first(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

size_t visible_length(const char *text)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *c = (const unsigned char *)text;
	size_t length = length_by_first(*c);
	unsigned int point = *c & (length > 1 ? 0x7fu >> length : 0x7fu);

	/* The NUL at the end is no byte that may follow. */
	for (size_t i = 1; i < length; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (c[i] & 0x3f);
	}
	if (!length || point < least[length] || point > 0x10ffff)
		return 0;
	if (point < 0x20 || (point >= 0x7f && point <= 0x9f) ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	return length;
}

void visible_make(char *text)
{
	while (*text) {
		size_t length = visible_length(text);

		if (!length)
			*text = '?';
		text += length ? length : 1;
	}
}

void visible_print(FILE *out, const char *text)
{
	while (*text) {
		size_t length = visible_length(text);

		if (length)
			fwrite(text, 1, length, out);
		else
			fputc('?', out);
		text += length ? length : 1;
	}
}
