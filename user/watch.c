// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "watch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "log.h"
#include "notify.h"
#include "plan.h"
#include "report.h"
#include "util.h"
#include "watch_conflicts.h"
#include "watch_names.h"
#include "watch_parts.h"
#include "writer.h"

/* Milliseconds. An address changes by several events, a rule set is loaded in one go. */
#define NETWORK_QUIET 10
#define NETWORK_MOST 50
#define FORWARDS_QUIET 50
#define FORWARDS_MOST 500
#define FILE_QUIET 100
#define FILE_MOST 1000
#define FORWARDS_POLL 10000
/* Conflicts can wait until others have done what they are at. */
#define CONFLICTS_QUIET 500
#define CONFLICTS_MOST 5000
/*
 * Nobody tells of sysctls, of ethtool's features and (in the groups that are listened to) of TC's
 * filters. They are set when a machine starts or by hand, so a minute is soon enough for a line of
 * log, and one look a minute is not felt.
 */
#define CONFLICTS_POLL 60000
/* Rules may change all the time: looking for conflicts takes a twentieth of it at most. */
#define CONFLICTS_REST 20

enum source {
	SOURCE_SIGNAL,
	SOURCE_ROUTE,
	SOURCE_NFTABLES,
	SOURCE_FILE,
	SOURCE_CONFLICTS,
	SOURCE_NAMES, /* and all behind it */
};

struct loop {
	struct watch w;
	int lock;
	int signals;
	int file;
	struct mnl_socket *route;
	struct mnl_socket *nftables;
	struct burst network;
	struct burst forwards;
	struct burst edited;
	struct burst conflicts;
	struct watch_conflicts found;
	int64_t conflicts_begun;
	int64_t conflicts_from; /* not before */
	int64_t conflicts_at;	/* at the latest */
	int64_t poll_at;
	int64_t names_at;
	struct problem unread; /* what was wrong when rule changes had the settings read again */
	bool stop;
};

int64_t watch_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

void watch_say(void *data, const char *object, const char *text)
{
	const struct watch *w = data;
	struct writer *out = w->env->json ? writer_json(w->env->out) : NULL;

	if (!out) {
		log_error("%s: %s", object, text);
		return;
	}
	writer_open(out, NULL, WRITER_OBJECT);
	writer_string(out, "object", object);
	writer_string(out, "text", text);
	writer_close(out);
	(void)writer_finish(out);
}

static void say_nothing(void *data, const char *object, const char *text)
{
	(void)data;
	(void)object;
	(void)text;
}

static void show_status(const struct watch *w, const char *state)
{
	size_t publics = w->base.publics;

	if (w->failures)
		notify("%sSTATUS=%s: %s", state, w->last.object, w->last.what);
	else
		notify("%sSTATUS=public: %s%s", state, publics ? w->base.public_spec[0] : "none",
		       publics > 1 ? " and more" : "");
}

static int open_signals(int *ret, struct problem *p)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return problem(p, -errno, "watch", "", "signals cannot be held: %m");
	*ret = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret < 0 ? problem(p, -errno, "watch", "", "signals cannot be read: %m") : 0;
}

static void reread(struct loop *l)
{
	struct problem p = { .usage = false };
	int err;

	notify("RELOADING=1\n");
	err = watch_reload(&l->w, &p);
	if (err)
		(void)report_problem(l->w.env, err, &p);
	else
		burst_event(&l->network, watch_now() - NETWORK_MOST);
	watch_names_now();
	l->poll_at = 0;
	if (l->file < 0)
		l->file = watch_open_file(l->w.env);
	notify("READY=1\n");
}

static void take_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reread(l);
		else
			l->stop = true;
	}
}

static void take_conflicts(struct loop *l, int64_t now)
{
	watch_conflicts_take(&l->found, &l->w);
	l->conflicts_from = now + (now - l->conflicts_begun) * CONFLICTS_REST;
	l->conflicts_at = now + CONFLICTS_POLL;
}

/* When to look for them: not while somebody does. */
static int64_t conflicts_due(const struct loop *l)
{
	int64_t due = burst_due(&l->conflicts);

	if (l->found.ended >= 0)
		return WATCH_NEVER;
	if (due < l->conflicts_from)
		due = l->conflicts_from;
	return due < l->conflicts_at ? due : l->conflicts_at;
}

/* All sources in one poll; a descriptor of -1 is passed over by the kernel. */
static void wait_for_events(struct loop *l, int64_t until)
{
	struct pollfd fds[SOURCE_NAMES + SETTINGS_MAX_PUBLICS] = {
		[SOURCE_SIGNAL] = { .fd = l->signals, .events = POLLIN },
		[SOURCE_ROUTE] = { .fd = mnl_socket_get_fd(l->route), .events = POLLIN },
		[SOURCE_NFTABLES] = { .fd = l->nftables ? mnl_socket_get_fd(l->nftables) : -1,
				      .events = POLLIN },
		[SOURCE_FILE] = { .fd = l->file, .events = POLLIN },
		[SOURCE_CONFLICTS] = { .fd = l->found.ended, .events = POLLIN },
	};
	size_t count = watch_names_poll(fds + SOURCE_NAMES, SETTINGS_MAX_PUBLICS);
	int64_t now = watch_now(), left = until > now ? until - now : 0;

	(void)poll(fds, SOURCE_NAMES + count, left > 3600000 ? 3600000 : (int)left);
	now = watch_now();
	if (fds[SOURCE_ROUTE].revents && watch_drain(l->route)) {
		burst_event(&l->network, now);
		burst_event(&l->conflicts, now);
	}
	if (fds[SOURCE_NFTABLES].revents && watch_drain(l->nftables)) {
		burst_event(&l->conflicts, now);
		if (watch_imports_forwards(&l->w.wish))
			burst_event(&l->forwards, now);
	}
	if (fds[SOURCE_FILE].revents && watch_drain_file(l->file, l->w.env))
		burst_event(&l->edited, now);
	if (fds[SOURCE_CONFLICTS].revents)
		take_conflicts(l, now);
	/* An answer is whole: nothing more comes of it. */
	if (watch_names_take(now, watch_say, &l->w))
		burst_event(&l->network, now - NETWORK_MOST);
	if (fds[SOURCE_SIGNAL].revents)
		take_signals(l);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_due(const struct loop *l)
{
	int64_t due = earlier(burst_due(&l->network), burst_due(&l->forwards));

	due = earlier(due, burst_due(&l->edited));
	due = earlier(due, earlier(l->w.retry_at, l->names_at));
	return earlier(due, earlier(conflicts_due(l), l->poll_at));
}

/* The rules, where nobody tells of their changes. */
static bool time_to_poll(struct loop *l, int64_t now)
{
	if (now < l->poll_at)
		return false;
	l->poll_at = WATCH_NEVER;
	if (!watch_imports_forwards(&l->w.wish))
		return false;
	l->poll_at = now + FORWARDS_POLL;
	return watch_must_poll_forwards();
}

/* Rules change often: what is wrong with the file all the time is told once. */
static void reread_rules(struct loop *l)
{
	struct problem p = { .usage = false };
	int err = watch_reload(&l->w, &p);

	if (err && strcmp(l->unread.what, p.what) != 0)
		(void)report_problem(l->w.env, err, &p);
	l->unread = p;
}

static void look_for_conflicts(struct loop *l, int64_t now)
{
	if (now < conflicts_due(l))
		return;
	l->conflicts.pending = false;
	l->conflicts_begun = now;
	l->conflicts_at = now + CONFLICTS_POLL;
	watch_conflicts_start(&l->found, &l->w, l->lock);
}

/* @l->w.detached: somebody has taken the instance away, and that is what they want. */
static void do_what_is_due(struct loop *l)
{
	int64_t now = watch_now();
	bool rules = burst_take(&l->forwards, now) | time_to_poll(l, now);

	if (burst_take(&l->edited, now))
		reread(l);
	else if (rules)
		reread_rules(l);
	if (burst_take(&l->network, now) || now >= l->w.retry_at || rules) {
		(void)watch_apply(&l->w);
		show_status(&l->w, "");
		/* They are about the forwards and interfaces that are in force now. */
		burst_event(&l->conflicts, now);
	}
	l->names_at = watch_names_start(now);
	if (!l->w.detached)
		look_for_conflicts(l, now);
}

/* The names that the first attach needs, good or bad. */
static void wait_for_names(struct loop *l)
{
	while (!l->stop && watch_names_waiting()) {
		struct pollfd fds[SETTINGS_MAX_PUBLICS + 1];
		size_t count;

		(void)watch_names_start(watch_now());
		count = watch_names_poll(fds, SETTINGS_MAX_PUBLICS);
		fds[count] = (struct pollfd){ .fd = l->signals, .events = POLLIN };
		(void)poll(fds, count + 1, 1000);
		(void)watch_names_take(watch_now(), say_nothing, NULL);
		if (fds[count].revents)
			take_signals(l);
	}
}

static int begin(struct loop *l, struct problem *p)
{
	int err = open_signals(&l->signals, p);

	/* Hears from before the first look at the system. */
	if (!err)
		err = watch_open_route(&l->route, p);
	watch_open_nftables(&l->nftables);
	l->file = watch_open_file(l->w.env);
	system_set_resolver(watch_names_resolve);
	if (!err)
		err = watch_read_settings(&l->w, p);
	if (!err)
		err = watch_lock(l->w.env, &l->lock, p);
	if (err)
		return err;
	wait_for_names(l);
	return l->stop ? 0 : watch_attach(&l->w, p);
}

static void follow(struct loop *l)
{
	while (!l->stop) {
		wait_for_events(l, next_due(l));
		if (!l->stop)
			do_what_is_due(l);
		if (l->w.detached) {
			watch_say(&l->w, "watch", "the instance was detached: nothing to follow");
			l->stop = true;
		}
	}
}

static void say_ready(struct loop *l)
{
	char text[512];
	int length = snprintf(text, sizeof(text), "ready, following");

	for (size_t i = 0; i < l->w.wish.interfaces && (size_t)length < sizeof(text); i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, " %s",
				   l->w.wish.interface[i]);
	for (size_t i = 0; i < l->w.base.publics && (size_t)length < sizeof(text); i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s%s",
				   i ? ", " : "; public ", l->w.base.public_spec[i]);
	watch_say(&l->w, "watch", text);
	show_status(&l->w, "READY=1\n");
}

int watch(const struct env *env, const struct settings *options, struct problem *p)
{
	_cleanup_free_ struct loop *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return problem(p, -ENOMEM, "watch", "", "out of memory");
	l->w.env = env;
	l->w.options = options;
	l->w.retry_at = WATCH_NEVER;
	l->lock = l->signals = l->file = -1;
	watch_conflicts_init(&l->found);
	l->network = (struct burst){ .quiet = NETWORK_QUIET, .most = NETWORK_MOST };
	l->forwards = (struct burst){ .quiet = FORWARDS_QUIET, .most = FORWARDS_MOST };
	l->edited = (struct burst){ .quiet = FILE_QUIET, .most = FILE_MOST };
	l->conflicts = (struct burst){ .quiet = CONFLICTS_QUIET, .most = CONFLICTS_MOST };
	err = begin(l, p);
	if (!err && !l->stop) {
		say_ready(l);
		follow(l);
		notify("STOPPING=1\n");
	}
	watch_names_close();
	watch_conflicts_end(&l->found);
	if (l->route)
		mnl_socket_close(l->route);
	if (l->nftables)
		mnl_socket_close(l->nftables);
	util_closep(&l->file);
	util_closep(&l->signals);
	util_closep(&l->lock);
	return err;
}
