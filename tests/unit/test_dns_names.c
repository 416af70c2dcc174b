// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of the file, and what others did meanwhile, come together. */
#include <errno.h>

#include "dns_names.h"
#include "unit.h"
#include "util.h"

static struct dns_settings base, ours;
static struct dns_names now, merged;

static void line(struct dns_settings *s, const char *key, const char *value)
{
	struct problem p;

	CHECK(!dns_settings_line(s, key, value, &p), "%s: %s", p.object, p.what);
}

static void by_hand(const char *name, const char *addresses)
{
	struct dns_name parsed;

	assert_int_equal(dns_name_parse(name, addresses, NULL, &parsed, NULL), 0);
	assert_int_equal(dns_names_put(&now, &parsed), 0);
}

/* From what is in force to what comes of it, in words. */
static void expect(const char *what, const char *wanted)
{
	char text[DNS_NAMES_TEXT];

	assert_int_equal(dns_names_merge(&base, &ours, &now, &merged), 0);
	check_text(what, dns_names_diff(&now, &merged, text), wanted);
	dns_names_free(&merged);
}

/* The file had a and b, and they are in force. */
static int setup(void **state)
{
	(void)state;
	memset(&base, 0, sizeof(base));
	line(&base, "a.example", "192.168.11.20");
	line(&base, "b.example", "192.168.11.20,fd00::20 5");
	ours = base;
	dns_names_free(&now);
	assert_int_equal(dns_names_of(&base, &now), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dns_names_free(&now);
	return 0;
}

static void the_file_changes(void **state)
{
	(void)state;
	expect("nothing changed", "");
	line(&ours, "c.example", "192.168.11.30");
	expect("one more", "c.example 192.168.11.30 added");
	ours.names = 1;
	expect("one gone", "b.example deleted");
	line(&ours, "b.example", "192.168.11.21");
	expect("another address", "b.example 192.168.11.21 changed");
	ours = base;
	line(&ours, "resolver", "any");
	expect("a resolver", "resolvers changed");
	ours.names = 0;
	expect("none is left", "a.example deleted, b.example deleted");
}

static void others_change(void **state)
{
	(void)state;
	by_hand("d.example", "192.168.11.40");
	expect("one added stays", "");
	assert_true(dns_names_drop(&now, "a.example"));
	assert_false(dns_names_drop(&now, "a.example"));
	expect("one deleted stays away", "");
	by_hand("b.example", "192.168.11.22");
	expect("one changed stays so", "");
	ours.names = 1;
	expect("changed by both: that of others stays when the file's goes", "");
	ours = base;
	line(&ours, "d.example", "192.168.11.41");
	expect("the file wins", "d.example 192.168.11.41 changed");
	dns_resolvers_parse("9.9.9.9", &now.resolver, NULL);
	expect("their resolvers stay", "d.example 192.168.11.41 changed");
}

static void too_many(void **state)
{
	char name[32], text[DNS_NAMES_TEXT];
	struct dns_names none = { .names = 0 };
	struct dns_name one;

	(void)state;
	for (int i = 2; i < NATLOOP_DNS_NAMES; i++) {
		snprintf(name, sizeof(name), "host%d.example", i);
		by_hand(name, "192.168.11.20");
	}
	assert_int_equal(dns_name_parse("last.example", "192.168.11.20", NULL, &one, NULL), 0);
	assert_int_equal(dns_names_put(&now, &one), -ENOSPC);
	line(&ours, "last.example", "192.168.11.20");
	assert_int_equal(dns_names_merge(&base, &ours, &now, &merged), -ENOSPC);
	assert_null(merged.name);
	dns_names_diff(&none, &now, text);
	check_text("the end of many", text + strlen(text) - 3, "...");
}

static void resolvers(void **state)
{
	struct natloop_dns_config c = { .any = 0 };
	struct problem p;
	char text[64];

	(void)state;
	assert_int_equal(dns_resolvers_parse("8.8.8.8 8.8.8.8,2620:fe::fe", &c, &p), 0);
	assert_int_equal(c.resolvers, 2);
	for (int i = 2; i < NATLOOP_DNS_RESOLVERS; i++) {
		snprintf(text, sizeof(text), "10.0.0.%d", i);
		assert_int_equal(dns_resolvers_parse(text, &c, &p), 0);
	}
	assert_int_equal(dns_resolvers_parse("9.9.9.9", &c, &p), -EINVAL);
	assert_int_equal(dns_resolvers_parse("any", &c, &p), 0);
	assert_int_equal(c.any, 1);
	for (size_t i = 0; i < 5; i++) {
		static const char *const bad[] = { "", ",", "router", "::ffff:1.2.3.4",
						   "300.1.1.1" };

		CHECK(dns_resolvers_parse(bad[i], &c, &p) == -EINVAL && p.usage && *p.object,
		      "'%s' was taken", bad[i]);
	}
	assert_int_equal(c.resolvers, NATLOOP_DNS_RESOLVERS);
}

/* Each line is short enough for the file, and all together say the same again. */
static void lines_of_resolvers(void **state)
{
	struct natloop_dns_config c = { .any = 1 }, again = { .any = 0 };
	char text[DNS_SETTINGS_TEXT];
	__u32 next = 0;
	int lines = 0;

	(void)state;
	for (int i = 0; i < NATLOOP_DNS_RESOLVERS; i++) {
		snprintf(text, sizeof(text), "2001:db8:1111:2222:3333:4444:5555:66%02x", i + 16);
		assert_int_equal(dns_resolvers_parse(text, &c, NULL), 0);
	}
	do {
		next = dns_settings_resolver_line(&c, next, text, sizeof(text));
		CHECK(strlen(text) <= 198 && strchr(text, '='), "too long: %s", text);
		assert_int_equal(dns_resolvers_parse(strchr(text, '=') + 1, &again, NULL), 0);
	} while (next < c.resolvers && ++lines < NATLOOP_DNS_RESOLVERS);
	assert_memory_equal(&again, &c, sizeof(c));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_file_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(others_change, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many, setup, teardown),
		cmocka_unit_test(resolvers),
		cmocka_unit_test(lines_of_resolvers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
