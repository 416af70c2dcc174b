// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* dns_file: the text of a file of ours, and whose a file is. */
#include "dns_file.h"

#include <errno.h>

#include "unit.h"
#include "util.h"

#define LINE "# By 'natloopctl dns apply unbound' of instance lan-2, which overwrites it.\n"

static const struct dns_file_owner owner = { "unbound", "lan-2" };
static const struct dns_export unbound = { .server = DNS_UNBOUND };

static void test_text(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct dns_name name;

	(void)state;
	assert_int_equal(dns_name_parse("a.example", "10.0.0.1", NULL, &name, NULL), 0);
	assert_int_equal(dns_file_make(&owner, &unbound, &name, 1, &text, NULL), 0);
	check_text("text", text,
		   LINE "# These names lead to addresses of the LAN.\n"
			"server:\n"
			"\tlocal-data: \"a.example. 60 IN A 10.0.0.1\"\n");
	assert_true(dns_file_is_own(&owner, text, strlen(text)));
}

/* Without names it stays ours. */
static void test_no_names(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(dns_file_make(&owner, &unbound, NULL, 0, &text, NULL), 0);
	check_text("text", text, LINE "# These names lead to addresses of the LAN.\nserver:\n");
	assert_true(dns_file_is_own(&owner, text, strlen(text)));
}

static void test_refused(void **state)
{
	struct problem p = { .usage = false };
	struct dns_name names[2];
	char *text = NULL;

	(void)state;
	assert_int_equal(dns_name_parse("*.example", "10.0.0.1", NULL, &names[0], NULL), 0);
	assert_int_equal(dns_name_parse("a.example", "10.0.0.2", NULL, &names[1], NULL), 0);
	assert_int_equal(dns_file_make(&owner, &unbound, names, 2, &text, &p), -EOPNOTSUPP);
	assert_null(text);
	check_text("object", p.object, "*.example");
}

static void test_others(void **state)
{
	static const struct {
		const char *text;
		bool own;
	} cases[] = {
		{ "", true },
		{ LINE, true },
		{ LINE "whatever\n", true },
		{ "\n" LINE, false },
		{ "server:\n" LINE, false },
		{ "# By 'natloopctl dns apply unbound' of instance lan-2, which", false },
		{ "# By 'natloopctl dns apply unbound' of instance lan-22, which overwrites it.\n",
		  false },
		{ "# By 'natloopctl dns apply unbound' of instance lan, which overwrites it.\n",
		  false },
		{ "# By 'natloopctl dns apply dnsmasq' of instance lan-2, which overwrites it.\n",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(dns_file_is_own(&owner, cases[i].text, strlen(cases[i].text)) == cases[i].own,
		      "'%s'", cases[i].text);
}

/* The longest instance's name there may be does not hide what follows it. */
static void test_longest_instance(void **state)
{
	const struct dns_file_owner one = { "dnsmasq", "12345678901234567890123456789012" };
	const struct dns_file_owner two = { "dnsmasq", "12345678901234567890123456789013" };
	const struct dns_export dnsmasq = { .server = DNS_DNSMASQ };
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(dns_file_make(&one, &dnsmasq, NULL, 0, &text, NULL), 0);
	CHECK(strstr(text, "which overwrites it.\n#"), "'%s'", text);
	assert_true(dns_file_is_own(&one, text, strlen(text)));
	assert_false(dns_file_is_own(&two, text, strlen(text)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_longest_instance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
