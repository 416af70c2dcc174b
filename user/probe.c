// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "probe.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/signalfd.h>

#include "clock.h"
#include "probe_parts.h"
#include "signals.h"
#include "util.h"

struct run {
	struct probe_task *task;
	size_t count;
	struct pollfd *poll; /* the signals, then PROBE_SOCKETS of each task */
};

static const struct probe_steps *const steps_of[] = {
	[PROBE_TCP] = &probe_tcp_steps,
	[PROBE_UDP] = &probe_udp_steps,
	[PROBE_RUSTDESK_ID] = &probe_udp_steps,
	[PROBE_RUSTDESK_NAT] = &probe_nat_steps,
	[PROBE_RUSTDESK_RELAY] = &probe_relay_steps,
};

const char *probe_result_text(enum probe_result result)
{
	static const char *const text[] = {
		[PROBE_NOT_ASKED] = "not asked",
		[PROBE_OK] = "answers",
		[PROBE_REFUSED] = "refused",
		[PROBE_SILENT] = "no answer",
		[PROBE_UNREACHABLE] = "unreachable",
		[PROBE_OTHER] = "another service answers",
		[PROBE_CLOSED] = "closed without an answer",
		[PROBE_FAILED] = "could not be asked",
		[PROBE_CANCELLED] = "cancelled",
	};

	return text[result];
}

void probe_done(struct probe_task *t, enum probe_result result, int error)
{
	if (t->done)
		return;
	t->done = true;
	t->probe->result = result;
	t->probe->error = error;
	t->probe->took_ms = (unsigned int)(clock_ms() - t->begun);
	for (unsigned int i = 0; i < PROBE_SOCKETS; i++)
		probe_close(t, i);
	if (t->options->progress)
		t->options->progress(t->options->data, t->probe);
}

void probe_due_after(struct probe_task *t, unsigned int tries)
{
	t->due = clock_ms() + (int64_t)t->options->timeout_ms * tries;
}

void probe_due_answer(struct probe_task *t, unsigned int trips)
{
	const int64_t took = clock_ms() - t->begun, most = t->options->timeout_ms;

	if (!t->slow)
		t->slow = took < 1 ? 1 : took < most ? took : most;
	probe_due_after(t, t->options->tries);
	t->due += t->slow * trips;
}

/* Those signals that end a program and are not ignored: a blocked one would be taken even so. */
static void wanted_signals(sigset_t *ret)
{
	static const int all[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action;

	signals_ending(ret);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!sigaction(all[i], NULL, &action) && action.sa_handler == SIG_IGN)
			sigdelset(ret, all[i]);
}

static void begin(struct run *r, struct probe *probe, const struct probe_options *options)
{
	for (size_t k = 0; k < r->count; k++) {
		struct probe_task *t = &r->task[k];

		t->probe = &probe[k];
		t->options = options;
		t->steps = steps_of[probe[k].kind];
		t->begun = clock_ms();
		for (unsigned int i = 0; i < PROBE_SOCKETS; i++) {
			t->socket[i].poll = &r->poll[1 + k * PROBE_SOCKETS + i];
			t->socket[i].poll->fd = -1;
		}
	}
	/* Not before all of them could be cancelled. */
	for (size_t k = 0; k < r->count; k++)
		r->task[k].steps->begin(&r->task[k]);
}

/* How long to wait, ms; -1: all are done. */
static int patience(const struct run *r)
{
	int64_t first = INT64_MAX, now = clock_ms();

	for (size_t k = 0; k < r->count; k++)
		if (!r->task[k].done && r->task[k].due < first)
			first = r->task[k].due;
	if (first == INT64_MAX)
		return -1;
	if (first <= now)
		return 0;
	return first - now > INT_MAX ? INT_MAX : (int)(first - now);
}

static void work(struct probe_task *t)
{
	for (unsigned int i = 0; i < PROBE_SOCKETS; i++)
		if (!t->done && t->socket[i].poll->fd >= 0 && t->socket[i].poll->revents)
			t->steps->ready(t, i);
	if (!t->done && clock_ms() >= t->due)
		t->steps->due(t);
}

static void cancel(struct run *r, int error)
{
	for (size_t k = 0; k < r->count; k++)
		probe_done(&r->task[k], error ? PROBE_FAILED : PROBE_CANCELLED, error);
}

static int loop(struct run *r)
{
	const nfds_t sockets = 1 + r->count * PROBE_SOCKETS;
	struct signalfd_siginfo info;
	int timeout;

	while ((timeout = patience(r)) >= 0) {
		if (poll(r->poll, sockets, timeout) < 0) {
			int error = errno;

			if (error == EINTR)
				continue;
			cancel(r, error);
			return -error;
		}
		if (r->poll[0].revents) {
			/* Taken here, else they would end the program once they are let through. */
			while (read(r->poll[0].fd, &info, sizeof(info)) > 0)
				;
			cancel(r, 0);
			return -EINTR;
		}
		for (size_t k = 0; k < r->count; k++)
			work(&r->task[k]);
	}
	return 0;
}

int probe_run(struct probe *probe, size_t count, const struct probe_options *options,
	      struct problem *p)
{
	_cleanup_free_ struct probe_task *task = calloc(count, sizeof(*task));
	_cleanup_free_ struct pollfd *fds = calloc(1 + count * PROBE_SOCKETS, sizeof(*fds));
	struct run r = { task, count, fds };
	_cleanup_close_ int signals = -1;
	sigset_t wanted, before;
	int err;

	if (!count)
		return 0;
	if (!task || !fds)
		return problem(p, -ENOMEM, "probes", "", "out of memory");
	wanted_signals(&wanted);
	signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return problem(p, -errno, "probes", "", "cannot wait for signals: %s",
			       strerror(errno));
	(void)sigprocmask(SIG_BLOCK, &wanted, &before);
	fds[0] = (struct pollfd){ .fd = signals, .events = POLLIN };
	begin(&r, probe, options);
	err = loop(&r);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (err == -EINTR)
		return problem(p, err, "probes", "", "interrupted");
	return err ? problem(p, err, "probes", "", "cannot wait: %s", strerror(-err)) : 0;
}
