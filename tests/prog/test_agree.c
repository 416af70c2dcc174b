// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same packets through both hooks. They must agree on the outcome, and on every byte of what
 * they send and pass, but for these:
 *	- VLAN tags: XDP sends them back with the frame; TC takes them off, because the layer 3
 *	  interface that the packet leaves by puts its own on.
 *	- What XDP leaves to TC (outcomes defer_*): XDP passes it as it came. TC may then send it by
 *	  the kernel's neighbour code; BPF_PROG_RUN shows the MAC addresses (bytes 0 to 11) before
 *	  that code has filled them in.
 *	- A SNAT port that is not the client's own is random: it and the transport checksum, which
 *	  covers it. (That it is right then is checked in test_flows.c.)
 * NATLOOP_SEED in the environment gives other packets.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"
#include "tables.h"

#define CASES 1500
#define MAC_BYTES 12
#define PICK(array) (array)[pick(sizeof(array) / sizeof((array)[0]))]

static uint64_t seed;

/* xorshift64: the same numbers on every machine. */
static uint32_t pick(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 32) % below;
}

static bool one_in(uint32_t n)
{
	return !pick(n);
}

static void pick_tags(struct frame *f)
{
	static const uint16_t types[] = { 0x8100, 0x88a8 };
	static const uint16_t ids[] = { 0, 10, 100, 20, 4095 };

	if (!one_in(4))
		return;
	f->tags = 1 + pick(3);
	for (int i = 0; i < f->tags; i++)
		f->tag[i] = (struct frame_tag){ PICK(types), pick(16) << 12 | PICK(ids) };
}

/* From anywhere to anywhere. */
static struct frame pick_stranger(void)
{
	static const uint8_t protos[] = { 6, 6, 6, 17, 17, 17, 1, 47, 132 };
	static const uint32_t sources[] = {
		CLIENT,
		CLIENT,
		CLIENT,
		CLIENT2,
		SERVER,
		SERVER,
		SERVER_ETH2,
		CLIENT_ETH2,
		ROUTER,
		PUBLIC,
		INTERNET,
		ADDR(127, 0, 0, 1),
		ADDR(224, 0, 0, 5),
		ADDR(192, 168, 11, 255),
		ADDR(255, 255, 255, 255),
		0,
	};
	static const uint32_t destinations[] = {
		PUBLIC, PUBLIC, PUBLIC, PUBLIC, PUBLIC2, ROUTER, SERVER, INTERNET,
	};
	static const uint16_t ports[] = { 21115, 21116, 21116, 21117, 8443,  9004,
					  5000,	 6000,	53,    40000, 21118, 0 };
	static const uint16_t sports[] = { 40000, 40001, 21116, 7004, 443, 5000, 1 };

	return frame_from(PICK(protos), PICK(sources), PICK(sports), PICK(destinations),
			  PICK(ports));
}

/* A packet of one of the flows that prepare() opens, in either direction. */
static struct frame pick_known(void)
{
	struct dialogue d = dialogue_with(one_in(2) ? IPPROTO_TCP : IPPROTO_UDP);

	return one_in(2) ? client_says(&d) : server_says(&d);
}

static struct frame pick_frame(void)
{
	static const uint8_t ttls[] = { 64, 64, 64, 255, 2, 1, 0 };
	static const uint16_t fragments[] = { 0, FRAME_DF, FRAME_DF, FRAME_DF, FRAME_MF, 100 };
	static const uint8_t *const macs[] = { MAC_STRANGER, MAC_BROADCAST, MAC_ROUTER_ETH2 };
	struct frame f = one_in(3) ? pick_known() : pick_stranger();

	if (one_in(8))
		f.dmac = PICK(macs);
	pick_tags(&f);
	f.tos = pick(256);
	f.id = pick(65536);
	f.fragment = PICK(fragments);
	f.ttl = PICK(ttls);
	f.ip_options = one_in(3) ? pick(11) * 4 : 0;
	f.tcp_options = one_in(2) ? pick(11) * 4 : 0;
	f.flags = pick(256);
	f.no_check = one_in(6);
	f.check_error = one_in(6) ? pick(65536) : 0;
	f.ip_check_error = one_in(6) ? pick(65536) : 0;
	f.payload = pick(200);
	f.payload_word = pick(65536);
	f.padding = one_in(4) ? pick(40) : 0;
	return f;
}

/* A header byte overwritten, or the frame cut. */
static void damage(struct wire *w)
{
	if (one_in(4))
		w->byte[12 + pick(w->length - 12)] = pick(256);
	if (one_in(8))
		w->byte[w->l3] = 4 << 4 | pick(16);
	if (one_in(8))
		w->length = 14 + pick(w->length - 13);
}

/* Fresh tables, with flows in them if @open says so. */
static void prepare(struct prog_run *r, bool open)
{
	enum natloop_hook hook = r->hook;
	struct dialogue d = dialogue_with(IPPROTO_TCP);

	tables_clear(r);
	if (!open)
		return;
	r->hook = NATLOOP_HOOK_TC;
	dialogue_open(r, &d);
	d.proto = IPPROTO_UDP;
	dialogue_open(r, &d);
	d.dialled = d.server_port = 5000;
	d.server = SERVER_ETH2;
	dialogue_open(r, &d);
	r->hook = hook;
}

/* Takes the tags off, as TC does. */
static void untag(struct wire *w, int tags)
{
	memmove(w->byte + MAC_BYTES, w->byte + MAC_BYTES + 4 * tags,
		w->length - MAC_BYTES - 4 * tags);
	w->length -= 4 * tags;
}

/* Where both moved the client to another port: gives @a the port and the checksum of @b. */
static void overlook_random_port(const struct wire *in, struct wire *a, const struct wire *b,
				 int tags)
{
	size_t l3 = 14, l4 = l3 + 4 * (b->byte[l3] & 0xf);
	size_t check = l4 + (b->byte[l3 + 9] == IPPROTO_TCP ? 16 : 6);
	const uint8_t *own = in->byte + l4 + 4 * tags;

	if (!memcmp(own, a->byte + l4, 2) || !memcmp(own, b->byte + l4, 2))
		return;
	memcpy(a->byte + l4, b->byte + l4, 2);
	if (b->byte[l3 + 9] == IPPROTO_TCP || (own[6] | own[7]))
		memcpy(a->byte + check, b->byte + check, 2);
}

static void compare(struct prog_run *r, const struct wire *in, int tags,
		    const struct prog_result *xdp, const struct prog_result *tc)
{
	enum natloop_fate fate = outcome_fate(xdp->outcome);
	struct wire sent = xdp->out;

	if (fate == NATLOOP_FATE_DEFER) {
		assert_int_equal(xdp->verdict, verdict_kept(NATLOOP_HOOK_XDP, fate));
		expect_packet(r, in, in, &xdp->out);
		return;
	}
	CHECK(xdp->outcome == tc->outcome, "%s: XDP says %s, TC says %s", r->label,
	      outcome_name(xdp->outcome), outcome_name(tc->outcome));
	if (fate == NATLOOP_FATE_SEND) {
		untag(&sent, tags);
		if (xdp->outcome == NATLOOP_NEW_FLOW)
			overlook_random_port(in, &sent, &tc->out, tags);
		expect_packet(r, in, &sent, &tc->out);
		return;
	}
	assert_int_equal(xdp->verdict, verdict_kept(NATLOOP_HOOK_XDP, fate));
	assert_int_equal(tc->verdict, verdict_kept(NATLOOP_HOOK_TC, fate));
	expect_packet(r, in, in, &xdp->out);
	expect_packet(r, in, in, &tc->out);
}

/* As on an interface with both: TC gets what XDP does not send, and it ends as with TC alone. */
static void compare_chain(struct prog_run *r, const struct wire *in, int tags, bool open,
			  const struct prog_result *tc)
{
	struct prog_result first = {}, second = {};

	prepare(r, open);
	assert_int_equal(prog_run_try(r, NATLOOP_HOOK_XDP, in, &first), 0);
	if (outcome_fate(first.outcome) == NATLOOP_FATE_SEND)
		return;
	first.out.interface = in->interface;
	assert_int_equal(prog_run_try(r, NATLOOP_HOOK_TC, &first.out, &second), 0);
	CHECK(second.outcome == tc->outcome, "%s: TC alone says %s, behind XDP %s", r->label,
	      outcome_name(tc->outcome), outcome_name(second.outcome));
	assert_int_equal(second.verdict, tc->verdict);
	if (second.outcome == NATLOOP_NEW_FLOW)
		overlook_random_port(in, &second.out, &tc->out, tags);
	expect_packet(r, in, &tc->out, &second.out);
}

static void one_case(struct prog_run *r, const struct frame *f, bool broken)
{
	struct prog_result xdp = {}, tc = {};
	bool open = one_in(2);
	struct wire in = {};
	int err;

	frame_write(f, &in);
	if (broken)
		damage(&in);
	prepare(r, open);
	err = prog_run_try(r, NATLOOP_HOOK_TC, &in, &tc);
	/* BPF_PROG_RUN makes no skb of a frame without the IPv4 header that it announces. */
	if (err == -EINVAL && in.length < 34)
		return;
	CHECK(!err, "%s: the kernel did not run the program: %s", r->label, strerror(-err));
	tables_audit(r);
	prepare(r, open);
	assert_int_equal(prog_run_try(r, NATLOOP_HOOK_XDP, &in, &xdp), 0);
	tables_audit(r);
	compare(r, &in, f->tags, &xdp, &tc);
	compare_chain(r, &in, f->tags, open, &tc);
	tables_clear(r);
}

static void configure(struct prog_run *r)
{
	struct natloop_link *link = world_link(r->cfg, r->ifindex[ETH1], r->ifindex[ETH1], 10, 0);

	link->flags = 0;
	world_link(r->cfg, r->ifindex[ETH1], r->ifindex[ETH1], 100, 20);
}

static void run_cases(struct prog_run *r, bool broken)
{
	const char *given = getenv("NATLOOP_SEED");
	unsigned long long first = given ? strtoull(given, NULL, 0) : 20250101;

	print_message("NATLOOP_SEED=%llu\n", first);
	seed = first ? first : 1;
	configure(r);
	for (int i = 0; i < CASES; i++) {
		struct frame f = pick_frame();

		prog_run_label(r, "seed %llu, case %d", first, i);
		one_case(r, &f, broken);
	}
}

static void good_packets(void **state)
{
	run_cases(*state, false);
}

static void damaged_packets(void **state)
{
	run_cases(*state, true);
}

/* The loops above are worth something only if they get everywhere. */
static void they_get_everywhere(void **state)
{
	struct prog_run *r = *state;
	static const enum natloop_outcome wanted[] = {
		NATLOOP_NOT_IPV4,	 NATLOOP_UNRELATED,	   NATLOOP_OTHER_MAC,
		NATLOOP_UNKNOWN_VLAN,	 NATLOOP_BAD_HEADER,	   NATLOOP_ICMP,
		NATLOOP_OTHER_PROTOCOL,	 NATLOOP_NOT_FORWARDED,	   NATLOOP_STRAY_RST,
		NATLOOP_LOOPBACK_SOURCE, NATLOOP_MULTICAST_SOURCE, NATLOOP_BROADCAST_SOURCE,
		NATLOOP_OWN_SOURCE,	 NATLOOP_NOT_LAN,	   NATLOOP_NEW_FLOW,
		NATLOOP_TO_SERVER,	 NATLOOP_TO_CLIENT,
	};

	run_cases(r, true);
	for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			CHECK(r->reached[hook][wanted[i]], "%s was never reached by %s",
			      outcome_name(wanted[i]), hook == NATLOOP_HOOK_TC ? "TC" : "XDP");
	}
	CHECK(r->reached[NATLOOP_HOOK_TC][NATLOOP_TTL_EXPIRED], "never answered");
	CHECK(r->reached[NATLOOP_HOOK_TC][NATLOOP_FRAGMENT_HELD], "never held");
	CHECK(r->reached[NATLOOP_HOOK_XDP][NATLOOP_DEFER_NEXTHOP], "never left to TC");
	CHECK(r->reached[NATLOOP_HOOK_XDP][NATLOOP_DEFER_FRAGMENT], "never left to TC");
	CHECK(r->reached[NATLOOP_HOOK_XDP][NATLOOP_DEFER_ICMP], "never left to TC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_XDP(good_packets),
		PROG_TEST_XDP(damaged_packets),
		PROG_TEST_XDP(they_get_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
