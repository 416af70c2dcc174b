// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <netinet/in.h>

#include "address.h"
#include "command.h"
#include "event_text.h"
#include "follow.h"
#include "options.h"
#include "trace.h"
#include "trace_text.h"
#include "trace_words.h"
#include "util.h"
#include "writer.h"

struct trace_options {
	const char *proto;
	bool watch;
};

static const struct option_def options[] = {
	{ "proto", 0, "tcp|udp", "the protocol ('tcp')", OPTION_TEXT,
	  OPTION_FIELD(struct trace_options, const char *, proto), NULL },
	{ "watch", 0, NULL, "follow the real packets of CLIENT, until interrupted", OPTION_FLAG,
	  OPTION_FIELD(struct trace_options, bool, watch), NULL },
};

static void view(struct writer *w, const struct trace *t, const struct trace_step *step,
		 size_t steps)
{
	char text[TRACE_SAYS_MAX];

	writer_open(w, NULL, WRITER_OBJECT);
	writer_open(w, "steps", WRITER_LIST);
	for (size_t i = 0; i < steps; i++) {
		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, "packet", step[i].packet);
		writer_string(w, "step", step[i].step);
		writer_string(w, "says", step[i].says);
		writer_close(w);
	}
	writer_close(w);
	writer_string(w, "outcome", event_outcome_name(t->there.outcome));
	writer_string(w, "result", trace_result_name(trace_result(t)));
	writer_string(w, "says", trace_says(t, text));
	writer_string(w, "next", trace_next(t, text));
	writer_close(w);
}

static int show(const struct env *env, const struct trace *t, struct problem *p)
{
	_cleanup_free_ struct trace_step *step = calloc(TRACE_STEPS_MAX, sizeof(*step));
	struct writer *w = step ? command_writer(env) : NULL;
	int err;

	if (w)
		view(w, t, step, trace_steps(t, step));
	err = command_finish(w, p);
	if (err || trace_result(t) == TRACE_THROUGH || trace_result(t) == TRACE_UNRESOLVED)
		return err;
	/* It has been said in full; the exit status is what is left. */
	p->reported = true;
	return -EREMOTE;
}

static int trace(const struct env *env, const struct trace_options *given, char **word,
		 struct problem *p)
{
	_cleanup_free_ struct trace *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return problem(p, -ENOMEM, "trace", "", "out of memory");
	err = trace_parse_end(word[0], &t->asked.src, &t->asked.sport, p);
	if (!err)
		err = trace_parse_end(word[1], &t->asked.dst, &t->asked.dport, p);
	if (!err && !t->asked.dport)
		err = problem_usage(p, word[1], "give ADDR:PORT", "has no port");
	if (!err)
		err = trace_parse_proto(given->proto, &t->asked.proto, p);
	if (!err)
		err = trace_packets(env, t, p);
	return err ? err : show(env, t, p);
}

static int watch(const struct env *env, const struct trace_options *given, const char *word,
		 struct problem *p)
{
	struct listener_wish wish = { .what = NATLOOP_LISTEN_PACKETS };
	struct natloop_addr client;
	__be16 port = 0;
	int err;

	if (given->proto)
		return problem_usage(p, "--proto", "leave it out", "means nothing with --watch");
	err = trace_parse_end(word, &wish.client, &port, p);
	if (!err && port)
		err = problem_usage(p, word, "give the address alone",
				    "--watch follows all ports of a client");
	if (!err)
		err = address_parse_host(word, &client, p);
	return err ? err : follow(env, &wish, true, p);
}

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	const struct trace_options *given = target;
	int words = given->watch ? 1 : 2;

	if (argc - 1 > words)
		return problem_usage(p, "trace", "see 'natloopctl trace --help'", "unexpected '%s'",
				     argv[words + 1]);
	if (argc - 1 < words)
		return problem_usage(p, "trace", "see 'natloopctl trace --help'", "needs %s",
				     given->watch ? "a CLIENT" : "a CLIENT and a PUBLIC:PORT");
	return given->watch ? watch(env, given, argv[1], p) : trace(env, given, argv + 1, p);
}

const struct command command_trace = {
	.name = "trace",
	.usage = "CLIENT[:PORT] PUBLIC:PORT | --watch CLIENT",
	.help = "run the programs on a made-up packet, and say what each step does",
	.notes = "Nothing is sent, and no flow stays that was not there. Exit status 1: it does "
		 "not get\n"
		 "through, or its answer does not.\n",
	.options = options,
	.options_count = ARRAY_SIZE(options),
	.options_size = sizeof(struct trace_options),
	.run = run,
};
