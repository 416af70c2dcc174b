// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which address and port a client socket gets, and that no other gets the same. */
#include "flow.h"

#include <netinet/in.h>

#define COLLISIONS 24

static uint16_t second_port(uint8_t proto)
{
	return proto == IPPROTO_TCP ? 22117 : 22116;
}

/* @client's socket at @port, as two servers see it. */
static void expect_independent(struct suite *s, uint8_t proto, uint32_t client, uint16_t port)
{
	struct flow one = flow_establish(s, proto, client, port, 21116);
	struct flow other = flow_establish(s, proto, client, port, second_port(proto));

	if (one.mapped != other.mapped || one.mapped_port != other.mapped_port)
		failed(s, "%s port %u of the client is port %u for one server, %u for another",
		       proto_name(proto), port, one.mapped_port, other.mapped_port);
	flow_talk(s, &one, "data to the first server");
	flow_talk(s, &other, "data to the second server");
}

static void independent_udp(struct suite *s)
{
	expect_independent(s, IPPROTO_UDP, CLIENT, suite_port(s));
	passed(s, "two servers see the same port");
}

static void independent_tcp(struct suite *s)
{
	expect_independent(s, IPPROTO_TCP, CLIENT, suite_port(s));
	passed(s, "two servers see the same port");
}

/* The client's own port is taken by another client towards one of the servers only: that it calls
 * first, or that it calls second. */
static void independent_collision(struct suite *s)
{
	static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP };

	for (int i = 0; i < 2; i++) {
		uint16_t port = suite_port(s);

		flow_establish(s, protos[i], CLIENT, port, 21116);
		expect_independent(s, protos[i], CLIENT2, port);
		port = suite_port(s);
		flow_establish(s, protos[i], CLIENT, port, second_port(protos[i]));
		expect_independent(s, protos[i], CLIENT2, port);
	}
	passed(s, "two servers see the same port of a client whose own port was taken");
}

/* The two ports that RustDesk compares to find out what kind of NAT there is. */
static void nat_test(struct suite *s)
{
	uint16_t port = suite_port(s);
	struct flow first = flow_establish(s, IPPROTO_TCP, CLIENT, port, 21115);
	struct flow second = flow_establish(s, IPPROTO_TCP, CLIENT, port, 21116);

	if (first.mapped_port != second.mapped_port)
		failed(s, "21115 sees port %u, 21116 sees %u", first.mapped_port,
		       second.mapped_port);
	passed(s, "21115 and 21116 see the same port");
}

/* Two clients with the same port at the same server; @second is told. */
static void collide(struct suite *s, uint8_t proto, uint16_t port, struct flow *second)
{
	struct flow first = flow_establish(s, proto, CLIENT, port, 21116);

	*second = flow_establish(s, proto, CLIENT2, port, 21116);
	if (first.mapped == second->mapped && first.mapped_port == second->mapped_port)
		failed(s, "%s: two clients have port %u at the same time", proto_name(proto),
		       first.mapped_port);
	flow_talk(s, &first, "data of the first client");
	flow_talk(s, second, "data of the second client");
	flow_talk(s, &first, "data of the first client again");
}

static void no_overloading_udp(struct suite *s)
{
	struct flow f;

	collide(s, IPPROTO_UDP, suite_port(s), &f);
	passed(s, "two clients with port %u are told apart: the second has %u", f.client_port,
	       f.mapped_port);
}

static void no_overloading_tcp(struct suite *s)
{
	struct flow f;

	collide(s, IPPROTO_TCP, suite_port(s), &f);
	passed(s, "two clients with port %u are told apart: the second has %u", f.client_port,
	       f.mapped_port);
}

static void range_class(struct suite *s)
{
	static const uint16_t low[] = { 623, 900, 1023 };
	struct flow f;

	for (int i = 0; i < 3; i++) {
		collide(s, IPPROTO_UDP, low[i], &f);
		if (f.mapped_port >= 1024)
			failed(s, "port %u became %u", low[i], f.mapped_port);
		collide(s, IPPROTO_UDP, suite_port(s), &f);
		if (f.mapped_port < 1024)
			failed(s, "port %u became %u", f.client_port, f.mapped_port);
	}
	passed(s, "a port below 1024 becomes one below 1024, another one not");
}

static void parity(struct suite *s)
{
	struct flow f;

	for (int i = 0; i < COLLISIONS; i++) {
		collide(s, IPPROTO_UDP, suite_port(s) + i % 2, &f);
		if (f.mapped_port % 2 != f.client_port % 2)
			failed(s, "port %u became %u", f.client_port, f.mapped_port);
	}
	passed(s, "%d ports in collision kept their parity", COLLISIONS);
}

/* What happens to one client does not depend on what others did before. */
static void deterministic(struct suite *s)
{
	uint16_t port = suite_port(s), other = suite_port(s);
	struct flow before, after, f;

	before = flow_open(s, IPPROTO_UDP, CLIENT2, other, 21116);
	collide(s, IPPROTO_UDP, port, &f);
	after = flow_open(s, IPPROTO_UDP, CLIENT2, other, second_port(IPPROTO_UDP));
	if (before.mapped_port != after.mapped_port)
		failed(s, "port %u was %u before a collision, and %u after it", other,
		       before.mapped_port, after.mapped_port);
	expect_independent(s, IPPROTO_UDP, CLIENT2, port);
	passed(s, "mappings are the same before and after a collision");
}

static void protocols_apart(struct suite *s)
{
	uint16_t port = suite_port(s);
	struct flow udp = flow_establish(s, IPPROTO_UDP, CLIENT, port, 21116);
	struct flow tcp = flow_establish(s, IPPROTO_TCP, CLIENT2, port, 21116);

	flow_talk(s, &udp, "data by UDP");
	flow_talk(s, &tcp, "data by TCP");
	passed(s, "port %u is %u by UDP for one client, %u by TCP for another", port,
	       udp.mapped_port, tcp.mapped_port);
}

const struct suite_case mapping_cases[] = {
	{ "mapping-independent-udp", "4787 R1", independent_udp },
	{ "mapping-independent-tcp", "5382 R1", independent_tcp },
	{ "mapping-independent-collision", "4787 R1, 5382 R1", independent_collision },
	{ "mapping-nat-test", "5382 R1", nat_test },
	{ "mapping-no-overloading-udp", "4787 R3", no_overloading_udp },
	{ "mapping-no-overloading-tcp", "5382 R7", no_overloading_tcp },
	{ "mapping-range-class", "4787 R3a", range_class },
	{ "mapping-parity", "4787 R4", parity },
	{ "mapping-deterministic", "4787 R11", deterministic },
	{ "mapping-by-protocol", "7857 s5", protocols_apart },
	{ 0 },
};
