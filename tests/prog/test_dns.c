// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* natloop_dns: questions in, whole answers out. */
#include <arpa/inet.h>
#include <string.h>

#include "dns_world.h"

static const char *longest(void)
{
	static char name[254];

	/* 63 + 63 + 63 + 61 and three dots: 253 bytes, 255 on the wire. */
	memset(name, 'a', 253);
	name[63] = name[127] = name[191] = '.';
	return name;
}

static void the_address(void **state)
{
	struct world *w = *state;
	const struct way ways[] = { way_v4(), way_v6() };

	add_name(w, "a", "192.168.11.20");
	add_name(w, longest(), "192.168.11.20");
	for (int i = 0; i < 2; i++) {
		expect_a(w, &ways[i], NAME);
		expect_a(w, &ways[i], "RuStDeSk.eXaMpLe.CoM");
		expect_a(w, &ways[i], "a");
		expect_a(w, &ways[i], longest());
		expect_passed(w, &ways[i], "", NATLOOP_DNS_OTHER_NAME);
		expect_passed(w, &ways[i], "example.com", NATLOOP_DNS_OTHER_NAME);
		expect_passed(w, &ways[i], "xrustdesk.example.com", NATLOOP_DNS_OTHER_NAME);
		expect_passed(w, &ways[i], "a.rustdesk.example.com", NATLOOP_DNS_OTHER_NAME);
	}
}

static void wildcards(void **state)
{
	struct world *w = *state;
	const struct way way = way_v4();

	add_name(w, "*.house.example", "192.168.11.20");
	expect_passed(w, &way, "house.example", NATLOOP_DNS_OTHER_NAME);
	expect_passed(w, &way, "xhouse.example", NATLOOP_DNS_OTHER_NAME);
	expect_a(w, &way, "b.House.example");
	expect_a(w, &way, "c.b.house.example");
	/* The longest wins; an exact name wins over all, and hides nothing below it. */
	add_name(w, "*.b.house.example", "192.168.11.20");
	add_name(w, "*.example", "10.0.0.1");
	add_name(w, "*.c.house.example", "10.0.0.1");
	add_name(w, "d.c.house.example", "192.168.11.20");
	add_name(w, "b.house.example", "192.168.11.20");
	expect_a(w, &way, "x.b.house.example");
	expect_a(w, &way, "b.house.example");
	expect_a(w, &way, "d.c.house.example");
	expect_a(w, &way, "c.house.example");
	expect_a(w, &way, "e.f.house.example");
}

/* What is asked for, what of the addresses there is, and EDNS. */
static void types_and_edns(void **state)
{
	static const uint16_t types[] = { 1, 28, 2, 5, 6, 12, 15, 16, 33, 64, 65, 255, 256, 65535 };
	static const struct {
		const char *name, *addresses;
	} names[] = { { "four.x", "192.168.11.20" },
		      { "six.x", "fd00::20" },
		      { "both.x", "192.168.11.20,fd00::20" } };
	struct world *w = *state;
	struct in6_addr v6;

	inet_pton(AF_INET6, "fd00::20", &v6);
	for (unsigned int i = 0; i < 14 * 3 * 2 * 4; i++) {
		unsigned int n = i / 14 % 3, edns = i / (14 * 3 * 2);
		const struct way way = i / (14 * 3) % 2 ? way_v6() : way_v4();
		uint16_t type = types[i % 14], flags = RD * (i % 2) | 0x10 * (i / 2 % 2);
		enum natloop_dns_outcome outcome = NATLOOP_DNS_NODATA;
		struct message ask, answer;
		struct wire in;

		prog_run_label(w->r, "%s, type %u, EDNS %u", names[n].name, type, edns);
		add_name(w, names[n].name, names[n].addresses);
		/* AD means that the answer's AD is understood: there is none. */
		message_begin(&ask, i, flags | 0x20 * (i / 4 % 2), names[n].name, type);
		message_begin(&answer, i, 0x8480 | flags, names[n].name, type);
		if (type == TYPE_A && n != 1) {
			message_put_address(&answer, type, 60, dns_v4, 4);
			outcome = NATLOOP_DNS_A;
		} else if (type == TYPE_AAAA && n) {
			message_put_address(&answer, type, 60, &v6, 16);
			outcome = NATLOOP_DNS_AAAA;
		} else {
			message_put_soa(&answer, 60);
		}
		if (edns) {
			message_put_opt(&ask, 4096, edns == 1 ? 0 : 0x8000, edns == 3 ? 12 : 0);
			message_put_opt(&answer, 1232, edns == 1 ? 0 : 0x8000, 0);
		}
		way_write(&way, &ask, &in);
		answered(w, &way, &in, &answer, outcome);
	}
}

static void tags(void **state)
{
	struct world *w = *state;
	struct way way = way_v4();

	world_link(w->r->cfg, w->r->ifindex[ETH1], w->r->ifindex[ETH1], 10, 0);
	world_link(w->r->cfg, w->r->ifindex[ETH1], w->r->ifindex[ETH1], 10, 20);
	for (int six = 0; six < 2; six++) {
		way = six ? way_v6() : way_v4();
		way.tags = 1;
		way.tag[0] = 10;
		expect_a(w, &way, NAME);
		way.tags = 2;
		way.tag[1] = 20;
		expect_a(w, &way, NAME);
		way.tag[1] = 21;
		expect_passed(w, &way, NAME, NATLOOP_DNS_NOT_LAN);
	}
}

static void checksums(void **state)
{
	struct world *w = *state;

	for (int six = 0; six < 2; six++) {
		const struct way way = six ? way_v6() : way_v4();
		struct message ask, answer;
		struct wire in;
		uint32_t sum;

		prog_run_label(w->r, "checksum, IPv%d", six ? 6 : 4);
		message_begin(&ask, 1, RD, NAME, TYPE_A);
		message_begin(&answer, 1, ANSWER, NAME, TYPE_A);
		message_put_address(&answer, TYPE_A, 60, dns_v4, 4);
		way_write(&way, &ask, &in);
		in.byte[in.l4 + 7] ^= 1;
		passes(w, &in, NATLOOP_DNS_CHECKSUM);
		wire_put16(&in, in.l4 + 6, 0);
		if (six)
			passes(w, &in, NATLOOP_DNS_CHECKSUM);
		else
			answered(w, &way, &in, &answer, NATLOOP_DNS_A);
		/* Unfinished: the pseudo header's sum alone. */
		sum = 17 + in.length - in.l4;
		for (int i = in.l3 + (six ? 8 : 12); i < in.l4; i += 2)
			sum += in.byte[i] << 8 | in.byte[i + 1];
		sum = (sum & 0xffff) + (sum >> 16);
		wire_put16(&in, in.l4 + 6, (sum & 0xffff) + (sum >> 16));
		answered(w, &way, &in, &answer, NATLOOP_DNS_A);
		/* What makes the answer's sum 0: some id does. */
		for (int id = 0; id < 65536; id += six ? 911 : 907) {
			message_begin(&ask, id, RD, NAME, TYPE_A);
			message_begin(&answer, id, ANSWER, NAME, TYPE_A);
			message_put_address(&answer, TYPE_A, 60, dns_v4, 4);
			way_write(&way, &ask, &in);
			answered(w, &way, &in, &answer, NATLOOP_DNS_A);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DNS_TEST(the_address), DNS_TEST(wildcards), DNS_TEST(types_and_edns),
		DNS_TEST(tags),	       DNS_TEST(checksums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
