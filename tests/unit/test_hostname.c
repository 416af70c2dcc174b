// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hostname.h"
#include "util.h"

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void what_is_a_host_name(void **state)
{
	static const char *const good[] = {
		"rustdesk.example.com",
		"RustDesk.Example.COM",
		"nas",
		"a",
		"1.a",
		"3com.com",
		"x--1.example",
		"_sip._tcp.example.com",
		(LABEL63 ".example"),
		(LABEL63 "." LABEL63 "." LABEL63 "."
			 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!hostname_valid(good[i]))
			fail_msg("'%s' is one", good[i]);
}

static void what_is_none(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"a.",
		".a",
		"a..b",
		"-a.example",
		"a-.example",
		"a.-b",
		"192.168.11.20",
		"example.1",
		"a b",
		"a\tb",
		"a#b",
		"*.example.com",
		"fd00::1",
		("b\xc3\xbc"
		 "cher.example"),
		(LABEL63 "a.example"),
		(LABEL63 "." LABEL63 "." LABEL63 "."
			 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (hostname_valid(bad[i]))
			fail_msg("'%s' is none", bad[i]);
}

static void case_makes_no_difference(void **state)
{
	(void)state;
	assert_true(hostname_same("RustDesk.example.COM", "rustdesk.EXAMPLE.com"));
	assert_false(hostname_same("rustdesk.example.com", "rustdesk.example.co"));
	assert_false(hostname_same("a", "b"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_host_name),
		cmocka_unit_test(what_is_none),
		cmocka_unit_test(case_makes_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
