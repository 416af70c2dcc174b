/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All values that are in force, and where each came from. Pure. */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "config_file.h"
#include "dns_names.h"

#define CONFIG_FROM_MAX 256

struct config_sources {
	const char *path; /* of the file */
	const struct config_file *file;
	/* What the running instance does, with its interfaces; NULL: none runs. */
	const struct settings *running;
	/* Of each public address of @running, which the file or auto may give by name: "" or why.
	 */
	const char (*public_from)[CONFIG_FROM_MAX];
	const struct dns_names *names; /* that are in force; NULL: those of the file */
};

/* In the order in which they are shown. */
enum config_section {
	CONFIG_NATLOOP,
	CONFIG_FORWARD,
	CONFIG_LAN,
	CONFIG_DNS,
	CONFIG_TIMEOUT,
	CONFIG_SECTIONS
};

struct config_value {
	enum config_section section;
	const char *key; /* NULL: .text is a whole line, of [forward] a SPEC */
	char text[DNS_SETTINGS_TEXT];
	char from[CONFIG_FROM_MAX];
	bool list; /* one of several */
	bool number;
};

struct config_values {
	struct config_value *value; /* by section, then by key */
	size_t count;
	size_t room;
	int err;
};

/*
 * With a running instance its values; else those of the file, and the defaults: what attach without
 * words would go by. The caller frees @ret->value. -ENOMEM.
 */
int config_values_collect(const struct config_sources *from, struct config_values *ret);

#endif
