/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one place that tells the user what went wrong. */
#ifndef REPORT_H
#define REPORT_H

#include "command.h"

/*
 * Prints @p as one line on env->err, or with env->json as an object on env->out, unless that fails;
 * nothing if it is reported already.
 * @err, a negative errno, speaks where @p is empty. Returns the exit status: 2 for wrong usage,
 * else 1, or @p->status of what is reported already.
 */
int report_problem(const struct env *env, int err, const struct problem *p);

#endif
