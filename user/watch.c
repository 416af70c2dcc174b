// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "watch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "clock.h"
#include "notify.h"
#include "plan.h"
#include "report.h"
#include "util.h"
#include "watch_loop.h"
#include "watch_names.h"

/* Milliseconds. An address changes by several events, a rule set is loaded in one go. */
#define NETWORK_QUIET 10
#define NETWORK_MOST 50
#define FORWARDS_QUIET 50
#define FORWARDS_MOST 500
#define FILE_QUIET 100
#define FILE_MOST 1000
#define PROGRAMS_QUIET 100
#define PROGRAMS_MOST 1000
#define FORWARDS_POLL 10000
/* Conflicts can wait until others have done what they are at. */
#define CONFLICTS_QUIET 500
#define CONFLICTS_MOST 5000
/*
 * Nobody tells of sysctls and of ethtool's features. They are set when a machine starts or by hand,
 * so a minute is soon enough for a line of log, and one look a minute is not felt.
 */
#define CONFLICTS_POLL 60000
/* Rules may change all the time: looking for conflicts takes a twentieth of it at most. */
#define CONFLICTS_REST 20

enum source {
	SOURCE_SIGNAL,
	SOURCE_ROUTE,
	SOURCE_NFTABLES,
	SOURCE_FILE,
	SOURCE_PINS,
	SOURCE_RULES,
	SOURCE_CONFLICTS,
	SOURCE_NAMES, /* and all behind it */
};

static void take_route(struct loop *l, int64_t now)
{
	unsigned int seen = watch_drain_route(l->route);

	if (seen & WATCH_NETWORK)
		burst_event(&l->network, now);
	if (seen & WATCH_PROGRAMS)
		burst_event(&l->programs.events, now);
	if (seen)
		burst_event(&l->conflicts, now);
}

static void take_nftables(struct loop *l, int64_t now)
{
	unsigned int seen = watch_drain_nftables(l->nftables, &l->w.imported);

	if (seen & (WATCH_RULES | WATCH_ELEMENTS) && watch_follows_rules(&l->w))
		burst_event(&l->forwards, now);
	if (seen & (WATCH_RULES | WATCH_FLOWTABLES))
		burst_event(&l->conflicts, now);
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
		[SOURCE_PINS] = { .fd = l->pins, .events = POLLIN },
		[SOURCE_RULES] = { .fd = l->w.imported.rules.ended, .events = POLLIN },
		[SOURCE_CONFLICTS] = { .fd = l->found.ended, .events = POLLIN },
	};
	size_t count = watch_names_poll(fds + SOURCE_NAMES, SETTINGS_MAX_PUBLICS);
	int64_t now = clock_ms(), left = until > now ? until - now : 0;

	(void)poll(fds, SOURCE_NAMES + count, left > 3600000 ? 3600000 : (int)left);
	now = clock_ms();
	if (fds[SOURCE_ROUTE].revents)
		take_route(l, now);
	if (fds[SOURCE_NFTABLES].revents)
		take_nftables(l, now);
	if (fds[SOURCE_FILE].revents && watch_drain_file(&l->file, l->w.env))
		burst_event(&l->edited, now);
	if (fds[SOURCE_PINS].revents && !watch_lock_heard(l->w.env, l->lock, l->pins))
		l->w.detached = true;
	if (fds[SOURCE_RULES].revents && watch_take_rules(l))
		burst_event(&l->network, now - NETWORK_MOST);
	if (fds[SOURCE_CONFLICTS].revents)
		take_conflicts(l, now);
	/* An answer is whole: nothing more comes of it. */
	if (watch_names_take(now, watch_say, &l->w))
		burst_event(&l->network, now - NETWORK_MOST);
	if (fds[SOURCE_SIGNAL].revents)
		watch_take_signals(l);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_due(const struct loop *l)
{
	int64_t due = l->hup ? 0 : WATCH_NEVER;

	due = earlier(due, earlier(burst_due(&l->network), burst_due(&l->forwards)));
	due = earlier(due, burst_due(&l->edited));
	due = earlier(due, earlier(l->w.retry_at, l->names_at));
	due = earlier(due, watch_programs_due(&l->programs));
	if (watch_follows_rules(&l->w))
		due = earlier(due, watch_forwards_due(&l->w.imported));
	if (l->file < 0)
		due = earlier(due, l->file_at);
	return earlier(due, earlier(conflicts_due(l), l->poll_at));
}

/* The rules, where nobody tells of their changes. */
static bool time_to_poll(struct loop *l, int64_t now)
{
	if (now < l->poll_at)
		return false;
	l->poll_at = WATCH_NEVER;
	if (!watch_follows_rules(&l->w))
		return false;
	l->poll_at = now + FORWARDS_POLL;
	return watch_must_poll_forwards();
}

static void reread(struct loop *l)
{
	struct problem p = { .usage = false };
	int err;

	watch_say_reloading();
	l->reloading = true;
	/* It may be another directory that has the name now. */
	util_closep(&l->file);
	l->file = -1;
	(void)watch_listen_file(l);
	err = watch_read_settings(&l->w, &p);
	if (err)
		(void)report_problem(l->w.env, err, &p);
	else
		watch_read_rules(l);
	l->unread = p;
	watch_names_now();
	l->poll_at = 0;
}

/* Done when all is in force that can be: names and rules are asked for meanwhile. */
static void end_reload(struct loop *l)
{
	if (!l->reloading || watch_names_waiting() || l->w.imported.rules.ended >= 0)
		return;
	l->reloading = false;
	watch_show_status(&l->w, &l->unread, "READY=1\n");
}

/* Returns whether there is anything new to put in force. */
static bool look_at_sources(struct loop *l, int64_t now)
{
	struct watch_forwards *f = &l->w.imported;
	bool new = false;

	if (l->file < 0 && now >= l->file_at && watch_listen_file(l))
		burst_event(&l->edited, now);
	if (burst_take(&l->edited, now) | l->hup) {
		l->hup = false;
		reread(l);
		new = true;
	}
	if (burst_take(&l->forwards, now) | time_to_poll(l, now))
		watch_forwards_want(f);
	if (!watch_follows_rules(&l->w))
		return new;
	watch_forwards_start(f, l->w.env, now);
	if (!watch_forwards_expire(f, now))
		return new;
	watch_renew_forwards(&l->w);
	return true;
}

static void look_for_conflicts(struct loop *l, int64_t now)
{
	if (now < conflicts_due(l))
		return;
	l->conflicts.pending = false;
	l->conflicts_begun = now;
	l->conflicts_at = now + CONFLICTS_POLL;
	watch_conflicts_start(&l->found, &l->w);
}

/* @l->w.detached: somebody has taken the instance away, and that is what they want. */
static void do_what_is_due(struct loop *l)
{
	int64_t now = clock_ms();
	bool new = look_at_sources(l, now);

	if (burst_take(&l->network, now) | watch_programs_look(&l->programs, &l->w, now) | new ||
	    now >= l->w.retry_at) {
		(void)watch_apply(&l->w);
		watch_show_status(&l->w, &l->unread, "");
		/* They are about the forwards and interfaces that are in force now. */
		burst_event(&l->conflicts, now);
	}
	end_reload(l);
	l->names_at = watch_names_start(now);
	if (!l->w.detached)
		look_for_conflicts(l, now);
}

static void follow(struct loop *l)
{
	while (!l->stop) {
		wait_for_events(l, next_due(l));
		if (!l->stop && !l->w.detached)
			do_what_is_due(l);
		if (l->w.detached) {
			watch_say(&l->w, "watch", "the instance was detached: nothing to follow");
			l->stop = true;
		}
	}
}

static void close_all(struct loop *l)
{
	watch_names_close();
	watch_conflicts_end(&l->found);
	watch_rules_end(&l->w.imported.rules);
	if (l->route)
		mnl_socket_close(l->route);
	if (l->nftables)
		mnl_socket_close(l->nftables);
	util_closep(&l->file);
	util_closep(&l->pins);
	util_closep(&l->signals);
	if (l->lock >= 0)
		watch_lock_clear(l->w.env);
	util_closep(&l->lock);
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
	l->lock = l->signals = l->file = l->pins = -1;
	l->w.imported.rules = WATCH_RULES_NONE;
	watch_conflicts_init(&l->found);
	l->network = (struct burst){ .quiet = NETWORK_QUIET, .most = NETWORK_MOST };
	l->forwards = (struct burst){ .quiet = FORWARDS_QUIET, .most = FORWARDS_MOST };
	l->edited = (struct burst){ .quiet = FILE_QUIET, .most = FILE_MOST };
	l->programs.events = (struct burst){ .quiet = PROGRAMS_QUIET, .most = PROGRAMS_MOST };
	l->conflicts = (struct burst){ .quiet = CONFLICTS_QUIET, .most = CONFLICTS_MOST };
	err = watch_begin(l, p);
	if (l->signals >= 0)
		watch_take_signals(l);
	if (!err && !l->stop) {
		watch_say_ready(&l->w);
		watch_show_status(&l->w, &l->unread, "READY=1\n");
		follow(l);
	}
	/* Whoever has asked for the end does not want to hear what it has cut short. */
	if (err == -EINTR && l->stop)
		err = 0;
	if (!err)
		notify("STOPPING=1");
	close_all(l);
	return err;
}
