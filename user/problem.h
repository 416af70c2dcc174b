/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What went wrong, in the user's words. Set where the cause is known, printed once, in main.c. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>

struct problem {
	char object[128]; /* "eth1", "tcp/443=192.168.11.30", "/etc/natloop/natloop.conf:7" */
	char what[256];	  /* "no such interface" */
	char remedy[256]; /* "see 'ip link' for the names"; may be empty */
	bool usage;	  /* the command line is wrong: exit status 2 */
	bool reported;	  /* the user has been told already */
	int status;	  /* exit status if that is another one than 1 and 2; else 0 */
};

/*
 * Fills @p, a later call replaces an earlier one, and returns @err (a negative errno) so that a
 * caller can write "return problem(p, -ENODEV, ...)". @p may be NULL.
 */
__attribute__((format(printf, 5, 6))) int problem(struct problem *p, int err, const char *object,
						  const char *remedy, const char *what, ...);

/* The same for a wrong command line: sets @p->usage and returns -EINVAL. */
__attribute__((format(printf, 4, 5))) int problem_usage(struct problem *p, const char *object,
							const char *remedy, const char *what, ...);

/* Puts "PREFIX: " before the object, for example the file and line where a SPEC was read. */
void problem_at(struct problem *p, const char *prefix);

#endif
