// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Until the first attach: signals, what is listened to, and what has to be waited for. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "clock.h"
#include "plan.h"
#include "signals.h"
#include "util.h"
#include "watch_loop.h"
#include "watch_names.h"

#define FILE_REOPEN 1000 /* milliseconds */

static void say_nothing(void *data, const char *object, const char *text)
{
	(void)data;
	(void)object;
	(void)text;
}

static int open_signals(int *ret, struct problem *p)
{
	sigset_t set;

	signals_ending(&set);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return problem(p, -errno, "watch", "", "signals cannot be held: %m");
	*ret = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret < 0 ? problem(p, -errno, "watch", "", "signals cannot be read: %m") : 0;
}

void watch_take_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			l->hup = true;
		else
			l->stop = true;
	}
}

bool watch_take_rules(struct loop *l)
{
	struct watch_forwards *f = &l->w.imported;

	if (!watch_forwards_take(f, l->w.env, clock_ms()) || !watch_follows_rules(&l->w))
		return false;
	watch_renew_forwards(&l->w);
	return true;
}

/* Until the rules have been read, and with @names until the first answers are there, good or bad.
 */
static void wait_for_answers(struct loop *l, bool names)
{
	struct watch_forwards *f = &l->w.imported;

	while (!l->stop && (f->rules.ended >= 0 || (names && watch_names_waiting()))) {
		struct pollfd fds[SETTINGS_MAX_PUBLICS + 2];
		size_t count;

		if (names)
			(void)watch_names_start(clock_ms());
		count = watch_names_poll(fds, SETTINGS_MAX_PUBLICS);
		fds[count] = (struct pollfd){ .fd = l->signals, .events = POLLIN };
		fds[count + 1] = (struct pollfd){ .fd = f->rules.ended, .events = POLLIN };
		(void)poll(fds, count + 2, 1000);
		if (names)
			(void)watch_names_take(clock_ms(), say_nothing, NULL);
		if (fds[count].revents)
			watch_take_signals(l);
		if (fds[count + 1].revents)
			(void)watch_take_rules(l);
	}
}

void watch_read_rules(struct loop *l)
{
	if (!watch_follows_rules(&l->w))
		return;
	watch_forwards_want(&l->w.imported);
	watch_forwards_start(&l->w.imported, l->w.env, clock_ms());
}

bool watch_listen_file(struct loop *l)
{
	if (l->file < 0)
		l->file = watch_open_file(l->w.env);
	l->file_at = clock_ms() + FILE_REOPEN;
	return l->file >= 0;
}

/* What can be asked for nowhere is wrong for good; all else is tried again. */
static int read_first_rules(struct loop *l, struct problem *p)
{
	const struct watch_forwards *f = &l->w.imported;

	watch_read_rules(l);
	wait_for_answers(l, false);
	if (f->err != -ENOENT)
		return 0;
	*p = f->problem;
	p->reported = true;
	return f->err;
}

int watch_begin(struct loop *l, struct problem *p)
{
	int err = open_signals(&l->signals, p);

	/* Hears from before the first look at the system. */
	if (!err)
		err = watch_open_route(&l->route, p);
	watch_open_nftables(&l->nftables);
	(void)watch_listen_file(l);
	system_set_resolver(watch_names_resolve);
	if (!err)
		err = watch_read_settings(&l->w, p);
	if (!err)
		err = watch_lock(l->w.env, &l->lock, p);
	if (!err) {
		l->pins = watch_open_pins(l->w.env);
		err = read_first_rules(l, p);
	}
	if (err)
		return err;
	wait_for_answers(l, true);
	return l->stop ? 0 : watch_attach(&l->w, p);
}
