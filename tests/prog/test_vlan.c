// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * VLAN tags. Not every kernel has VLAN interfaces, and BPF_PROG_RUN needs none: eth2 stands for
 * eth1.10 here, and its frames come in on eth1 with a tag.
 */
#include <netinet/in.h>
#include <string.h>

#include "dialogue.h"
#include "tables.h"

#define CUSTOMER 0x8100
#define SERVICE 0x88a8

/* eth1 untagged means eth1; tags 10, and 100 + 20, mean eth2. */
static void configure_vlans(struct prog_run *r)
{
	struct natloop_config *cfg = r->cfg;

	cfg->links = 1;
	memcpy(world_link(cfg, r->ifindex[ETH1], r->ifindex[ETH2], 10, 0)->mac, MAC_ROUTER_ETH2, 6);
	memcpy(world_link(cfg, r->ifindex[ETH1], r->ifindex[ETH2], 100, 20)->mac, MAC_ROUTER_ETH2,
	       6);
	world_forward(cfg, IPPROTO_TCP, 77, 77, SERVER_ETH2, 77);
}

/* CLIENT_ETH2 to SERVER_ETH2. */
static struct dialogue in_the_vlan(void)
{
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	d.client = CLIENT_ETH2;
	d.server = SERVER_ETH2;
	d.dialled = d.server_port = 77;
	return d;
}

static void tag(struct frame *f, int tags, uint16_t outer_type, uint16_t outer, uint16_t inner)
{
	f->interface = ETH1;
	f->tags = tags;
	f->tag[0] = (struct frame_tag){ outer_type, outer };
	f->tag[1] = (struct frame_tag){ CUSTOMER, inner };
}

/* A packet and its answer with the same tags. */
static void converse(struct prog_run *r, const struct dialogue *d, int tags, uint16_t outer_type,
		     uint16_t outer, uint16_t inner)
{
	struct frame in = client_says(d), out;

	tag(&in, tags, outer_type, outer, inner);
	out = server_hears(d, &in);
	out.interface = ETH1;
	expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
	in = server_says(d);
	tag(&in, tags, outer_type, outer, inner);
	out = client_hears(d, &in);
	out.interface = ETH1;
	expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
}

static void no_tag_one_and_two(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = in_the_vlan();

	configure_vlans(r);
	prog_run_label(r, "%s", "one tag");
	converse(r, &d, 1, CUSTOMER, 10, 0);
	d.port = ++d.snat_port;
	prog_run_label(r, "%s", "one service tag");
	converse(r, &d, 1, SERVICE, 10, 0);
	d.port = ++d.snat_port;
	prog_run_label(r, "%s", "two tags");
	converse(r, &d, 2, SERVICE, 100, 20);
	d.port = ++d.snat_port;
	prog_run_label(r, "%s", "two customer tags");
	converse(r, &d, 2, CUSTOMER, 100, 20);
	d = dialogue_with(IPPROTO_TCP);
	d.port = d.snat_port = 41000;
	prog_run_label(r, "%s", "no tag");
	converse(r, &d, 0, 0, 0, 0);
}

/* Priority and drop eligibility are no part of the id, and go out as they came. */
static void priorities(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = in_the_vlan();

	configure_vlans(r);
	for (int priority = 0; priority < 16; priority++) {
		prog_run_label(r, "priority %#x", priority);
		d.port = d.snat_port = 30000 + priority;
		converse(r, &d, 2, SERVICE, priority << 12 | 100, (15 - priority) << 12 | 20);
	}
}

/* IEEE 802.1Q: id 0 is no VLAN, only a priority. */
static void priority_tags(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	configure_vlans(r);
	converse(r, &d, 1, CUSTOMER, 0, 0);
	d.port = ++d.snat_port;
	converse(r, &d, 1, CUSTOMER, 5 << 13, 0);
}

static void the_options_and_lengths_again(void **state)
{
	struct prog_run *r = *state;

	configure_vlans(r);
	for (int options = 0; options <= FRAME_OPTIONS_MAX; options += 4) {
		struct dialogue d = in_the_vlan();
		struct frame in, out;

		prog_run_label(r, "%d bytes of options", options);
		d.port = d.snat_port = 30000 + options;
		in = client_says(&d);
		tag(&in, 2, SERVICE, 100, 20);
		in.ip_options = options;
		in.tcp_options = FRAME_OPTIONS_MAX - options;
		in.payload = options / 4;
		out = server_hears(&d, &in);
		out.interface = ETH1;
		expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
	}
}

static void unknown_tags_pass(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = in_the_vlan();
	struct frame in = client_says(&d);
	static const struct {
		int tags;
		uint16_t outer, inner;
	} cases[] = {
		{ 1, 11, 0 },  { 1, 100, 0 }, { 1, 20, 0 },    { 2, 10, 20 },  { 2, 20, 100 },
		{ 2, 100, 0 }, { 2, 0, 20 },  { 1, 0xfff, 0 }, { 2, 100, 21 },
	};

	configure_vlans(r);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		prog_run_label(r, "tags %u %u", cases[i].outer, cases[i].inner);
		tag(&in, cases[i].tags, CUSTOMER, cases[i].outer, cases[i].inner);
		expect_kept(r, &in, NATLOOP_UNKNOWN_VLAN);
	}
	prog_run_label(r, "%s", "no tag, but a VLAN's address");
	tag(&in, 0, 0, 0, 0);
	in.dmac = MAC_ROUTER;
	expect_kept(r, &in, NATLOOP_NOT_LAN);
	prog_run_label(r, "%s", "three tags");
	tag(&in, 3, CUSTOMER, 100, 20);
	in.tag[2] = (struct frame_tag){ CUSTOMER, 10 };
	expect_kept(r, &in, NATLOOP_NOT_IPV4);
	tables_expect(r, &(struct census){});
}

/* Another MAC address than the VLAN interface's, which may differ from its parent's. */
static void the_mac_address_is_the_vlans(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = in_the_vlan();
	struct frame in = client_says(&d);

	configure_vlans(r);
	tag(&in, 1, CUSTOMER, 10, 0);
	in.dmac = MAC_STRANGER;
	expect_kept(r, &in, NATLOOP_OTHER_MAC);
}

/* XDP cannot change the tags of a frame, so it leaves what must leave with others to TC. */
static void from_one_vlan_to_another(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = in_the_vlan();
	struct frame in, back, out;

	configure_vlans(r);
	d.server = SERVER;
	d.dialled = d.server_port = 21116;
	in = client_says(&d);
	tag(&in, 1, CUSTOMER, 10, 0);
	out = server_hears(&d, &in);
	expect_kept(r, &in, NATLOOP_DEFER_EGRESS);
	tables_expect(r, &(struct census){});
	r->hook = NATLOOP_HOOK_TC;
	expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
	back = server_says(&d);
	out = client_hears(&d, &back);
	expect_sent(r, &back, &out, NATLOOP_TO_CLIENT);
	r->hook = NATLOOP_HOOK_XDP;
	expect_kept(r, &in, NATLOOP_DEFER_EGRESS);
	expect_kept(r, &back, NATLOOP_DEFER_EGRESS);
}

/* In an skb the outer tag is not in the bytes: the kernel has taken it off before TC. */
static void tag_beside_the_packet(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = in_the_vlan();
	struct frame in = client_says(&d);

	configure_vlans(r);
	r->tag_beside = true;
	prog_run_label(r, "%s", "one tag");
	converse(r, &d, 1, CUSTOMER, 7 << 13 | 10, 0);
	d.port = ++d.snat_port;
	prog_run_label(r, "%s", "two tags");
	converse(r, &d, 2, CUSTOMER, 100, 20);
	prog_run_label(r, "%s", "unknown");
	tag(&in, 1, CUSTOMER, 11, 0);
	expect_kept(r, &in, NATLOOP_UNKNOWN_VLAN);
	tag(&in, 2, CUSTOMER, 10, 20);
	expect_kept(r, &in, NATLOOP_UNKNOWN_VLAN);
	prog_run_label(r, "%s", "three tags");
	tag(&in, 3, CUSTOMER, 100, 20);
	in.tag[2] = (struct frame_tag){ CUSTOMER, 10 };
	expect_kept(r, &in, NATLOOP_NOT_IPV4);
	prog_run_label(r, "%s", "priority tag");
	d = dialogue_with(IPPROTO_UDP);
	converse(r, &d, 1, CUSTOMER, 5 << 13, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(no_tag_one_and_two),
		PROG_TEST_BOTH(priorities),
		PROG_TEST_BOTH(priority_tags),
		PROG_TEST_BOTH(the_options_and_lengths_again),
		PROG_TEST_BOTH(unknown_tags_pass),
		PROG_TEST_BOTH(the_mac_address_is_the_vlans),
		PROG_TEST_XDP(from_one_vlan_to_another),
		PROG_TEST_TC(tag_beside_the_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
