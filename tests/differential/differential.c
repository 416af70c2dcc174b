// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sends trains of packets through the reference and through natloop, and compares what comes out.
 * scripts/differential.sh makes the routers and calls this.
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report.h"
#include "router.h"

#define SYSTEMS_MAX 3
#define REPORTS_MAX 10
#define KINDS_MAX 200
#define LATE_MS 30
#define ETHERNET 14

struct system {
	struct router router;
	struct play play;
	struct outputs in;
	struct outputs out;
	struct differences differences;
};

static struct {
	int systems;
	struct system system[SYSTEMS_MAX]; /* the first one is the reference */
	bool verbose;
	unsigned long steps;
	unsigned long frames;
	unsigned long different; /* trains */
	unsigned long *allowed;
	int kinds;
	struct kind {
		char text[120];
		unsigned long count;
		uint64_t seed;
	} kind[KINDS_MAX];
} run;

/* What is different, in the same words whenever it is the same. True: it is new. */
static bool note_kind(uint64_t seed, const struct step *step, const struct system *s,
		      const struct difference *d)
{
	char text[sizeof(run.kind[0].text)];
	int i;

	snprintf(text, sizeof(text), "%s, %s: %s", step->what, s->router.name,
		 d->kind == MISSING ? "missing" :
		 d->kind == EXTRA   ? "extra" :
				      field_name[d->field]);
	for (i = 0; i < run.kinds && strcmp(run.kind[i].text, text); i++)
		;
	if (i == KINDS_MAX)
		return false;
	if (i == run.kinds) {
		strcpy(run.kind[run.kinds++].text, text);
		run.kind[i].seed = seed;
	}
	return ++run.kind[i].count == 1;
}

/* A reassembly that timed out is answered when it does, whatever train it is by then. */
static bool comes_when_it_likes(const struct wire *w)
{
	const uint8_t *ip = w->byte + ETHERNET;

	return w->length >= ETHERNET + 28 && ip[0] == 0x45 && ip[9] == IPPROTO_ICMP &&
	       ip[20] == 11 && ip[21] == 1 && ip[8] == 64;
}

static void collect(struct system *s, unsigned int late_ms)
{
	struct outputs *o = &s->out;
	int before = o->wires, n;

	n = lab_collect_late(s->router.lab, o->wire + before, OUTPUTS_MAX - before, late_ms);
	if (n < 0)
		errx(1, "%s no longer answers pings", s->router.name);
	for (int i = before; i < before + n; i++) {
		if (!comes_when_it_likes(&o->wire[i]))
			o->wire[o->wires++] = o->wire[i];
	}
	reassemble(o);
}

static void compare_all(void)
{
	for (int i = 1; i < run.systems; i++)
		compare(&run.system[0].out, &run.system[i].out, &run.system[i].differences);
}

static struct context context_of(const struct train *t, const struct step *step,
				 const struct system *s)
{
	return (struct context){
		.train = t,
		.number = (int)(step - t->step),
		.step = step,
		.in = &s->in,
		.reference_play = &run.system[0].play,
		.other_play = &s->play,
		.reference = &run.system[0].out,
		.other = &s->out,
	};
}

/*
 * The number of differences that nothing explains; counts or prints them. *@news: one is of a kind
 * that was not seen before.
 */
static int judge(const struct train *t, const struct step *step, bool *news, bool print)
{
	bool count = news;
	int unexplained = 0;

	for (int i = 1; i < run.systems; i++) {
		struct system *s = &run.system[i];
		struct context c = context_of(t, step, s);

		for (int k = 0; k < s->differences.count; k++) {
			int a = allowed(&c, &s->differences.item[k]);

			if (a < 0)
				unexplained++;
			else if (count)
				run.allowed[a]++;
			if (count && a < 0 && note_kind(t->seed, step, s, &s->differences.item[k]))
				*news = true;
			if (print && a < 0)
				report_difference(s->router.name, &s->differences.item[k]);
		}
	}
	return unexplained;
}

static void send_step(const struct train *t, const struct step *step)
{
	for (int i = 0; i < run.systems; i++) {
		struct system *s = &run.system[i];

		s->out.wires = 0;
		s->in.wires = play_step(&s->play, t, step, s->in.wire);
		reassemble(&s->in);
		for (int k = 0; k < s->in.wires; k++) {
			if (!lab_send(s->router.lab, &s->in.wire[k]))
				err(1, "%s: send", s->router.name);
			run.frames++;
		}
	}
}

static bool same_frames(const struct system *a, const struct system *b)
{
	const struct outputs *x = &a->in, *y = &b->in;
	bool same = x->wires == y->wires;

	for (int i = 0; same && i < x->wires; i++)
		same = x->wire[i].length == y->wire[i].length &&
		       !memcmp(x->wire[i].byte, y->wire[i].byte, x->wire[i].length);
	return same;
}

static void report_step(const struct train *t, int number)
{
	const struct step *step = &t->step[number];

	printf("  step %d of %d: %s, from the %s of conversation %d\n", number + 1, t->steps,
	       step->what, step->from_server ? "server" : "client", step->conversation);
	for (int i = 0; i < run.systems; i++) {
		const struct system *s = &run.system[i];

		if (!i || !same_frames(&run.system[0], s))
			report_frames("    in  ", s->in.wire, s->in.wires, run.verbose);
		printf("    %s\n", s->router.name);
		report_frames("      out ", s->out.wire, s->out.wires, run.verbose);
	}
}

/* False: something is different, and nothing explains it. */
static bool run_step(const struct train *t, int number)
{
	const struct step *step = &t->step[number];
	bool same, news = false;

	for (int i = 1; i < run.systems; i++) {
		if (!play_together(&run.system[0].play, &run.system[i].play, step))
			return true;
	}
	send_step(t, step);
	for (int i = 0; i < run.systems; i++) {
		collect(&run.system[i], 0);
		play_learn(&run.system[i].play, t, step, &run.system[i].out);
	}
	compare_all();
	if (judge(t, step, NULL, false)) {
		/* Perhaps one is only slower. */
		for (int i = 0; i < run.systems; i++) {
			collect(&run.system[i], LATE_MS);
			play_learn(&run.system[i].play, t, step, &run.system[i].out);
		}
		compare_all();
	}
	run.steps++;
	same = !judge(t, step, &news, false);
	if (!same && (news || run.different < REPORTS_MAX)) {
		printf("DIFFERENT: train of seed %" PRIu64 "%s\n", t->seed,
		       t->verify ? "" : " (nf_conntrack_checksum 0)");
		report_step(t, number);
		judge(t, step, NULL, true);
	} else if (run.verbose) {
		report_step(t, number);
	}
	return same;
}

/* The rest of a train that went different ways says nothing new. */
static void run_train(uint64_t seed)
{
	static struct train t;

	train_generate(seed, &t);
	for (int i = 0; i < run.systems; i++) {
		memset(&run.system[i].play, 0, sizeof(run.system[i].play));
		router_verify_checksums(&run.system[i].router, t.verify);
	}
	for (int i = 0; i < t.steps; i++) {
		if (!run_step(&t, i)) {
			run.different++;
			fflush(stdout);
			break;
		}
	}
	/* The port that was chosen may be one of a later train. */
	if (t.collides) {
		for (int i = 0; i < run.systems; i++)
			router_flush(&run.system[i].router);
	}
}

static void run_trains(uint64_t seed, unsigned long trains)
{
	for (unsigned long i = 0; i < trains; i++) {
		if (i % (TRAINS_APART / 4) == 0) {
			for (int k = 0; k < run.systems; k++)
				router_flush(&run.system[k].router);
		}
		run_train(seed + i);
	}
}

static void summary(uint64_t seed, unsigned long trains, const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (int i = 0; i < allowance_count; i++)
		printf("  allowed %7lu  %s\n", run.allowed[i], allowances[i].name);
	for (int i = 0; i < run.kinds; i++)
		printf("  DIFFERENT %7lu  %s (seed %" PRIu64 ")\n", run.kind[i].count,
		       run.kind[i].text, run.kind[i].seed);
	printf("%lu trains from seed %" PRIu64 ", %lu steps, %lu frames in %ld s: ", trains, seed,
	       run.steps, run.frames, (long)(now.tv_sec - start->tv_sec));
	printf("%lu trains with unexplained differences\n", run.different);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (!*text || *end)
		errx(2, "'%s' is not a number", text);
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "trains", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' },
		{},
	};
	uint64_t seed = 1, trains = 1;
	struct timespec start;
	int o;

	while ((o = getopt_long(argc, argv, "v", options, NULL)) != -1) {
		if (o == 't')
			trains = number(optarg);
		else if (o == 's')
			seed = number(optarg);
		else if (o == 'v')
			run.verbose = true;
		else
			return 2;
	}
	for (; optind < argc && run.systems < SYSTEMS_MAX; optind++)
		router_open(&run.system[run.systems++].router, argv[optind]);
	if (run.systems < 2)
		errx(2, "nothing to compare; scripts/differential.sh calls this");
	run.allowed = calloc(allowance_count, sizeof(*run.allowed));
	if (!run.allowed)
		err(1, "calloc");
	clock_gettime(CLOCK_MONOTONIC, &start);
	run_trains(seed, trains);
	summary(seed, trains, &start);
	return run.different != 0;
}
