/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A configuration file that is being read; others use config_file.h. */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include <stdio.h>

#include "config_file.h"

/* Items of lists whose line is noted already. */
struct noted {
	size_t interfaces;
	size_t publics;
	size_t lans;
	size_t forwards;
	size_t rules;
	size_t names;
};

struct reading {
	const char *path;
	FILE *file;
	unsigned int line; /* the last that was read, from 1 */
	struct config_file found;
	struct noted noted;
	const unsigned int *wrong; /* lines to leave out */
	size_t wrongs;
	bool section_out; /* its header is left out, and so is all of it */
	struct problem *p;
	unsigned int failed; /* line of the problem in @p; 0: none yet */
	int err;
};

/*
 * Opens and reads @r->path, without the lines that are @r->wrong: 0, and then @r->found is what it
 * says; else a negative errno, and @r->failed.
 */
int config_reading_run(struct reading *r);

#endif
