// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "watch_names.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "child.h"
#include "dns_query.h"
#include "util.h"
#include "watch_timing.h"

/* The resolver gives up before: with two name servers and its usual limits after 20 s. */
#define PATIENCE_SECONDS 60
#define RETRY_LEAST 5 /* seconds, after a failure */
/* struct dns_answer goes through the pipe in one piece. */
_Static_assert(sizeof(struct dns_answer) <= 4096, "no more than PIPE_BUF");

struct name {
	char name[sizeof(((struct settings *)0)->public_spec[0])];
	struct dns_answer good; /* the last one; count 0: none yet */
	int err;		/* of the last question; 0: it was good, or there was none */
	bool asked;		/* and answered, or it cannot be asked */
	int start_err;		/* no question could be started, not told yet */
	unsigned int failures;	/* in a row */
	int64_t due;
	pid_t child; /* 0: no question under way */
	int fd;
};

static struct name names[2 * SETTINGS_MAX_PUBLICS];
static size_t names_count;
/* Specs that were interfaces when they were last looked at and there: not for the DNS to know. */
static char links[2 * SETTINGS_MAX_PUBLICS][IFNAMSIZ];
static size_t links_count;

static struct name *find(struct name *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].name, name))
			return &list[i];
	return NULL;
}

static bool was_link(const char *spec)
{
	for (size_t i = 0; i < links_count; i++)
		if (!strcmp(links[i], spec))
			return true;
	return false;
}

/* A dial-up interface that is gone for a moment is no host of that name. */
static bool is_link(const char *spec)
{
	if (!if_nametoindex(spec))
		return was_link(spec);
	if (!was_link(spec) && links_count < ARRAY_SIZE(links))
		snprintf(links[links_count++], sizeof(links[0]), "%.*s", IFNAMSIZ - 1, spec);
	return true;
}

static bool is_host_name(const char *spec)
{
	struct natloop_addr addr;

	return strcmp(spec, "auto") != 0 && settings_may_be_host(spec) &&
	       address_parse(spec, &addr, NULL) && !is_link(spec);
}

static void end_question(struct name *n)
{
	if (!n->child)
		return;
	(void)kill(n->child, SIGKILL);
	while (waitpid(n->child, NULL, 0) < 0 && errno == EINTR)
		;
	close(n->fd);
	n->child = 0;
	n->fd = -1;
}

/* Takes an answer or a question under way over from @old, of which there are @count. */
static void add_name(const char *spec, struct name *old, size_t count)
{
	struct name *n = &names[names_count];
	struct name *was = find(old, count, spec);

	if (!is_host_name(spec) || find(names, names_count, spec))
		return;
	names_count++;
	*n = (struct name){ .fd = -1 };
	snprintf(n->name, sizeof(n->name), "%s", spec);
	if (was) {
		*n = *was;
		was->child = 0;
	}
}

void watch_names_set(const struct settings *s, const struct settings *other)
{
	struct name before[ARRAY_SIZE(names)];
	size_t count = names_count;

	memcpy(before, names, count * sizeof(before[0]));
	names_count = 0;
	for (size_t i = 0; i < s->publics; i++)
		add_name(s->public_spec[i], before, count);
	for (size_t i = 0; i < other->publics; i++)
		add_name(other->public_spec[i], before, count);
	for (size_t i = 0; i < count; i++)
		end_question(&before[i]);
}

void watch_names_note(const struct settings *s)
{
	for (size_t i = 0; i < s->publics; i++)
		(void)is_link(s->public_spec[i]);
}

int watch_names_resolve(const char *name, struct natloop_addr *ret, size_t max)
{
	const struct name *n = find(names, names_count, name);
	size_t count;

	if (!n)
		return -ENOENT;
	if (!n->good.count)
		return n->err ? n->err : -EAGAIN;
	count = n->good.count < max ? n->good.count : max;
	memcpy(ret, n->good.addr, count * sizeof(*ret));
	return (int)count;
}

/* In the child. */
static void __attribute__((noreturn)) ask(const char *name, pid_t parent, int fd)
{
	struct dns_answer answer;

	child_enter(parent, fd, PATIENCE_SECONDS);
	dns_query(name, &answer);
	_exit(write(CHILD_ANSWER, &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
}

static void start_question(struct name *n)
{
	pid_t parent = getpid(), child;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK)) {
		n->start_err = -errno;
		return;
	}
	child = fork();
	if (!child)
		ask(n->name, parent, fds[1]);
	/* EAGAIN, too many processes, would read as if no name server answered. */
	if (child < 0)
		n->start_err = errno == EAGAIN ? -ENOMEM : -errno;
	close(fds[1]);
	if (child < 0) {
		close(fds[0]);
		return;
	}
	n->child = child;
	n->fd = fds[0];
}

int64_t watch_names_start(int64_t now)
{
	int64_t next = WATCH_NEVER;

	for (size_t i = 0; i < names_count; i++) {
		struct name *n = &names[i];

		if (n->child)
			continue;
		if (n->due <= now) {
			n->due = now + 1000LL * RETRY_LEAST; /* if it cannot even be started */
			start_question(n);
		}
		if (!n->child && n->due < next)
			next = n->due;
	}
	return next;
}

void watch_names_now(void)
{
	for (size_t i = 0; i < names_count; i++)
		names[i].due = 0;
}

size_t watch_names_poll(struct pollfd *fds, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < names_count && count < max; i++)
		if (names[i].child)
			fds[count++] = (struct pollfd){ .fd = names[i].fd, .events = POLLIN };
	return count;
}

static const char *reason(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such name, or it has no IPv4 address";
	case -EAGAIN:
		return "no name server answers";
	default:
		return "cannot be resolved";
	}
}

/* Returns whether the answer is another one than before. */
static bool take_answer(struct name *n, const struct dns_answer *answer, int64_t now)
{
	bool other = false;

	n->asked = true;
	n->err = answer->err;
	if (answer->err) {
		n->failures++;
		n->due = now + 1000LL * (RETRY_LEAST - 1 + watch_backoff(n->failures));
		return false;
	}
	n->failures = 0;
	n->due = now + 1000LL * watch_ttl(answer->ttl_known, answer->ttl);
	other = answer->count != n->good.count ||
		memcmp(answer->addr, n->good.addr, answer->count * sizeof(answer->addr[0])) != 0;
	n->good = *answer;
	return other;
}

/* Returns whether there is an answer to the name, which may be that nobody could be asked. */
static bool read_answer(struct name *n, struct dns_answer *ret)
{
	ssize_t length;

	*ret = (struct dns_answer){ .err = n->start_err };
	if (!n->child && !n->start_err)
		return false;
	if (n->child) {
		length = read(n->fd, ret, sizeof(*ret));
		if (length < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (length != (ssize_t)sizeof(*ret))
			*ret = (struct dns_answer){ .err = -EAGAIN };
	}
	n->start_err = 0;
	end_question(n);
	return true;
}

bool watch_names_take(int64_t now, void (*say)(void *data, const char *object, const char *text),
		      void *data)
{
	bool changed = false;

	for (size_t i = 0; i < names_count; i++) {
		struct name *n = &names[i];
		bool failed = n->err, unasked = n->start_err;
		struct dns_answer answer;
		char text[160];

		if (!read_answer(n, &answer))
			continue;
		changed |= take_answer(n, &answer, now);
		snprintf(text, sizeof(text), "%s%s%s",
			 unasked ? "cannot be asked for: " :
			 n->err	 ? reason(n->err) :
				   "resolved again",
			 unasked ? strerror(-n->err) : "",
			 n->err && n->good.count ? "; the last answer stays" : "");
		if (failed != !!n->err)
			say(data, n->name, text);
	}
	return changed;
}

bool watch_names_waiting(void)
{
	for (size_t i = 0; i < names_count; i++)
		if (!names[i].asked)
			return true;
	return false;
}

void watch_names_close(void)
{
	for (size_t i = 0; i < names_count; i++)
		end_question(&names[i]);
	names_count = links_count = 0;
}
