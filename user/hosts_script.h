/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a client runs to have a name in its own hosts file. Pure. */
#ifndef HOSTS_SCRIPT_H
#define HOSTS_SCRIPT_H

#include "dns_name.h"
#include "problem.h"

/*
 * The script for @system, "windows" (PowerShell), "macos" or "linux" (sh), that adds @name, which
 * has no wildcard, and removes it when it is called so. Text, to be freed. A usage problem for
 * another system; -ENOMEM.
 *
 * Names and addresses come from dns_name_parse(): nothing in them means anything to a shell.
 */
int hosts_script_make(const char *system, const struct dns_name *name, char **ret,
		      struct problem *p);

#endif
