// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* To which MAC address and out of which interface; and what XDP leaves to TC. */
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "tables.h"

#define TICKS_2S (2000000000ULL >> NATLOOP_TICK_SHIFT)
#define SOME_TICKS 20 /* more than a test takes between two packets */

static const uint8_t MAC_NEW[6] = { 0x02, 0, 0, 0, 0x0b, 0xaa };
static const uint8_t MAC_NONE[6];

static const struct census one_flow = {
	.flows = 2,
	.binding = 1,
	.clients = 1,
	.places = 1,
	.state = 1,
};

static struct dialogue silent_server(void)
{
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	d.dialled = d.server_port = 6000;
	d.server = SERVER_SILENT;
	return d;
}

static struct dialogue other_interface(void)
{
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	d.dialled = d.server_port = 5000;
	d.server = SERVER_ETH2;
	return d;
}

static struct natloop_flow flow_of(struct prog_run *r, const struct frame *f)
{
	struct natloop_flow flow = {};

	CHECK(tables_flow(r, f, &flow), "%s: there is no flow", r->label);
	return flow;
}

/*
 * The packet as TC hands it to the kernel's neighbour code (bpf_redirect_neigh), which BPF_PROG_RUN
 * does not reach: it will write both MAC addresses, until then they are the cached ones, @dmac and
 * the router's, or zeros if there never were any.
 */
static void by_neighbour(struct prog_run *r, const struct dialogue *d, const uint8_t *dmac,
			 enum natloop_outcome outcome)
{
	struct frame in = client_says(d), out = server_hears(d, &in);

	out.dmac = dmac;
	if (dmac == MAC_NONE)
		out.smac = MAC_NONE;
	expect_sent(r, &in, &out, outcome);
}

static void server_on_the_same_interface(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame out = client_says(&d), back = server_says(&d);

	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	assert_int_equal(flow_of(r, &out).ifindex, r->ifindex[ETH1]);
	assert_int_equal(flow_of(r, &back).ifindex, r->ifindex[ETH1]);
}

static void server_on_the_other_interface(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = other_interface();
	struct frame out = client_says(&d), back = server_says(&d);

	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	dialogue_to_server(r, &d);
	assert_int_equal(flow_of(r, &out).ifindex, r->ifindex[ETH2]);
	assert_int_equal(flow_of(r, &back).ifindex, r->ifindex[ETH1]);
	d = dialogue_with(IPPROTO_UDP);
	d.client = CLIENT_ETH2;
	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
}

/* Without NATLOOP_LINK_XDP_XMIT XDP leaves the packet to TC, unmodified, and TC sends it. */
static void other_interface_without_xdp_xmit(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = other_interface();
	struct frame in = client_says(&d);

	r->cfg->link[0].flags = r->cfg->link[1].flags = 0;
	expect_kept(r, &in, NATLOOP_DEFER_EGRESS);
	tables_expect(r, &(struct census){});
	r->hook = NATLOOP_HOOK_TC;
	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	r->hook = NATLOOP_HOOK_XDP;
	in = server_says(&d);
	expect_kept(r, &in, NATLOOP_DEFER_EGRESS);
	r->cfg->link[0].flags = NATLOOP_LINK_XDP_XMIT;
	dialogue_to_client(r, &d);
	in = client_says(&d);
	expect_kept(r, &in, NATLOOP_DEFER_EGRESS);
	tables_expect(r, &one_flow);
}

/* An interface that natloop is not attached to is in no link. */
static void interface_that_is_not_attached(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = other_interface();
	struct frame in = client_says(&d);

	r->cfg->links = 1;
	if (r->hook == NATLOOP_HOOK_XDP)
		expect_kept(r, &in, NATLOOP_DEFER_EGRESS);
	else
		dialogue_open(r, &d);
}

/* XDP defers @in and its answer @back before there is a flow and after; TC sends them. */
static void expect_bridged(struct prog_run *r, const struct dialogue *d, const struct frame *in,
			   const struct frame *back)
{
	struct frame out = server_hears(d, in), answer = client_hears(d, back);

	r->hook = NATLOOP_HOOK_XDP;
	expect_kept(r, in, NATLOOP_DEFER_EGRESS);
	r->hook = NATLOOP_HOOK_TC;
	expect_sent(r, in, &out, NATLOOP_NEW_FLOW);
	expect_sent(r, back, &answer, NATLOOP_TO_CLIENT);
	r->hook = NATLOOP_HOOK_XDP;
	expect_kept(r, in, NATLOOP_DEFER_EGRESS);
	expect_kept(r, back, NATLOOP_DEFER_EGRESS);
}

/*
 * Behind which port of the bridge the server is, only the bridge knows. eth2 stands for the bridge
 * here, or for a VLAN interface on it, and eth1 for its port.
 */
static void a_bridge_port(void **state)
{
	struct prog_run *r = *state;
	static const uint16_t ids[] = { 0, 10 };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct dialogue d = other_interface();
		struct natloop_link *link;
		struct frame in, back;

		prog_run_label(r, "VLAN %u", ids[i]);
		r->cfg->links = 0;
		link = world_link(r->cfg, r->ifindex[ETH1], r->ifindex[ETH2], ids[i], 0);
		link->flags = NATLOOP_LINK_BRIDGED;
		memcpy(link->mac, MAC_ROUTER_ETH2, sizeof(link->mac));
		d.client = CLIENT_ETH2;
		d.port = d.snat_port = 30000 + i;
		in = client_says(&d);
		back = server_says(&d);
		in.interface = back.interface = ETH1;
		in.tags = back.tags = !!ids[i];
		in.tag[0] = back.tag[0] = (struct frame_tag){ 0x8100, ids[i] };
		expect_bridged(r, &d, &in, &back);
	}
}

static void unresolved_at_first(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = silent_server();
	struct frame in = client_says(&d), out;

	for (int i = 0; i < 2 && r->hook == NATLOOP_HOOK_XDP; i++) {
		expect_kept(r, &in, NATLOOP_DEFER_NEXTHOP);
		tables_expect(r, &(struct census){});
	}
	r->hook = NATLOOP_HOOK_TC;
	by_neighbour(r, &d, MAC_NONE, NATLOOP_NEW_FLOW);
	by_neighbour(r, &d, MAC_NONE, NATLOOP_TO_SERVER);
	r->hook = NATLOOP_HOOK_XDP;
	expect_kept(r, &in, NATLOOP_DEFER_NEXTHOP);
	/* The answer needs nobody: the client was learned from its packet. */
	dialogue_to_client(r, &d);

	world_ip("neigh replace 192.168.11.99 lladdr 02:00:00:00:0b:aa dev eth1 nud permanent");
	expect_kept(r, &in, NATLOOP_DEFER_NEXTHOP);
	r->hook = NATLOOP_HOOK_TC;
	by_neighbour(r, &d, MAC_NEW, NATLOOP_TO_SERVER);
	for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		prog_run_label(r, "resolved, hook %d", hook);
		r->hook = hook;
		out = server_hears(&d, &in);
		out.dmac = MAC_NEW;
		expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
	}
}

/* Up to 2 s the cached next hop is used, then TC asks the kernel, and the new one is used. */
static void refreshed_after_two_seconds(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d), out = server_hears(&d, &in);

	dialogue_open(r, &d);
	world_ip("neigh replace 192.168.11.20 lladdr 02:00:00:00:0b:aa dev eth1 nud permanent");
	/* Half of it is left for what ip took on a slow machine. */
	tables_age_nexthop(r, &in, TICKS_2S / 2);
	prog_run_label(r, "%s", "still fresh");
	dialogue_to_server(r, &d);
	tables_age_nexthop(r, &in, TICKS_2S - TICKS_2S / 2 + 1);
	prog_run_label(r, "%s", "stale");
	for (int i = 0; i < 2 && r->hook == NATLOOP_HOOK_XDP; i++)
		expect_kept(r, &in, NATLOOP_DEFER_NEXTHOP);
	r->hook = NATLOOP_HOOK_TC;
	by_neighbour(r, &d, MAC_NEW, NATLOOP_TO_SERVER);
	out.dmac = MAC_NEW;
	for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		prog_run_label(r, "followed, hook %d", hook);
		r->hook = hook;
		expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
		dialogue_to_client(r, &d);
	}
}

static void refreshed_in_real_time(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d), out = server_hears(&d, &in);

	dialogue_open(r, &d);
	world_ip("neigh replace 192.168.11.20 lladdr 02:00:00:00:0b:aa dev eth1 nud permanent");
	usleep(1000000);
	dialogue_to_server(r, &d);
	usleep(1100000);
	by_neighbour(r, &d, MAC_NEW, NATLOOP_TO_SERVER);
	out.dmac = MAC_NEW;
	expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
}

/* The answers' way is refreshed, too. */
static void the_client_moves(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = server_says(&d), out = client_hears(&d, &in);

	dialogue_open(r, &d);
	world_ip("neigh replace 192.168.11.2 lladdr 02:00:00:00:0b:aa dev eth1 nud permanent");
	dialogue_to_client(r, &d);
	tables_age_nexthop(r, &in, TICKS_2S + 1);
	if (r->hook == NATLOOP_HOOK_XDP)
		expect_kept(r, &in, NATLOOP_DEFER_NEXTHOP);
	r->hook = NATLOOP_HOOK_TC;
	out.dmac = MAC_NEW;
	for (int i = 0; i < 2; i++)
		expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
	r->hook = NATLOOP_HOOK_XDP;
	expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
}

/* Another CPU, or the flow's maker, may have read the clock a tick later than this packet did. */
static void resolved_a_moment_ahead_is_fresh(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d);

	dialogue_open(r, &d);
	tables_age_nexthop(r, &in, -SOME_TICKS);
	dialogue_to_server(r, &d);
}

/* A neighbour entry that is lost: until ARP answers, the old address is the best guess. */
static void the_neighbour_entry_is_lost(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d);

	dialogue_open(r, &d);
	world_ip("neigh del 192.168.11.20 dev eth1");
	tables_age_nexthop(r, &in, TICKS_2S + 1);
	r->hook = NATLOOP_HOOK_TC;
	by_neighbour(r, &d, MAC_SERVER, NATLOOP_TO_SERVER);
	dialogue_to_server(r, &d);
	r->hook = NATLOOP_HOOK_XDP;
	dialogue_to_server(r, &d);
}

/* A client that the router has no route to is answered where its packet came from. */
static void a_client_without_a_route(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct natloop_lan *lan = &r->cfg->lan[r->cfg->lans++];
	struct frame back;

	*lan = r->cfg->lan[0];
	lan->net = world_addr(ADDR(10, 20, 30, 0));
	lan->router = (struct natloop_addr){};
	lan->ifindex = 0;
	d.client = ADDR(10, 20, 30, 40);
	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	back = server_says(&d);
	tables_age_nexthop(r, &back, TICKS_2S + 1);
	if (r->hook == NATLOOP_HOOK_XDP)
		expect_kept(r, &back, NATLOOP_DEFER_NEXTHOP);
	r->hook = NATLOOP_HOOK_TC;
	dialogue_to_client(r, &d);
	r->hook = NATLOOP_HOOK_XDP;
	dialogue_to_client(r, &d);
}

static void a_server_behind_another_router(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in, out;

	world_ip("route add 10.50.0.0/16 via 192.168.11.20");
	world_forward(r->cfg, IPPROTO_TCP, 7, 7, ADDR(10, 50, 0, 7), 7);
	d.dialled = d.server_port = 7;
	d.server = ADDR(10, 50, 0, 7);
	in = client_says(&d);
	out = server_hears(&d, &in);
	out.dmac = MAC_SERVER;
	expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
	in = server_says(&d);
	in.smac = MAC_SERVER;
	out = client_hears(&d, &in);
	expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
}

static void no_route(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = client_says(&d);
	static const char *const routes[] = { "blackhole", "unreachable", "prohibit" };

	prog_run_label(r, "%s", "forwarding is off");
	world_sysctl("ipv4/conf/eth1/forwarding", "0");
	expect_kept(r, &in, NATLOOP_NO_ROUTE);
	world_sysctl("ipv4/conf/eth1/forwarding", "1");
	world_forward(r->cfg, IPPROTO_TCP, 7, 7, ADDR(10, 50, 0, 7), 7);
	in.dport = 7;
	prog_run_label(r, "%s", "no route");
	expect_kept(r, &in, NATLOOP_NO_ROUTE);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		prog_run_label(r, "%s", routes[i]);
		world_ip("route replace %s 10.50.0.0/16", routes[i]);
		expect_kept(r, &in, NATLOOP_NO_ROUTE);
		world_ip("route del %s 10.50.0.0/16", routes[i]);
	}
	prog_run_label(r, "%s", "the router itself");
	r->cfg->forward[0].server = world_addr(ROUTER);
	expect_kept(r, &in, NATLOOP_NO_ROUTE);
	prog_run_label(r, "%s", "a broadcast address");
	r->cfg->forward[0].server = world_addr(ADDR(192, 168, 11, 255));
	expect_kept(r, &in, NATLOOP_NO_ROUTE);
	prog_run_label(r, "%s", "the interface is down");
	r->cfg->forward[0].server = world_addr(SERVER_ETH2);
	world_ip("link set eth2 down");
	expect_kept(r, &in, NATLOOP_NO_ROUTE);
	tables_expect(r, &(struct census){});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(server_on_the_same_interface),
		PROG_TEST_BOTH(server_on_the_other_interface),
		PROG_TEST_XDP(other_interface_without_xdp_xmit),
		PROG_TEST_BOTH(interface_that_is_not_attached),
		PROG_TEST_XDP(a_bridge_port),
		PROG_TEST_BOTH(unresolved_at_first),
		PROG_TEST_BOTH(refreshed_after_two_seconds),
		PROG_TEST_TC(refreshed_in_real_time),
		PROG_TEST_BOTH(the_client_moves),
		PROG_TEST_BOTH(resolved_a_moment_ahead_is_fresh),
		PROG_TEST_BOTH(the_neighbour_entry_is_lost),
		PROG_TEST_BOTH(a_client_without_a_route),
		PROG_TEST_BOTH(a_server_behind_another_router),
		PROG_TEST_BOTH(no_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
