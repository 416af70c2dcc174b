// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What natloop_xdp takes for a packet, above a program that returns XDP_PASS, and natloop_tc, above
 * one that returns TC_ACT_UNSPEC. Short runs of each in turn, A B A B; a figure is the median of
 * the differences between neighbours. Every run is checked: each frame had the outcome that it is
 * about, or there is no figure.
 */
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "record.h"
#include "seconds.h"
#include "tables.h"

#define PAIRS_MAX 64
#define FIRST_FLOWS 20000
/*
 * Frames of a run, which takes some milliseconds. When there are many flows, frames are slow, and
 * each run goes on with other flows than the one before.
 */
#define FRAMES 60000
#define FRAMES_MANY 20000
#define MANY_FLOWS 100000

/*
 * A flow's next hop is used for 2 s after it was looked up; then XDP leaves the packet to TC, which
 * looks it up again. Neither is a hit.
 */
#define FRESH_SECONDS 1.9
#define STALE_SECONDS 2.1

static const struct {
	uint8_t proto;
	uint32_t flows;
} hits[] = {
	{ IPPROTO_UDP, 1 },	  { IPPROTO_UDP, 1000 }, { IPPROTO_UDP, 100000 },
	{ IPPROTO_UDP, 1000000 }, { IPPROTO_TCP, 1 },	 { IPPROTO_TCP, 1000000 },
};

/* Frames that are all alike. */
static const struct other {
	const char *name;
	enum natloop_outcome outcome;
	uint32_t src, dst;
	uint16_t dport;
	const uint8_t *dmac; /* NULL: the router's */
	uint16_t ethertype;  /* 0: IPv4 */
	uint8_t proto;	     /* 0: UDP */
	uint8_t ttl;	     /* 0: 64 */
	bool opened;	     /* of a flow that there is */
	bool full;	     /* no room for a new one */
} others[] = {
	{ "unrelated, to the Internet", NATLOOP_UNRELATED, CLIENT, INTERNET, .dport = 443 },
	{ "unrelated, to a LAN host", NATLOOP_UNRELATED, CLIENT, SERVER, .dport = 443,
	  .dmac = MAC_SERVER },
	{ "not IPv4: ARP", NATLOOP_NOT_IPV4, CLIENT, SERVER, .dmac = MAC_BROADCAST,
	  .ethertype = 0x0806 },
	{ "not IPv4: IPv6", NATLOOP_NOT_IPV4, CLIENT, SERVER, .ethertype = 0x86dd },
	{ "for another MAC address", NATLOOP_OTHER_MAC, CLIENT, PUBLIC, .dport = 21116,
	  .dmac = MAC_STRANGER },
	{ "port without a forward", NATLOOP_NOT_FORWARDED, CLIENT, PUBLIC, .dport = 443 },
	{ "source outside the LAN", NATLOOP_NOT_LAN, INTERNET, PUBLIC, .dport = 21116 },
	{ "ICMP to the router", NATLOOP_ICMP, CLIENT, PUBLIC, .proto = IPPROTO_ICMP },
	{ "TTL expired", NATLOOP_TTL_EXPIRED, CLIENT, PUBLIC, .dport = 21116, .ttl = 1 },
	{ "table full", NATLOOP_TABLE_FULL, CLIENT, PUBLIC, .dport = 21116, .full = true },
	{ "UDP to server, other interface", NATLOOP_TO_SERVER, CLIENT, PUBLIC, .dport = 5000,
	  .opened = true },
};

static const char *const systems[NATLOOP_HOOK_COUNT] = {
	[NATLOOP_HOOK_XDP] = "natloop-xdp",
	[NATLOOP_HOOK_TC] = "natloop-tc",
};

static struct {
	int rounds;
	int pairs;
	const char *only;
	uint32_t most; /* flows */
} options = { .rounds = 5, .pairs = 21, .most = FEED_FLOWS_MAX };

/* When the next hops of the flows in the table were looked up, from the first to the last. */
struct looked_up {
	double from, until;
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts them; @part 0.5 is the median. */
static double quantile(double *ns, int count, double part)
{
	double at = part * (count - 1);
	int below = (int)at;

	qsort(ns, count, sizeof(*ns), compare);
	if (below + 1 >= count)
		return ns[count - 1];
	return ns[below] + (at - below) * (ns[below + 1] - ns[below]);
}

/* One A B pair for each hook. */
struct pairs {
	int count;
	double base[NATLOOP_HOOK_COUNT][PAIRS_MAX];
	double over[NATLOOP_HOOK_COUNT][PAIRS_MAX];
	double line[PAIRS_MAX]; /* FEED_LINE, above the base of XDP; 0: not measured */
};

static void pair(struct feed *feed, struct pairs *p, enum natloop_hook hook,
		 enum natloop_outcome outcome, uint32_t frames)
{
	double base = feed_run(feed, hook, FEED_NOTHING, frames);

	p->base[hook][p->count] = base;
	p->over[hook][p->count] = feed_expect(feed, hook, outcome, frames) - base;
}

static void report(struct pairs *p, const char *variant, int round)
{
	double line = quantile(p->line, p->count, 0.5);
	char note[128];

	snprintf(note, sizeof(note),
		 "to count in one cache line a flow, and nothing else, took %.0f ns in round 1",
		 line);
	for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		double *over = p->over[hook], median = quantile(over, p->count, 0.5);
		double spread = (quantile(over, p->count, 0.75) - quantile(over, p->count, 0.25));

		record("cost", variant, systems[hook], round, median, "ns",
		       line != 0 && round == 1 && hook == NATLOOP_HOOK_XDP ? note : NULL);
		fprintf(stderr, "%-32s %-11s round %d: %7.1f ns, +-%.1f; below it %.1f\n", variant,
			systems[hook], round, median, spread / 2,
			quantile(p->base[hook], p->count, 0.5));
	}
}

static bool wanted(const char *variant)
{
	return !options.only || strstr(variant, options.only);
}

/* Makes the flows, and says when. */
static struct looked_up fill(struct feed *feed, uint8_t proto, uint32_t flows)
{
	struct feed_load load = feed_flows(proto, FEED_TO_SERVER, flows);
	struct looked_up looked_up;

	tables_clear(feed->run);
	feed_choose(feed, &load);
	looked_up.from = seconds();
	feed_expect(feed, NATLOOP_HOOK_TC, NATLOOP_NEW_FLOW, flows);
	looked_up.until = seconds();
	return looked_up;
}

/* Has TC look up the next hops of all flows again, which it does when all are old. */
static void refresh(struct feed *feed, struct looked_up *looked_up, enum natloop_outcome outcome)
{
	double wait = looked_up->until + STALE_SECONDS - seconds();

	if (wait > 0)
		usleep((useconds_t)(wait * 1e6));
	looked_up->from = seconds();
	feed_expect(feed, NATLOOP_HOOK_TC, outcome, feed->load.flows);
	looked_up->until = seconds();
}

/* @looked_up is of this way's flows; the other way's have their own next hops. */
static void measure_hits(struct feed *feed, const struct feed_load *load, const char *variant,
			 struct looked_up looked_up, int round)
{
	enum natloop_outcome outcome =
		load->way == FEED_TO_SERVER ? NATLOOP_TO_SERVER : NATLOOP_TO_CLIENT;
	bool many = load->flows >= MANY_FLOWS;
	uint32_t frames = many ? FRAMES_MANY : FRAMES;
	struct pairs p = {};
	double took = 0.1;

	prog_run_label(feed->run, "%s", variant);
	feed_choose(feed, load);
	while (p.count < options.pairs) {
		double start = seconds();

		if (start + 1.5 * took > looked_up.from + FRESH_SECONDS) {
			refresh(feed, &looked_up, outcome);
			start = seconds();
		}
		for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++)
			pair(feed, &p, hook, outcome, frames);
		if (many)
			p.line[p.count] = feed_run(feed, NATLOOP_HOOK_XDP, FEED_LINE, frames) -
					  p.base[NATLOOP_HOOK_XDP][p.count];
		took = seconds() - start;
		/* A pair that others held up for long was not of hits only. */
		p.count += seconds() < looked_up.from + FRESH_SECONDS;
	}
	report(&p, variant, round);
}

static void hit_name(char name[64], uint8_t proto, enum feed_way way, uint32_t flows)
{
	snprintf(name, 64, "%s to %s, %u flow%s", proto == IPPROTO_UDP ? "UDP" : "TCP",
		 way == FEED_TO_SERVER ? "server" : "client", flows, flows == 1 ? "" : "s");
}

static void hits_of(struct feed *feed, uint8_t proto, uint32_t flows, int round)
{
	static const enum feed_way ways[] = { FEED_TO_SERVER, FEED_TO_CLIENT };
	struct looked_up looked_up = {};
	bool filled = false;
	char name[64];

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct feed_load load = feed_flows(proto, ways[i], flows);

		hit_name(name, proto, ways[i], flows);
		if (!wanted(name))
			continue;
		if (!filled)
			looked_up = fill(feed, proto, flows);
		filled = true;
		measure_hits(feed, &load, name, looked_up, round);
	}
}

static void first_packets(struct feed *feed, int round)
{
	struct feed_load load = feed_flows(IPPROTO_UDP, FEED_TO_SERVER, FIRST_FLOWS);
	struct pairs p = {};

	if (!wanted("first packet"))
		return;
	prog_run_label(feed->run, "first packet");
	feed_choose(feed, &load);
	for (; p.count < options.pairs; p.count++) {
		for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
			tables_clear(feed->run);
			pair(feed, &p, hook, NATLOOP_NEW_FLOW, FIRST_FLOWS);
		}
	}
	report(&p, "first packet", round);
}

static struct wire other_frame(const struct other *o)
{
	struct frame f =
		frame_from(o->proto ? o->proto : IPPROTO_UDP, o->src, 40000, o->dst, o->dport);
	struct wire w = {};

	f.interface = ETH1;
	f.payload_word = ICMP_ECHO << 8;
	if (o->dmac)
		f.dmac = o->dmac;
	if (o->ttl)
		f.ttl = o->ttl;
	frame_write(&f, &w);
	if (o->ethertype)
		wire_put16(&w, 12, o->ethertype);
	return w;
}

static void measure_other(struct feed *feed, const struct other *o, int round)
{
	uint32_t max_flows = feed->run->cfg->max_flows;
	struct wire w = other_frame(o);
	struct feed_load load = feed_alike(&w);
	struct pairs p = {};

	if (!wanted(o->name))
		return;
	prog_run_label(feed->run, "%s", o->name);
	tables_clear(feed->run);
	/* No ICMP error: it would be another packet than the one that is measured. */
	tables_spend_rates(feed->run);
	feed_choose(feed, &load);
	if (o->opened)
		feed_expect(feed, NATLOOP_HOOK_TC, NATLOOP_NEW_FLOW, 1);
	if (o->full)
		feed->run->cfg->max_flows = 0;
	for (; p.count < options.pairs; p.count++) {
		for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++)
			pair(feed, &p, hook, o->outcome, FRAMES);
	}
	feed->run->cfg->max_flows = max_flows;
	report(&p, o->name, round);
}

static void one_round(struct feed *feed, int round)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		measure_other(feed, &others[i], round);
	first_packets(feed, round);
	for (size_t i = 0; i < sizeof(hits) / sizeof(hits[0]); i++) {
		if (hits[i].flows <= options.most)
			hits_of(feed, hits[i].proto, hits[i].flows, round);
	}
	tables_clear(feed->run);
}

static void usage(void)
{
	fputs("usage: cost [--quick] [--rounds N] [--only TEXT] [--most FLOWS]\n"
	      "  --quick   one round of few pairs\n"
	      "  --only    variants with TEXT in their name\n"
	      "  --most    no variant with more flows\n",
	      stderr);
}

static void parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "quick", no_argument, NULL, 'q' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "only", required_argument, NULL, 'o' },
		{ "most", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (c) {
		case 'q':
			options.rounds = 1;
			options.pairs = 9;
			break;
		case 'r':
			options.rounds = atoi(optarg);
			break;
		case 'o':
			options.only = optarg;
			break;
		case 'm':
			options.most = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		default:
			usage();
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (optind < argc || options.rounds < 1 || !options.most) {
		usage();
		exit(2);
	}
}

/* Going from one CPU to another would empty the caches between two runs. */
static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	struct feed feed;
	void *state;

	parse_options(argc, argv);
	stay_here();
	state = prog_run_make(NATLOOP_HOOK_XDP, FEED_FLOWS_MAX);
	feed_make(&feed, state, FEED_FLOWS_MAX);
	/*
	 * A fresh table gives its elements out in the order in which they lie in memory, and so in
	 * the order of the walk; one that has been full and emptied gives them out in none.
	 */
	fill(&feed, IPPROTO_UDP, options.most);
	for (int round = 1; round <= options.rounds; round++)
		one_round(&feed, round);
	feed_end(&feed);
	prog_run_teardown(&state);
	return 0;
}
