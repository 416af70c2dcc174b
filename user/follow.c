// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "follow.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "clock.h"
#include "event_text.h"
#include "log.h"
#include "signals.h"
#include "util.h"
#include "writer.h"

struct follower {
	const struct env *env;
	struct listener *listener;
	bool destinations;
	int signals;
};

/* The time of day of @monotonic, an event of a moment ago. */
static __u64 time_of_day(__u64 monotonic)
{
	struct timespec day;

	clock_gettime(CLOCK_REALTIME, &day);
	return (__u64)day.tv_sec * 1000000000 + (__u64)day.tv_nsec + monotonic - clock_ns();
}

/*
 * A line waits for a reader that has stopped, with signals held: -EINTR when one comes. The lease
 * may run out meanwhile; the next turn renews it.
 */
static int wait_for_room(const struct follower *f)
{
	struct pollfd fd[2] = {
		{ .fd = fileno(f->env->out), .events = POLLOUT },
		{ .fd = f->signals, .events = POLLIN },
	};

	if (poll(fd, 2, -1) < 0)
		return -errno;
	return fd[1].revents ? -EINTR : 0;
}

static int put_line(const struct follower *f, const char *line)
{
	const struct env *env = f->env;
	int err = wait_for_room(f);

	if (err)
		return err;
	errno = 0;
	if (fprintf(env->out, "%s\n", line) < 0 || fflush(env->out))
		return errno ? -errno : -EIO;
	return 0;
}

static int show_event(const struct natloop_event *e, void *data)
{
	const struct follower *f = data;
	char name[IF_NAMESIZE] = "", line[EVENT_LINE_MAX];
	struct event_shown shown = {
		.event = e,
		.time = time_of_day(e->time),
		.interface = name,
		.destinations = f->destinations,
	};
	struct writer *w;
	int err;

	if (!f->env->json)
		return put_line(f, event_line(&shown, line, sizeof(line)));
	if (e->ifindex && !if_indextoname(e->ifindex, name))
		name[0] = '\0';
	err = wait_for_room(f);
	if (err)
		return err;
	w = writer_json(f->env->out);
	if (!w)
		return -ENOMEM;
	event_write(w, &shown);
	return writer_finish(w);
}

static int show_missed(const struct follower *f)
{
	struct listener_missed missed = listener_missed(f->listener);
	char line[160];
	int err = 0;

	if (!missed.lost && !missed.held)
		return 0;
	if (f->env->json) {
		snprintf(line, sizeof(line), "{\"event\":\"missed\",\"lost\":%llu,\"held\":%llu}",
			 (unsigned long long)missed.lost, (unsigned long long)missed.held);
		return put_line(f, line);
	}
	if (missed.lost) {
		snprintf(line, sizeof(line),
			 "%llu events were lost: they came faster than they could be printed",
			 (unsigned long long)missed.lost);
		err = put_line(f, line);
	}
	if (err || !missed.held)
		return err;
	snprintf(line, sizeof(line), "%llu packets are not shown: no more than %llu a second are",
		 (unsigned long long)missed.held, 1000000000 / NATLOOP_EVENT_INTERVAL_NS);
	return put_line(f, line);
}

static int open_signals(void)
{
	sigset_t set;

	signals_hold();
	signals_ending(&set);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* 1: the user has seen enough. */
static int turn(struct follower *f, struct pollfd fd[3], int64_t *renewed, struct problem *p)
{
	int err = 0;

	if (poll(fd, 3, LISTENER_RENEW_MS / 2) < 0 && errno != EINTR)
		return problem(p, -errno, "events", "", "cannot be waited for: %m");
	err = listener_read(f->listener, show_event, f);
	if (!err)
		err = show_missed(f);
	/* A signal came; or nobody reads any more. */
	if (err == -EINTR || err == -EPIPE || fd[2].revents & (POLLERR | POLLHUP))
		return 1;
	if (err)
		return problem(p, err, "standard output", "check where it goes",
			       "cannot be written: %s", strerror(-err));
	if (fd[1].revents)
		return 1;
	if (clock_ms() - *renewed < LISTENER_RENEW_MS / 2)
		return 0;
	*renewed = clock_ms();
	return listener_renew(f->listener, p);
}

int follow(const struct env *env, const struct listener_wish *wish, bool destinations,
	   struct problem *p)
{
	struct follower f = { .env = env, .destinations = destinations };
	_cleanup_close_ int signals = -1;
	int64_t renewed = clock_ms();
	int err = listener_open(env, wish, &f.listener, p);

	if (err)
		return err;
	signals = f.signals = open_signals();
	signal(SIGPIPE, SIG_IGN);
	if (signals < 0)
		err = problem(p, -errno, "signals", "", "cannot be waited for: %m");
	log_info("instance %s: listening", env->instance);
	while (!err) {
		struct pollfd fd[3] = {
			{ .fd = listener_fd(f.listener), .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
			{ .fd = fileno(env->out), .events = 0 },
		};

		err = turn(&f, fd, &renewed, p);
	}
	listener_close(f.listener);
	return err > 0 ? 0 : err;
}
