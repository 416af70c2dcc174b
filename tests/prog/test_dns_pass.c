// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* natloop_dns: who may ask whom, and that all else comes out byte for byte as it came. */
#include <bpf/bpf.h>
#include <string.h>

#include "dns_world.h"

/* A byte of a good question changed: where, to what. Offsets from the message on. */
static void unusual_messages(void **state)
{
	static const struct {
		int at;
		uint8_t value;
	} bad[] = {
		{ 2, 0x80 },  { 2, 0x08 }, { 2, 0x78 }, { 2, 0x02 }, { 3, 0x40 },  { 3, 0x01 },
		{ 5, 0 },     { 5, 2 },	   { 4, 1 },	{ 7, 1 },    { 6, 1 },	   { 9, 1 },
		{ 8, 1 },     { 11, 0 },   { 11, 2 },	{ 10, 1 },   { 12, 0xc0 }, { 12, 64 },
		{ 12, 0x80 }, { 12, 7 },   { 12, 9 },	{ 14, 0 },   { 14, '.' },  { 35, 251 },
		{ 35, 252 },  { 35, 249 }, { 35, 0 },	{ 35, 41 },  { 37, 3 },	   { 37, 255 },
		{ 36, 1 },    { 38, 1 },   { 40, 42 },	{ 44, 1 },   { 48, 1 },	   { 47, 1 },
	};
	struct world *w = *state;
	const struct way ways[] = { way_v4(), way_v6() };

	for (size_t i = 0; i < 2 * sizeof(bad) / sizeof(bad[0]); i++) {
		struct message ask;
		struct wire in;

		prog_run_label(w->r, "byte %d is %#x", bad[i / 2].at, bad[i / 2].value);
		message_begin(&ask, 1, RD, NAME, TYPE_A);
		message_put_opt(&ask, 1232, 0, 0);
		ask.byte[bad[i / 2].at] = bad[i / 2].value;
		way_write(&ways[i % 2], &ask, &in);
		passes(w, &in, NATLOOP_DNS_UNUSUAL);
	}
}

/* Cut anywhere, or with bytes behind it. */
static void lengths(void **state)
{
	struct world *w = *state;
	const struct way ways[] = { way_v4(), way_v6() };

	for (int i = 0; i < 2 * 70; i++) {
		struct message ask;
		struct wire in;

		message_begin(&ask, 1, RD, NAME, TYPE_A);
		message_put_opt(&ask, 1232, 0, 0);
		if (i / 2 == ask.length)
			continue;
		prog_run_label(w->r, "%d of %d bytes", i / 2, ask.length);
		ask.length = i / 2;
		way_write(&ways[i % 2], &ask, &in);
		passes(w, &in, NATLOOP_DNS_UNUSUAL);
	}
	for (int i = 0; i < 2 * 2; i++) {
		struct message ask;
		struct wire in;

		message_begin(&ask, 1, RD, NAME, TYPE_A);
		message_put_opt(&ask, 1232, 0, 512 - 49 + i / 2);
		prog_run_label(w->r, "%u bytes", ask.length);
		way_write(&ways[i % 2], &ask, &in);
		if (ask.length > 512)
			passes(w, &in, NATLOOP_DNS_UNUSUAL);
		/* The UDP length says less or more than there is. */
		in.byte[in.l4 + 5]++;
		passes(w, &in, NATLOOP_DNS_UNUSUAL);
		in.byte[in.l4 + 5] -= 2;
		passes(w, &in, NATLOOP_DNS_UNUSUAL);
	}
}

/* 256 bytes, and labels that never end. */
static void too_long_names(void **state)
{
	struct world *w = *state;
	struct way way = way_v4();
	char name[300];
	struct message ask;
	struct wire in;

	add_name(w, "*.lan", "192.168.11.20");
	for (int length = 250; length < 260; length++) {
		memset(name, 'a', sizeof(name));
		for (int i = 3; i < length; i += 50)
			name[i] = '.';
		strcpy(name + length - 4, ".lan");
		if (length <= 253) {
			expect_a(w, &way, name);
			continue;
		}
		expect_passed(w, &way, name, NATLOOP_DNS_UNUSUAL);
	}
	message_begin(&ask, 1, RD, "", TYPE_A);
	ask.length = 12;
	for (int i = 0; i < 400; i++)
		message_put(&ask, i % 2 ? "a" : "\1", 1);
	prog_run_label(w->r, "no end");
	way_write(&way, &ask, &in);
	passes(w, &in, NATLOOP_DNS_UNUSUAL);
}

/* Headers that are none of ours: not even counted. */
static void unusual_packets(void **state)
{
	static const struct {
		bool six;
		int at; /* from the IP header on */
		uint8_t value;
	} bad[] = {
		{ false, 0, 0x46 }, { false, 0, 0x55 }, { false, 6, 0x20 }, { false, 7, 1 },
		{ false, 9, 6 },    { false, 2, 1 },	{ false, 22, 1 },   { true, 0, 0x50 },
		{ true, 6, 0 },	    { true, 6, 44 },	{ true, 6, 60 },    { true, 6, 6 },
		{ true, 4, 1 },	    { true, 42, 1 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct way way = bad[i].six ? way_v6() : way_v4();
		struct message ask;
		struct wire in;

		prog_run_label(w->r, "IPv%d byte %d is %#x", bad[i].six ? 6 : 4, bad[i].at,
			       bad[i].value);
		message_begin(&ask, 1, RD, NAME, TYPE_A);
		way_write(&way, &ask, &in);
		in.byte[in.l3 + bad[i].at] = bad[i].value;
		if (!bad[i].six && (in.byte[in.l3] & 15) == 5) {
			wire_put16(&in, in.l3 + 10, 0);
			wire_put16(&in, in.l3 + 10, wire_sum(in.byte + in.l3, 20, 0));
		}
		passes(w, &in, NATLOOP_DNS_OUTCOME_COUNT);
	}
}

static void sources(void **state)
{
	static const uint32_t bad[] = { ADDR(127, 0, 0, 1),
					ADDR(224, 0, 0, 1),
					ADDR(255, 255, 255, 255),
					ADDR(0, 0, 0, 0),
					ADDR(192, 168, 11, 255),
					ADDR(192, 168, 11, 0),
					ROUTER,
					CLIENT_ETH2,
					INTERNET,
					PUBLIC };
	static const char *const bad6[] = { "::",	  "::1",	 "ff02::1",
					    "fd00:11::1", "2001:db8::1", "::192.168.11.2" };
	struct world *w = *state;
	struct way way = way_v4();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		way.src = bad[i];
		expect_passed(w, &way, NAME, NATLOOP_DNS_NOT_LAN);
	}
	/* Not in a LAN's prefix, but behind another router in it. */
	world_ip("route add 10.9.0.0/16 via 192.168.11.3 dev eth1");
	way.src = ADDR(10, 9, 1, 1);
	expect_a(w, &way, NAME);
	way = way_v6();
	for (size_t i = 0; i < sizeof(bad6) / sizeof(bad6[0]); i++) {
		way.src6 = bad6[i];
		expect_passed(w, &way, NAME, NATLOOP_DNS_NOT_LAN);
	}
	/* IPv4 in the guise of IPv6. */
	way.src6 = "::ffff:192.168.11.2";
	expect_passed(w, &way, NAME, NATLOOP_DNS_OUTCOME_COUNT);
	way.src6 = "fe80::2";
	expect_a(w, &way, NAME);
	way.dst6 = "fe80::1";
	expect_a(w, &way, NAME);
	world_ip("-6 route add 2001:db8:9::/48 via fd00:11::9 dev eth1");
	way = way_v6();
	way.src6 = "2001:db8:9::1";
	expect_a(w, &way, NAME);
	way.sport = 0;
	expect_passed(w, &way, NAME, NATLOOP_DNS_UNUSUAL);
}

/* Several datagrams that were merged on receipt. */
static void merged(void **state)
{
	struct world *w = *state;
	const struct way ways[] = { way_v4(), way_v6() };

	for (int i = 0; i < 2; i++) {
		w->gso_size = 20;
		expect_passed(w, &ways[i], NAME, NATLOOP_DNS_UNUSUAL);
		w->gso_size = 0;
		expect_a(w, &ways[i], NAME);
	}
}

/* Where the default route goes out of the LAN's interface, the Internet is no LAN. */
static void the_internet(void **state)
{
	struct world *w = *state;
	struct way way = way_v4(), way6 = way_v6();

	way.src = INTERNET;
	way6.src6 = "2001:db8:53::1";
	expect_passed(w, &way, NAME, NATLOOP_DNS_NOT_LAN);
	expect_passed(w, &way6, NAME, NATLOOP_DNS_NOT_LAN);
	world_ip("route add default via 192.168.11.3 dev eth1");
	world_ip("-6 route add default via fd00:11::3 dev eth1");
	expect_passed(w, &way, NAME, NATLOOP_DNS_NOT_LAN);
	expect_passed(w, &way6, NAME, NATLOOP_DNS_NOT_LAN);
	/* Its neighbours are as they were, also those that the configuration does not know. */
	way = way_v4();
	way6 = way_v6();
	expect_a(w, &way, NAME);
	expect_a(w, &way6, NAME);
	world_ip("route add 10.7.0.0/16 dev eth1");
	way.src = ADDR(10, 7, 1, 1);
	expect_a(w, &way, NAME);
}

static void set_config(struct world *w, const struct natloop_dns_config *config)
{
	uint32_t key = 0;

	CHECK(!bpf_map_update_elem(w->dns.map[DATAPLANE_DNS_CONFIG], &key, config, BPF_ANY), "%m");
}

static void targets(void **state)
{
	struct world *w = *state;
	struct natloop_dns_config config = { .resolvers = 1, .resolver = { world_addr(INTERNET) } };
	static const uint32_t other[] = { INTERNET,
					  ADDR(9, 9, 9, 9),
					  ADDR(192, 168, 11, 255),
					  ADDR(255, 255, 255, 255),
					  ADDR(224, 0, 0, 251),
					  SERVER };
	struct way way = way_v4(), way6 = way_v6();

	for (int route = 0; route < 2; route++) {
		for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
			way.dst = other[i];
			expect_passed(w, &way, NAME, NATLOOP_DNS_OTHER_TARGET);
		}
		way6.dst6 = "2001:db8::53";
		expect_passed(w, &way6, NAME, NATLOOP_DNS_OTHER_TARGET);
		way6.dst6 = "fd00:11::2:2";
		expect_passed(w, &way6, NAME, NATLOOP_DNS_OTHER_TARGET);
		/* With a default route, and without. */
		world_ip("route add default via 192.168.12.20 dev eth2");
		world_ip("-6 route add default via fe80::99 dev eth1");
		if (route)
			break;
		world_ip("route del default");
		world_ip("-6 route del default");
	}
	/* Addresses that the configuration does not know are the kernel's. */
	world_ip("addr add 203.0.113.7/24 dev eth2");
	world_ip("-6 addr add 2001:db8:7::7/64 dev eth2 nodad");
	way.dst = ADDR(203, 0, 113, 7);
	way6.dst6 = "2001:db8:7::7";
	expect_a(w, &way, NAME);
	expect_a(w, &way6, NAME);
	way.dst = ROUTER_ETH2;
	expect_a(w, &way, NAME);
	set_config(w, &config);
	way.dst = INTERNET;
	expect_a(w, &way, NAME);
	way.dst = ADDR(9, 9, 9, 9);
	expect_passed(w, &way, NAME, NATLOOP_DNS_OTHER_TARGET);
	config.any = 1;
	set_config(w, &config);
	expect_a(w, &way, NAME);
	way6.dst6 = "2001:db8::53";
	expect_a(w, &way6, NAME);
	way.dst = ADDR(224, 0, 0, 251);
	expect_passed(w, &way, NAME, NATLOOP_DNS_OTHER_TARGET);
	/* A LAN's broadcast addresses are no resolver's, even in a frame that is for us alone. */
	way.dst = ADDR(192, 168, 11, 255);
	expect_passed(w, &way, NAME, NATLOOP_DNS_OTHER_TARGET);
	way.dst = ADDR(192, 168, 11, 0);
	expect_passed(w, &way, NAME, NATLOOP_DNS_OTHER_TARGET);
	/* natloop translates it, in every mode. */
	way.dst = PUBLIC;
	expect_passed(w, &way, NAME, NATLOOP_DNS_FORWARDED);
}

static void for_another_mac(void **state)
{
	struct world *w = *state;
	struct way way = way_v4();

	way.dmac = MAC_SERVER;
	expect_passed(w, &way, NAME, NATLOOP_DNS_OTHER_TARGET);
	way.dmac = MAC_BROADCAST;
	expect_passed(w, &way, NAME, NATLOOP_DNS_OTHER_TARGET);
}

/* Short frames are filled up; that is no part of the message. */
static void padding(void **state)
{
	struct world *w = *state;
	struct way way = way_v4();
	struct message ask, answer;
	struct wire in;

	add_name(w, "a", "192.168.11.20");
	message_begin(&ask, 1, RD, "a", TYPE_A);
	message_begin(&answer, 1, ANSWER, "a", TYPE_A);
	message_put_address(&answer, TYPE_A, 60, dns_v4, 4);
	way_write(&way, &ask, &in);
	prog_run_label(w->r, "padding");
	in.length += 1000;
	answered(w, &way, &in, &answer, NATLOOP_DNS_A);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DNS_TEST(unusual_messages), DNS_TEST(lengths), DNS_TEST(too_long_names),
		DNS_TEST(unusual_packets),  DNS_TEST(sources), DNS_TEST(targets),
		DNS_TEST(for_another_mac),  DNS_TEST(padding), DNS_TEST(the_internet),
		DNS_TEST(merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
