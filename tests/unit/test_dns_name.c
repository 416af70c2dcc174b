// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dns_name.h"
#include "util.h"

static void good_ones(void **state)
{
	struct dns_name n;
	char buf[128];

	(void)state;
	assert_int_equal(dns_name_parse("RustDesk.example.com", "192.168.11.20", NULL, &n, NULL),
			 0);
	assert_string_equal(n.name, "rustdesk.example.com");
	assert_int_equal(n.ttl, 60);
	assert_string_equal(dns_name_addresses(&n, buf, sizeof(buf)), "192.168.11.20");
	assert_int_equal(dns_name_parse("*.example.com", "fd00::20,192.168.11.20", "0", &n, NULL),
			 0);
	assert_string_equal(n.name, "*.example.com");
	assert_int_equal(n.ttl, 0);
	assert_string_equal(dns_name_addresses(&n, buf, sizeof(buf)), "192.168.11.20,fd00::20");
	assert_int_equal(dns_name_parse("a", "2001:db8::1", "86400", &n, NULL), 0);
	assert_string_equal(dns_name_addresses(&n, buf, sizeof(buf)), "2001:db8::1");
	/* With the root's dot it is the same name. */
	assert_int_equal(dns_name_parse("A.example.", "192.168.11.20", NULL, &n, NULL), 0);
	assert_string_equal(n.name, "a.example");
	assert_int_equal(dns_name_parse("*.example.com.", "192.168.11.20", NULL, &n, NULL), 0);
	assert_string_equal(n.name, "*.example.com");
}

static void below(void **state)
{
	(void)state;
	assert_true(dns_name_is_below("a.example.com", "*.example.com"));
	assert_true(dns_name_is_below("A.B.Example.com", "*.example.COM"));
	assert_true(dns_name_is_below("*.b.example.com", "*.example.com"));
	assert_false(dns_name_is_below("example.com", "*.example.com"));
	assert_false(dns_name_is_below("*.example.com", "*.a.example.com"));
	assert_false(dns_name_is_below("aexample.com", "*.example.com"));
	assert_false(dns_name_is_below("com", "*.example.com"));
}

static void bad_ones(void **state)
{
	static const char *const bad[][3] = {
		{ "", "192.168.11.20", NULL },
		{ "*", "192.168.11.20", NULL },
		{ ".", "192.168.11.20", NULL },
		{ "a..", "192.168.11.20", NULL },
		{ "*.com.", "192.168.11.20", NULL },
		{ "*.", "192.168.11.20", NULL },
		{ "a.*.b", "192.168.11.20", NULL },
		{ "*.*.b", "192.168.11.20", NULL },
		{ "*a.b", "192.168.11.20", NULL },
		{ "*.com", "192.168.11.20", NULL },
		{ "*.Org", "192.168.11.20", NULL },
		{ "a.b", "", NULL },
		{ "a.b", "192.168.11.20,", NULL },
		{ "a.b", ",fd00::20", NULL },
		{ "a.b", "192.168.11.20,192.168.11.21", NULL },
		{ "a.b", "fd00::20,fd00::21", NULL },
		{ "a.b", "127.0.0.1", NULL },
		{ "a.b", "::1", NULL },
		{ "a.b", "fe80::1", NULL },
		{ "a.b", "ff02::1", NULL },
		{ "a.b", "::ffff:192.168.11.20", NULL },
		{ "a.b", "192.168.11", NULL },
		{ "a.b", "server", NULL },
		{ "a.b", "192.168.11.20", "" },
		{ "a.b", "192.168.11.20", "86401" },
		{ "a.b", "192.168.11.20", "-1" },
		{ "a.b", "192.168.11.20", "1h" },
	};
	struct dns_name n = { .ttl = 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct problem p = { .usage = false };

		if (dns_name_parse(bad[i][0], bad[i][1], bad[i][2], &n, &p) >= 0 || !p.usage)
			fail_msg("'%s' '%s' was taken", bad[i][0], bad[i][1]);
		assert_int_equal(n.ttl, 7);
		if (!p.object[0] || !p.what[0])
			fail_msg("'%s' '%s': nothing is named", bad[i][0], bad[i][1]);
	}
}

/* @labels of @length letters each, with dots between them, behind @start. */
static const char *long_name(const char *start, int labels, int length)
{
	static char text[600];
	size_t at = (size_t)snprintf(text, sizeof(text), "%s", start);

	for (int i = 0; i < labels; i++)
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "%s%.*s", i ? "." : "", length,
			"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmno");
	return text;
}

static int parse(const char *name, struct problem *p)
{
	struct dns_name n;

	return dns_name_parse(name, "192.168.11.20", NULL, &n, p);
}

/* 253 characters are 255 bytes on the wire (RFC 1035 2.3.4). */
static void long_ones(void **state)
{
	struct problem p = { .usage = false };

	(void)state;
	assert_int_equal(strlen(long_name("a.", 4, 62)), 253);
	assert_int_equal(parse(long_name("a.", 4, 62), NULL), 0);
	assert_int_equal(strlen(long_name("ab.", 4, 62)), 254);
	assert_true(parse(long_name("ab.", 4, 62), &p) < 0 && p.usage);
	assert_int_equal(parse(long_name("", 2, 63), NULL), 0);
	assert_true(parse(long_name("", 2, 64), &p) < 0);
	/* Of a wildcard the names below must fit. */
	assert_int_equal(strlen(long_name("*.", 4, 62)), 253);
	assert_int_equal(parse(long_name("*.", 4, 62), NULL), 0);
	assert_true(parse(long_name("*.a.", 4, 62), &p) < 0);
	assert_string_equal(p.what, "leaves no room for a name below it");
	/* What networks call themselves is theirs. */
	assert_int_equal(parse("*.lan", NULL), 0);
	assert_int_equal(parse("*.Home", NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones),
		cmocka_unit_test(bad_ones),
		cmocka_unit_test(below),
		cmocka_unit_test(long_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
