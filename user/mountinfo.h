/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is mounted where: /proc/self/mountinfo. */
#ifndef MOUNTINFO_H
#define MOUNTINFO_H

#include <limits.h>
#include <stdbool.h>

/* One line, as the kernel writes it: a blank in a name is \040 there, and here. */
struct mountinfo {
	char point[PATH_MAX];
	char type[32];
	char source[256];
	bool shared; /* what is mounted on it is mounted in the namespaces of its peers, too */
	bool slave;  /* a copy: what is mounted in another namespace comes here, but not back */
};

/* Pure. False: no such line, or names that are longer than there is room for. */
bool mountinfo_parse(const char *line, struct mountinfo *ret);

/* Replaces \040 and the like in @text by what they stand for. Pure. */
void mountinfo_unescape(char *text);

/* Does @path lie on or below @point? Pure; both without a slash at their end, but for "/". */
bool mountinfo_holds(const char *point, const char *path);

/* Calls @each for all, a later one on the same point covers an earlier one. False: not readable. */
bool mountinfo_each(void (*each)(const struct mountinfo *mount, void *data), void *data);

#endif
