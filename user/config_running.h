/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the running instance goes by, to be compared with the file. */
#ifndef CONFIG_RUNNING_H
#define CONFIG_RUNNING_H

#include "command.h"
#include "config_values.h"

struct config_running {
	bool running; /* else the rest means nothing */
	struct settings settings;
	struct dns_names names; /* the caller frees it */
	char public_from[SETTINGS_MAX_PUBLICS][CONFIG_FROM_MAX];
};

/*
 * Reads the instance of @env, if there is one, and asks the system and the name servers which of
 * its public addresses are those that @file means now. @path is the file's, for the texts.
 */
int config_running_read(const struct env *env, const char *path, const struct config_file *file,
			struct config_running *ret, struct problem *p);

#endif
