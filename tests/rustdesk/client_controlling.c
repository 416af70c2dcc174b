// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The functions that are named are those of rustdesk/rustdesk, src/client.rs. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "mangle.h"
#include "stand_in.h"
#include "util.h"

#define ATTEMPTS 3
#define PUNCH_TIMEOUT 3000 /* of the first attempt, and as much more of each further one */
#define DIRECT_LEAST 1000

/* What came of it, so far. */
struct outcome {
	uint64_t start;
	Rustdesk__NatType nat_type; /* ours */
	Rustdesk__NatType peer_nat_type;
	bool is_local;
	uint16_t local;		     /* our port at hbbs */
	unsigned int punch_time;     /* ms */
	struct sockaddr_in told;     /* where B is; port 0: nobody said */
	struct sockaddr_in to;	     /* where the connection went */
	int direct_error;	     /* of the direct attempt; 0: none was made, or it succeeded */
	char relay[CLIENT_HOST_MAX]; /* what B said */
	char uuid[CLIENT_UUID_TEXT]; /* of the relay that B has gone to; empty: none */
	const char *why;	     /* it failed */
};

static bool keep_text(char *to, size_t size, const char *from)
{
	if (strlen(from) >= size)
		return false;
	memcpy(to, from, strlen(from) + 1);
	return true;
}

static const char *failure_text(Rustdesk__PunchHoleResponse__Failure failure)
{
	switch (failure) {
	case RUSTDESK__PUNCH_HOLE_RESPONSE__FAILURE__ID_NOT_EXIST:
		return "ID does not exist";
	case RUSTDESK__PUNCH_HOLE_RESPONSE__FAILURE__OFFLINE:
		return "peer is offline";
	case RUSTDESK__PUNCH_HOLE_RESPONSE__FAILURE__LICENSE_MISMATCH:
		return "wrong key";
	default:
		return "refused by hbbs";
	}
}

static bool take_punch_response(const Rustdesk__PunchHoleResponse *response, struct outcome *o)
{
	if (!unmangle(response->socket_addr, &o->told)) {
		o->why = failure_text(response->failure);
		return false;
	}
	if (response->kind_case == RUSTDESK__PUNCH_HOLE_RESPONSE__KIND_NAT_TYPE)
		o->peer_nat_type = response->nat_type;
	else if (response->kind_case == RUSTDESK__PUNCH_HOLE_RESPONSE__KIND_IS_LOCAL)
		o->is_local = response->is_local;
	return keep_text(o->relay, sizeof(o->relay), response->relay_server);
}

/* Asks hbbs for the peer on @fd, up to three times. False with .why, if that is the end. */
static bool ask_for_peer(int fd, const char *id, struct outcome *o)
{
	Rustdesk__PunchHoleRequest request = RUSTDESK__PUNCH_HOLE_REQUEST__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	struct wire wire = { .fd = fd };

	request.id = (char *)id;
	request.licence_key = (char *)client_options.key;
	request.nat_type = client_options.force_relay ? RUSTDESK__NAT_TYPE__SYMMETRIC : o->nat_type;
	message.kind_case = RUSTDESK__MESSAGE__KIND_PUNCH_HOLE_REQUEST;
	message.punch_hole_request = &request;
	for (unsigned int i = 1; i <= ATTEMPTS; i++) {
		_cleanup_message_ Rustdesk__Message *answer = NULL;
		const Rustdesk__RelayResponse *relay;

		if (wire_send(fd, &message))
			break;
		if (wire_wait(&wire, now_ms() + client_ms(i * PUNCH_TIMEOUT), &answer))
			continue;
		if (answer->kind_case == RUSTDESK__MESSAGE__KIND_PUNCH_HOLE_RESPONSE)
			return take_punch_response(answer->punch_hole_response, o);
		if (answer->kind_case != RUSTDESK__MESSAGE__KIND_RELAY_RESPONSE)
			continue;
		relay = answer->relay_response;
		return keep_text(o->relay, sizeof(o->relay), relay->relay_server) &&
		       keep_text(o->uuid, sizeof(o->uuid), relay->uuid);
	}
	o->why = "no answer from the peer";
	return false;
}

/* How long the direct attempt may take (connect). */
static unsigned int direct_timeout(const struct outcome *o)
{
	unsigned int least = client_ms(DIRECT_LEAST), timeout = 0;
	bool failed = client_options.direct_failures;

	if (o->is_local || o->peer_nat_type == RUSTDESK__NAT_TYPE__SYMMETRIC)
		return least;
	if (!*o->relay)
		return client_ms(CLIENT_CONNECT_TIMEOUT);
	if (o->peer_nat_type == RUSTDESK__NAT_TYPE__ASYMMETRIC) {
		if (o->nat_type == RUSTDESK__NAT_TYPE__ASYMMETRIC)
			timeout = failed ? o->punch_time * 6 : client_ms(CLIENT_CONNECT_TIMEOUT);
		else if (o->nat_type == RUSTDESK__NAT_TYPE__SYMMETRIC)
			timeout = least;
	}
	if (!timeout)
		timeout = o->punch_time * (failed ? 3 : 6);
	return timeout < least ? least : timeout;
}

/* To the relay that B goes to as well. */
static int connect_relay(const char *id, struct outcome *o)
{
	int fd = client_connect_relay(o->relay, o->uuid, id, &o->to);

	if (fd < 0)
		o->why = "no connection to the relay";
	return fd;
}

/* Has hbbs ask B to come to the relay; each attempt has a connection of its own (request_relay). */
static int request_relay(const char *id, struct outcome *o)
{
	Rustdesk__RequestRelay request = RUSTDESK__REQUEST_RELAY__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	request.id = (char *)id;
	request.relay_server = o->relay;
	request.uuid = o->uuid;
	message.kind_case = RUSTDESK__MESSAGE__KIND_REQUEST_RELAY;
	message.request_relay = &request;
	for (int i = 0; i < ATTEMPTS; i++) {
		_cleanup_message_ Rustdesk__Message *answer = NULL;
		_cleanup_close_ int fd = -1;
		struct wire wire = {};

		fd = client_connect_name(client_options.server, CLIENT_PORT, 0, NULL);
		if (fd < 0)
			return fd;
		wire.fd = fd;
		client_make_uuid(o->uuid);
		if (wire_send(fd, &message) ||
		    wire_wait(&wire, now_ms() + client_ms(CLIENT_CONNECT_TIMEOUT), &answer) ||
		    answer->kind_case != RUSTDESK__MESSAGE__KIND_RELAY_RESPONSE)
			continue;
		return connect_relay(id, o);
	}
	o->why = "the peer does not come to the relay";
	return -ETIMEDOUT;
}

/* The socket of a session, or a negative errno with .why. */
static int connect_to_peer(const char *id, struct outcome *o, const char **result)
{
	int hbbs, fd;

	hbbs = client_connect_name(client_options.server, CLIENT_PORT, 0, NULL);
	if (hbbs < 0) {
		o->why = "no connection to hbbs";
		return hbbs;
	}
	o->local = ntohs(client_local(hbbs).sin_port);
	if (!ask_for_peer(hbbs, id, o)) {
		close(hbbs);
		return -ENOTCONN;
	}
	close(hbbs);
	o->punch_time = now_ms() - o->start;
	*result = "relayed";
	if (*o->uuid)
		return connect_relay(id, o);
	fd = client_connect(&o->told, o->local, direct_timeout(o));
	if (fd >= 0 && !client_options.force_relay) {
		o->to = o->told;
		*result = "direct";
		return fd;
	}
	if (fd >= 0)
		close(fd);
	else
		o->direct_error = -fd;
	if (!*o->relay) {
		o->why = "no direct connection, and no relay";
		return -ENOTCONN;
	}
	return request_relay(id, o);
}

static void print(const char *result, const struct outcome *o, int err)
{
	char told[ENDPOINT_TEXT] = "", to[ENDPOINT_TEXT] = "";

	if (o->told.sin_port)
		endpoint_text(&o->told, told);
	if (o->to.sin_port && !err)
		endpoint_text(&o->to, to);
	event("{\"result\":\"%s\",\"seconds\":%.2f,\"address\":\"%s\",\"told\":\"%s\",\"local\":%s,"
	      "\"nat\":\"%s\",\"peer_nat\":\"%s\",\"direct_error\":\"%s\",\"why\":\"%s\",\"error\":"
	      "\"%s\"}",
	      err ? "failed" : result, (double)(now_ms() - o->start) / 1000, to, told,
	      o->is_local ? "true" : "false", client_nat_text(o->nat_type),
	      client_nat_text(o->peer_nat_type), o->direct_error ? strerror(o->direct_error) : "",
	      o->why && err ? o->why : "", err && err != -ENOTCONN ? strerror(-err) : "");
}

int client_control(const char *id)
{
	struct outcome o = { .nat_type = client_nat_test() };
	const char *result = "failed";
	_cleanup_close_ int fd = -1;
	struct wire wire = {};
	int err;

	/* RustDesk has done its NAT test long before. */
	o.start = now_ms();
	fd = connect_to_peer(id, &o, &result);
	err = fd < 0 ? fd : 0;
	wire.fd = fd;
	if (!err) {
		err = client_session_begin(&wire);
		if (err)
			o.why = "connected, but the peer says nothing";
	}
	print(result, &o, err);
	if (!err && client_options.hold)
		err = client_session_hold(&wire);
	return err ? STATUS_FAILED : STATUS_DONE;
}
