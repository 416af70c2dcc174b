// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Times and rules of rustdesk/rustdesk, src/rendezvous_mediator.rs, start_udp. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "stand_in.h"
#include "util.h"

#define TICK 1000
#define REG_INTERVAL 15000 /* after an answer; hbb_common, src/config.rs */
#define REG_TIMEOUT 3000   /* without an answer */
#define MISSES_OFFLINE 2
#define MISSES_RESOLVE 4
#define RESOLVE_INTERVAL 60000
#define TEST_TARGET_TIMEOUT 1000
#define NAT_RETRY_MOST 300 /* seconds */

static struct {
	int fd;
	struct sockaddr_in server;
	bool key_confirmed;
	bool waits; /* for an answer to what was sent last */
	bool offline;
	uint64_t sent;	   /* when */
	uint64_t answered; /* when last; 0: never */
	uint64_t resolved; /* when */
	unsigned int misses;
} reg = { .fd = -1 };

/*
 * Looks the server up and takes a new socket. The TCP connection is RustDesk's way to find an
 * address that works; with one address the name's is the same (hbb_common, socket_client.rs,
 * test_target).
 */
static void resolve(void)
{
	struct sockaddr_in server;
	char text[ENDPOINT_TEXT];
	int fd, probe;

	reg.resolved = now_ms();
	if (client_resolve(client_options.server, CLIENT_PORT, &server))
		return;
	probe = client_connect(&server, 0, client_ms(TEST_TARGET_TIMEOUT));
	if (probe >= 0)
		close(probe);
	fd = bound_socket(SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (fd < 0)
		die(STATUS_FAILED, "UDP socket: %s", strerror(-fd));
	if (reg.fd >= 0)
		close(reg.fd);
	reg.fd = fd;
	reg.server = server;
	event("server %s", endpoint_text(&server, text));
}

static void send_key(void)
{
	Rustdesk__RegisterPk key = RUSTDESK__REGISTER_PK__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	ProtobufCBinaryData name;

	name.data = (unsigned char *)client_options.id;
	name.len = strlen(client_options.id);
	key.id = (char *)client_options.id;
	key.uuid = name;
	key.pk = name;
	message.kind_case = RUSTDESK__MESSAGE__KIND_REGISTER_PK;
	message.register_pk = &key;
	wire_send_to(reg.fd, &reg.server, &message);
}

/* The key first, until hbbs has taken it (register_peer). */
static void send_registration(void)
{
	Rustdesk__RegisterPeer peer = RUSTDESK__REGISTER_PEER__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	reg.sent = now_ms();
	reg.waits = true;
	if (!reg.key_confirmed) {
		send_key();
		return;
	}
	peer.id = (char *)client_options.id;
	message.kind_case = RUSTDESK__MESSAGE__KIND_REGISTER_PEER;
	message.register_peer = &peer;
	wire_send_to(reg.fd, &reg.server, &message);
}

static void on_answer(void)
{
	if (reg.offline)
		event("online again");
	reg.waits = false;
	reg.offline = false;
	reg.misses = 0;
	reg.answered = now_ms();
}

static void on_datagram(void)
{
	_cleanup_message_ Rustdesk__Message *message = NULL;
	unsigned char bytes[WIRE_MAX];
	ssize_t length;

	length = recv(reg.fd, bytes, sizeof(bytes), 0);
	if (length < 0)
		return;
	message = rustdesk__message__unpack(NULL, length, bytes);
	if (!message)
		return;
	switch (message->kind_case) {
	case RUSTDESK__MESSAGE__KIND_REGISTER_PEER_RESPONSE:
		on_answer();
		if (message->register_peer_response->request_pk)
			send_key();
		break;
	case RUSTDESK__MESSAGE__KIND_REGISTER_PK_RESPONSE:
		on_answer();
		if (message->register_pk_response->result !=
		    RUSTDESK__REGISTER_PK_RESPONSE__RESULT__OK)
			die(STATUS_FAILED, "hbbs does not take the key: %d",
			    message->register_pk_response->result);
		if (!reg.key_confirmed)
			event("registered");
		reg.key_confirmed = true;
		break;
	default:
		client_controlled(TAKE_PTR(message));
	}
}

static void on_tick(void)
{
	uint64_t now = now_ms();
	bool missed = reg.waits && now - reg.sent >= client_ms(REG_TIMEOUT);

	if (!missed &&
	    (reg.waits || (reg.answered && now - reg.answered < client_ms(REG_INTERVAL))))
		return;
	if (missed && ++reg.misses >= MISSES_OFFLINE && !reg.offline) {
		reg.offline = true;
		event("offline");
	}
	if (reg.misses >= MISSES_RESOLVE && now - reg.resolved >= client_ms(RESOLVE_INTERVAL))
		resolve();
	send_registration();
}

/* Until there is an answer, ever more seldom (common.rs, test_nat_type). */
static void *test_nat(void *unused)
{
	unsigned int pause = 0;

	for (;;) {
		client_nat_type = client_nat_test();
		if (client_nat_type != RUSTDESK__NAT_TYPE__UNKNOWN_NAT)
			break;
		pause = pause * 2 + 1;
		if (pause > NAT_RETRY_MOST)
			pause = NAT_RETRY_MOST;
		poll(NULL, 0, client_ms(pause * CLIENT_SECOND));
	}
	event("nat %s", client_nat_text(client_nat_type));
	return unused;
}

void client_serve(void)
{
	pthread_t thread;
	uint64_t ticked;
	int err;

	err = pthread_create(&thread, NULL, test_nat, NULL);
	if (err)
		die(STATUS_FAILED, "pthread_create: %s", strerror(err));
	while (reg.fd < 0) {
		resolve();
		if (reg.fd < 0)
			poll(NULL, 0, client_ms(CLIENT_SECOND));
	}
	send_registration();
	ticked = now_ms();
	for (;;) {
		struct pollfd poller = { .fd = reg.fd, .events = POLLIN };
		uint64_t next = ticked + client_ms(TICK), now = now_ms();

		if (poll(&poller, 1, now < next ? next - now : 0) < 0 && errno != EINTR)
			die(STATUS_FAILED, "poll: %s", strerror(errno));
		if (poller.revents)
			on_datagram();
		if (now_ms() >= next) {
			ticked = now_ms();
			on_tick();
		}
	}
}
