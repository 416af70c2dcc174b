/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two versions of a text that differ in one place, as a unified diff. Pure. */
#ifndef TEXT_DIFF_H
#define TEXT_DIFF_H

#include <stddef.h>
#include <stdio.h>

struct text_version {
	const char *byte;
	size_t length;
};

/*
 * Prints what patch(1) takes, one hunk with up to three lines of context on each side, byte for
 * byte; nothing if the versions are the same. @path is in the two lines at the head.
 */
void text_diff_print(FILE *out, const char *path, const struct text_version *before,
		     const struct text_version *after);

#endif
