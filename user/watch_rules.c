// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "watch_rules.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child.h"
#include "import.h"
#include "settings.h"
#include "util.h"

/* What runs longer hangs: each program that is asked has 10 s. */
#define PATIENCE_SECONDS 60

/* Where nothing is known yet a part of it is better than nothing. */
static int read_import(struct import *ret, bool known, struct watch_rules_answer *a)
{
	struct problem rest = { .usage = false };
	int err = import_read_whole(ret, &a->problem);

	if (!err || err == -ENOENT || known || import_read(IMPORT_ALL, ret, &rest))
		return err;
	a->partial = true;
	return 0;
}

static int find(struct settings *s, bool known, struct watch_rules_answer *a)
{
	struct import imported = { .rules = 0 };
	int err = read_import(&imported, known, a);

	if (!err)
		err = import_add_forwards(&imported, s, &a->problem);
	if (!err) {
		memcpy(a->forward, s->forward, s->forwards * sizeof(a->forward[0]));
		a->forwards = s->forwards;
		a->sets_known = imported.sets && strlen(imported.sets) < sizeof(a->sets);
		if (a->sets_known)
			memcpy(a->sets, imported.sets, strlen(imported.sets) + 1);
	}
	import_free(&imported);
	return err;
}

/* In the child. */
static void __attribute__((noreturn)) read_rules(pid_t parent, int out, bool known)
{
	struct watch_rules_answer *a = calloc(1, sizeof(*a));
	struct settings *s = calloc(1, sizeof(*s));

	child_enter(parent, out, PATIENCE_SECONDS);
	if (!a || !s)
		_exit(1);
	a->err = find(s, known, a);
	_exit(write(CHILD_ANSWER, a, sizeof(*a)) == (ssize_t)sizeof(*a) ? 0 : 1);
}

int watch_rules_start(struct watch_rules *r, bool known)
{
	_cleanup_close_ int answer = -1;
	pid_t parent = getpid(), child;
	int err;

	if (r->ended >= 0)
		return 0;
	answer = memfd_create("natloop-rules", MFD_CLOEXEC);
	child = answer < 0 ? -1 : fork();
	if (!child)
		read_rules(parent, answer, known);
	if (child < 0)
		return -errno;
	r->child = child;
	r->ended = (int)syscall(SYS_pidfd_open, child, 0);
	if (r->ended < 0) {
		err = -errno;
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
		return err;
	}
	r->answer = TAKE_FD(answer);
	return 0;
}

void watch_rules_take(struct watch_rules *r, struct watch_rules_answer *ret)
{
	ssize_t length = pread(r->answer, ret, sizeof(*ret), 0);

	watch_rules_end(r);
	if (length == (ssize_t)sizeof(*ret) && ret->forwards <= NATLOOP_MAX_FORWARDS)
		return;
	memset(ret, 0, sizeof(*ret));
	ret->err = problem(&ret->problem, -EIO, "import", "give the forwards by --forward",
			   "the router's rules were not read to their end");
}

void watch_rules_end(struct watch_rules *r)
{
	if (r->ended < 0)
		return;
	(void)kill(r->child, SIGKILL);
	while (waitpid(r->child, NULL, 0) < 0 && errno == EINTR)
		;
	close(r->ended);
	close(r->answer);
	*r = WATCH_RULES_NONE;
}
