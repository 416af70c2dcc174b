/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers as text, strictly. Pure. */
#ifndef NUMBER_H
#define NUMBER_H

/*
 * Decimal digits and nothing else -> @ret. -EINVAL: empty, a sign, white space, a leading zero, or
 * trailing garbage; -ERANGE: a number, but not within @min to @max (both included). @ret is left
 * alone on failure.
 */
int number_parse(const char *text, unsigned int min, unsigned int max, unsigned int *ret);

#endif
