// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is not ours passes bit for bit, and is counted by its reason. */
#include <netinet/in.h>
#include <string.h>

#include "dialogue.h"
#include "frame_icmp.h"
#include "tables.h"

static void expect_nothing_left(struct prog_run *r)
{
	tables_expect(r, &(struct census){});
}

static void frames_for_other_macs(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	const uint8_t *const macs[] = { MAC_STRANGER, MAC_SERVER, MAC_BROADCAST, MAC_ROUTER_ETH2 };

	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		struct frame in = client_says(&d);

		prog_run_label(r, "MAC %zu", i);
		in.dmac = macs[i];
		expect_kept(r, &in, NATLOOP_OTHER_MAC);
	}
	expect_nothing_left(r);
	dialogue_open(r, &d);
	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		struct frame in = server_says(&d);

		prog_run_label(r, "MAC %zu, in a flow", i);
		in.dmac = macs[i];
		expect_kept(r, &in, NATLOOP_OTHER_MAC);
	}
}

static void sources_that_are_no_clients(void **state)
{
	struct prog_run *r = *state;
	static const struct {
		uint32_t src;
		enum natloop_outcome outcome;
	} cases[] = {
		{ INTERNET, NATLOOP_NOT_LAN },
		{ ADDR(192, 168, 10, 255), NATLOOP_NOT_LAN },
		{ ADDR(192, 168, 13, 0), NATLOOP_NOT_LAN },
		{ ADDR(0, 0, 0, 0), NATLOOP_NOT_LAN },
		{ ADDR(0, 168, 11, 2), NATLOOP_NOT_LAN },
		{ ADDR(240, 0, 0, 1), NATLOOP_NOT_LAN },
		{ ADDR(255, 255, 255, 254), NATLOOP_NOT_LAN },
		{ CLIENT_ETH2, NATLOOP_NOT_LAN },
		{ ADDR(192, 168, 12, 255), NATLOOP_NOT_LAN },
		{ ADDR(127, 0, 0, 1), NATLOOP_LOOPBACK_SOURCE },
		{ ADDR(127, 255, 255, 255), NATLOOP_LOOPBACK_SOURCE },
		{ ADDR(224, 0, 0, 1), NATLOOP_MULTICAST_SOURCE },
		{ ADDR(239, 255, 255, 255), NATLOOP_MULTICAST_SOURCE },
		{ ADDR(255, 255, 255, 255), NATLOOP_BROADCAST_SOURCE },
		{ ADDR(192, 168, 11, 255), NATLOOP_BROADCAST_SOURCE },
		{ ADDR(192, 168, 11, 0), NATLOOP_BROADCAST_SOURCE },
		{ ROUTER, NATLOOP_OWN_SOURCE },
		{ ROUTER_ETH2, NATLOOP_OWN_SOURCE },
		{ PUBLIC, NATLOOP_OWN_SOURCE },
		{ PUBLIC2, NATLOOP_OWN_SOURCE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame in =
			frame_from(i % 2 ? IPPROTO_UDP : IPPROTO_TCP, CLIENT, 40000, PUBLIC, 21116);

		prog_run_label(r, "source %08x", cases[i].src);
		in.src = cases[i].src;
		expect_kept(r, &in, cases[i].outcome);
	}
	expect_nothing_left(r);
}

static void a_lan_given_by_hand(void **state)
{
	struct prog_run *r = *state;
	struct natloop_lan *lan = &r->cfg->lan[r->cfg->lans++];
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in, out;

	lan->net = world_addr(ADDR(10, 20, 0, 0));
	lan->mask = world_addr(ADDR(255, 255, 0, 0));
	memset(&lan->mask, 0xff, 12);
	d.client = ADDR(10, 20, 3, 4);
	for (int last = 0; last < 2; last++) {
		d.client = last ? ADDR(10, 20, 255, 255) : ADDR(10, 20, 3, 4);
		d.port = d.snat_port = 40000 + last;
		dialogue_open(r, &d);
		dialogue_to_client(r, &d);
	}
	in = client_says(&d);
	in.src = ADDR(10, 21, 0, 1);
	expect_kept(r, &in, NATLOOP_NOT_LAN);
	/* On any interface. */
	in.src = ADDR(10, 20, 3, 5);
	in.sport = 40002;
	in.interface = ETH2;
	in.dmac = MAC_ROUTER_ETH2;
	out = frame_translated(&in, PUBLIC, 40002, SERVER, 21116);
	expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
}

/* The first rule that fits decides; a flow that is there goes on when a rule comes. */
static void a_client_that_may_not(void **state)
{
	struct prog_run *r = *state;
	struct natloop_rule *rule = r->cfg->rule;
	struct dialogue d = dialogue_with(IPPROTO_TCP), e = d;
	struct frame in;

	dialogue_open(r, &d);
	rule[0] = (struct natloop_rule){ .ifindex = r->ifindex[ETH2], .last = 65535 };
	rule[1] = (struct natloop_rule){ .net = world_addr(CLIENT2),
					 .mask = world_addr(0xffffffff),
					 .last = 65535,
					 .allow = 1 };
	rule[2] = (struct natloop_rule){
		.ifindex = r->ifindex[ETH1], .first = 21115, .last = 21116, .proto = IPPROTO_TCP
	};
	r->cfg->rules = 3;

	/* Another interface's rule, a port and a protocol of no rule, a client with its own. */
	in = frame_from(IPPROTO_TCP, CLIENT, 40001, PUBLIC, 21116);
	expect_kept(r, &in, NATLOOP_DENIED);
	in.dport = 21115;
	expect_kept(r, &in, NATLOOP_DENIED);
	in = frame_from(IPPROTO_TCP, CLIENT, 40001, PUBLIC, 22);
	expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	e.port = e.snat_port = 40002;
	e.dialled = e.server_port = 21117;
	dialogue_open(r, &e);
	in = frame_from(IPPROTO_UDP, CLIENT_ETH2, 40003, PUBLIC, 21116);
	in.interface = ETH2;
	in.smac = MAC_CLIENT_ETH2;
	in.dmac = MAC_ROUTER_ETH2;
	expect_kept(r, &in, NATLOOP_DENIED);
	e = d;
	e.client = CLIENT2;
	e.port = e.snat_port = 40004;
	dialogue_open(r, &e);
	dialogue_to_server(r, &d);
	dialogue_to_client(r, &d);
	tables_expect(r, &(struct census){
				 .flows = 6, .binding = 3, .clients = 2, .places = 3, .state = 3 });
}

/* RFC 3021: both addresses of a /31 are hosts. */
static void small_prefixes(void **state)
{
	struct prog_run *r = *state;
	struct natloop_lan *lan = &r->cfg->lan[0];
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d);

	lan->mask.w[3] = htonl(0xfffffffe);
	memset(&lan->router, 0, sizeof(lan->router));
	for (int host = 2; host < 4; host++) {
		lan->net = world_addr(ADDR(192, 168, 11, 2));
		d.client = ADDR(192, 168, 11, host);
		d.port = d.snat_port = 40000 + host;
		dialogue_open(r, &d);
	}
	in.src = ADDR(192, 168, 11, 4);
	expect_kept(r, &in, NATLOOP_NOT_LAN);
	lan->mask.w[3] = 0xffffffff;
	lan->net = world_addr(ADDR(192, 168, 11, 5));
	d.client = ADDR(192, 168, 11, 5);
	d.port = d.snat_port = 40005;
	dialogue_open(r, &d);
	in.src = ADDR(192, 168, 11, 2);
	in.sport++;
	expect_kept(r, &in, NATLOOP_NOT_LAN);
}

static void ports_without_a_forward(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 0);
	static const uint16_t tcp[] = {
		1, 21114, 21118, 21119, 443, 8442, 8444, 8999, 9011, 65535
	};
	static const uint16_t udp[] = { 21115, 21117, 21119, 8443, 54, 7000 };

	for (size_t i = 0; i < sizeof(tcp) / sizeof(tcp[0]); i++) {
		prog_run_label(r, "tcp %u", tcp[i]);
		in.dport = tcp[i];
		expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	}
	in.proto = IPPROTO_UDP;
	for (size_t i = 0; i < sizeof(udp) / sizeof(udp[0]); i++) {
		prog_run_label(r, "udp %u", udp[i]);
		in.dport = udp[i];
		expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	}
	r->cfg->forwards = 0;
	prog_run_label(r, "no forwards");
	in.dport = 21116;
	expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	expect_nothing_left(r);
}

static void other_destinations(void **state)
{
	struct prog_run *r = *state;
	static const uint32_t destinations[] = {
		ROUTER, SERVER, INTERNET, ADDR(172, 16, 16, 3), ADDR(255, 255, 255, 255), 0,
	};

	for (size_t i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++) {
		struct frame in = frame_from(IPPROTO_TCP, CLIENT, 40000, destinations[i], 21116);

		prog_run_label(r, "to %08x", destinations[i]);
		expect_kept(r, &in, NATLOOP_UNRELATED);
	}
	r->cfg->publics = r->cfg->addresses = 0;
	prog_run_label(r, "no publics");
	struct frame in = frame_from(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 21116);
	expect_kept(r, &in, NATLOOP_UNRELATED);
	expect_nothing_left(r);
}

static void answers_from_elsewhere(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in;

	for (int i = 0; i < 2; i++) {
		d.proto = i ? IPPROTO_UDP : IPPROTO_TCP;
		dialogue_open(r, &d);
		prog_run_label(r, "%s", "the server's other port");
		in = server_says(&d);
		in.sport++;
		expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
		prog_run_label(r, "%s", "another host");
		in = server_says(&d);
		in.src = CLIENT2;
		expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
		prog_run_label(r, "%s", "to another port");
		in = server_says(&d);
		in.dport++;
		expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
		prog_run_label(r, "%s", "to another public");
		in = server_says(&d);
		in.dst = PUBLIC2;
		expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
		prog_run_label(r, "%s", "by the other protocol");
		in = server_says(&d);
		in.proto = i ? IPPROTO_TCP : IPPROTO_UDP;
		if (!i)
			expect_kept(r, &in, NATLOOP_NOT_FORWARDED);
	}
}

/* Of a datagram to a port that is not forwarded: all of it is the kernel's. */
static void fragments(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 22);
	static const uint16_t offsets[] = { 0, 64, 24, 1000, 64 };

	in.payload = 1400;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		enum natloop_outcome outcome =
			offsets[i] ? NATLOOP_FRAGMENT : NATLOOP_NOT_FORWARDED;
		struct wire w = {};

		prog_run_label(r, "fragment at %u", offsets[i]);
		frame_fragment_write(&in, offsets[i], 24, true, &w);
		if (r->hook == NATLOOP_HOOK_XDP)
			outcome = NATLOOP_DEFER_FRAGMENT;
		expect_kept_wire(r, &w, outcome);
	}
	expect_nothing_left(r);
}

/* No bytes, more of them to come but no multiple of 8, or beyond 64 KiB: the kernel drops it. */
static void impossible_fragments(void **state)
{
	struct prog_run *r = *state;
	static const struct {
		uint16_t word;
		uint16_t payload;
	} cases[] = {
		{ FRAME_MF, 33 }, { FRAME_MF | 4, 1 }, { 0x1fff, 8 },
		{ 4, 0 },	  { FRAME_MF, 0 },     { FRAME_MF | 0x1fff, 8 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);
		struct wire w = {};

		prog_run_label(r, "fragment word %#x, %u bytes", cases[i].word, cases[i].payload);
		frame_fragment_write(&in, 0, cases[i].payload, false, &w);
		wire_put16(&w, w.l3 + 6, cases[i].word);
		expect_kept_wire(r, &w, NATLOOP_BAD_HEADER);
	}
	expect_nothing_left(r);
}

static void other_protocols(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_ICMP, CLIENT, 0, PUBLIC, 0);

	for (int proto = 0; proto < 256; proto++) {
		if (proto == IPPROTO_TCP || proto == IPPROTO_UDP)
			continue;
		prog_run_label(r, "protocol %d", proto);
		in.proto = proto;
		in.payload = 8 + proto % 40;
		expect_kept(r, &in, proto == IPPROTO_ICMP ? NATLOOP_ICMP : NATLOOP_OTHER_PROTOCOL);
	}
	expect_nothing_left(r);
}

static void other_ethertypes(void **state)
{
	struct prog_run *r = *state;
	struct frame f = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);
	static const uint16_t types[] = { 0x0806, 0x86dd, 0x8847, 0x88cc, 0x8864, 0x0000, 0x05dc };
	struct wire in = {};

	frame_write(&f, &in);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		prog_run_label(r, "EtherType %#x", types[i]);
		wire_put16(&in, 12, types[i]);
		if (types[i] == 0x86dd)
			in.byte[in.l3] = 0x60;
		expect_kept_wire(r, &in, NATLOOP_NOT_IPV4);
	}
	expect_nothing_left(r);
}

/* A frame with or without a tag that no link describes is the same to the program. */
static void an_interface_that_is_not_configured(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);

	r->cfg->links = 0;
	expect_kept(r, &in, NATLOOP_UNKNOWN_VLAN);
	expect_nothing_left(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(frames_for_other_macs),
		PROG_TEST_BOTH(sources_that_are_no_clients),
		PROG_TEST_BOTH(a_lan_given_by_hand),
		PROG_TEST_BOTH(a_client_that_may_not),
		PROG_TEST_BOTH(small_prefixes),
		PROG_TEST_BOTH(ports_without_a_forward),
		PROG_TEST_BOTH(other_destinations),
		PROG_TEST_BOTH(answers_from_elsewhere),
		PROG_TEST_BOTH(fragments),
		PROG_TEST_BOTH(impossible_fragments),
		PROG_TEST_BOTH(other_protocols),
		PROG_TEST_BOTH(other_ethertypes),
		PROG_TEST_BOTH(an_interface_that_is_not_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
