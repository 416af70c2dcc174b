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

#endif
