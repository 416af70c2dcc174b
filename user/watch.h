/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* natloopctl watch: attaches, then follows what changes. */
#ifndef WATCH_H
#define WATCH_H

#include "command.h"
#include "settings.h"

/*
 * Attaches with @options (the command's words and options; the rest is in the configuration file)
 * and follows addresses, links, routes, host names, the file, and imported forwards until SIGTERM
 * or SIGINT, or until the instance is detached: then 0. The data path stays as it is in each case.
 * A negative errno and @p if it could not begin; later problems are reported once and tried again.
 */
int watch(const struct env *env, const struct settings *options, struct problem *p);

#endif
