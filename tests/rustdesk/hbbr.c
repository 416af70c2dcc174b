// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Stands in for hbbr, RustDesk's relay. Written from facts of rustdesk/rustdesk-server,
 * src/relay_server.rs (at 0e01cfc and 538aef7); the function there is named at each rule.
 *
 * Left out: WebSockets, the console, lists of addresses, limits on speed.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stand_in.h"
#include "util.h"
#include "wire.h"

#define PORT 21117
#define TIMEOUT 30000 /* ms to ask for a pair, to get it, and that a pair may be silent */
#define TICK 3000     /* ms between two looks at the silence of a pair: relay() */
#define CONNECTIONS_MAX 256
#define UUID_MAX 64

static struct {
	uint16_t port;
	const char *key;
	unsigned int speed;
	unsigned int timeout;
} options = { .port = PORT, .key = "", .speed = 1, .timeout = TIMEOUT };

enum state {
	STATE_ASKED,  /* who are you? */
	STATE_WAITS,  /* for the other with its uuid; what it sends meanwhile is read later */
	STATE_PAIRED, /* bytes go to .other, whatever they are */
	STATE_CLOSED,
};

struct connection {
	enum state state;
	struct wire wire;
	struct sockaddr_in from;
	uint64_t last; /* when it was accepted, began to wait, or last sent anything */
	struct connection *other;
	char uuid[UUID_MAX];
};

static struct connection connections[CONNECTIONS_MAX];

static void close_connection(struct connection *c, const char *why)
{
	char text[ENDPOINT_TEXT];

	if (c->state == STATE_CLOSED)
		return;
	event("closed %s %s", endpoint_text(&c->from, text), why);
	close(c->wire.fd);
	c->wire.fd = -1;
	c->state = STATE_CLOSED;
	if (c->other)
		close_connection(c->other, why);
}

/* What has come from one goes to the other. */
static bool forward(struct connection *c)
{
	int err = wire_write(c->other->wire.fd, c->wire.bytes, c->wire.length);

	c->wire.length = 0;
	return !err;
}

static void pair(struct connection *c, struct connection *other)
{
	char a[ENDPOINT_TEXT], b[ENDPOINT_TEXT];

	event("paired %s %s", endpoint_text(&other->from, b), endpoint_text(&c->from, a));
	c->state = other->state = STATE_PAIRED;
	c->last = other->last = now_ms();
	c->other = other;
	other->other = c;
	if (!forward(c) || !forward(other))
		close_connection(c, "write failed");
}

/* make_pair_: a wrong key, no uuid and any other message just close the connection. */
static void on_request(struct connection *c, const Rustdesk__Message *message)
{
	const Rustdesk__RequestRelay *request;

	if (message->kind_case != RUSTDESK__MESSAGE__KIND_REQUEST_RELAY) {
		close_connection(c, "no RequestRelay");
		return;
	}
	request = message->request_relay;
	if (*options.key && strcmp(request->licence_key, options.key) != 0) {
		close_connection(c, "wrong key");
		return;
	}
	if (!*request->uuid || strlen(request->uuid) >= UUID_MAX) {
		close_connection(c, "no uuid");
		return;
	}
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *other = &connections[i];

		if (other->state == STATE_WAITS && !strcmp(other->uuid, request->uuid)) {
			pair(c, other);
			return;
		}
	}
	memcpy(c->uuid, request->uuid, strlen(request->uuid) + 1);
	c->state = STATE_WAITS;
	c->last = now_ms();
}

static void on_input(struct connection *c)
{
	_cleanup_message_ Rustdesk__Message *message = NULL;
	int taken;

	if (wire_fill(&c->wire)) {
		close_connection(c, "ended");
		return;
	}
	if (c->state == STATE_PAIRED) {
		c->last = now_ms();
		if (!forward(c))
			close_connection(c, "write failed");
		return;
	}
	taken = wire_take(&c->wire, &message);
	if (taken < 0)
		close_connection(c, "no message");
	else if (taken)
		on_request(c, message);
}

/* A pair is silent when neither side has sent anything for more than the time, at a tick of 3 s. */
static void look_at_time(struct connection *c, bool tick)
{
	uint64_t now = now_ms(), timeout = options.timeout / options.speed;
	uint64_t last = c->last;

	if (c->state == STATE_PAIRED) {
		if (c->other->last > last)
			last = c->other->last;
		if (tick && now - last > timeout)
			close_connection(c, "silent");
	} else if (now - last >= timeout) {
		close_connection(c, c->state == STATE_WAITS ? "unpaired" : "no request");
	}
}

/* A loopback source is hbbr's own console (handle_connection), which this has not. */
static void on_connection(int listener)
{
	struct sockaddr_in from = {};
	socklen_t size = sizeof(from);
	int fd;

	fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &connections[i];

		if (ntohl(from.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET)
			break;
		if (c->state != STATE_CLOSED)
			continue;
		*c = (struct connection){
			.state = STATE_ASKED, .wire.fd = fd, .from = from, .last = now_ms()
		};
		return;
	}
	close(fd);
}

static void serve(void)
{
	int listener = listening_socket(options.port);
	uint64_t ticked = now_ms();

	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		connections[i] = (struct connection){ .state = STATE_CLOSED, .wire.fd = -1 };
	event("ready");
	for (;;) {
		struct pollfd fds[CONNECTIONS_MAX + 1];
		bool tick;

		fds[CONNECTIONS_MAX] = (struct pollfd){ listener, POLLIN, 0 };
		for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
			bool reads = connections[i].state != STATE_WAITS;

			fds[i] = (struct pollfd){ reads ? connections[i].wire.fd : -1, POLLIN, 0 };
		}
		if (poll(fds, CONNECTIONS_MAX + 1, 100) < 0 && errno != EINTR)
			die(STATUS_FAILED, "poll: %s", strerror(errno));
		tick = now_ms() - ticked >= TICK / options.speed;
		if (tick)
			ticked = now_ms();
		for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
			struct connection *c = &connections[i];

			/* One that another's input has closed or paired in this round is left
			 * alone. */
			if (fds[i].revents && c->state != STATE_CLOSED && c->state != STATE_WAITS)
				on_input(c);
			if (c->state != STATE_CLOSED)
				look_at_time(c, tick);
		}
		if (fds[CONNECTIONS_MAX].revents)
			on_connection(listener);
	}
}

static void __attribute__((noreturn)) usage(FILE *to, int status)
{
	fputs("usage: hbbr [-p PORT] [-k KEY] [--speed N] [--timeout SECONDS]\n"
	      "  -k KEY             what both of a pair must know\n"
	      "  --speed N          all times are N times as short\n"
	      "  --timeout SECONDS  to get a pair, and that a pair may be silent (30)\n"
	      "Prints 'ready', then what happens, a line each.\n",
	      to);
	exit(status);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "speed", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "p:k:h", longs, NULL)) != -1) {
		switch (option) {
		case 'p':
			options.port = parse_number(optarg, 1, 65535);
			break;
		case 'k':
			options.key = optarg;
			break;
		case 's':
			options.speed = parse_number(optarg, 1, 1000);
			break;
		case 't':
			options.timeout = parse_number(optarg, 1, 100000) * 1000;
			break;
		case 'h':
			usage(stdout, STATUS_DONE);
		default:
			usage(stderr, STATUS_USAGE);
		}
	}
	if (optind != argc)
		usage(stderr, STATUS_USAGE);
	serve();
}
