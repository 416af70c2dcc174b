// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "address.h"
#include "forward_text.h"
#include "same_settings.h"
#include "unit.h"
#include "util.h"

typedef int (*setter)(struct settings *s, const char *text, struct problem *p);

static int set_udp_timeout(struct settings *s, const char *text, struct problem *p)
{
	return settings_set_timeout(s, NATLOOP_TIMEOUT_UDP, text, p);
}

static int set_fragment_timeout(struct settings *s, const char *text, struct problem *p)
{
	return settings_set_timeout(s, NATLOOP_TIMEOUT_FRAGMENT, text, p);
}

static const struct {
	const char *name;
	setter set;
	const char *text;
	bool good;
} values_cases[] = {
	{ "interface", settings_add_interface, "eth1", true },
	{ "interface", settings_add_interface, "br-lan.10", true },
	{ "interface", settings_add_interface, "123456789012345", true },
	{ "interface", settings_add_interface, "1234567890123456", false },
	{ "interface", settings_add_interface, "", false },
	{ "interface", settings_add_interface, ".", false },
	{ "interface", settings_add_interface, "..", false },
	{ "interface", settings_add_interface, "a/b", false },
	{ "interface", settings_add_interface, "a b", false },
	{ "interface", settings_add_interface, "eth0:1", false },
	{ "interface", settings_add_interface, "--all", false },
	{ "public", settings_add_public, "auto", true },
	{ "public", settings_add_public, "172.16.16.1", true },
	{ "public", settings_add_public, "eth0", true },
	{ "public", settings_add_public, "rustdesk.example.com", true },
	{ "public", settings_add_public, "172.16.16.256", false },
	{ "public", settings_add_public, "172.16.16", false },
	{ "public", settings_add_public, "127.0.0.1", false },
	{ "public", settings_add_public, "fd00::1", false },
	{ "public", settings_add_public, "", false },
	{ "public", settings_add_public, "a b", false },
	{ "public", settings_add_public, "172.16.16.1/32", false },
	{ "lan", settings_add_lan, "192.168.12.0/24", true },
	{ "lan", settings_add_lan, "192.168.12.9", true },
	{ "lan", settings_add_lan, "192.168.12.9/24", false },
	{ "lan", settings_add_lan, "0.0.0.0/0", false },
	{ "lan", settings_add_lan, "0.0.0.0/7", true },
	{ "lan", settings_add_lan, "0.0.0.0/8", false },
	{ "lan", settings_add_lan, "127.0.0.0/8", false },
	{ "lan", settings_add_lan, "127.0.0.1", false },
	{ "lan", settings_add_lan, "224.0.0.0/4", false },
	{ "lan", settings_add_lan, "224.0.0.0/3", true },
	{ "lan", settings_add_lan, "240.0.0.0/5", false },
	{ "lan", settings_add_lan, "255.255.255.255", false },
	{ "lan", settings_add_lan, "223.0.0.0/8", true },
	{ "interface", settings_add_interface, "eth\x9b", false },
	{ "interface", settings_add_interface, "eth\xc2\x9b", false },
	{ "interface", settings_add_interface, "\xc3\xa9th0", true },
	{ "lan", settings_add_lan, "eth1", false },
	{ "mode", settings_set_mode, "auto", true },
	{ "mode", settings_set_mode, "xdp", true },
	{ "mode", settings_set_mode, "xdp-generic", true },
	{ "mode", settings_set_mode, "tc", true },
	{ "mode", settings_set_mode, "TC", false },
	{ "mode", settings_set_mode, "xdp-gen", false },
	{ "mode", settings_set_mode, "", false },
	{ "snat", settings_set_snat, "public", true },
	{ "snat", settings_set_snat, "router", true },
	{ "snat", settings_set_snat, "10.0.0.1", true },
	{ "snat", settings_set_snat, "127.0.0.1", false },
	{ "snat", settings_set_snat, "0.0.0.0", false },
	{ "snat", settings_set_snat, "prefix:10.0.0.0/24", false },
	{ "snat", settings_set_snat, "none", false },
	{ "max-flows", settings_set_max_flows, "64", true },
	{ "max-flows", settings_set_max_flows, "1000000", true },
	{ "max-flows", settings_set_max_flows, "63", false },
	{ "max-flows", settings_set_max_flows, "1000001", false },
	{ "max-flows", settings_set_max_flows, "-64", false },
	{ "max-flows", settings_set_max_flows, "64k", false },
	{ "client-flows", settings_set_client_flows, "1", true },
	{ "client-flows", settings_set_client_flows, "0", false },
	{ "client-flows", settings_set_client_flows, "1000001", false },
	{ "udp", set_udp_timeout, "1", true },
	{ "udp", set_udp_timeout, "31536000", true },
	{ "udp", set_udp_timeout, "0", false },
	{ "udp", set_udp_timeout, "31536001", false },
	{ "udp", set_udp_timeout, "5m", false },
	{ "fragment", set_fragment_timeout, "1", true },
	{ "fragment", set_fragment_timeout, "30", true },
	{ "fragment", set_fragment_timeout, "31", false },
	{ "fragment", set_fragment_timeout, "0", false },
};

static void values(void **state)
{
	static const struct settings empty;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(values_cases); i++) {
		struct settings s = empty;
		char name[128];
		struct problem p;
		int err = values_cases[i].set(&s, values_cases[i].text, &p);

		snprintf(name, sizeof(name), "%s \"%s\"", values_cases[i].name,
			 values_cases[i].text);
		CHECK(!err == values_cases[i].good, "%s: returned %d", name, err);
		CHECK(same_settings(&s, &empty) == !values_cases[i].good, "%s: settings", name);
		if (err)
			check_usage(name, &p, values_cases[i].text);
	}
}

static void ranges_are_in_the_remedy(void **state)
{
	struct settings s = { .max_flows = 0 };
	struct problem p;

	(void)state;
	CHECK(settings_set_max_flows(&s, "1", &p), "1 was taken");
	CHECK(strstr(p.remedy, "64 to 1000000"), "remedy: %s", p.remedy);
	CHECK(set_udp_timeout(&s, "x", &p), "x was taken");
	CHECK(strstr(p.remedy, "1 to 31536000"), "remedy: %s", p.remedy);
	CHECK(set_fragment_timeout(&s, "31", &p), "31 was taken");
	CHECK(strstr(p.remedy, "1 to 30"), "remedy: %s", p.remedy);
}

static void lists_have_an_end(void **state)
{
	struct settings s = { .interfaces = 0 };
	struct problem p;
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < SETTINGS_MAX_INTERFACES; i++)
		assert_int_equal(settings_add_interface(&s, "eth1", &p), 0);
	CHECK(settings_add_interface(&s, "eth1", &p) == -EINVAL, "one interface too many");
	for (i = 0; i < SETTINGS_MAX_PUBLICS; i++)
		assert_int_equal(settings_add_public(&s, "eth0", &p), 0);
	CHECK(settings_add_public(&s, "eth0", &p) == -EINVAL, "one public too many");
	for (i = 0; i < SETTINGS_MAX_LANS; i++)
		assert_int_equal(settings_add_lan(&s, "10.0.0.0/8", &p), 0);
	CHECK(settings_add_lan(&s, "10.0.0.0/8", &p) == -EINVAL, "one LAN too many");
	for (i = 0; i < NATLOOP_MAX_FORWARDS; i++) {
		snprintf(text, sizeof(text), "tcp/%zu=192.168.11.20", i + 1);
		assert_int_equal(forward_parse(text, &s, &p), 0);
	}
	CHECK(forward_parse("tcp/60000=192.168.11.20", &s, &p) == -EINVAL, "one forward too many");
	check_usage("forwards", &p, "tcp/60000=192.168.11.20");
	CHECK(!forward_parse("tcp/1=192.168.11.20", &s, &p), "a duplicate needs no room: %s",
	      p.what);
}

static void overlaps(void **state)
{
	static const struct {
		const char *first;
		const char *second;
		size_t forwards; /* 0: refused */
	} cases[] = {
		{ "tcp/10-20=192.168.11.1", "tcp/10-20=192.168.11.1", 1 },
		{ "tcp/10-20=192.168.11.1", "udp/10-20=192.168.11.2", 2 },
		{ "tcp/10-20=192.168.11.1", "tcp/21=192.168.11.2", 2 },
		{ "tcp/10-20=192.168.11.1", "tcp/9=192.168.11.2", 2 },
		{ "tcp/10-20=192.168.11.1", "tcp/20=192.168.11.2", 0 },
		{ "tcp/10-20=192.168.11.1", "tcp/10=192.168.11.1", 0 },
		{ "tcp/10-20=192.168.11.1", "tcp/5-10=192.168.11.2", 0 },
		{ "tcp/10-20=192.168.11.1", "tcp/12-13=192.168.11.2", 0 },
		{ "tcp/10-20=192.168.11.1", "tcp/1-65535=192.168.11.2", 0 },
		{ "tcp/10-20=192.168.11.1", "tcp/10-20=192.168.11.2", 0 },
		{ "tcp/10-20=192.168.11.1", "tcp/10-20=192.168.11.1:11", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct settings s = { .forwards = 0 };
		struct settings other = { .forwards = 0 };
		struct problem p;
		int err;

		assert_int_equal(forward_parse(cases[i].first, &s, &p), 0);
		assert_int_equal(forward_parse(cases[i].second, &other, &p), 0);
		err = settings_add_forward(&s, &other.forward[0], &p);
		CHECK(!err == !!cases[i].forwards, "%s after %s: returned %d", cases[i].second,
		      cases[i].first, err);
		if (!err) {
			CHECK(s.forwards == cases[i].forwards, "%s after %s: %zu forwards",
			      cases[i].second, cases[i].first, s.forwards);
			continue;
		}
		CHECK(s.forwards == 1, "%s was kept", cases[i].second);
		CHECK(p.usage && *p.remedy, "%s: no proper problem", cases[i].second);
		CHECK(strstr(p.what, cases[i].first), "%s: does not name %s: %s", cases[i].second,
		      cases[i].first, p.what);
	}
}

static void fill(struct settings *s, const char *tag)
{
	bool options = !strcmp(tag, "options");

	assert_int_equal(settings_add_interface(s, options ? "eth1" : "eth8", NULL), 0);
	assert_int_equal(settings_add_public(s, options ? "eth0" : "eth9", NULL), 0);
	assert_int_equal(settings_add_lan(s, options ? "10.1.0.0/16" : "10.2.0.0/16", NULL), 0);
	assert_int_equal(settings_set_mode(s, options ? "tc" : "auto", NULL), 0);
	assert_int_equal(settings_set_snat(s, options ? "public" : "10.9.9.9", NULL), 0);
	assert_int_equal(settings_set_max_flows(s, options ? "100" : "200", NULL), 0);
	assert_int_equal(settings_set_client_flows(s, options ? "10" : "20", NULL), 0);
	assert_int_equal(set_udp_timeout(s, options ? "1" : "2", NULL), 0);
	assert_int_equal(forward_parse(options ? "tcp/1=10.1.0.1" : "tcp/2=10.2.0.1", s, NULL), 0);
}

static void upper_wins_whole(void **state)
{
	struct settings upper = { .interfaces = 0 };
	struct settings below = { .interfaces = 0 };
	struct settings before;

	(void)state;
	fill(&upper, "options");
	fill(&below, "file");
	before = upper;
	assert_int_equal(settings_add_interface(&below, "eth7", NULL), 0);
	settings_inherit(&upper, &below);
	CHECK(same_settings(&upper, &before), "what was said was overruled");
}

static void silence_inherits(void **state)
{
	struct settings upper = { .interfaces = 0 };
	struct settings below = { .interfaces = 0 };

	(void)state;
	fill(&below, "file");
	settings_inherit(&upper, &below);
	CHECK(same_settings(&upper, &below), "not all was inherited");
}

static void the_file_goes_and_the_rest_stays(void **state)
{
	struct settings file = { .interfaces = 1,
				 .publics = 1,
				 .lans = 1,
				 .forwards = 1,
				 .rules = 1,
				 .mode_given = true,
				 .snat_given = true,
				 .max_flows = 100,
				 .client_flows = 10,
				 .timeout = { 1, 2, 3, 4 },
				 .from_file = (1U << SETTINGS_KEYS) - 1 };
	struct settings options = { .publics = 2, .client_flows = 20, .timeout = { 7 } };
	struct settings nothing = { .interfaces = 0 };

	(void)state;
	settings_inherit(&options, &file);
	assert_int_equal(options.from_file,
			 ((1U << SETTINGS_KEYS) - 1) &
				 ~(1U << SETTINGS_PUBLIC | 1U << SETTINGS_CLIENT_FLOWS |
				   1U << SETTINGS_TIMEOUT));
	settings_forget_file(&options);
	CHECK(options.publics == 2 && options.client_flows == 20 && options.timeout[0] == 7,
	      "options went with the file");
	CHECK(!options.interfaces && !options.lans && !options.forwards && !options.rules &&
		      !options.mode_given && !options.snat_given && !options.max_flows &&
		      !options.timeout[1] && !options.timeout[3] && !options.from_file,
	      "what the file had said is still there");
	settings_forget_file(&file);
	file.mode_given = file.snat_given = false;
	CHECK(same_settings(&file, &nothing), "something is left of a file");
}

static void timeouts_inherit_one_by_one(void **state)
{
	struct settings upper = { .interfaces = 0 };
	struct settings below = { .interfaces = 0 };

	(void)state;
	upper.timeout[NATLOOP_TIMEOUT_UDP] = 5;
	below.timeout[NATLOOP_TIMEOUT_UDP] = 6;
	below.timeout[NATLOOP_TIMEOUT_TCP_TRANSITORY] = 7;
	settings_inherit(&upper, &below);
	assert_int_equal(upper.timeout[NATLOOP_TIMEOUT_UDP], 5);
	assert_int_equal(upper.timeout[NATLOOP_TIMEOUT_TCP_TRANSITORY], 7);
	assert_int_equal(upper.timeout[NATLOOP_TIMEOUT_TCP_ESTABLISHED], 0);
}

static void limits_must_fit_each_other(void **state)
{
	static const struct {
		unsigned int max;
		unsigned int client;
		bool good;
	} cases[] = {
		{ 0, 0, true },	    { 100, 0, true },  { 0, 50000, true },
		{ 100, 100, true }, { 100, 99, true }, { 100, 101, false },
	};
	struct problem p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct settings s = { .max_flows = cases[i].max, .client_flows = cases[i].client };

		CHECK(!settings_check(&s, &p) == cases[i].good, "max %u, client %u", cases[i].max,
		      cases[i].client);
	}
	check_usage("limits", &p, "client-flows 101");
}

static void names_and_defaults(void **state)
{
	(void)state;
	check_text("udp", settings_timeout_name[NATLOOP_TIMEOUT_UDP], "udp");
	check_text("est", settings_timeout_name[NATLOOP_TIMEOUT_TCP_ESTABLISHED],
		   "tcp-established");
	check_text("trans", settings_timeout_name[NATLOOP_TIMEOUT_TCP_TRANSITORY],
		   "tcp-transitory");
	check_text("fragment", settings_timeout_name[NATLOOP_TIMEOUT_FRAGMENT], "fragment");
	assert_int_equal(settings_default_timeout[NATLOOP_TIMEOUT_UDP], 300);
	assert_int_equal(settings_default_timeout[NATLOOP_TIMEOUT_TCP_ESTABLISHED], 7440);
	assert_int_equal(settings_default_timeout[NATLOOP_TIMEOUT_TCP_TRANSITORY], 240);
	assert_int_equal(settings_default_timeout[NATLOOP_TIMEOUT_FRAGMENT], 30);
	check_text("mode", settings_mode_name[SETTINGS_MODE_XDP_GENERIC], "xdp-generic");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(ranges_are_in_the_remedy),
		cmocka_unit_test(lists_have_an_end),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(upper_wins_whole),
		cmocka_unit_test(silence_inherits),
		cmocka_unit_test(the_file_goes_and_the_rest_stays),
		cmocka_unit_test(timeouts_inherit_one_by_one),
		cmocka_unit_test(limits_must_fit_each_other),
		cmocka_unit_test(names_and_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
