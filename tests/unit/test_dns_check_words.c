// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The words of 'dns check': names and lists of addresses. */
#include "dns_check_words.h"
#include "unit.h"
#include "util.h"

static void names(void **state)
{
	static const char *const bad[] = { "",
					   ".",
					   "a..b",
					   "a b",
					   "*.a.b",
					   "a.b..",
					   "192.168.11.20",
					   "-a.b",
					   "m\xc3\xbcll.example" };
	char ret[HOSTNAME_MAX] = "x", longest[HOSTNAME_MAX + 8];
	struct problem p;

	(void)state;
	assert_int_equal(dns_check_name("RustDesk.Example.com.", ret, NULL), 0);
	check_text("name", ret, "rustdesk.example.com");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&p, 0, sizeof(p));
		CHECK(dns_check_name(bad[i], ret, &p) < 0, "'%s' was taken", bad[i]);
		check_usage(bad[i], &p, *bad[i] ? bad[i] : "name");
		check_text(bad[i], ret, "rustdesk.example.com");
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 49; i < sizeof(longest) - 1; i += 50)
		longest[i] = '.';
	assert_true(dns_check_name(longest, ret, &p) < 0);
	longest[253] = '.';
	longest[254] = '\0';
	longest[249] = 'a';
	assert_int_equal(dns_check_name(longest, ret, &p), 0);
	assert_int_equal(strlen(ret), 253);
}

static void lists(void **state)
{
	static const char *const bad[] = {
		"",	     "192.168.11.1,", "192.168.11.1:53", "fe80::1",
		"ff02::1",   "0.0.0.0",	      "224.0.0.1",	 "::",
		"localhost", "[fd00::1]",     "192.168.011.1"
	};
	struct natloop_addr ret[2];
	struct problem p;

	(void)state;
	assert_int_equal(dns_check_addresses("--x", "127.0.0.53,fd00::1,127.0.0.53", ret, 2, &p),
			 2);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&p, 0, sizeof(p));
		CHECK(dns_check_addresses("--x", bad[i], ret, 2, &p) < 0, "'%s' was taken", bad[i]);
		CHECK(p.usage && *p.what && *p.remedy && !strncmp(p.object, "--x ", 4), "%s: '%s'",
		      bad[i], p.object);
	}
	assert_true(dns_check_addresses("--x", "10.0.0.1,10.0.0.2,10.0.0.3", ret, 2, &p) < 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
