// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every outcome there is, by both hooks where both have it: a packet that meets it and the exact
 * counter. What BPF_PROG_RUN cannot reach is named with the reason.
 */
#include <netinet/in.h>
#include <string.h>

#include "dialogue.h"
#include "frame_icmp.h"
#include "tables.h"

/* Makes a packet of a good one, and the circumstances in which it meets its outcome. */
typedef void (*scene_fn)(struct prog_run *r, struct frame *f, struct wire *w);

static void not_ipv4(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r;
	frame_write(f, w);
	wire_put16(w, 12, 0x0806);
}

static void unrelated(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->dst = INTERNET;
}

static void other_mac(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->dmac = MAC_STRANGER;
}

static void unknown_vlan(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->tags = 1;
	f->tag[0] = (struct frame_tag){ 0x8100, 9 };
}

static void bad_header(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r;
	frame_write(f, w);
	w->byte[w->l3] = 0x44;
}

/* The bytes from @offset on, as one fragment. */
static void piece(const struct frame *f, uint16_t offset, uint16_t length, struct wire *w)
{
	frame_fragment_write(f, offset, length, true, w);
}

static void feed(struct prog_run *r, const struct wire *w)
{
	struct prog_result result = {};

	prog_run(r, w, &result);
}

static void fragment(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r;
	piece(f, 0, 24, w);
}

static void foreign_fragment(struct prog_run *r, struct frame *f, struct wire *w)
{
	f->dport = 22;
	piece(f, 0, 24, w);
	feed(r, w);
	piece(f, 24, 24, w);
}

static void fragment_limit(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r;
	f->payload = NATLOOP_HELD_BYTES + 100;
	piece(f, 24, (NATLOOP_HELD_BYTES + 64) & ~7, w);
}

static void fragment_held(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r;
	piece(f, 24, 24, w);
}

static void fragment_tiny(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r;
	piece(f, 0, 16, w);
}

static void fragment_overlap(struct prog_run *r, struct frame *f, struct wire *w)
{
	piece(f, 0, 24, w);
	feed(r, w);
	piece(f, 16, 24, w);
}

static void fragment_endless(struct prog_run *r, struct frame *f, struct wire *w)
{
	piece(f, 0, 24, w);
	feed(r, w);
	frame_fragment_write(f, 24, 8, false, w);
	feed(r, w);
	piece(f, 40, 8, w);
	/* The last one completed it; another first one makes it known again, without an end. */
	tables_clear(r);
	piece(f, 0, 24, w);
	feed(r, w);
	frame_fragment_write(f, 32, 8, false, w);
	feed(r, w);
	piece(f, 40, 8, w);
}

static void fragment_refused(struct prog_run *r, struct frame *f, struct wire *w)
{
	fragment_overlap(r, f, w);
	feed(r, w);
	piece(f, 24, 8, w);
}

/* The client's port unreachable about what the server answered it. */
static struct frame_icmp unreachable(struct prog_run *r)
{
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame in = server_says(&d), heard = client_hears(&d, &in);

	dialogue_open(r, &d);
	return frame_icmp_about(ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, CLIENT, &heard);
}

static void icmp_bad(struct prog_run *r, struct frame *f, struct wire *w)
{
	struct frame_icmp icmp = unreachable(r);

	(void)f;
	icmp.check_error = 1;
	frame_icmp_write(&icmp, w);
}

static void icmp_stray(struct prog_run *r, struct frame *f, struct wire *w)
{
	struct frame_icmp icmp = unreachable(r);

	(void)f;
	icmp.quoted.dport++;
	frame_icmp_write(&icmp, w);
}

static void icmp_error(struct prog_run *r, struct frame *f, struct wire *w)
{
	struct frame_icmp icmp = unreachable(r);

	(void)f;
	frame_icmp_write(&icmp, w);
}

static void no_neighbour(struct prog_run *r, struct frame *f, struct wire *w)
{
	struct prog_result result = {};

	f->dport = 6000;
	frame_write(f, w);
	prog_run(r, w, &result);
	tables_age_nexthop(r, f, 400); /* ticks: more than 3 s */
}

static void too_big(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->payload = 1600;
	f->fragment = FRAME_DF;
}

static void split(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->payload = 1600;
	f->fragment = 0;
}

/* Into more pieces than are made of one packet. */
static void cannot_split(struct prog_run *r, struct frame *f, struct wire *w)
{
	split(r, f, w);
	f->dport = 5000;
	world_ip("route replace 192.168.12.0/24 dev eth2 src 192.168.12.1 mtu lock 80");
}

static void icmp(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->proto = IPPROTO_ICMP;
}

static void other_protocol(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->proto = IPPROTO_SCTP;
}

static void not_forwarded(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->dport = 22;
}

static void stray_rst(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->flags = RST;
}

static void loopback_source(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->src = ADDR(127, 0, 0, 1);
}

static void multicast_source(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->src = ADDR(239, 1, 2, 3);
}

static void broadcast_source(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->src = ADDR(192, 168, 11, 255);
}

static void own_source(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->src = ROUTER;
}

static void not_lan(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->src = INTERNET;
}

static void denied(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)f, (void)w;
	r->cfg->rule[r->cfg->rules++] = (struct natloop_rule){ .last = 65535 };
}

static void no_route(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)w;
	world_forward(r->cfg, IPPROTO_TCP, 7, 7, ADDR(10, 1, 1, 1), 7);
	f->dport = 7;
}

static void ttl_expired(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->ttl = 1;
}

static void table_full(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)f, (void)w;
	r->cfg->max_flows = 0;
}

static void client_limit(struct prog_run *r, struct frame *f, struct wire *w)
{
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	(void)w;
	r->cfg->client_flows = 1;
	dialogue_open(r, &d);
	f->sport++;
}

static void no_port(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)w;
	f->sport = 501;
	for (int port = 1; port < 1024; port += 2)
		tables_take_port(r, IPPROTO_TCP, PUBLIC, port);
}

static void new_flow(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)f, (void)w;
}

static void to_server(struct prog_run *r, struct frame *f, struct wire *w)
{
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	(void)f, (void)w;
	dialogue_open(r, &d);
}

static void to_client(struct prog_run *r, struct frame *f, struct wire *w)
{
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	(void)w;
	dialogue_open(r, &d);
	*f = server_says(&d);
}

static void busy(struct prog_run *r, struct frame *f, struct wire *w)
{
	struct natloop_tuple key = tables_key(f);

	to_server(r, f, w);
	assert_non_null(tables_pair(r, f));
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, tables_pair(r, f)->id), 1);
}

/* A packet of a flow from eth2, where its sender does not live. */
static void other_interface(struct prog_run *r, struct frame *f, struct wire *w)
{
	to_server(r, f, w);
	f->interface = ETH2;
	f->dmac = MAC_ROUTER_ETH2;
}

static void defer_nexthop(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)r, (void)w;
	f->dport = 6000;
}

static void defer_egress(struct prog_run *r, struct frame *f, struct wire *w)
{
	(void)w;
	r->cfg->link[1].flags = 0;
	f->dport = 5000;
}

#define XDP (1 << NATLOOP_HOOK_XDP)
#define TC (1 << NATLOOP_HOOK_TC)
#define SCENE(NAME, name, hooks) [NATLOOP_##NAME] = { name, hooks, NULL }

static const struct {
	scene_fn scene;
	int hooks; /* that can meet it at all */
	const char *unreachable;
} outcomes[NATLOOP_OUTCOME_COUNT] = {
	SCENE(NOT_IPV4, not_ipv4, XDP | TC),
	SCENE(UNRELATED, unrelated, XDP | TC),
	SCENE(OTHER_MAC, other_mac, XDP | TC),
	SCENE(UNKNOWN_VLAN, unknown_vlan, XDP | TC),
	SCENE(BAD_HEADER, bad_header, XDP | TC),
	SCENE(FRAGMENT, foreign_fragment, TC),
	SCENE(FRAGMENT_LIMIT, fragment_limit, TC),
	SCENE(FRAGMENT_HELD, fragment_held, TC),
	SCENE(FRAGMENT_TINY, fragment_tiny, TC),
	SCENE(FRAGMENT_OVERLAP, fragment_overlap, TC),
	SCENE(FRAGMENT_ENDLESS, fragment_endless, TC),
	SCENE(FRAGMENT_REFUSED, fragment_refused, TC),
	SCENE(DEFER_FRAGMENT, fragment, XDP),
	SCENE(ICMP, icmp, XDP | TC),
	SCENE(ICMP_BAD, icmp_bad, TC),
	SCENE(ICMP_STRAY, icmp_stray, TC),
	SCENE(ICMP_ERROR, icmp_error, TC),
	SCENE(DEFER_ICMP, icmp_stray, XDP),
	SCENE(OTHER_PROTOCOL, other_protocol, XDP | TC),
	SCENE(NOT_FORWARDED, not_forwarded, XDP | TC),
	SCENE(STRAY_RST, stray_rst, XDP | TC),
	SCENE(LOOPBACK_SOURCE, loopback_source, XDP | TC),
	SCENE(MULTICAST_SOURCE, multicast_source, XDP | TC),
	SCENE(BROADCAST_SOURCE, broadcast_source, XDP | TC),
	SCENE(OWN_SOURCE, own_source, XDP | TC),
	SCENE(NOT_LAN, not_lan, XDP | TC),
	SCENE(DENIED, denied, XDP | TC),
	SCENE(OTHER_INTERFACE, other_interface, TC),
	SCENE(DEFER_ARRIVAL, other_interface, XDP),
	SCENE(NO_ROUTE, no_route, XDP | TC),
	SCENE(TTL_EXPIRED, ttl_expired, XDP | TC),
	SCENE(TABLE_FULL, table_full, XDP | TC),
	SCENE(CLIENT_LIMIT, client_limit, XDP | TC),
	SCENE(NO_PORT, no_port, XDP | TC),
	SCENE(NO_NEIGHBOUR, no_neighbour, TC),
	SCENE(TOO_BIG, too_big, TC),
	SCENE(SPLIT, split, TC),
	SCENE(CANNOT_SPLIT, cannot_split, TC),
	SCENE(NEW_FLOW, new_flow, XDP | TC),
	SCENE(TO_SERVER, to_server, XDP | TC),
	SCENE(TO_CLIENT, to_client, XDP | TC),
	SCENE(BUSY, busy, TC),
	[NATLOOP_FAULT] = { NULL, 0, "the helpers refuse only when there is no memory" },
	SCENE(DEFER_BUSY, busy, XDP),
	SCENE(DEFER_NEXTHOP, defer_nexthop, XDP),
	SCENE(DEFER_EGRESS, defer_egress, XDP),
};

static void meet(struct prog_run *r, enum natloop_outcome outcome)
{
	struct frame f = frame_from(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 21116);
	struct prog_result result = {};
	struct wire w = {};

	prog_run_label(r, "%s", outcome_name(outcome));
	tables_clear(r);
	world_configure(r->cfg, r->ifindex);
	tables_reset_rates(r);
	outcomes[outcome].scene(r, &f, &w);
	/* XDP itself has these outcomes only when no answer is due. */
	if (outcome_fate(outcome) == NATLOOP_FATE_ANSWER && r->hook == NATLOOP_HOOK_XDP)
		tables_spend_rates(r);
	if (!w.length)
		frame_write(&f, &w);
	prog_run(r, &w, &result);
	CHECK(result.outcome == outcome, "%s: outcome %s", r->label, outcome_name(result.outcome));
	if (outcome_fate(outcome) == NATLOOP_FATE_SEND) {
		assert_int_equal(result.verdict, verdict_sent(r->hook, ETH1, ETH1));
		return;
	}
	if (outcome_fate(outcome) == NATLOOP_FATE_ANSWER && r->hook == NATLOOP_HOOK_TC) {
		assert_int_equal(result.verdict, verdict_sent(r->hook, ETH1, ETH1));
		return;
	}
	assert_int_equal(result.verdict, verdict_kept(r->hook, outcome_fate(outcome)));
	if (outcome_fate(outcome) == NATLOOP_FATE_PASS ||
	    outcome_fate(outcome) == NATLOOP_FATE_DEFER)
		expect_packet(r, &w, &w, &result.out);
}

static void each_outcome_has_its_packet(void **state)
{
	struct prog_run *r = *state;

	for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++) {
		if (outcomes[i].hooks & 1 << r->hook)
			meet(r, i);
	}
	tables_clear(r);
	for (int i = 0; i < NATLOOP_OUTCOME_COUNT; i++) {
		CHECK(outcomes[i].scene || outcomes[i].unreachable, "%s: no packet, no reason",
		      outcome_name(i));
		CHECK(!(outcomes[i].hooks & 1 << r->hook) == !r->reached[r->hook][i],
		      "%s was reached %u times", outcome_name(i), r->reached[r->hook][i]);
		if (outcomes[i].unreachable && r->hook == NATLOOP_HOOK_TC)
			print_message("%s is not reached: %s\n", outcome_name(i),
				      outcomes[i].unreachable);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(each_outcome_has_its_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
