// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whose packet is it? One of a flow that comes in on another interface than before is the sender's
 * if the kernel's routes say that it lives there now; else somebody uses its address.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dialogue.h"
#include "tables.h"

static const uint8_t MAC_MOVED[6] = { 0x02, 0, 0, 0, 0x0c, 0xbb };

/* @f, but on eth2. */
static struct frame on_eth2(const struct frame *f)
{
	struct frame moved = *f;

	moved.interface = ETH2;
	moved.dmac = MAC_ROUTER_ETH2;
	moved.smac = MAC_MOVED;
	return moved;
}

static void another_uses_the_address(void **state)
{
	struct prog_run *r = *state;
	enum natloop_outcome outcome =
		r->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_ARRIVAL : NATLOOP_OTHER_INTERFACE;

	for (int i = 0; i < 2; i++) {
		struct dialogue d = dialogue_with(i ? IPPROTO_UDP : IPPROTO_TCP);
		struct frame in = client_says(&d), back = server_says(&d);
		struct natloop_flow before = {}, after = {};

		prog_run_label(r, "protocol %u", d.proto);
		dialogue_open(r, &d);
		dialogue_to_client(r, &d);
		assert_true(tables_flow(r, &in, &before));
		in = on_eth2(&in);
		back = on_eth2(&back);
		in.flags = back.flags = RST;
		expect_kept(r, &in, outcome);
		expect_kept(r, &back, outcome);
		assert_true(tables_flow(r, &in, &after));
		CHECK(!memcmp(&before, &after, sizeof(before)), "the flow was changed");
		dialogue_to_server(r, &d);
		dialogue_to_client(r, &d);
	}
}

static void the_client_lives_there_now(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d), moved = on_eth2(&in), out = server_hears(&d, &moved);

	dialogue_open(r, &d);
	world_ip("route add 192.168.11.2/32 dev eth2");
	if (r->hook == NATLOOP_HOOK_XDP)
		expect_kept(r, &moved, NATLOOP_DEFER_ARRIVAL);
	r->hook = NATLOOP_HOOK_TC;
	expect_sent(r, &moved, &out, NATLOOP_TO_SERVER);
	expect_kept(r, &in, NATLOOP_OTHER_INTERFACE);
	r->hook = NATLOOP_HOOK_XDP;
	expect_sent(r, &moved, &out, NATLOOP_TO_SERVER);
	expect_kept(r, &in, NATLOOP_DEFER_ARRIVAL);
}

static void the_server_lives_there_now(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = server_says(&d), moved = on_eth2(&in), out = client_hears(&d, &moved);

	dialogue_open(r, &d);
	world_ip("route add 192.168.11.20/32 dev eth2");
	if (r->hook == NATLOOP_HOOK_XDP)
		expect_kept(r, &moved, NATLOOP_DEFER_ARRIVAL);
	r->hook = NATLOOP_HOOK_TC;
	expect_sent(r, &moved, &out, NATLOOP_TO_CLIENT);
	r->hook = NATLOOP_HOOK_XDP;
	expect_sent(r, &moved, &out, NATLOOP_TO_CLIENT);
}

/* Somebody else's packet is not answered by ICMP either, at its sender's cost. */
static void arrival_comes_before_ttl(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d), moved = on_eth2(&in);

	dialogue_open(r, &d);
	moved.ttl = 1;
	expect_kept(r, &moved,
		    r->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_ARRIVAL : NATLOOP_OTHER_INTERFACE);
}

/* A socket of the router itself at ROUTER:40000; connected to SERVER:21116 if @connected. */
static int router_socket(int type, bool connected)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), one = 1;
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(ROUTER),
		.sin_port = htons(40000),
	};
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(SERVER),
		.sin_port = htons(21116),
	};

	CHECK(fd >= 0, "no socket: %m");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	CHECK(!bind(fd, (struct sockaddr *)&own, sizeof(own)), "ROUTER:40000 is taken: %m");
	if (connected)
		(void)connect(fd, (struct sockaddr *)&server, sizeof(server));
	else if (type == SOCK_STREAM)
		CHECK(!listen(fd, 1), "nobody can listen: %m");
	return fd;
}

/* --snat router: the router's own connections are not to be taken over by a client's port. */
static void a_port_that_the_router_uses(void **state)
{
	struct prog_run *r = *state;

	world_snat(r->cfg, ROUTER);
	world_answer_address(r->cfg, ROUTER);
	for (int i = 0; i < 4; i++) {
		struct dialogue d = dialogue_with(i & 1 ? IPPROTO_UDP : IPPROTO_TCP);
		int fd = router_socket(i & 1 ? SOCK_DGRAM : SOCK_STREAM, i & 2);

		prog_run_label(r, "protocol %u, connected: %d", d.proto, !!(i & 2));
		d.snat = ROUTER;
		dialogue_open_moved(r, &d);
		if (i & 2)
			CHECK(d.snat_port != 40000, "%s: the router's own port", r->label);
		else
			CHECK(d.snat_port == 40000, "%s: moved without need", r->label);
		dialogue_to_client(r, &d);
		close(fd);
		tables_clear(r);
	}
}

/* Towards another server the same port of the router is no conflict. */
static void a_port_that_the_router_uses_elsewhere(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	int fd = router_socket(SOCK_STREAM, true);

	world_snat(r->cfg, ROUTER);
	world_answer_address(r->cfg, ROUTER);
	d.snat = ROUTER;
	d.dialled = d.server_port = 21115;
	dialogue_open(r, &d);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(another_uses_the_address),
		PROG_TEST_BOTH(the_client_lives_there_now),
		PROG_TEST_BOTH(the_server_lives_there_now),
		PROG_TEST_BOTH(arrival_comes_before_ttl),
		PROG_TEST_BOTH(a_port_that_the_router_uses),
		PROG_TEST_BOTH(a_port_that_the_router_uses_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
