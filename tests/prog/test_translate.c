// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which address and port becomes which: port translation, ranges, publics, source modes. */
#include <netinet/in.h>

#include "dialogue.h"
#include "tables.h"

static void converse(struct prog_run *r, const struct dialogue *d)
{
	dialogue_open(r, d);
	dialogue_to_client(r, d);
	dialogue_to_server(r, d);
}

static void rustdesk_ports(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	for (uint16_t port = 21115; port <= 21117; port++) {
		prog_run_label(r, "tcp %u", port);
		d.dialled = d.server_port = port;
		converse(r, &d);
	}
	d = dialogue_with(IPPROTO_UDP);
	prog_run_label(r, "udp 21116");
	converse(r, &d);
	tables_expect(r, &(struct census){
				 .flows = 8, .binding = 2, .clients = 1, .places = 4, .state = 4 });
}

static void port_translation(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	d.dialled = 8443;
	d.server_port = 443;
	converse(r, &d);
}

static void range_with_an_offset(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < 22; i++) {
		struct dialogue d = dialogue_with(i % 2 ? IPPROTO_UDP : IPPROTO_TCP);

		d.dialled = 9000 + i / 2;
		d.server_port = 7000 + i / 2;
		prog_run_label(r, "proto %u port %u", d.proto, d.dialled);
		converse(r, &d);
	}
}

static void ends_of_the_port_range(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	world_forward(r->cfg, IPPROTO_UDP, 1, 1, SERVER, 65535);
	world_forward(r->cfg, IPPROTO_UDP, 65535, 65535, SERVER, 1);
	d.dialled = 1;
	d.server_port = 65535;
	converse(r, &d);
	d.dialled = 65535;
	d.server_port = 1;
	converse(r, &d);
	d.port = d.snat_port = 65535;
	converse(r, &d);
	d.port = d.snat_port = 1;
	converse(r, &d);
}

static void several_servers(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	world_forward(r->cfg, IPPROTO_TCP, 22, 22, CLIENT2, 2222);
	converse(r, &d);
	d.dialled = 22;
	d.server = CLIENT2;
	d.server_port = 2222;
	converse(r, &d);
	d.dialled = d.server_port = 5000;
	d.server = SERVER_ETH2;
	converse(r, &d);
}

/* The server sees the address that was dialled: two publics are two SNAT addresses. */
static void several_publics(void **state)
{
	struct prog_run *r = *state;
	struct dialogue first = dialogue_with(IPPROTO_UDP), second = first;

	second.public = second.snat = PUBLIC2;
	converse(r, &first);
	converse(r, &second);
	dialogue_to_client(r, &first);
	tables_expect(r, &(struct census){
				 .flows = 4, .binding = 2, .clients = 1, .places = 2, .state = 2 });
}

static void source_is_the_router(void **state)
{
	struct prog_run *r = *state;
	struct dialogue first = dialogue_with(IPPROTO_TCP), second = first;

	world_snat(r->cfg, ROUTER);
	world_answer_address(r->cfg, ROUTER);
	first.snat = second.snat = ROUTER;
	converse(r, &first);
	/* One socket, two publics, one server port: they cannot share a SNAT port. */
	second.public = PUBLIC2;
	dialogue_open_moved(r, &second);
	CHECK(second.snat_port != first.snat_port, "two flows share the server's view of them");
	dialogue_to_client(r, &second);
	dialogue_to_client(r, &first);
}

static void source_is_a_given_address(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	world_snat(r->cfg, ADDR(10, 99, 0, 1));
	world_answer_address(r->cfg, ADDR(10, 99, 0, 1));
	d.snat = ADDR(10, 99, 0, 1);
	converse(r, &d);
}

/* An address that only answers go to is nobody's to dial. */
static void answer_addresses_cannot_be_dialled(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d);

	world_snat(r->cfg, ROUTER);
	world_answer_address(r->cfg, ROUTER);
	in.dst = ROUTER;
	expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	tables_expect(r, &(struct census){});
}

/* The configuration that counts is the active slot. */
static void the_other_slot_is_not_looked_at(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d);

	world_configure(&r->configs->slot[0], r->ifindex);
	r->configs->slot[0].forwards = 0;
	dialogue_open(r, &d);
	r->configs->active = 0;
	in.sport++;
	expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	/* A flow outlives its forward. */
	dialogue_to_server(r, &d);
	dialogue_to_client(r, &d);
}

static void a_full_list_of_forwards(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	r->cfg->forwards = 0;
	for (int i = 0; i < NATLOOP_MAX_FORWARDS; i++)
		world_forward(r->cfg, i % 2 ? IPPROTO_UDP : IPPROTO_TCP, 1000 + i * 10,
			      1004 + i * 10, SERVER, 1000 + i);
	for (int i = 0; i < NATLOOP_MAX_FORWARDS; i += 73) {
		struct frame in;

		d.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		d.dialled = 1002 + i * 10;
		d.server_port = 1002 + i;
		prog_run_label(r, "forward %d", i);
		converse(r, &d);
		in = client_says(&d);
		for (in.dport = 1005 + i * 10; in.dport < 1010 + i * 10; in.dport++)
			expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
		in.dport = 999 + i * 10;
		expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	}
}

/* The last of everything that the configuration has room for. */
static void a_full_configuration(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct natloop_config *cfg = r->cfg;
	struct natloop_link own = cfg->link[0];
	struct natloop_lan lan = cfg->lan[0];

	cfg->links = NATLOOP_MAX_LINKS;
	cfg->lans = NATLOOP_MAX_LANS;
	cfg->publics = cfg->addresses = NATLOOP_MAX_ADDRESSES;
	for (int i = 0; i < NATLOOP_MAX_LINKS; i++)
		cfg->link[i] = (struct natloop_link){ .ifindex = 1000 + i, .l3_ifindex = 1000 + i };
	for (int i = 0; i < NATLOOP_MAX_LANS; i++)
		cfg->lan[i] = (struct natloop_lan){ .net = world_addr(ADDR(10, i, 0, 0)),
						    .mask = world_addr(ADDR(255, 255, 0, 0)) };
	for (int i = 0; i < NATLOOP_MAX_ADDRESSES; i++)
		cfg->address[i] = world_addr(ADDR(203, 0, 113, i));
	cfg->link[NATLOOP_MAX_LINKS - 1] = own;
	cfg->lan[NATLOOP_MAX_LANS - 1] = lan;
	cfg->address[NATLOOP_MAX_ADDRESSES - 1] = world_addr(PUBLIC);
	converse(r, &d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(rustdesk_ports),
		PROG_TEST_BOTH(port_translation),
		PROG_TEST_BOTH(range_with_an_offset),
		PROG_TEST_BOTH(ends_of_the_port_range),
		PROG_TEST_BOTH(several_servers),
		PROG_TEST_BOTH(several_publics),
		PROG_TEST_BOTH(source_is_the_router),
		PROG_TEST_BOTH(source_is_a_given_address),
		PROG_TEST_BOTH(answer_addresses_cannot_be_dialled),
		PROG_TEST_BOTH(the_other_slot_is_not_looked_at),
		PROG_TEST_BOTH(a_full_list_of_forwards),
		PROG_TEST_BOTH(a_full_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
