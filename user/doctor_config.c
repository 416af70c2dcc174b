// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "config_file.h"
#include "doctor_run.h"

#define MOST 8

void doctor_config(struct doctor_run *run)
{
	const char *given = run->env->config;
	const char *path = given ? given : CONFIG_FILE_DEFAULT;
	struct problem wrong[MOST];
	size_t count;

	if (access(path, F_OK) && errno == ENOENT && !given) {
		doctor_add(run->report, "config-file", DOCTOR_OK, path, "",
			   "there is none, and none is needed");
		return;
	}
	if (access(path, R_OK) && errno == EACCES) {
		doctor_add(run->report, "config-file", DOCTOR_UNKNOWN, path,
			   "run natloopctl as root", "cannot be read: permission denied");
		return;
	}
	count = config_file_check(path, wrong, MOST);
	if (!count)
		doctor_add(run->report, "config-file", DOCTOR_OK, path, "", "is valid");
	for (size_t i = 0; i < count && i < MOST; i++)
		doctor_add(run->report, "config-file", DOCTOR_PROBLEM, wrong[i].object,
			   wrong[i].remedy, "%s", wrong[i].what);
}
