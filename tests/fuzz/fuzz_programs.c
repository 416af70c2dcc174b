// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Random frames through natloop_xdp and natloop_tc by BPF_PROG_RUN, judged by the model: what is
 * not ours comes out as it was, what is sent differs where it must and nowhere else, exactly one
 * counter goes up. A round begins with empty tables and ends with their audit.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model.h"
#include "mutate.h"
#include "tables.h"

#define FRAMES_A_ROUND 2000

static struct {
	uint64_t seed;
	uint64_t round;
	bool one_round;
	double seconds;
	uint64_t rounds; /* 0: as many as there is time for */
	const char *corpus;
	const char *found; /* directory for what fails */
} options = { .seconds = 30, .found = "." };

/* Where the run is, for the report of a failure. */
static struct {
	uint64_t round;
	uint64_t frames;
	const char *file;
	struct wire in;
	bool finished;
} at;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* cmocka ends a process whose check fails outside of a test. */
static void report_failure(void)
{
	char path[512];
	FILE *file;

	if (at.finished || !at.in.length)
		return;
	if (at.file) {
		fprintf(stderr, "with the file %s\n", at.file);
		return;
	}
	snprintf(path, sizeof(path), "%s/programs-%llu-%llu", options.found,
		 (unsigned long long)options.seed, (unsigned long long)at.round);
	file = fopen(path, "w");
	if (file) {
		fputc((char)at.in.interface, file);
		fwrite(at.in.byte, 1, at.in.length, file);
		fclose(file);
	}
	fprintf(stderr,
		"frame %llu of the run, left in %s\n"
		"repeat with: %s --seed %llu --round %llu\n",
		(unsigned long long)at.frames, file ? path : "no file", program_invocation_name,
		(unsigned long long)options.seed, (unsigned long long)at.round);
}

/* Newer kernels make no skb of an IP header that is not whole (bpf_prog_test_run_skb()). */
static bool has_ip_header(const struct wire *w)
{
	uint16_t type = w->byte[12] << 8 | w->byte[13];

	if (type == ETH_P_IP)
		return w->length >= ETH_HLEN + sizeof(struct iphdr);
	return type != ETH_P_IPV6 || w->length >= ETH_HLEN + sizeof(struct ipv6hdr);
}

/* True: the kernel goes on with the packet. */
static bool run_frame(struct prog_run *r, struct model *m, enum natloop_hook hook)
{
	enum natloop_fate fate;
	static struct prog_result result;
	int err;

	prog_run_label(r, "%s, round %llu", hook == NATLOOP_HOOK_XDP ? "xdp" : "tc",
		       (unsigned long long)at.round);
	r->hook = hook;
	err = prog_run_try(r, hook, &at.in, &result);
	if (err == -EINVAL && hook == NATLOOP_HOOK_TC && !has_ip_header(&at.in))
		return true;
	CHECK(!err, "%s: the kernel did not run the program: %s", r->label, strerror(-err));
	model_check(m, r, hook, &at.in, &result);
	at.frames++;
	fate = outcome_fate(result.outcome);
	return fate == NATLOOP_FATE_PASS || fate == NATLOOP_FATE_DEFER;
}

/* The flows that a seed of the corpus may belong to. */
static void open_flows(struct prog_run *r, struct model *m)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };

	for (size_t i = 0; i < 2; i++) {
		struct frame f = frame_from(protos[i], CLIENT, 40000, PUBLIC, 21116);

		f.flags = SYN;
		frame_write(&f, &at.in);
		run_frame(r, m, NATLOOP_HOOK_TC);
	}
}

/* Some rounds meet the limits. */
static void start_round(struct prog_run *r, struct model *m, uint64_t round)
{
	r->cfg->max_flows = round % 4 == 1 ? 40 : MODEL_MAX_FLOWS;
	r->cfg->client_flows = round % 4 == 2 ? 12 : MODEL_MAX_FLOWS;
	tables_clear(r);
	model_clear(m);
	open_flows(r, m);
}

static void run_round(struct prog_run *r, struct model *m, uint64_t round)
{
	at.round = round;
	mutate_seed(options.seed ^ round << 32);
	start_round(r, m, round);
	for (int i = 0; i < FRAMES_A_ROUND; i++) {
		mutate_frame(m, &at.in);
		/* As on a router: TC alone, or behind XDP. */
		if (i % 2 || run_frame(r, m, NATLOOP_HOOK_XDP))
			run_frame(r, m, NATLOOP_HOOK_TC);
	}
	tables_audit(r);
}

/* An interface and a frame, through both hooks. */
static void run_file(struct prog_run *r, struct model *m, const char *path)
{
	FILE *file = fopen(path, "r");
	int interface;

	CHECK(file, "%s cannot be opened: %m", path);
	at.file = path;
	start_round(r, m, 0);
	interface = fgetc(file);
	at.in.interface = interface == ETH2 ? ETH2 : ETH1;
	at.in.length = fread(at.in.byte, 1, sizeof(at.in.byte), file);
	fclose(file);
	for (int hook = 0; hook < NATLOOP_HOOK_COUNT && at.in.length > 14; hook++)
		run_frame(r, m, hook);
	tables_audit(r);
	at.file = NULL;
}

static void run_corpus(struct prog_run *r, struct model *m)
{
	DIR *directory = options.corpus ? opendir(options.corpus) : NULL;
	struct dirent *entry;
	char path[1024];

	CHECK(directory || !options.corpus, "%s cannot be opened: %m", options.corpus);
	while (directory && (entry = readdir(directory))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", options.corpus, entry->d_name);
		run_file(r, m, path);
	}
	if (directory)
		closedir(directory);
}

static void print_outcomes(const struct model *m)
{
	for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++)
		printf("  %-18s xdp %9lu  tc %9lu\n", outcome_name(i),
		       m->outcomes[NATLOOP_HOOK_XDP][i], m->outcomes[NATLOOP_HOOK_TC][i]);
}

static void usage(FILE *out)
{
	fputs("usage: fuzz_programs [--seconds N] [--seed N] [--rounds N] [--round N]\n"
	      "                     [--corpus DIRECTORY] [--found DIRECTORY] [FILE...]\n"
	      "With FILEs (an interface byte and a frame) only these run, with --round only "
	      "that.\n",
	      out);
}

static void parse_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'S' },
		{ "rounds", required_argument, NULL, 'n' },
		{ "round", required_argument, NULL, 'r' },
		{ "corpus", required_argument, NULL, 'c' },
		{ "found", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	options.seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 's')
			options.seconds = atof(optarg);
		else if (c == 'S')
			options.seed = strtoull(optarg, NULL, 0);
		else if (c == 'n')
			options.rounds = strtoull(optarg, NULL, 0);
		else if (c == 'c')
			options.corpus = optarg;
		else if (c == 'f')
			options.found = optarg;
		else if (c == 'r')
			options.one_round = true, options.round = strtoull(optarg, NULL, 0);
		else
			usage(c == 'h' ? stdout : stderr), exit(c == 'h' ? 0 : 2);
	}
}

static void run_all(struct prog_run *r, struct model *m, char **files)
{
	double end = now() + options.seconds;

	if (*files || options.one_round) {
		for (; *files; files++)
			run_file(r, m, *files);
		if (options.one_round)
			run_round(r, m, options.round);
		return;
	}
	run_corpus(r, m);
	for (uint64_t round = 0; options.rounds ? round < options.rounds : now() < end; round++)
		run_round(r, m, round);
}

int main(int argc, char **argv)
{
	static struct model m;
	void *state = NULL;
	double start;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse_options(argc, argv);
	printf("seed %llu\n", (unsigned long long)options.seed);
	atexit(report_failure);
	prog_run_setup(&state);
	start = now();
	run_all(state, &m, argv + optind);
	print_outcomes(&m);
	printf("%llu executions in %.1f s\n", (unsigned long long)at.frames, now() - start);
	at.in.length = 0;
	prog_run_teardown(&state);
	at.finished = true;
	return 0;
}
