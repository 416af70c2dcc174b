// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The functions that are named are those of rustdesk/rustdesk, src/rendezvous_mediator.rs. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "mangle.h"
#include "stand_in.h"
#include "util.h"

#define PUNCH_TIMEOUT 30 /* ms; never shortened: no time is won, and a packet must leave */

_Atomic int client_nat_type;

/* Our own setting, else what hbbs says, else the port after hbbs's own (get_relay_server). */
static const char *relay_server(const char *provided, char own[CLIENT_HOST_MAX])
{
	if (*client_options.relay)
		return client_options.relay;
	if (*provided)
		return provided;
	return client_other_port(client_options.server, CLIENT_PORT, 1, own) ? own : "";
}

static void session(int fd, const char *how)
{
	struct wire wire = { .fd = fd };

	event("session %s", how);
	client_session_controlled(&wire);
	event("session ended");
}

/* Whoever connects to the listener first (server.rs, accept_connection_). */
static void accept_one(int listener)
{
	struct pollfd poller = { .fd = listener, .events = POLLIN };
	_cleanup_close_ int fd = -1;

	if (poll(&poller, 1, client_ms(CLIENT_CONNECT_TIMEOUT)) <= 0)
		return;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		session(fd, "direct");
}

/*
 * Sends @message on @fd, ends that connection and listens on its port. RustDesk listens right
 * after it has closed; here the port is listened on just before, because who is told of it may
 * otherwise be there sooner, on a busy machine.
 */
static void send_and_accept(int fd, const Rustdesk__Message *message)
{
	_cleanup_close_ int listener = -1;

	listener = bound_socket(SOCK_STREAM, ntohs(client_local(fd).sin_port));
	if (listener < 0 || listen(listener, 1)) {
		event("cannot listen: %s", strerror(listener < 0 ? -listener : errno));
		close(fd);
		return;
	}
	wire_send(fd, message);
	close(fd);
	accept_one(listener);
}

/* Goes to the relay, and has hbbs tell A so; with @initiate it is our idea (create_relay). */
static void go_to_relay(ProtobufCBinaryData a, const char *relay, const char *uuid, bool initiate)
{
	Rustdesk__RelayResponse response = RUSTDESK__RELAY_RESPONSE__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	_cleanup_close_ int hbbs = -1, fd = -1;

	hbbs = client_connect_name(client_options.server, CLIENT_PORT, 0, NULL);
	if (hbbs < 0) {
		event("no connection to hbbs: %s", strerror(-hbbs));
		return;
	}
	response.socket_addr = a;
	if (initiate) {
		response.uuid = (char *)uuid;
		response.relay_server = (char *)relay;
		response.kind_case = RUSTDESK__RELAY_RESPONSE__KIND_ID;
		response.id = (char *)client_options.id;
	}
	message.kind_case = RUSTDESK__MESSAGE__KIND_RELAY_RESPONSE;
	message.relay_response = &response;
	wire_send(hbbs, &message);
	fd = client_connect_relay(relay, uuid, "", NULL);
	if (fd < 0)
		event("no connection to the relay %s: %s", relay, strerror(-fd));
	else
		session(fd, "relayed");
}

/* A is behind the same router: where we are, as we see it (handle_intranet). */
static void on_fetch_local_addr(const Rustdesk__FetchLocalAddr *fetch)
{
	Rustdesk__LocalAddr answer = RUSTDESK__LOCAL_ADDR__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	unsigned char bytes[MANGLE_MAX];
	char own[CLIENT_HOST_MAX];
	struct sockaddr_in local;
	int fd;

	fd = client_connect_name(client_options.server, CLIENT_PORT, 0, NULL);
	if (fd < 0)
		return;
	local = client_local(fd);
	answer.id = (char *)client_options.id;
	answer.socket_addr = fetch->socket_addr;
	answer.local_addr = mangle(&local, bytes);
	answer.relay_server = (char *)relay_server(fetch->relay_server, own);
	message.kind_case = RUSTDESK__MESSAGE__KIND_LOCAL_ADDR;
	message.local_addr = &answer;
	send_and_accept(fd, &message);
}

/*
 * A is elsewhere. A packet to it, from the port of our connection to hbbs, tells our router that
 * A's are welcome; hbbs sees that port and tells A (handle_punch_hole).
 */
static void on_punch_hole(const Rustdesk__PunchHole *punch)
{
	Rustdesk__PunchHoleSent sent = RUSTDESK__PUNCH_HOLE_SENT__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	char own[CLIENT_HOST_MAX], uuid[CLIENT_UUID_TEXT], text[ENDPOINT_TEXT];
	const char *relay = relay_server(punch->relay_server, own);
	struct sockaddr_in a;
	int fd, probe;

	if (punch->nat_type == RUSTDESK__NAT_TYPE__SYMMETRIC ||
	    client_nat_type == RUSTDESK__NAT_TYPE__SYMMETRIC) {
		client_make_uuid(uuid);
		go_to_relay(punch->socket_addr, relay, uuid, true);
		return;
	}
	if (!unmangle(punch->socket_addr, &a))
		return;
	fd = client_connect_name(client_options.server, CLIENT_PORT, 0, NULL);
	if (fd < 0)
		return;
	probe = client_connect(&a, ntohs(client_local(fd).sin_port), PUNCH_TIMEOUT);
	event("punched %s: %s", endpoint_text(&a, text),
	      probe < 0 ? strerror(-probe) : "connected");
	if (probe >= 0)
		close(probe);
	sent.id = (char *)client_options.id;
	sent.socket_addr = punch->socket_addr;
	sent.relay_server = (char *)relay;
	sent.nat_type = (Rustdesk__NatType)client_nat_type;
	message.kind_case = RUSTDESK__MESSAGE__KIND_PUNCH_HOLE_SENT;
	message.punch_hole_sent = &sent;
	send_and_accept(fd, &message);
}

static void *run(void *data)
{
	_cleanup_message_ Rustdesk__Message *message = data;
	const Rustdesk__RequestRelay *relay;

	switch (message->kind_case) {
	case RUSTDESK__MESSAGE__KIND_PUNCH_HOLE:
		on_punch_hole(message->punch_hole);
		break;
	case RUSTDESK__MESSAGE__KIND_FETCH_LOCAL_ADDR:
		on_fetch_local_addr(message->fetch_local_addr);
		break;
	case RUSTDESK__MESSAGE__KIND_REQUEST_RELAY:
		/* A could not get through (handle_request_relay). */
		relay = message->request_relay;
		go_to_relay(relay->socket_addr, relay->relay_server, relay->uuid, false);
		break;
	default:
		break;
	}
	return NULL;
}

void client_controlled(Rustdesk__Message *message)
{
	pthread_t thread;
	int err;

	err = pthread_create(&thread, NULL, run, message);
	if (err)
		die(STATUS_FAILED, "pthread_create: %s", strerror(err));
	pthread_detach(thread);
}
