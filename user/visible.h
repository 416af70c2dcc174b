/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text of others on a terminal, which control characters steer. */
#ifndef VISIBLE_H
#define VISIBLE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Bytes of the character that @text, not empty, begins with, if it may be shown as it is; 0 for a
 * control character (C0, DEL, and C1 as U+0080 to U+009F, which some terminals also take as one
 * byte) and for a byte that is not of well-formed UTF-8. Pure.
 */
size_t visible_length(const char *text);

/* Puts a '?' in the place of each byte that is not to be shown. */
void visible_make(char *text);

/* Prints @text so. */
void visible_print(FILE *out, const char *text);

#endif
