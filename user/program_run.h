/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Other programs, run without a shell and for a limited time. */
#ifndef PROGRAM_RUN_H
#define PROGRAM_RUN_H

#include <stdbool.h>
#include <stddef.h>

/* Where the program @name is: in PATH, in /usr/sbin or in /sbin. To be freed; NULL: nowhere. */
char *program_find(const char *name);

struct program {
	char *const *argv;    /* argv[0] is its path */
	const char *input;    /* what /proc/self/fd/0 has for it; NULL: nothing */
	size_t length;	      /* of @input */
	unsigned int seconds; /* it may take */
	bool starts_daemons;  /* no limit on its output, which they would inherit */
};

/* How it ended. program_end_free() it. */
struct program_end {
	/*
	 * 0; -EIO: it ended with another status than 0, or by a signal; -ETIMEDOUT: it was ended;
	 * -EFBIG: it wrote more than anybody wants to read, and was ended; -ENOMEM or another: its
	 * answer cannot be read.
	 */
	int err;
	char *out;	 /* what it wrote to standard output; NULL if @err, but for -EIO */
	char *complaint; /* the same of standard error */
};

/*
 * Runs @program and waits for it. It starts with no signal blocked or ignored. 0 and @ret is
 * filled, or a negative errno if it could not be started; -EIO: it is not there any more.
 */
int program_run(const struct program *program, struct program_end *ret);

/*
 * The same with @work in a child of this process, for libraries that may end it. @work writes its
 * answer to standard output, or its complaint to standard error and returns not 0.
 */
int program_run_child(int (*work)(const void *data), const void *data, unsigned int seconds,
		      struct program_end *ret);

void program_end_free(struct program_end *end);

#endif
