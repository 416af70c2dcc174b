/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two versions of a hosts file that differ in one place, as a unified diff. Pure. */
#ifndef HOSTS_DIFF_H
#define HOSTS_DIFF_H

#include <stddef.h>
#include <stdio.h>

struct hosts_version {
	const char *byte;
	size_t length;
};

/*
 * Prints what patch(1) takes, one hunk with up to three lines of context on each side, byte for
 * byte; nothing if the versions are the same. @path is in the two lines at the head.
 */
void hosts_diff_print(FILE *out, const char *path, const struct hosts_version *before,
		      const struct hosts_version *after);

#endif
