/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opens a configuration file, and nothing that could be read for ever. */
#ifndef CONFIG_OPEN_H
#define CONFIG_OPEN_H

#include <stdio.h>

#include "problem.h"

/*
 * Opens the file at @path for reading; the caller closes @ret. A regular file of up to 1 MiB,
 * /dev/null, and the pipe of a shell's <(command); of others -EINVAL or -EFBIG.
 */
int config_open(const char *path, FILE **ret, struct problem *p);

#endif
