/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The configuration file, read again and put into force. */
#ifndef RELOAD_H
#define RELOAD_H

#include "command.h"

/*
 * Reads the file of @env, which must exist, and has instance_reload make the running instance of
 * it. What is wrong with the file is found before anything changes.
 */
int reload(const struct env *env, struct problem *p);

#endif
