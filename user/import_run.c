// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "import_run.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "program_run.h"
#include "util.h"

#define PATIENCE 10 /* seconds */

int import_run_complaint(const char *program, const char *text, int err, struct problem *p)
{
	text += strspn(text, " \n");
	if (strstr(text, "Operation not permitted") || strstr(text, "Permission denied") ||
	    strstr(text, "must be root"))
		return problem(p, -EPERM, program, "run as root", "not allowed to read the rules");
	return problem(p, err, program, "give the forwards by --forward",
		       "the rules cannot be read: %.*s", *text ? (int)strcspn(text, "\n") : INT_MAX,
		       *text ? text : strerror(-err));
}

static int cannot_run(const char *name, int err, struct problem *p)
{
	return problem(p, err, name, "give the forwards by --forward", "cannot be run: %s",
		       strerror(-err));
}

static int answer(struct program_end *end, const char *name, char **ret, struct problem *p)
{
	int err = end->err;

	if (err == -ETIMEDOUT)
		problem(p, err, name, "give the forwards by --forward",
			"did not answer within %d s", PATIENCE);
	else if (err)
		err = import_run_complaint(
			name, err == -EIO && end->complaint ? end->complaint : "", err, p);
	else
		*ret = TAKE_PTR(end->out);
	program_end_free(end);
	return err;
}

int import_run(char *const argv[], char **ret, struct problem *p)
{
	const struct program program = { .argv = argv, .seconds = PATIENCE };
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	struct program_end end;
	int err = program_run(&program, &end);

	return err ? cannot_run(name, err, p) : answer(&end, name, ret, p);
}

int import_run_child(const char *name, int (*work)(const void *data), const void *data, char **ret,
		     struct problem *p)
{
	struct program_end end;
	int err = program_run_child(work, data, PATIENCE, &end);

	return err ? cannot_run(name, err, p) : answer(&end, name, ret, p);
}
