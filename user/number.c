// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "number.h"

#include <errno.h>
#include <string.h>

int number_parse(const char *text, unsigned int min, unsigned int max, unsigned int *ret)
{
	size_t length = strlen(text);
	unsigned long long value = 0;

	if (!length || strspn(text, "0123456789") != length)
		return -EINVAL;
	/* 010 is 8 to some programs and 10 to others: better to ask than to guess. */
	if (text[0] == '0' && length > 1)
		return -EINVAL;
	if (length > 10)
		return -ERANGE;

	for (; *text; text++)
		value = value * 10 + (unsigned int)(*text - '0');
	if (value < min || value > max)
		return -ERANGE;
	*ret = (unsigned int)value;
	return 0;
}
