// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Stands in for hbbs, RustDesk's ID server. Written from facts of rustdesk/rustdesk-server,
 * src/rendezvous_server.rs (at 6f18a97 and 538aef7); the function there is named at each rule.
 *
 * Left out: WebSockets, the database, --mask, limits on how often an address may register, signed
 * keys (so clients do not encrypt), configuration by the server, more than one relay.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hbbs.h"
#include "hbbs_peers.h"
#include "stand_in.h"
#include "util.h"
#include "wire.h"

#define PORT 21116
#define REG_TIMEOUT 30000 /* ms after its last registration a peer is offline */
#define TCP_TIMEOUT 30000 /* ms without a message a connection is closed: handle_listener_inner */
#define CONNECTIONS_MAX 256

struct hbbs_options hbbs_options = {
	.port = PORT, .relay = "", .key = "", .speed = 1, .reg_timeout = REG_TIMEOUT
};

static struct connection connections[CONNECTIONS_MAX];
static size_t count;
int hbbs_udp = -1;

void hbbs_answer_waiting(const struct sockaddr_in *to, const Rustdesk__Message *message)
{
	for (size_t i = 0; i < count; i++) {
		if (connections[i].sink != SINK_WAITS || !same_endpoint(&connections[i].from, to))
			continue;
		connections[i].sink = SINK_GONE;
		wire_send(connections[i].wire.fd, message);
		return;
	}
}

/* Reads a connection; false if it is to be closed. */
static bool on_input(struct connection *c)
{
	int taken;

	if (wire_fill(&c->wire))
		return false;
	do {
		_cleanup_message_ Rustdesk__Message *message = NULL;

		taken = wire_take(&c->wire, &message);
		if (taken <= 0)
			break;
		c->last = now_ms();
		if (c->nat_test) {
			if (message->kind_case == RUSTDESK__MESSAGE__KIND_TEST_NAT_REQUEST)
				hbbs_on_nat_test(c);
			return false;
		}
		if (!hbbs_on_message(c, message))
			return false;
	} while (true);
	return !taken;
}

static void register_peer(const Rustdesk__RegisterPeer *request, const struct sockaddr_in *from)
{
	Rustdesk__RegisterPeerResponse response = RUSTDESK__REGISTER_PEER_RESPONSE__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	if (!*request->id)
		return;
	response.request_pk = peer_seen(request->id, from);
	message.kind_case = RUSTDESK__MESSAGE__KIND_REGISTER_PEER_RESPONSE;
	message.register_peer_response = &response;
	wire_send_to(hbbs_udp, from, &message);
}

static void register_key(const Rustdesk__RegisterPk *key, const struct sockaddr_in *from)
{
	Rustdesk__RegisterPkResponse response = RUSTDESK__REGISTER_PK_RESPONSE__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	char text[ENDPOINT_TEXT];

	if (!key->uuid.len || !key->pk.len)
		return;
	response.result = peer_register(key, from);
	message.kind_case = RUSTDESK__MESSAGE__KIND_REGISTER_PK_RESPONSE;
	message.register_pk_response = &response;
	wire_send_to(hbbs_udp, from, &message);
	event("register %s at %s", key->id, endpoint_text(from, text));
}

/* handle_udp. Punch messages over UDP have been refused since July 2026. */
static void on_datagram(void)
{
	_cleanup_message_ Rustdesk__Message *message = NULL;
	unsigned char bytes[WIRE_MAX];
	struct sockaddr_in from = {};
	socklen_t size = sizeof(from);
	ssize_t length;

	length = recvfrom(hbbs_udp, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size);
	if (length < 0)
		return;
	message = rustdesk__message__unpack(NULL, length, bytes);
	if (!message)
		return;
	if (message->kind_case == RUSTDESK__MESSAGE__KIND_REGISTER_PEER)
		register_peer(message->register_peer, &from);
	else if (message->kind_case == RUSTDESK__MESSAGE__KIND_REGISTER_PK)
		register_key(message->register_pk, &from);
}

/* A loopback source on port - 1 is hbbs's own console (handle_listener2), which this has not. */
static void on_connection(int listener, bool nat_test)
{
	struct connection *c = &connections[count];
	struct sockaddr_in from = {};
	socklen_t size = sizeof(from);
	int fd;

	fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (count == CONNECTIONS_MAX ||
	    (nat_test && ntohl(from.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET)) {
		close(fd);
		return;
	}
	*c = (struct connection){
		.wire.fd = fd, .from = from, .last = now_ms(), .nat_test = nat_test
	};
	count++;
}

static void serve(void)
{
	int listener = listening_socket(hbbs_options.port);
	int listener2 = listening_socket(hbbs_options.port - 1);

	hbbs_udp = bound_socket(SOCK_DGRAM, hbbs_options.port);
	if (hbbs_udp < 0)
		die(STATUS_FAILED, "UDP port %u: %s", hbbs_options.port, strerror(-hbbs_udp));
	event("ready");
	for (;;) {
		struct pollfd fds[CONNECTIONS_MAX + 3] = {
			{ .fd = listener, .events = POLLIN },
			{ .fd = listener2, .events = POLLIN },
			{ .fd = hbbs_udp, .events = POLLIN },
		};

		for (size_t i = 0; i < count; i++)
			fds[i + 3] = (struct pollfd){ connections[i].wire.fd, POLLIN, 0 };
		if (poll(fds, count + 3, 100) < 0 && errno != EINTR)
			die(STATUS_FAILED, "poll: %s", strerror(errno));
		for (size_t i = count; i-- > 0;) {
			struct connection *c = &connections[i];

			if ((!fds[i + 3].revents || on_input(c)) &&
			    now_ms() - c->last < TCP_TIMEOUT / hbbs_options.speed)
				continue;
			close(c->wire.fd);
			*c = connections[--count];
		}
		if (fds[0].revents)
			on_connection(listener, false);
		if (fds[1].revents)
			on_connection(listener2, true);
		if (fds[2].revents)
			on_datagram();
	}
}

static void __attribute__((noreturn)) usage(FILE *to, int status)
{
	fputs("usage: hbbs [-p PORT] [-r RELAY] [-k KEY] [--speed N] [--reg-timeout SECONDS]\n"
	      "  -r RELAY       what peers are told as their relay: HOST[:PORT]\n"
	      "  -k KEY         what who asks for a peer must know\n"
	      "  --speed N      all times are N times as short\n"
	      "  --reg-timeout SECONDS  a peer is offline that long after it registered (30)\n"
	      "Prints 'ready', then what happens, a line each.\n",
	      to);
	exit(status);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "speed", required_argument, NULL, 's' },
		{ "reg-timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "p:r:k:h", longs, NULL)) != -1) {
		switch (option) {
		case 'p':
			hbbs_options.port = parse_number(optarg, 2, 65535);
			break;
		case 'r':
			hbbs_options.relay = optarg;
			break;
		case 'k':
			hbbs_options.key = optarg;
			break;
		case 's':
			hbbs_options.speed = parse_number(optarg, 1, 1000);
			break;
		case 't':
			hbbs_options.reg_timeout = parse_number(optarg, 1, 100000) * 1000;
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
