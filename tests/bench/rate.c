// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sends UDP frames into a router's interface as fast as one CPU can, and counts those that come
 * back out of it. Works in the namespace of the other end of that interface's wire.
 *
 *	rate prepare INTERFACE	attaches the sink to it
 *	rate bare INTERFACE	attaches the MAC swap of the router that does no more than that
 *	rate rewrite INTERFACE	attaches the translation that looks nothing up
 *	rate run INTERFACE	sends each flow once, so that there are all, and then measures
 *	rate new INTERFACE	measures how fast each flow is sent once, at most WINDOW at a time
 *
 * The last two print one JSON object: frames generated, taken by the router's ring, that came back
 * right and wrong, and that the router sent but our ring refused; how often the window was held
 * shut; the seconds, and those of them in which the router's --thread ran.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "frame.h"
#include "rate_plan.h"
#include "seconds.h"
#include "stride.h"

#include "rate.skel.h" /* needs the types of rate_plan.h */

#define WARM_UP_S 0.15
#define MAKE_MOST_S 20
#define WINDOW 192	/* frames; a ring of veth has room for 256 */
#define BATCH 64	/* frames that the kernel hands over at once */
#define CHUNK (1 << 17) /* frames for which the kernel keeps its pages */
#define DRAIN_US 2000	/* in which a router gets rid of what is in its ring */
#define FIRST_CLIENT ADDR(192, 168, 11, 100)
#define FIRST_PORT 10000
#define FIRST_DIALLED 30000

struct options {
	const char *interface;
	bool returned; /* the router swaps MAC addresses only */
	bool new;
	uint32_t size; /* of a frame */
	uint32_t flows;
	double seconds;
	const char *thread; /* id of the one in which the router works, or NULL */
	uint32_t window;
};

struct seen {
	uint64_t generated;
	uint64_t taken;
	uint64_t right;
	uint64_t wrong;
	uint64_t refused;
	double seconds;
	double busy; /* of them, the seconds in which the thread ran */
};

struct rate {
	struct options options;
	struct rate_bpf *skel;
	struct wire frame;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "rate: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: rate prepare|bare|rewrite INTERFACE\n"
	      "       rate run|new INTERFACE [--returned] [--size BYTES] [--flows N]\n"
	      "                              [--seconds S] [--window FRAMES] [--thread ID]\n",
	      stderr);
	exit(2);
}

/* The bits that flows differ in are those that differ between two of them. */
static void shape_make(struct rate_shape *s, const struct frame *f, bool shows_client)
{
	static const uint8_t variable[] = { 24, 25, 28, 29, 34, 35, 36, 37, 40, 41 };
	uint8_t *same = (uint8_t *)s->same;
	struct wire w;

	frame_write(f, &w);
	memcpy(s->headers, w.byte, RATE_HEADERS);
	memset(same, 0xff, RATE_HEADERS);
	for (size_t i = 0; i < sizeof(variable); i++)
		same[variable[i]] = 0;
	s->length = w.length;
	s->shows_client = shows_client;
	s->client = f->src & 0xffff;
	s->socket_port = f->sport;
	s->dialled = f->dport;
	s->ip_check = w.byte[24] << 8 | w.byte[25];
	s->udp_check = wire_checksum(&w);
}

static void shapes_make(struct rate *r)
{
	const struct options *o = &r->options;
	struct frame in = frame_from(IPPROTO_UDP, FIRST_CLIENT, FIRST_PORT, PUBLIC, FIRST_DIALLED);
	struct frame out;

	in.smac = MAC_CLIENT;
	in.fragment = FRAME_DF;
	in.payload = o->size - 42;
	frame_write(&in, &r->frame);
	if (o->returned) {
		out = in;
		out.smac = in.dmac;
		out.dmac = in.smac;
	} else {
		out = frame_translated(&in, PUBLIC, FIRST_PORT, SERVER, FIRST_DIALLED);
	}
	shape_make(&r->skel->bss->rate_send.shape, &in, true);
	shape_make(&r->skel->bss->rate_count.shape, &out, o->returned);
}

/*
 * What the kernel counts at this end of the wire: frames that the router's ring took, and frames
 * that the router sent and our ring had no room for.
 */
static void look_at_wire(const char *interface, struct seen *seen)
{
	char line[512];
	bool found = false;
	FILE *f = fopen("/proc/net/dev", "r");

	if (!f)
		die("/proc/net/dev");
	while (!found && fgets(line, sizeof(line), f)) {
		char *name = line + strspn(line, " "), *colon = strchr(name, ':');

		if (!colon)
			continue;
		*colon = '\0';
		found = !strcmp(name, interface) &&
			sscanf(colon + 1, "%*u %*u %*u %" SCNu64 " %*u %*u %*u %*u %*u %" SCNu64,
			       &seen->refused, &seen->taken) == 2;
	}
	fclose(f);
	if (!found) {
		errno = ENODEV;
		die(interface);
	}
}

/* Seconds for which the router's thread has had a CPU. */
static double busy(const char *thread)
{
	uint64_t ns = 0;
	char path[64];
	FILE *f;

	if (!thread)
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/schedstat", thread);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%" SCNu64, &ns) != 1)
		die(path);
	fclose(f);
	return (double)ns / 1e9;
}

static void generate(struct rate *r, uint32_t frames)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = r->frame.byte,
		    .data_size_in = r->frame.length, .repeat = frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);

	if (bpf_prog_test_run_opts(bpf_program__fd(r->skel->progs.rate_generate), &opts))
		die("BPF_PROG_RUN of live frames");
}

/* What a program counts meanwhile. */
static uint64_t fresh(const __u64 *counter)
{
	return *(const volatile __u64 *)counter;
}

static struct seen look(const struct rate *r)
{
	const struct rate_bpf__bss *bss = r->skel->bss;

	struct seen seen = {
		.generated = bss->rate_send.sent,
		.right = fresh(&bss->rate_count.right),
		.wrong = fresh(&bss->rate_count.wrong),
		.seconds = seconds(),
		.busy = busy(r->options.thread),
	};

	look_at_wire(r->options.interface, &seen);
	return seen;
}

/* Each flow once, no faster than the router can take them: it is asked to make them all. */
static void make_flows(struct rate *r)
{
	struct rate_send *send = &r->skel->bss->rate_send;
	double end = seconds() + MAKE_MOST_S;

	send->window = WINDOW;
	send->limit = r->options.flows;
	while (fresh(&send->sent) < send->limit && seconds() < end)
		generate(r, CHUNK);
	usleep(DRAIN_US);
	send->window = 0;
	send->limit = 0;
}

static void generate_for(struct rate *r, double duration)
{
	double end = seconds() + duration;

	while (seconds() < end)
		generate(r, CHUNK);
}

static struct seen difference(const struct seen *after, const struct seen *before)
{
	return (struct seen){
		.generated = after->generated - before->generated,
		.taken = after->taken - before->taken,
		.right = after->right - before->right,
		.wrong = after->wrong - before->wrong,
		.refused = after->refused - before->refused,
		.seconds = after->seconds - before->seconds,
		.busy = after->busy - before->busy,
	};
}

static struct seen measure_rate(struct rate *r)
{
	struct seen before, after;

	make_flows(r);
	r->skel->bss->rate_send.window = r->options.window;
	generate_for(r, WARM_UP_S);
	before = look(r);
	generate_for(r, r->options.seconds);
	after = look(r);
	return difference(&after, &before);
}

/* The time is that from the first frame to the last one. */
static struct seen measure_new(struct rate *r)
{
	const struct rate_send *send = &r->skel->bss->rate_send;
	struct seen before = look(r), after, seen;

	make_flows(r);
	after = look(r);
	seen = difference(&after, &before);
	seen.seconds = (double)(send->last_ns - send->first_ns) / 1e9;
	return seen;
}

static void attach(const struct bpf_program *program, const char *interface)
{
	int err = bpf_xdp_attach((int)if_nametoindex(interface), bpf_program__fd(program),
				 1 << 2 /* XDP_FLAGS_DRV_MODE */, NULL);

	if (err) {
		errno = -err;
		die(interface);
	}
}

static void run(struct rate *r)
{
	struct rate_send *send = &r->skel->bss->rate_send;
	struct seen seen;

	shapes_make(r);
	send->ifindex = if_nametoindex(r->options.interface);
	send->flows = r->options.flows;
	send->stride = stride_of(send->flows);
	attach(r->skel->progs.rate_sink, r->options.interface);
	seen = r->options.new ? measure_new(r) : measure_rate(r);
	printf("{\"generated\":%" PRIu64 ",\"taken\":%" PRIu64 ",\"right\":%" PRIu64
	       ",\"wrong\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"held\":%" PRIu64
	       ",\"seconds\":%.6f,\"busy\":%.6f}\n",
	       seen.generated, seen.taken, seen.right, seen.wrong, seen.refused,
	       (uint64_t)send->held, seen.seconds, seen.busy);
}

static void rewrite(struct rate *r)
{
	struct rate_rewrite *to = &r->skel->bss->rate_rewrite;

	memcpy(to->mac, MAC_SERVER, 6);
	memcpy(to->mac + 3, MAC_ROUTER, 6);
	to->src = htonl(PUBLIC);
	to->dst = htonl(SERVER);
	attach(r->skel->progs.rate_rewrite_tx, r->options.interface);
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "returned", no_argument, NULL, 'r' },
		{ "size", required_argument, NULL, 'z' },
		{ "flows", required_argument, NULL, 'f' },
		{ "seconds", required_argument, NULL, 's' },
		{ "thread", required_argument, NULL, 't' },
		{ "window", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .size = 60, .flows = 1, .seconds = 1 };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'r')
			o.returned = true;
		else if (c == 'z')
			o.size = strtoul(optarg, NULL, 10);
		else if (c == 'f')
			o.flows = strtoul(optarg, NULL, 10);
		else if (c == 's')
			o.seconds = strtod(optarg, NULL);
		else if (c == 't')
			o.thread = optarg;
		else if (c == 'w')
			o.window = strtoul(optarg, NULL, 10);
		else
			usage();
	}
	if (optind != argc - 2 || o.size < 60 || o.size > 1514 || !o.flows ||
	    o.flows > RATE_FLOWS_MAX || !(o.seconds > 0))
		usage();
	o.interface = argv[optind + 1];
	o.new = !strcmp(argv[optind], "new");
	return o;
}

int main(int argc, char **argv)
{
	struct rate r = { .options = parse(argc, argv) };
	const char *verb = argv[optind];

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	r.skel = rate_bpf__open_and_load();
	if (!r.skel)
		die("loading the programs");
	if (!strcmp(verb, "prepare"))
		attach(r.skel->progs.rate_sink, r.options.interface);
	else if (!strcmp(verb, "bare"))
		attach(r.skel->progs.rate_bare_tx, r.options.interface);
	else if (!strcmp(verb, "rewrite"))
		rewrite(&r);
	else if (!strcmp(verb, "run") || r.options.new)
		run(&r);
	else
		usage();
	rate_bpf__destroy(r.skel);
	return 0;
}
