// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A stream of numbered UDP datagrams, there and back, that counts what became of each.
 *
 * serve PORT: says "ready" and sends every datagram back to where it came from. send ADDRESS PORT:
 * sends at --rate datagrams a second until SIGTERM, then waits until no more come back. Both print
 * one line at the end: what was "sent" or "seen", and of the numbers "lost" (below the highest one
 * seen, or of those sent), "duplicated" and "reordered"; "overflow" is what the own socket's buffer
 * had no room for, which is nobody else's loss.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURST 32		  /* fewer than what a veth ring or a backlog holds */
#define MOST (1U << 27)		  /* numbers: 128 million */
#define PAYLOAD 18		  /* the shortest Ethernet frame */
#define BUFFER (64 * 1024 * 1024) /* of the sockets, both ways */
#define SILENCE_MS 1000		  /* after so long nothing will come any more */
#define NSEC INT64_C(1000000000)

struct tally {
	uint8_t *bits; /* one for each number */
	uint64_t seen;
	uint64_t duplicated;
	uint64_t reordered;
	uint64_t odd;  /* not ours, or cut short */
	uint32_t next; /* highest number seen, and one */
	uint32_t overflow;
};

struct batch {
	struct mmsghdr msg[BURST];
	struct iovec iov[BURST];
	struct sockaddr_in from[BURST];
	unsigned char data[BURST][PAYLOAD];
	unsigned char control[BURST][CMSG_SPACE(sizeof(uint32_t))];
};

static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "stream: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static int make_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = BUFFER, one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one)))
		die("socket");
	return fd;
}

static void batch_init(struct batch *b)
{
	memset(b, 0, sizeof(*b));
	for (int i = 0; i < BURST; i++) {
		b->iov[i].iov_base = b->data[i];
		b->msg[i].msg_hdr.msg_iov = &b->iov[i];
		b->msg[i].msg_hdr.msg_iovlen = 1;
	}
}

/* Sends @count of them. What the socket refuses for the moment is tried again. */
static void batch_send(int fd, struct batch *b, int count)
{
	int done = 0;

	while (done < count) {
		int n = sendmmsg(fd, b->msg + done, count - done, 0);

		if (n > 0)
			done += n;
		else if (errno != EINTR && errno != EAGAIN && errno != ENOBUFS &&
			 errno != ECONNREFUSED)
			die("sendmmsg");
	}
}

/* How many came; 0: none, or a signal. */
static int batch_receive(int fd, struct batch *b, int flags)
{
	int n;

	for (int i = 0; i < BURST; i++) {
		struct msghdr *h = &b->msg[i].msg_hdr;

		b->iov[i].iov_len = PAYLOAD;
		h->msg_name = &b->from[i];
		h->msg_namelen = sizeof(b->from[i]);
		h->msg_control = b->control[i];
		h->msg_controllen = sizeof(b->control[i]);
	}
	n = recvmmsg(fd, b->msg, BURST, flags, NULL);
	if (n < 0 && errno != EINTR && errno != EAGAIN && errno != ECONNREFUSED)
		die("recvmmsg");
	return n < 0 ? 0 : n;
}

static void count_overflow(struct tally *t, struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(&t->overflow, CMSG_DATA(c), sizeof(t->overflow));
}

static void count_one(struct tally *t, const unsigned char *data, unsigned int length)
{
	uint8_t bit;
	uint32_t n;

	memcpy(&n, data, sizeof(n));
	n = ntohl(n);
	if (length != PAYLOAD || n >= MOST) {
		t->odd++;
		return;
	}
	bit = (uint8_t)(1U << n % 8);
	if (t->bits[n / 8] & bit) {
		t->duplicated++;
		return;
	}
	t->bits[n / 8] |= bit;
	t->seen++;
	if (n < t->next)
		t->reordered++;
	else
		t->next = n + 1;
}

static void count_batch(struct tally *t, struct batch *b, int n)
{
	for (int i = 0; i < n; i++) {
		count_overflow(t, &b->msg[i].msg_hdr);
		count_one(t, b->data[i], b->msg[i].msg_len);
	}
}

static void tally_print(const struct tally *t, uint64_t expected)
{
	printf("seen %" PRIu64 " lost %" PRIu64 " duplicated %" PRIu64 " reordered %" PRIu64
	       " odd %" PRIu64 " overflow %" PRIu32 "\n",
	       t->seen, expected - t->seen, t->duplicated, t->reordered, t->odd, t->overflow);
	fflush(stdout);
}

static int serve(struct tally *t, struct batch *b, struct sockaddr_in at)
{
	int fd = make_socket();

	at.sin_addr.s_addr = htonl(INADDR_ANY);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("bind");
	puts("ready");
	fflush(stdout);
	while (!stopped) {
		int n = batch_receive(fd, b, MSG_WAITFORONE);

		count_batch(t, b, n);
		for (int i = 0; i < n; i++) {
			b->iov[i].iov_len = b->msg[i].msg_len;
			b->msg[i].msg_hdr.msg_control = NULL;
			b->msg[i].msg_hdr.msg_controllen = 0;
		}
		batch_send(fd, b, n);
	}
	tally_print(t, t->next);
	return 0;
}

static void send_numbers(int fd, struct batch *b, uint32_t first, int count)
{
	for (int i = 0; i < count; i++) {
		uint32_t n = htonl(first + (uint32_t)i);

		memset(b->data[i], 0, PAYLOAD);
		memcpy(b->data[i], &n, sizeof(n));
		b->iov[i].iov_len = PAYLOAD;
		b->msg[i].msg_hdr.msg_name = NULL;
		b->msg[i].msg_hdr.msg_namelen = 0;
		b->msg[i].msg_hdr.msg_control = NULL;
		b->msg[i].msg_hdr.msg_controllen = 0;
	}
	batch_send(fd, b, count);
}

/* All that is there now. */
static bool take_echoes(int fd, struct tally *t, struct batch *b)
{
	bool any = false;
	int n;

	while ((n = batch_receive(fd, b, MSG_DONTWAIT)) > 0) {
		count_batch(t, b, n);
		any = true;
	}
	return any;
}

static void wait_for_last(int fd, struct tally *t, struct batch *b, uint32_t sent)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (t->seen < sent && poll(&p, 1, SILENCE_MS) != 0)
		take_echoes(fd, t, b);
}

/*
 * Waits until it is time for the next burst, and returns when that was. A sender that was held up
 * makes up for it, but at twice the rate at most: a flood would overflow the rings on the way.
 */
static int64_t wait_for_turn(int64_t due, int64_t earliest)
{
	int64_t at = due > earliest ? due : earliest;
	struct timespec ts = { at / NSEC, at % NSEC };

	if (now_ns() < at)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	return now_ns();
}

static int send_stream(struct tally *t, struct batch *b, struct sockaddr_in to, long rate)
{
	int64_t step = NSEC * BURST / rate, start = now_ns(), last = start, latest = 0, took;
	int fd = make_socket();
	uint32_t sent = 0;

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	for (int64_t due = start; !stopped && sent < MOST - BURST; due += step) {
		last = wait_for_turn(due, last + step / 2);
		if (last - due > latest)
			latest = last - due;
		send_numbers(fd, b, sent, BURST);
		sent += BURST;
		take_echoes(fd, t, b);
	}
	took = now_ns() - start;
	wait_for_last(fd, t, b, sent);
	printf("sent %" PRIu32 " rate %" PRId64 " late_us %" PRId64 " ", sent,
	       sent * NSEC / (took > 0 ? took : 1), latest / 1000);
	tally_print(t, sent);
	return 0;
}

static int usage(void)
{
	fputs("usage: stream serve PORT | send ADDRESS PORT RATE\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_term };
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct tally t = { .bits = calloc(1, MOST / 8) };
	struct batch *b = malloc(sizeof(*b));
	long rate;
	int ret;

	if (!t.bits || !b)
		die("memory");
	batch_init(b);
	sigaction(SIGTERM, &act, NULL);
	if (argc == 3 && !strcmp(argv[1], "serve")) {
		at.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
		ret = serve(&t, b, at);
	} else if (argc == 5 && !strcmp(argv[1], "send") &&
		   inet_pton(AF_INET, argv[2], &at.sin_addr) == 1) {
		at.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
		rate = strtol(argv[4], NULL, 10);
		ret = rate > 0 ? send_stream(&t, b, at, rate) : usage();
	} else {
		ret = usage();
	}
	free(t.bits);
	free(b);
	return ret;
}
