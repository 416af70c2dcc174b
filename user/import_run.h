/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Other programs' answers. */
#ifndef IMPORT_RUN_H
#define IMPORT_RUN_H

#include "problem.h"

/*
 * Runs @argv, argv[0] being its path, without a shell and without input, for 10 seconds at most.
 * @ret gets all that it wrote to standard output, to be freed. -EPERM if it complains of that;
 * -EIO: it ended with another status than 0, and @p has the first line of its complaint, or it is
 * not there any more; -EFBIG: it wrote more than rules can be, and was ended; -ETIMEDOUT, -ENOMEM
 * or what made running it fail. It starts with no signal blocked or ignored.
 */
int import_run(char *const argv[], char **ret, struct problem *p);

/*
 * The same with @work in a child of this process, for libraries that may end it. @work writes its
 * answer to standard output, or its complaint to standard error and returns not 0. @name: for
 * messages.
 */
int import_run_child(const char *name, int (*work)(const void *data), const void *data, char **ret,
		     struct problem *p);

/*
 * The problem that @program had, who complained in @text: -EPERM if that is what it is about, else
 * @err.
 */
int import_run_complaint(const char *program, const char *text, int err, struct problem *p);

#endif
