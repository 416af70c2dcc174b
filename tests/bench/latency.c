// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long a small request and its answer take, over one UDP or TCP socket.
 *
 * "latency serve udp|tcp PORT" says "ready" and sends back what it gets, until it is ended.
 * "latency ask udp|tcp ADDRESS PORT" sends one request after the other, each when the answer to the
 * last one is there, and prints the percentiles as records of the benchmark
 * (tests/bench/README.md). Both wait in recv(), as applications do, unless --busy. An answer by UDP
 * that has not come after TIMEOUT_MS counts as one that took so long, and the note of the record
 * says how many there were.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"

#define TIMEOUT_MS 200
#define TIMEOUT_NS (TIMEOUT_MS * INT64_C(1000000))
#define TCP_TIMEOUT_S 10 /* long enough for retransmissions; after that the connection is dead */
#define WARM_UP_NS 100000000
#define LARGEST 1400
#define NSEC INT64_C(1000000000)

struct options {
	bool tcp;
	bool busy;
	struct sockaddr_in peer;
	double seconds;
	size_t size;
	const char *system, *load;
	int round;
};

struct run {
	struct histogram histogram;
	uint64_t unanswered;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "latency: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: latency serve udp|tcp PORT\n"
	      "       latency ask udp|tcp ADDRESS PORT [--seconds S] [--size BYTES] [--busy]\n"
	      "                   [--system NAME] [--load idle|loaded] [--round N]\n",
	      stderr);
	exit(2);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static int make_socket(const struct options *o, int timeout_ms)
{
	const struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	int fd = socket(AF_INET, (o->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    (o->tcp && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one))) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("socket");
	return fd;
}

static void __attribute__((noreturn)) serve_udp(int fd)
{
	unsigned char data[LARGEST];
	struct sockaddr_in from;

	for (;;) {
		socklen_t length = sizeof(from);
		ssize_t n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &length);

		/* An ICMP error, or a full queue, costs the client one answer, which it counts. */
		if (n >= 0)
			sendto(fd, data, n, 0, (struct sockaddr *)&from, length);
	}
}

static void serve_connection(int fd)
{
	unsigned char data[LARGEST];
	int one = 1;
	ssize_t n;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while ((n = recv(fd, data, sizeof(data), 0)) > 0)
		if (send(fd, data, n, MSG_NOSIGNAL) != n)
			break;
	close(fd);
}

static void __attribute__((noreturn)) serve(const struct options *o)
{
	int fd = make_socket(o, 0);

	if (bind(fd, (const struct sockaddr *)&o->peer, sizeof(o->peer)) ||
	    (o->tcp && listen(fd, 8)))
		die("bind");
	puts("ready");
	fflush(stdout);
	if (!o->tcp)
		serve_udp(fd);
	for (;;) {
		int connection = accept(fd, NULL, NULL);

		if (connection >= 0)
			serve_connection(connection);
	}
}

/* False: no answer in time. An answer to an earlier request, which was given up, is no answer. */
static bool receive_udp(const struct options *o, int fd, uint64_t number, int64_t sent)
{
	unsigned char data[LARGEST];
	const int64_t limit = sent + TIMEOUT_NS;
	uint64_t got;

	for (;;) {
		ssize_t n = recv(fd, data, sizeof(data), o->busy ? MSG_DONTWAIT : 0);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			die("recv");
		if (n == (ssize_t)o->size) {
			memcpy(&got, data, sizeof(got));
			if (got == number)
				return true;
		}
		if (now_ns() >= limit)
			return false;
	}
}

static void receive_tcp(const struct options *o, int fd, int64_t sent)
{
	unsigned char data[LARGEST];
	size_t have = 0;

	while (have < o->size) {
		ssize_t n = recv(fd, data + have, o->size - have, o->busy ? MSG_DONTWAIT : 0);

		if (n > 0) {
			have += n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ECONNRESET;
		if (n == 0 || errno != EAGAIN || now_ns() - sent > TCP_TIMEOUT_S * NSEC)
			die("recv");
	}
}

/* One request and its answer; -1: no answer. */
static int64_t ask_once(const struct options *o, int fd, uint64_t number)
{
	unsigned char data[LARGEST] = { 0 };
	int64_t sent = now_ns();

	memcpy(data, &number, sizeof(number));
	if (send(fd, data, o->size, MSG_NOSIGNAL) != (ssize_t)o->size)
		die("send");
	if (o->tcp)
		receive_tcp(o, fd, sent);
	else if (!receive_udp(o, fd, number, sent))
		return -1;
	return now_ns() - sent;
}

/* What comes first pays for flows, caches and ARP, and is not counted. */
static void ask(const struct options *o, struct run *run)
{
	int fd = make_socket(o, o->tcp ? TCP_TIMEOUT_S * 1000 : TIMEOUT_MS);
	const int64_t begin = now_ns() + WARM_UP_NS, end = begin + o->seconds * NSEC;
	int64_t now = 0, took;

	if (connect(fd, (const struct sockaddr *)&o->peer, sizeof(o->peer)))
		die("connect");
	for (uint64_t number = 0; now < end; number++) {
		took = ask_once(o, fd, number);
		now = now_ns();
		if (now < begin)
			continue;
		histogram_add(&run->histogram, took < 0 ? TIMEOUT_NS : took);
		run->unanswered += took < 0;
	}
	close(fd);
}

static void print_run(const struct options *o, const struct run *run)
{
	static const struct {
		const char *name;
		double share;
	} percentiles[] = { { "p50", 0.5 }, { "p99", 0.99 }, { "p99.9", 0.999 } };

	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		printf("{\"measure\":\"latency\",\"variant\":\"%s %s %s\",\"system\":\"%s\","
		       "\"round\":%d,\"value\":%.3f,\"unit\":\"us\"",
		       o->tcp ? "TCP" : "UDP", o->load, percentiles[i].name, o->system, o->round,
		       histogram_percentile(&run->histogram, percentiles[i].share) / 1000);
		if (run->unanswered)
			printf(",\"note\":\"round %d: %" PRIu64 " of %" PRIu64
			       " requests had no answer after %d ms, and count as that\"",
			       o->round, run->unanswered, run->histogram.count, TIMEOUT_MS);
		puts("}");
	}
	fprintf(stderr, "latency: %" PRIu64 " requests, %" PRIu64 " unanswered\n",
		run->histogram.count, run->unanswered);
}

static double number_of(const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (*end || end == text || !(value >= least && value <= most))
		usage();
	return value;
}

static bool parse_option(struct options *o, int option)
{
	switch (option) {
	case 's':
		o->seconds = number_of(optarg, 0.01, 3600);
		return true;
	case 'n':
		o->size = number_of(optarg, sizeof(uint64_t), LARGEST);
		return true;
	case 'b':
		o->busy = true;
		return true;
	case 'y':
		o->system = optarg;
		return true;
	case 'l':
		o->load = optarg;
		return true;
	case 'r':
		o->round = number_of(optarg, 0, 1e6);
		return true;
	default:
		return false;
	}
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "size", required_argument, NULL, 'n' },
		{ "busy", no_argument, NULL, 'b' },
		{ "system", required_argument, NULL, 'y' },
		{ "load", required_argument, NULL, 'l' },
		{ "round", required_argument, NULL, 'r' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
		if (!parse_option(o, option))
			usage();
}

int main(int argc, char **argv)
{
	struct options o = { .seconds = 2, .size = 64, .system = "direct", .load = "idle" };
	static struct run run;
	bool server;

	parse(&o, argc, argv);
	argv += optind;
	argc -= optind;
	if (argc < 3)
		usage();
	server = !strcmp(argv[0], "serve");
	o.tcp = !strcmp(argv[1], "tcp");
	if (!(server || !strcmp(argv[0], "ask")) || !(o.tcp || !strcmp(argv[1], "udp")) ||
	    argc != (server ? 3 : 4))
		usage();
	o.peer.sin_family = AF_INET;
	o.peer.sin_port = htons(number_of(argv[argc - 1], 1, 65535));
	if (!server && !inet_aton(argv[2], &o.peer.sin_addr))
		usage();
	if (server)
		serve(&o);
	ask(&o, &run);
	print_run(&o, &run);
	return 0;
}
