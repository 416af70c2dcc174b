// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What hbbs does about each message that comes by TCP. The functions that are named are those of
 * rustdesk/rustdesk-server, src/rendezvous_server.rs.
 */
#include <arpa/inet.h>
#include <string.h>

#include "hbbs.h"
#include "hbbs_peers.h"
#include "mangle.h"
#include "stand_in.h"

static void answer(struct connection *c, const Rustdesk__Message *message)
{
	if (c->sink == SINK_OWN)
		wire_send(c->wire.fd, message);
}

static void punch_failed(const struct sockaddr_in *to, Rustdesk__PunchHoleResponse__Failure failure)
{
	Rustdesk__PunchHoleResponse response = RUSTDESK__PUNCH_HOLE_RESPONSE__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	response.failure = failure;
	message.kind_case = RUSTDESK__MESSAGE__KIND_PUNCH_HOLE_RESPONSE;
	message.punch_hole_response = &response;
	hbbs_answer_waiting(to, &message);
}

/* Equal addresses, whatever the ports: behind one router, which would not let a punch through. */
static void ask_peer(const struct peer *peer, const struct sockaddr_in *from,
		     Rustdesk__NatType nat_type)
{
	bool intranet = peer->address.sin_addr.s_addr == from->sin_addr.s_addr;
	Rustdesk__FetchLocalAddr fetch = RUSTDESK__FETCH_LOCAL_ADDR__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	Rustdesk__PunchHole punch = RUSTDESK__PUNCH_HOLE__INIT;
	char a[ENDPOINT_TEXT], b[ENDPOINT_TEXT];
	unsigned char bytes[MANGLE_MAX];

	if (intranet) {
		fetch.socket_addr = mangle(from, bytes);
		fetch.relay_server = (char *)hbbs_options.relay;
		message.kind_case = RUSTDESK__MESSAGE__KIND_FETCH_LOCAL_ADDR;
		message.fetch_local_addr = &fetch;
	} else {
		punch.socket_addr = mangle(from, bytes);
		punch.relay_server = (char *)hbbs_options.relay;
		punch.nat_type = nat_type;
		message.kind_case = RUSTDESK__MESSAGE__KIND_PUNCH_HOLE;
		message.punch_hole = &punch;
	}
	event("%s %s at %s for %s", intranet ? "local" : "punch", peer->id,
	      endpoint_text(&peer->address, b), endpoint_text(from, a));
	wire_send_to(hbbs_udp, &peer->address, &message);
}

/* handle_punch_hole_request */
static void on_punch_request(struct connection *c, const Rustdesk__PunchHoleRequest *request)
{
	struct peer *peer = peer_find(request->id);

	if (c->sink == SINK_OWN)
		c->sink = SINK_WAITS;
	if (*hbbs_options.key && strcmp(request->licence_key, hbbs_options.key) != 0)
		punch_failed(&c->from, RUSTDESK__PUNCH_HOLE_RESPONSE__FAILURE__LICENSE_MISMATCH);
	else if (!peer)
		punch_failed(&c->from, RUSTDESK__PUNCH_HOLE_RESPONSE__FAILURE__ID_NOT_EXIST);
	else if (now_ms() - peer->registered >= hbbs_options.reg_timeout / hbbs_options.speed)
		punch_failed(&c->from, RUSTDESK__PUNCH_HOLE_RESPONSE__FAILURE__OFFLINE);
	else
		ask_peer(peer, &c->from, request->nat_type);
}

/* What B sent from @from tells A where to connect: that very address (handle_hole_sent). */
static void on_hole_sent(const Rustdesk__PunchHoleSent *sent, const struct sockaddr_in *from)
{
	Rustdesk__PunchHoleResponse response = RUSTDESK__PUNCH_HOLE_RESPONSE__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	unsigned char bytes[MANGLE_MAX];
	struct sockaddr_in to;

	if (!unmangle(sent->socket_addr, &to))
		return;
	response.socket_addr = mangle(from, bytes);
	response.relay_server = sent->relay_server;
	response.kind_case = RUSTDESK__PUNCH_HOLE_RESPONSE__KIND_NAT_TYPE;
	response.nat_type = sent->nat_type;
	message.kind_case = RUSTDESK__MESSAGE__KIND_PUNCH_HOLE_RESPONSE;
	message.punch_hole_response = &response;
	hbbs_answer_waiting(&to, &message);
}

/* B's own word for where it is (handle_local_addr). */
static void on_local_addr(const Rustdesk__LocalAddr *local)
{
	Rustdesk__PunchHoleResponse response = RUSTDESK__PUNCH_HOLE_RESPONSE__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	struct sockaddr_in to;

	if (!unmangle(local->socket_addr, &to))
		return;
	response.socket_addr = local->local_addr;
	response.relay_server = local->relay_server;
	response.kind_case = RUSTDESK__PUNCH_HOLE_RESPONSE__KIND_IS_LOCAL;
	response.is_local = true;
	message.kind_case = RUSTDESK__MESSAGE__KIND_PUNCH_HOLE_RESPONSE;
	message.punch_hole_response = &response;
	hbbs_answer_waiting(&to, &message);
}

/* A asks B, by hbbs, to come to the relay (handle_tcp, RequestRelay). */
static void on_request_relay(struct connection *c, Rustdesk__RequestRelay *request)
{
	Rustdesk__RequestRelay forward = *request;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	struct peer *peer = peer_find(request->id);
	unsigned char bytes[MANGLE_MAX];

	if (c->sink == SINK_OWN)
		c->sink = SINK_WAITS;
	if (!peer)
		return;
	forward.socket_addr = mangle(&c->from, bytes);
	message.kind_case = RUSTDESK__MESSAGE__KIND_REQUEST_RELAY;
	message.request_relay = &forward;
	event("relay %s", peer->id);
	wire_send_to(hbbs_udp, &peer->address, &message);
}

/* B goes to the relay: A is told (handle_tcp, RelayResponse). */
static void on_relay_response(const Rustdesk__RelayResponse *response)
{
	Rustdesk__RelayResponse forward = *response;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	struct sockaddr_in to;

	if (!unmangle(response->socket_addr, &to))
		return;
	forward.socket_addr = (ProtobufCBinaryData){};
	forward.kind_case = RUSTDESK__RELAY_RESPONSE__KIND__NOT_SET;
	message.kind_case = RUSTDESK__MESSAGE__KIND_RELAY_RESPONSE;
	message.relay_response = &forward;
	hbbs_answer_waiting(&to, &message);
}

void hbbs_on_nat_test(struct connection *c)
{
	Rustdesk__TestNatResponse response = RUSTDESK__TEST_NAT_RESPONSE__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	response.port = ntohs(c->from.sin_port);
	message.kind_case = RUSTDESK__MESSAGE__KIND_TEST_NAT_RESPONSE;
	message.test_nat_response = &response;
	answer(c, &message);
}

/* Keys come over UDP only (handle_tcp, RegisterPk). */
static void refuse_key(struct connection *c)
{
	Rustdesk__RegisterPkResponse response = RUSTDESK__REGISTER_PK_RESPONSE__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	response.result = RUSTDESK__REGISTER_PK_RESPONSE__RESULT__NOT_SUPPORT;
	message.kind_case = RUSTDESK__MESSAGE__KIND_REGISTER_PK_RESPONSE;
	message.register_pk_response = &response;
	answer(c, &message);
}

bool hbbs_on_message(struct connection *c, const Rustdesk__Message *message)
{
	switch (message->kind_case) {
	case RUSTDESK__MESSAGE__KIND_PUNCH_HOLE_REQUEST:
		on_punch_request(c, message->punch_hole_request);
		return true;
	case RUSTDESK__MESSAGE__KIND_REQUEST_RELAY:
		on_request_relay(c, message->request_relay);
		return true;
	case RUSTDESK__MESSAGE__KIND_PUNCH_HOLE_SENT:
		on_hole_sent(message->punch_hole_sent, &c->from);
		return false;
	case RUSTDESK__MESSAGE__KIND_LOCAL_ADDR:
		on_local_addr(message->local_addr);
		return false;
	case RUSTDESK__MESSAGE__KIND_RELAY_RESPONSE:
		on_relay_response(message->relay_response);
		return false;
	case RUSTDESK__MESSAGE__KIND_TEST_NAT_REQUEST:
		hbbs_on_nat_test(c);
		return false;
	case RUSTDESK__MESSAGE__KIND_REGISTER_PK:
		refuse_key(c);
		return false;
	default:
		return false;
	}
}
