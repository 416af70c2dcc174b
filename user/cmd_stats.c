// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "instance.h"
#include "options.h"
#include "util.h"
#include "writer.h"

struct stats_options {
	bool watch;
};

static const struct option_def options[] = {
	{ "watch", 0, NULL, "again every second, with rates, until interrupted", OPTION_FLAG,
	  OPTION_FIELD(struct stats_options, bool, watch), NULL },
};

static const struct {
	const char *name;
	const char *help;
} outcomes[] = {
#define X(NAME, name, FATE, help) { #name, help },
	NATLOOP_OUTCOMES(X)
#undef X
};
_Static_assert(ARRAY_SIZE(outcomes) == NATLOOP_OUTCOME_COUNT, "one name each");

struct sample {
	struct natloop_counts counts;
	__u64 nanoseconds; /* CLOCK_MONOTONIC */
};

static int take_sample(const struct env *env, struct sample *ret, struct problem *p)
{
	struct sample sample = { .nanoseconds = 0 };
	struct instance *inst;
	struct timespec now;
	int err;

	/* Not held between samples: other commands wait for the lock. */
	err = instance_open(env, &inst, p);
	if (err)
		return err;
	err = instance_counts(inst, &sample.counts);
	instance_close(inst);
	if (err)
		return problem(p, err, "counters", "try again", "cannot be read: %s",
			       strerror(-err));
	clock_gettime(CLOCK_MONOTONIC, &now);
	sample.nanoseconds = (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
	*ret = sample;
	return 0;
}

/* Per second. Counters that went back belong to a new instance: no rate. */
static __u64 rate(__u64 before, __u64 now, __u64 nanoseconds)
{
	if (now < before || !nanoseconds)
		return 0;
	return (__u64)((double)(now - before) * 1e9 / (double)nanoseconds + 0.5);
}

/* @before NULL: without rates. */
static void walk(struct writer *w, const struct env *env, const struct sample *before,
		 const struct sample *now)
{
	bool all = env->json || env->verbose;
	bool any = false;
	size_t i;

	writer_open(w, "outcome", WRITER_OBJECT);
	for (i = 0; i < ARRAY_SIZE(outcomes); i++) {
		const struct natloop_count *count = &now->counts.outcome[i];
		const struct natloop_count *old = before ? &before->counts.outcome[i] : NULL;
		__u64 elapsed = before ? now->nanoseconds - before->nanoseconds : 0;

		if (!all && !count->packets)
			continue;
		any = true;
		writer_open(w, outcomes[i].name, WRITER_OBJECT);
		writer_number(w, "packets", count->packets);
		writer_number(w, "bytes", count->bytes);
		if (old) {
			writer_number(w, "packets_s", rate(old->packets, count->packets, elapsed));
			writer_number(w, "bytes_s", rate(old->bytes, count->bytes, elapsed));
		}
		writer_note(w, "meaning", outcomes[i].help);
		writer_close(w);
	}
	if (!any)
		writer_note(w, NULL, "no packets yet");
	writer_close(w);
}

static int show(const struct env *env, const struct sample *before, const struct sample *now)
{
	struct writer *w = command_writer(env);

	if (!w)
		return -ENOMEM;
	walk(w, env, before, now);
	return writer_finish(w);
}

/* A second, or less if the user wants to stop: then true. */
static bool wait_or_stop(const sigset_t *stop)
{
	static const struct timespec second = { .tv_sec = 1 };
	int got;

	do {
		got = sigtimedwait(stop, NULL, &second);
	} while (got < 0 && errno == EINTR);
	return got > 0;
}

static int watch(const struct env *env, struct problem *p)
{
	struct sample samples[2] = { 0 };
	unsigned int turn = 0;
	sigset_t stop;
	int err;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);

	do {
		err = take_sample(env, &samples[turn % 2], p);
		if (err)
			return err;
		if (turn && !env->json)
			fputc('\n', env->out);
		err = show(env, turn ? &samples[(turn + 1) % 2] : NULL, &samples[turn % 2]);
		/* Whoever looked has seen enough. */
		if (err == -EPIPE)
			return 0;
		if (err)
			return problem(p, err, "standard output", "check where it goes",
				       "cannot be written: %s", strerror(-err));
		turn++;
	} while (!wait_or_stop(&stop));
	return 0;
}

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	const struct stats_options *given = target;
	struct sample now = { .nanoseconds = 0 };
	int err;

	err = command_no_words(argc, argv, p);
	if (err)
		return err;
	if (given->watch)
		return watch(env, p);
	err = take_sample(env, &now, p);
	if (err)
		return err;
	err = show(env, NULL, &now);
	if (err)
		return problem(p, err, "standard output", "check where it goes",
			       "cannot be written: %s", strerror(-err));
	return 0;
}

const struct command command_stats = {
	.name = "stats",
	.usage = "",
	.help = "count what happened to packets, by outcome",
	.notes = "As text, outcomes that never happened are left out unless -v is given.\n",
	.options = options,
	.options_count = ARRAY_SIZE(options),
	.options_size = sizeof(struct stats_options),
	.run = run,
};
