// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A name that nobody can be asked for is told, and not waited for. */
#include <sys/resource.h>

#include "unit.h"
#include "watch_names.h"

static char told[256];

static void say(void *data, const char *object, const char *text)
{
	(void)data;
	snprintf(told, sizeof(told), "%s: %s", object, text);
}

static void cannot_be_asked(void **state)
{
	static struct settings s, none_held;
	struct natloop_addr addr;
	struct rlimit before, none = { 0, 0 };

	(void)state;
	assert_int_equal(settings_add_public(&s, "router.example.com", NULL), 0);
	watch_names_set(&s, &none_held);
	assert_true(watch_names_waiting());
	/* No descriptor for the pipe. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(watch_names_start(1000), 6000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(watch_names_take(1000, say, NULL));
	assert_string_equal(told, "router.example.com: cannot be asked for: Too many open files");
	assert_false(watch_names_waiting());
	assert_true(watch_names_resolve("router.example.com", &addr, 1) < 0);
	/* Told once. */
	told[0] = '\0';
	assert_false(watch_names_take(2000, say, NULL));
	assert_string_equal(told, "");
	watch_names_close();
}

/* At boot ppp0 may not be there, and the DNS nowhere to be asked. */
static void interface_is_no_name(void **state)
{
	static struct settings s, none_held;

	(void)state;
	assert_int_equal(settings_add_public(&s, "ppp0", NULL), 0);
	assert_int_equal(settings_add_public(&s, "pppoe-wan", NULL), 0);
	watch_names_set(&s, &none_held);
	assert_false(watch_names_waiting());
	watch_names_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cannot_be_asked),
		cmocka_unit_test(interface_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
