/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The configuration file. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "problem.h"
#include "settings.h"

#ifndef CONFIG_FILE_DEFAULT
#define CONFIG_FILE_DEFAULT "/etc/natloop/natloop.conf"
#endif

/*
 * Reads @path into @ret, which becomes exactly what the file says. With @path NULL the default file
 * is meant, and a missing one says nothing. On failure a negative errno, @ret as it was, and a
 * problem whose object is the file, or FILE:LINE where a line is at fault; never a usage problem.
 */
int config_file_read(const char *path, struct settings *ret, struct problem *p);

/*
 * On which line of the file each value stands, from 1; 0: not said. Lists in the order of struct
 * settings.
 */
struct config_lines {
	unsigned int interface[SETTINGS_MAX_INTERFACES];
	unsigned int public_spec[SETTINGS_MAX_PUBLICS];
	unsigned int lan[SETTINGS_MAX_LANS];
	unsigned int forward[NATLOOP_MAX_FORWARDS];
	unsigned int rule[NATLOOP_MAX_RULES];
	unsigned int name[DNS_SETTINGS_NAMES];
	/* Of what is no list, by enum settings_key; SETTINGS_DNS: the last of the resolvers. */
	unsigned int value[SETTINGS_KEYS];
};

struct config_file {
	struct settings settings;
	struct config_lines lines;
};

/* The same, and where it stands. */
int config_file_read_lines(const char *path, struct config_file *ret, struct problem *p);

/*
 * What is wrong with the file @path, into @ret: one problem for each line, in their order, at most
 * @max. A section with a wrong name is one problem. Limits that do not fit together are found when
 * every line is good. Returns their number; a file that cannot be read is one problem, too.
 */
size_t config_file_check(const char *path, struct problem *ret, size_t max);

#endif
