// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which flow gets which SNAT port, who shares it, and when it is free again. */
#include <netinet/in.h>
#include <string.h>

#include "dialogue.h"
#include "tables.h"

static void end_flow(struct prog_run *r, const struct dialogue *d)
{
	struct frame f = client_says(d);
	struct natloop_tuple key = tables_key(&f);
	struct natloop_flow flow = {};

	CHECK(tables_flow(r, &f, &flow), "%s: there is no flow to end", r->label);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, tables_pair(r, &f)->id), 1);
	for (int i = 0; i < 4; i++)
		prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	CHECK(!tables_flow(r, &f, &flow), "%s: the flow has not ended", r->label);
}

/* RFC 4787 REQ-3b and REQ-4: the same parity, and the same side of 1024. */
static void expect_similar(const struct prog_run *r, uint16_t own, uint16_t port)
{
	CHECK(port != own, "%s: port %u is taken", r->label, port);
	CHECK(port != 0, "%s: port 0", r->label);
	CHECK(port % 2 == own % 2, "%s: port %u has not the parity of %u", r->label, port, own);
	CHECK((port < 1024) == (own < 1024), "%s: port %u is not of the class of %u", r->label,
	      port, own);
}

static void two_clients_with_one_port(void **state)
{
	struct prog_run *r = *state;
	static const uint16_t ports[] = { 1, 2, 53, 1022, 1023, 1024, 1025, 40000, 65534, 65535 };

	for (size_t i = 0; i < 2 * sizeof(ports) / sizeof(ports[0]); i++) {
		struct dialogue first = dialogue_with(i % 2 ? IPPROTO_UDP : IPPROTO_TCP), second;

		first.port = first.snat_port = ports[i / 2];
		prog_run_label(r, "proto %u port %u", first.proto, first.port);
		second = first;
		second.client = CLIENT2;
		dialogue_open(r, &first);
		dialogue_open_moved(r, &second);
		expect_similar(r, first.port, second.snat_port);
		dialogue_to_client(r, &second);
		dialogue_to_client(r, &first);
		dialogue_to_server(r, &second);
		dialogue_to_server(r, &first);
		end_flow(r, &first);
		end_flow(r, &second);
		tables_expect(r, &(struct census){});
	}
}

static void many_clients_with_one_port(void **state)
{
	struct prog_run *r = *state;
	struct natloop_lan *lan = &r->cfg->lan[r->cfg->lans++];
	unsigned int clients = 300;

	*lan = r->cfg->lan[0];
	lan->net = world_addr(ADDR(10, 20, 0, 0));
	lan->mask.w[3] = htonl(0xffff0000);
	lan->router = (struct natloop_addr){};
	lan->ifindex = 0;
	for (unsigned int i = 0; i < clients; i++) {
		struct dialogue d = dialogue_with(IPPROTO_UDP);

		prog_run_label(r, "client %u", i);
		d.client = ADDR(10, 20, 1, 1) + i;
		d.port = 40000;
		dialogue_open_moved(r, &d);
		if (i)
			expect_similar(r, d.port, d.snat_port);
		dialogue_to_client(r, &d);
	}
	/* That no two share a port: each binding's key is one. */
	tables_expect(r, &(struct census){ .flows = 2 * clients,
					   .binding = clients,
					   .moved = clients - 1,
					   .clients = clients,
					   .places = clients,
					   .state = clients });
}

static void a_moved_port_is_nobody_elses(void **state)
{
	struct prog_run *r = *state;
	struct dialogue first = dialogue_with(IPPROTO_TCP), moved = first, late = first;

	moved.client = CLIENT2;
	dialogue_open(r, &first);
	dialogue_open_moved(r, &moved);
	late.port = moved.snat_port;
	dialogue_open_moved(r, &late);
	expect_similar(r, late.port, late.snat_port);
	/* The other protocol's ports are others. */
	late.proto = IPPROTO_UDP;
	late.snat_port = late.port;
	dialogue_open(r, &late);
}

static void one_port_for_every_destination(void **state)
{
	struct prog_run *r = *state;

	for (int taken = 0; taken < 2; taken++) {
		struct dialogue d = dialogue_with(IPPROTO_TCP), other = d;
		struct census c = tables_census(r);

		d.port = other.port = d.snat_port = other.snat_port = 40000 + 2 * taken;
		other.client = CLIENT2;
		if (taken)
			dialogue_open(r, &other);
		dialogue_open_moved(r, &d);
		prog_run_label(r, "own port taken: %d", taken);
		if (taken)
			expect_similar(r, d.port, d.snat_port);
		else
			assert_int_equal(d.port, d.snat_port);
		d.dialled = d.server_port = 21115;
		dialogue_open(r, &d);
		d.dialled = d.server_port = 21117;
		dialogue_open(r, &d);
		dialogue_to_client(r, &d);
		d.dialled = d.server_port = 5000;
		d.server = SERVER_ETH2;
		dialogue_open(r, &d);
		dialogue_to_client(r, &d);
		c.flows += 8 + 2 * taken;
		c.binding += 1 + taken;
		c.moved += taken;
		c.clients += 1;
		c.places += 4 + taken;
		c.state += 4 + taken;
		tables_expect(r, &c);
	}
}

/* @d, dialled at another public port, which leads to @server_port. */
static struct dialogue dialled(const struct dialogue *d, uint16_t public_port, uint16_t server_port)
{
	struct dialogue other = *d;

	other.dialled = public_port;
	other.server_port = server_port;
	return other;
}

/*
 * RFC 4787 REQ-1: a socket has one SNAT port. Where two public ports lead to one port of the server
 * it cannot keep it, since the server could not tell the two apart; but that must not spread to
 * what the socket dials afterwards. @own_taken: by another client, so that the socket has another
 * port than its own from the start.
 */
static void two_public_ports_of_one_server_port(struct prog_run *r, uint8_t proto, bool own_taken)
{
	struct dialogue first = dialogue_with(proto), twin, third, later, other;

	first = dialled(&first, 9001, 7001);
	other = first;
	other.client = CLIENT2;
	if (own_taken)
		dialogue_open(r, &other);
	dialogue_open_moved(r, &first);
	CHECK((first.snat_port != first.port) == own_taken, "%s: port %u", r->label,
	      first.snat_port);
	twin = dialled(&first, 7001, 7001);
	dialogue_open_moved(r, &twin);
	expect_similar(r, first.port, twin.snat_port);
	CHECK(twin.snat_port != first.snat_port, "%s: the twin has the same port", r->label);
	third = dialled(&first, 7101, 7001);
	dialogue_open_moved(r, &third);
	expect_similar(r, first.port, third.snat_port);
	CHECK(third.snat_port != first.snat_port && third.snat_port != twin.snat_port,
	      "%s: the third has the same port", r->label);

	later = dialled(&first, 9002, 7002);
	dialogue_open(r, &later);
	end_flow(r, &later);
	/* Also when the first is gone and the twin is not: the port is still the one to have. */
	dialogue_open(r, &later);
	end_flow(r, &first);
	dialogue_open(r, &first);
	tables_audit(r);
	dialogue_to_client(r, &first);
	dialogue_to_client(r, &twin);
	dialogue_to_client(r, &third);
	dialogue_to_client(r, &later);
	tables_expect(r, &(struct census){ .flows = 8 + 2 * own_taken,
					   .binding = 3 + own_taken,
					   .moved = own_taken,
					   .clients = 1 + own_taken,
					   .places = 4 + own_taken,
					   .state = 4 + own_taken });
	end_flow(r, &later);
	end_flow(r, &twin);
	end_flow(r, &third);
	end_flow(r, &first);
	if (own_taken)
		end_flow(r, &other);
	tables_expect(r, &(struct census){});
}

static void one_port_but_where_the_server_could_not_tell(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < 4; i++) {
		uint8_t proto = i & 1 ? IPPROTO_UDP : IPPROTO_TCP;

		prog_run_label(r, "proto %u, own port taken: %d", proto, i / 2);
		if (i < 2) {
			world_forward(r->cfg, proto, 7001, 7001, SERVER, 7001);
			world_forward(r->cfg, proto, 7101, 7101, SERVER, 7001);
		}
		two_public_ports_of_one_server_port(r, proto, i / 2);
	}
}

static void a_port_is_free_after_its_last_flow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue a = dialogue_with(IPPROTO_TCP), b = a, other = a;

	b.dialled = b.server_port = 21115;
	other.client = CLIENT2;
	dialogue_open(r, &a);
	dialogue_open(r, &b);
	end_flow(r, &a);
	tables_expect(r, &(struct census){
				 .flows = 2, .binding = 1, .clients = 1, .places = 1, .state = 1 });
	dialogue_open_moved(r, &other);
	expect_similar(r, other.port, other.snat_port);
	end_flow(r, &other);
	dialogue_to_server(r, &b);
	end_flow(r, &b);
	tables_expect(r, &(struct census){});
	other.snat_port = other.port;
	dialogue_open(r, &other);
	dialogue_open_moved(r, &a);
	expect_similar(r, a.port, a.snat_port);
}

static void a_moved_port_lasts_until_its_last_flow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue first = dialogue_with(IPPROTO_UDP), a = first, b = first;

	first.client = CLIENT2;
	dialogue_open(r, &first);
	dialogue_open_moved(r, &a);
	expect_similar(r, a.port, a.snat_port);
	b.dialled = 9000;
	b.server_port = 7000;
	b.snat_port = a.snat_port;
	dialogue_open(r, &b);
	/* Its own port is free again, but the socket is known by the other one. */
	end_flow(r, &first);
	end_flow(r, &a);
	dialogue_open(r, &a);
	end_flow(r, &a);
	end_flow(r, &b);
	tables_expect(r, &(struct census){});
	a.snat_port = a.port;
	dialogue_open(r, &a);
}

static void the_client_is_the_server(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < 2; i++) {
		struct dialogue d = dialogue_with(i ? IPPROTO_UDP : IPPROTO_TCP);

		d.client = SERVER;
		d.port = d.snat_port = 50000;
		prog_run_label(r, "proto %u, another port", d.proto);
		dialogue_open(r, &d);
		dialogue_to_client(r, &d);
		dialogue_to_server(r, &d);

		/*
		 * Source and destination port are both the forwarded one: with the port kept the
		 * answer would look like the request.
		 */
		prog_run_label(r, "proto %u, the forwarded port itself", d.proto);
		d.port = d.dialled;
		dialogue_open_moved(r, &d);
		expect_similar(r, d.port, d.snat_port);
		dialogue_to_client(r, &d);
		dialogue_to_server(r, &d);
	}
	for (int i = 0; i < 2; i++) {
		struct dialogue d = dialogue_with(i ? IPPROTO_UDP : IPPROTO_TCP);

		prog_run_label(r, "proto %u, port translation", d.proto);
		d.client = SERVER;
		d.dialled = 9001;
		d.server_port = 7001;
		d.port = d.snat_port = 9001;
		dialogue_open(r, &d);
		dialogue_to_client(r, &d);
		d.dialled = 9002;
		d.server_port = 7002;
		d.port = d.snat_port = 7002;
		dialogue_open(r, &d);
		dialogue_to_client(r, &d);
	}
}

static void each_direction_counts_itself(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame out = client_says(&d), back = server_says(&d);
	struct natloop_flow to_server = {}, to_client = {};

	dialogue_open(r, &d);
	for (int i = 0; i < 3; i++)
		dialogue_to_client(r, &d);
	dialogue_to_server(r, &d);
	assert_true(tables_flow(r, &out, &to_server));
	assert_true(tables_flow(r, &back, &to_client));
	assert_int_equal(to_server.packets, 2);
	assert_int_equal(to_server.bytes, 2 * (20 + 20 + 32));
	assert_int_equal(to_client.packets, 3);
	assert_int_equal(to_client.bytes, 3 * (20 + 20 + 32));
	assert_int_equal(to_server.tcp_flags, SYN | ACK);
	assert_int_equal(to_client.tcp_flags, ACK);
	assert_int_equal(to_server.direction, NATLOOP_DIR_TO_SERVER);
	assert_int_equal(to_server.ifindex, r->ifindex[ETH1]);
	assert_int_equal(to_client.ifindex, r->ifindex[ETH1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(two_clients_with_one_port),
		PROG_TEST_BOTH(many_clients_with_one_port),
		PROG_TEST_BOTH(a_moved_port_is_nobody_elses),
		PROG_TEST_BOTH(one_port_for_every_destination),
		PROG_TEST_BOTH(one_port_but_where_the_server_could_not_tell),
		PROG_TEST_BOTH(a_port_is_free_after_its_last_flow),
		PROG_TEST_BOTH(a_moved_port_lasts_until_its_last_flow),
		PROG_TEST_BOTH(the_client_is_the_server),
		PROG_TEST_BOTH(each_direction_counts_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
