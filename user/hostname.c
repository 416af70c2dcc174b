// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hostname.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool label_valid(const char *label, size_t length)
{
	return length >= 1 && length <= HOSTNAME_LABEL_MAX && label[0] != '-' &&
	       label[length - 1] != '-' && strspn(label, LETTERS DIGITS "-_") >= length;
}

bool hostname_valid(const char *text)
{
	const char *label = text;

	if (strlen(text) >= HOSTNAME_MAX)
		return false;
	for (;;) {
		size_t length = strcspn(label, ".");

		if (!label_valid(label, length))
			return false;
		if (!label[length])
			return strspn(label, DIGITS) < length;
		label += length + 1;
	}
}

bool hostname_same(const char *a, const char *b)
{
	return !strcasecmp(a, b);
}
