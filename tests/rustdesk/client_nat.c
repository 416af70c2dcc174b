// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>

#include "client.h"
#include "stand_in.h"
#include "util.h"

#define ANSWER_TIMEOUT 3000

/* The port that the server on @host sees of a connection from *@local, which is kept if it is 0. */
static int port_seen(const char *host, uint16_t *local)
{
	Rustdesk__TestNatRequest request = RUSTDESK__TEST_NAT_REQUEST__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	_cleanup_message_ Rustdesk__Message *answer = NULL;
	_cleanup_close_ int fd = -1;
	struct wire wire = {};
	int err;

	fd = client_connect_name(host, CLIENT_PORT, *local, NULL);
	if (fd < 0)
		return fd;
	if (!*local)
		*local = ntohs(client_local(fd).sin_port);
	message.kind_case = RUSTDESK__MESSAGE__KIND_TEST_NAT_REQUEST;
	message.test_nat_request = &request;
	wire.fd = fd;
	err = wire_send(fd, &message);
	if (!err)
		err = wire_wait(&wire, now_ms() + client_ms(ANSWER_TIMEOUT), &answer);
	if (err)
		return err;
	return answer->kind_case == RUSTDESK__MESSAGE__KIND_TEST_NAT_RESPONSE ?
		       answer->test_nat_response->port :
		       0;
}

Rustdesk__NatType client_nat_test(void)
{
	char second[CLIENT_HOST_MAX];
	uint16_t local = 0;
	int port, port2;

	if (!client_other_port(client_options.server, CLIENT_PORT, -1, second))
		return RUSTDESK__NAT_TYPE__UNKNOWN_NAT;
	port = port_seen(client_options.server, &local);
	if (port <= 0)
		return RUSTDESK__NAT_TYPE__UNKNOWN_NAT;
	port2 = port_seen(second, &local);
	if (port2 <= 0)
		return RUSTDESK__NAT_TYPE__UNKNOWN_NAT;
	return port == port2 ? RUSTDESK__NAT_TYPE__ASYMMETRIC : RUSTDESK__NAT_TYPE__SYMMETRIC;
}

const char *client_nat_text(Rustdesk__NatType type)
{
	switch (type) {
	case RUSTDESK__NAT_TYPE__ASYMMETRIC:
		return "asymmetric";
	case RUSTDESK__NAT_TYPE__SYMMETRIC:
		return "symmetric";
	default:
		return "unknown";
	}
}
