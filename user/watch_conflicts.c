// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What stands in natloop's way is told when it comes and when it goes. A child looks for it: to
 * read 380 rules of firewall4's shape takes 90 ms, and an address that changes shall not wait.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child.h"
#include "conflicts_diff.h"
#include "log.h"
#include "util.h"
#include "watch_conflicts.h"
#include "watch_parts.h"
#include "writer.h"

/* What runs longer hangs: each program that is asked for its rules has 10 s. */
#define PATIENCE_SECONDS 60

static void say_json(const struct watch *w, const struct conflict *c, const char *text, bool gone)
{
	struct writer *out = writer_json(w->env->out);

	if (!out)
		return;
	writer_open(out, NULL, WRITER_OBJECT);
	writer_string(out, "object", c->object);
	writer_string(out, "text", text);
	if (!gone)
		writer_string(out, "remedy", c->remedy);
	writer_close(out);
	(void)writer_finish(out);
}

static void say(void *data, const struct conflict *c, bool gone)
{
	const struct watch *w = data;
	char text[sizeof(c->what) + 16];

	snprintf(text, sizeof(text), "%s%s", c->what, gone ? ": gone" : "");
	if (w->env->json)
		say_json(w, c, text, gone);
	else if (gone)
		log_notice("%s: %s", c->object, text);
	else
		log_error("warning: %s: %s; %s", c->object, text, c->remedy);
}

static bool write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t done = write(fd, at, size);

		if (done <= 0)
			return false;
		at += done;
		size -= (size_t)done;
	}
	return true;
}

/* The rules come first: nobody shall wait for the instance's lock meanwhile. */
static bool look(const struct env *env, int out)
{
	struct conflict_rules *rules = conflicts_read_rules();
	struct conflict *found = NULL;
	struct problem p = { .usage = false };
	struct instance *inst;
	size_t count = 0;
	int err = instance_open(env, &inst, &p);

	if (!err)
		err = conflicts_find_and_close(inst, rules, &found, &count);
	conflicts_free_rules(rules);
	return !err && write_all(out, found, count * sizeof(*found));
}

void watch_conflicts_init(struct watch_conflicts *c)
{
	*c = (struct watch_conflicts){ .ended = -1, .answer = -1 };
}

void watch_conflicts_start(struct watch_conflicts *c, const struct watch *w)
{
	pid_t parent = getpid();

	if (c->ended >= 0)
		return;
	c->answer = memfd_create("natloop-conflicts", MFD_CLOEXEC);
	c->child = c->answer < 0 ? -1 : fork();
	if (!c->child) {
		child_enter(parent, c->answer, PATIENCE_SECONDS);
		_exit(look(w->env, CHILD_ANSWER) ? 0 : 1);
	}
	if (c->child > 0)
		c->ended = (int)syscall(SYS_pidfd_open, c->child, 0);
	if (c->ended >= 0)
		return;
	if (c->child > 0) {
		(void)kill(c->child, SIGKILL);
		(void)waitpid(c->child, NULL, 0);
	}
	util_closep(&c->answer);
	c->answer = -1;
}

/* The list that the child has found; false: it could not. */
static bool read_answer(const struct watch_conflicts *c, struct conflict **ret, size_t *count)
{
	struct conflict *list;
	struct stat st;

	if (fstat(c->answer, &st))
		return false;
	list = malloc((size_t)st.st_size + 1);
	if (!list || pread(c->answer, list, (size_t)st.st_size, 0) != st.st_size) {
		free(list);
		return false;
	}
	*ret = list;
	*count = (size_t)st.st_size / sizeof(*list);
	return true;
}

void watch_conflicts_take(struct watch_conflicts *c, struct watch *w)
{
	struct conflict *found;
	size_t count;
	int status = 0;
	pid_t pid = waitpid(c->child, &status, 0);

	if (pid == c->child && WIFEXITED(status) && !WEXITSTATUS(status) &&
	    read_answer(c, &found, &count)) {
		conflicts_diff(c->known, c->count, found, count, say, w);
		free(c->known);
		c->known = found;
		c->count = count;
	}
	util_closep(&c->ended);
	util_closep(&c->answer);
	c->ended = c->answer = -1;
}

void watch_conflicts_end(struct watch_conflicts *c)
{
	if (c->ended >= 0) {
		(void)kill(c->child, SIGKILL);
		(void)waitpid(c->child, NULL, 0);
	}
	util_closep(&c->ended);
	util_closep(&c->answer);
	free(c->known);
}
