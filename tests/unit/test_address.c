// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>

#include "number.h"
#include "unit.h"
#include "util.h"

static void numbers_are_strict(void **state)
{
	static const struct {
		const char *text;
		int err;
		unsigned int value;
	} cases[] = {
		{ "1", 0, 1 },
		{ "0", 0, 0 },
		{ "65535", 0, 65535 },
		{ "65536", -ERANGE, 0 },
		{ "4294967296", -ERANGE, 0 },
		{ "99999999999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "01", -EINVAL, 0 },
		{ "00", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
		{ "1.", -EINVAL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int value = 4711;
		int err = number_parse(cases[i].text, 0, 65535, &value);

		CHECK(err == cases[i].err, "\"%s\": returned %d, wanted %d", cases[i].text, err,
		      cases[i].err);
		CHECK(value == (err ? 4711 : cases[i].value), "\"%s\": value is %u", cases[i].text,
		      value);
	}
}

static void number_range_has_both_ends(void **state)
{
	unsigned int value;

	(void)state;
	CHECK(number_parse("63", 64, 100, &value) == -ERANGE, "63 is below 64");
	CHECK(number_parse("64", 64, 100, &value) == 0, "64 is the first");
	CHECK(number_parse("100", 64, 100, &value) == 0, "100 is the last");
	CHECK(number_parse("101", 64, 100, &value) == -ERANGE, "101 is beyond 100");
}

static void addresses_round_trip(void **state)
{
	static const char *const cases[] = { "0.0.0.0", "192.168.11.20", "172.16.16.1",
					     "255.255.255.255", "127.0.0.1" };
	char text[ADDRESS_TEXT_MAX];
	struct natloop_addr addr;
	struct problem p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(!address_parse(cases[i], &addr, &p), "%s: %s", cases[i], p.what);
		CHECK(address_is_v4(&addr), "%s: not mapped", cases[i]);
		CHECK(addr.w[3] == inet_addr(cases[i]), "%s: not in network order", cases[i]);
		check_text(cases[i], address_format(&addr, text, sizeof(text)), cases[i]);
	}
}

static void bad_addresses_are_refused(void **state)
{
	static const char *const cases[] = {
		"",	      "1",	 "1.2.3",	   "1.2.3.4.5", "1.2.3.256", "01.2.3.4",
		"010.1.1.1",  "0x7f.1",	 " 1.2.3.4",	   "1.2.3.4 ",	"1.2.3.4:5", "1.2.3.4/24",
		"2130706433", "fd00::1", "::ffff:1.2.3.4", "[::1]",	"host",	     "1,2,3,4",
	};
	const struct natloop_addr before = { { 1, 2, 3, 4 } };
	struct natloop_addr addr = before;
	struct problem p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(address_parse(cases[i], &addr, &p) == -EINVAL, "\"%s\" was taken", cases[i]);
		check_usage(cases[i], &p, cases[i]);
		CHECK(address_equal(&addr, &before), "\"%s\" touched the result", cases[i]);
	}
}

static void ipv6_is_refused_by_name(void **state)
{
	struct natloop_addr addr;
	struct problem p;

	(void)state;
	CHECK(address_parse("fd00::1", &addr, &p), "fd00::1 was taken");
	CHECK(strstr(p.what, "IPv6"), "does not speak of IPv6: %s", p.what);
	CHECK(address_parse("1.2.3.4:5", &addr, &p), "1.2.3.4:5 was taken");
	CHECK(!strstr(p.what, "IPv6"), "takes a port for IPv6: %s", p.what);
}

static void hosts_are_single_and_real(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "192.168.11.20", true },    { "1.0.0.0", true },
		{ "126.255.255.255", true },  { "128.0.0.0", true },
		{ "223.255.255.255", true },  { "0.0.0.0", false },
		{ "0.255.255.255", false },   { "127.0.0.0", false },
		{ "127.255.255.255", false }, { "224.0.0.0", false },
		{ "239.255.255.255", false }, { "240.0.0.0", false },
		{ "255.255.255.255", false }, { "fd00::1", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct natloop_addr addr = { { 0 } };
		struct problem p;
		int err = address_parse_host(cases[i].text, &addr, &p);

		CHECK(!err == cases[i].good, "%s: returned %d", cases[i].text, err);
		CHECK(address_is_zero(&addr) == !cases[i].good, "%s: wrong result", cases[i].text);
		if (err)
			check_usage(cases[i].text, &p, cases[i].text);
	}
}

static void prefixes_round_trip(void **state)
{
	static const struct {
		const char *text;
		const char *canonical;
	} cases[] = {
		{ "192.168.11.0/24", "192.168.11.0/24" }, { "192.168.11.2", "192.168.11.2/32" },
		{ "10.0.0.0/8", "10.0.0.0/8" },		  { "0.0.0.0/0", "0.0.0.0/0" },
		{ "128.0.0.0/1", "128.0.0.0/1" },	  { "1.2.3.4/32", "1.2.3.4/32" },
	};
	char text[ADDRESS_TEXT_MAX];
	struct prefix prefix;
	struct problem p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(!address_parse_prefix(cases[i].text, &prefix, &p), "%s: %s", cases[i].text,
		      p.what);
		check_text(cases[i].text, address_format_prefix(&prefix, text, sizeof(text)),
			   cases[i].canonical);
	}
}

static void bad_prefixes_are_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"/",
		"192.168.11.0/",
		"/24",
		"192.168.11.0/33",
		"192.168.11.0/-1",
		"192.168.11.0/08",
		"192.168.11.0/24/8",
		"192.168.11.2/24",
		"10.0.0.1/8",
		"fd00::/8",
		"192.168.11.0/255.255.255.0",
	};
	struct prefix before = { { { 1, 2, 3, 4 } }, { { 5, 6, 7, 8 } } };
	struct prefix prefix = before;
	struct problem p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(address_parse_prefix(cases[i], &prefix, &p) == -EINVAL, "\"%s\" was taken",
		      cases[i]);
		check_usage(cases[i], &p, cases[i]);
		CHECK(!memcmp(&prefix, &before, sizeof(prefix)), "\"%s\" touched the result",
		      cases[i]);
	}
	CHECK(address_parse_prefix("192.168.11.2/24", &prefix, &p), "host bits were taken");
	CHECK(strstr(p.remedy, "192.168.11.0/24"), "the remedy is not the prefix: %s", p.remedy);
}

static void membership(void **state)
{
	static const struct {
		const char *prefix;
		const char *addr;
		bool inside;
	} cases[] = {
		{ "192.168.11.0/24", "192.168.11.0", true },
		{ "192.168.11.0/24", "192.168.11.255", true },
		{ "192.168.11.0/24", "192.168.12.0", false },
		{ "192.168.11.0/24", "192.168.10.255", false },
		{ "192.168.11.2/32", "192.168.11.2", true },
		{ "192.168.11.2/32", "192.168.11.3", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
	};
	struct prefix prefix;
	struct natloop_addr addr;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(address_parse_prefix(cases[i].prefix, &prefix, NULL), 0);
		assert_int_equal(address_parse(cases[i].addr, &addr, NULL), 0);
		CHECK(address_in_prefix(&addr, &prefix) == cases[i].inside, "%s in %s",
		      cases[i].addr, cases[i].prefix);
	}
}

static void masks(void **state)
{
	struct natloop_addr mask;

	(void)state;
	mask = address_mask_v4(24);
	CHECK(mask.w[0] == 0xffffffff && mask.w[2] == 0xffffffff, "the upper 96 bits are not set");
	CHECK(mask.w[3] == htonl(0xffffff00), "/24 is %08x", ntohl(mask.w[3]));
	CHECK(address_mask_v4(0).w[3] == 0, "/0 is not empty");
	CHECK(address_mask_v4(32).w[3] == 0xffffffff, "/32 is not full");
	CHECK(address_mask_v4(99).w[3] == 0xffffffff, "more than 32 is not full");
}

static void formats(void **state)
{
	const struct natloop_addr v6 = { { htonl(0xfd000000), 0, 0, htonl(1) } };
	const struct natloop_addr v4 = address_from_v4(inet_addr("192.168.11.2"));
	const struct natloop_addr zero = { { 0 } };
	char text[ADDRESS_TEXT_MAX];
	char small[5];

	(void)state;
	check_text("v4", address_format_port(&v4, htons(40000), text, sizeof(text)),
		   "192.168.11.2:40000");
	check_text("v6", address_format_port(&v6, htons(443), text, sizeof(text)), "[fd00::1]:443");
	check_text("v6", address_format(&v6, text, sizeof(text)), "fd00::1");
	check_text("cut", address_format(&v4, small, sizeof(small)), "192.");
	CHECK(address_is_zero(&zero) && !address_is_v4(&zero), "zero is not IPv4");
	CHECK(!address_is_zero(&v4) && address_is_v4(&v4), "IPv4 is not zero");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_strict),
		cmocka_unit_test(number_range_has_both_ends),
		cmocka_unit_test(addresses_round_trip),
		cmocka_unit_test(bad_addresses_are_refused),
		cmocka_unit_test(ipv6_is_refused_by_name),
		cmocka_unit_test(hosts_are_single_and_real),
		cmocka_unit_test(prefixes_round_trip),
		cmocka_unit_test(bad_prefixes_are_refused),
		cmocka_unit_test(membership),
		cmocka_unit_test(masks),
		cmocka_unit_test(formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
