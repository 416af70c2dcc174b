/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The values in force as a configuration file, and as JSON. Pure. */
#ifndef CONFIG_SHOW_H
#define CONFIG_SHOW_H

#include <stdio.h>

#include "config_values.h"
#include "writer.h"

/* A file that can be read again, one value on a line, each with a comment that tells its origin. */
void config_show_text(const struct config_values *values, FILE *out);

/*
 * Sections and keys are objects, and each value is {"value", "from"}; of a key that takes a list
 * there is a list of them, and so of [forward] and [lan], whose values are whole lines.
 */
void config_show_write(const struct config_values *values, struct writer *w);

#endif
