// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ICMP errors of our own: time exceeded (RFC 1812 5.3.1), fragmentation needed (RFC 4787 REQ-13,
 * RFC 1191), prohibited (RFC 5508 REQ-8), and how often (RFC 1812 4.3.2.8).
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <string.h>

#include "dialogue.h"
#include "frame_icmp.h"
#include "tables.h"

#define ALL_BURST 50
#define ADDRESS_BURST 10

static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };

/* A flow to the server behind eth2, whose way takes packets of up to 1300 bytes. */
static struct dialogue narrow(struct prog_run *r, uint8_t proto)
{
	struct dialogue d = dialogue_with(proto);

	world_ip("route replace 192.168.12.0/24 dev eth2 src 192.168.12.1 mtu lock 1300");
	d.dialled = d.server_port = 5000;
	d.server = SERVER_ETH2;
	dialogue_open(r, &d);
	return d;
}

static void time_exceeded(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < 2 * 2 * 60; i++) {
		struct dialogue d = dialogue_with(protos[i % 2]);
		struct frame in;

		prog_run_label(r, "case %d", i);
		tables_clear(r);
		/* Of the first packet, then of both directions of a flow. */
		if (i % 3)
			dialogue_open(r, &d);
		in = i % 3 == 2 ? server_says(&d) : client_says(&d);
		in.ttl = i / 2 % 2;
		in.payload = i * 13 % 1400;
		in.ip_options = i % 11 * 4;
		in.tos = i;
		in.id = 1000 + i;
		in.padding = i % 5;
		in.fragment = i % 4 ? FRAME_DF : 0;
		expect_answered(r, &in, NATLOOP_TTL_EXPIRED, 0);
	}
}

/* The answer goes back the way of the frame, with the tags that it had. */
static void tags_come_back(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);
	struct wire before = {}, answer = {}, tagged = {};
	struct prog_result result = {};

	world_link(r->cfg, r->ifindex[ETH1], r->ifindex[ETH1], 10, 0);
	in.ttl = 1;
	in.payload = 700;
	answer_write(&in, NATLOOP_TTL_EXPIRED, 0, &answer);
	in.tags = 1;
	in.tag[0] = (struct frame_tag){ 0x8100, 10 };
	frame_write(&in, &before);
	tagged = answer;
	memmove(tagged.byte + 16, tagged.byte + 12, answer.length - 12);
	memcpy(tagged.byte + 12, before.byte + 12, 4);
	tagged.length += 4;
	for (int beside = 0; beside < 2; beside++) {
		r->tag_beside = beside;
		prog_run(r, &before, &result);
		assert_int_equal(result.outcome, NATLOOP_TTL_EXPIRED);
		assert_int_equal(result.verdict, TC_ACT_REDIRECT);
		expect_packet(r, &before, beside ? &answer : &tagged, &result.out);
	}
}

static void fragmentation_needed(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < 2; i++) {
		struct dialogue d = narrow(r, protos[i]);
		struct frame in = client_says(&d);
		uint16_t headers = protos[i] == IPPROTO_TCP ? 40 : 28;

		in.fragment = FRAME_DF;
		for (int more = 0; more < 3; more++) {
			struct frame out;

			prog_run_label(r, "protocol %u, %d bytes too many", protos[i], more);
			in.payload = 1300 - headers + more;
			if (more) {
				expect_answered(r, &in, NATLOOP_TOO_BIG, 1300);
				continue;
			}
			out = server_hears(&d, &in);
			expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
		}
		/* What the server sends goes to a way of 1500. */
		in = server_says(&d);
		in.interface = ETH2;
		in.fragment = FRAME_DF;
		in.payload = 1500 - headers;
		in.dmac = MAC_ROUTER_ETH2;
		in.smac = MAC_SERVER_ETH2;
		struct frame out = client_hears(&d, &in);

		expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
	}
}

/* Padding that would not fit into the way is cut off; what fits goes on with the packet. */
static void padding_is_no_payload(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = narrow(r, IPPROTO_UDP);

	for (int padding = 0; padding < 30; padding += 5) {
		struct frame in = client_says(&d), out;

		prog_run_label(r, "%d bytes of padding", padding);
		in.payload = 1300 - 28 - 10;
		in.padding = padding;
		out = server_hears(&d, &in);
		if (r->hook == NATLOOP_HOOK_XDP && padding > 10) {
			expect_kept(r, &in, NATLOOP_DEFER_ICMP);
			continue;
		}
		out.padding = padding > 10 ? 0 : padding;
		expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
	}
}

/* A packet that is too big makes no flow, the smaller one after it does. */
static void the_first_packet_may_be_too_big(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct census none = tables_census(r);
	struct frame in = client_says(&d);

	in.fragment = FRAME_DF;
	in.payload = 1500;
	expect_answered(r, &in, NATLOOP_TOO_BIG, 1500);
	tables_expect(r, &none);
	dialogue_open(r, &d);
}

/* The MTU of the way is looked at again when a packet is too big for the one that is known. */
static void the_mtu_may_grow(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = narrow(r, IPPROTO_UDP);
	struct frame in = client_says(&d), out;

	in.fragment = FRAME_DF;
	in.payload = 1400;
	expect_answered(r, &in, NATLOOP_TOO_BIG, 1300);
	world_ip("route replace 192.168.12.0/24 dev eth2 src 192.168.12.1 mtu lock 1450");
	out = server_hears(&d, &in);
	if (r->hook == NATLOOP_HOOK_XDP)
		expect_kept(r, &in, NATLOOP_DEFER_ICMP);
	else
		expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
}

static void refused_flows_are_told(void **state)
{
	struct prog_run *r = *state;

	r->cfg->client_flows = 1;
	for (int i = 0; i < 2; i++) {
		struct dialogue d = dialogue_with(protos[i]);
		struct frame in = client_says(&d);

		tables_clear(r);
		dialogue_open(r, &d);
		in.sport++;
		in.payload = 1200;
		expect_answered(r, &in, NATLOOP_CLIENT_LIMIT, 0);
	}
}

/* Who asks for a server that is not there is told so after 3 s, and again after 3 s more. */
static void host_unreachable(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in, out;

	d.dialled = d.server_port = 6000;
	d.server = SERVER_SILENT;
	in = client_says(&d);
	/* Until ARP answers, the kernel puts in the MAC address: here is none. */
	for (int i = 0; i < 3; i++) {
		struct prog_result result = {};
		struct wire w = {};

		frame_write(&in, &w);
		for (int j = 0; j < 3; j++) {
			prog_run(r, &w, &result);
			assert_int_equal(result.verdict, TC_ACT_REDIRECT);
			assert_int_equal(result.outcome,
					 i + j ? NATLOOP_TO_SERVER : NATLOOP_NEW_FLOW);
		}
		tables_age_nexthop(r, &in, 400);
		expect_answered(r, &in, NATLOOP_NO_NEIGHBOUR, 0);
	}
	world_ip("neigh add 192.168.11.99 lladdr 02:00:00:00:00:63 dev eth1 nud permanent");
	tables_age_nexthop(r, &in, 400);
	out = server_hears(&d, &in);
	out.dmac = (const uint8_t[]){ 2, 0, 0, 0, 0, 0x63 };
	expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
}

/* How many of @packets, from @sources addresses in turn, are answered? */
static unsigned int answers(struct prog_run *r, int packets, int sources)
{
	unsigned int answered = 0;

	for (int i = 0; i < packets; i++) {
		struct frame in =
			frame_from(IPPROTO_UDP, CLIENT + i % sources, 40000 + i, PUBLIC, 21116);
		struct prog_result result = {};
		struct wire w = {};

		in.ttl = 1;
		frame_write(&in, &w);
		prog_run(r, &w, &result);
		answered += result.verdict == TC_ACT_REDIRECT;
		if (result.verdict != TC_ACT_REDIRECT)
			assert_int_equal(result.verdict, TC_ACT_SHOT);
	}
	return answered;
}

/* While the packets are sent the buckets fill again: a few more than the burst may get through. */
static void the_rate_is_limited(void **state)
{
	struct prog_run *r = *state;

	assert_in_range(answers(r, 40, 1), ADDRESS_BURST, ADDRESS_BURST + 5);
	/* Another address has a share of its own. */
	tables_reset_rates(r);
	assert_in_range(answers(r, 40, 2), 2 * ADDRESS_BURST, 2 * ADDRESS_BURST + 5);
	tables_spend_rates(r);
	assert_int_equal(answers(r, 40, 20), 0);
}

/* When none is due, XDP drops what it would leave to TC, so that a flood ends there. */
static void xdp_drops_what_is_not_answered(void **state)
{
	struct prog_run *r = *state;
	struct frame in = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 21116);

	r->cfg->max_flows = 0;
	expect_kept(r, &in, NATLOOP_DEFER_ICMP);
	tables_spend_rates(r);
	expect_kept(r, &in, NATLOOP_TABLE_FULL);
	tables_reset_rates(r);
	expect_kept(r, &in, NATLOOP_DEFER_ICMP);
}

/* RFC 1122 3.2.2: not about a fragment but the first. */
static void later_fragments_are_not_answered(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame in = client_says(&d), first;
	struct prog_result result = {};
	struct wire w = {}, before = {}, answer = {};

	dialogue_open(r, &d);
	in.payload = 96;
	frame_fragment_write(&in, 0, 24, true, &w);
	prog_run(r, &w, &result);
	assert_int_equal(result.outcome, NATLOOP_TO_SERVER);
	in.ttl = 1;
	frame_fragment_write(&in, 24, 24, true, &w);
	prog_run(r, &w, &result);
	assert_int_equal(result.outcome, NATLOOP_TTL_EXPIRED);
	assert_int_equal(result.verdict, TC_ACT_SHOT);
	/* About the first one it is. */
	first = in;
	first.id++;
	memset(&w, 0, sizeof(w));
	frame_fragment_write(&first, 0, 24, true, &before);
	prog_run(r, &before, &result);
	assert_int_equal(result.outcome, NATLOOP_TTL_EXPIRED);
	assert_int_equal(result.verdict, TC_ACT_REDIRECT);
	answer_write(&first, NATLOOP_TTL_EXPIRED, 0, &answer);
	assert_int_equal(result.out.length, 14 + 20 + 8 + before.length - 14);
	assert_memory_equal(result.out.byte + 14 + 28, before.byte + 14, before.length - 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(time_exceeded),
		PROG_TEST_TC(tags_come_back),
		PROG_TEST_BOTH(fragmentation_needed),
		PROG_TEST_BOTH(padding_is_no_payload),
		PROG_TEST_BOTH(the_first_packet_may_be_too_big),
		PROG_TEST_BOTH(the_mtu_may_grow),
		PROG_TEST_BOTH(refused_flows_are_told),
		PROG_TEST_TC(host_unreachable),
		PROG_TEST_TC(the_rate_is_limited),
		PROG_TEST_XDP(xdp_drops_what_is_not_answered),
		PROG_TEST_TC(later_fragments_are_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
