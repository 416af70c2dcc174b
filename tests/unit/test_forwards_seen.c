// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Imported forwards over time: what is gone is kept for a while. */
#include "forwards_seen.h"
#include "unit.h"

static struct natloop_forward forward(__u16 first, __u16 last, __u8 host)
{
	struct natloop_forward f = { .first = first, .last = last, .server_first = first };

	f.proto = 17;
	memset(&f.server, host, sizeof(f.server));
	return f;
}

static void flushed_and_loaded(void **state)
{
	struct natloop_forward list[] = { forward(1, 1, 1), forward(5, 9, 1) };
	struct forwards_seen s = { .forwards = 0 };

	(void)state;
	assert_true(forwards_seen_take(&s, list, 2, 100));
	assert_int_equal(s.forwards, 2);
	assert_true(forwards_seen_due(&s) == INT64_MAX);
	assert_false(forwards_seen_take(&s, NULL, 0, 1000));
	assert_int_equal(s.forwards, 2);
	assert_int_equal(forwards_seen_due(&s), 1000 + FORWARDS_GRACE);
	/* The time runs from when it went. */
	assert_false(forwards_seen_take(&s, list, 1, 2000));
	assert_int_equal(forwards_seen_due(&s), 1000 + FORWARDS_GRACE);
	assert_false(forwards_seen_expire(&s, 999 + FORWARDS_GRACE));
	assert_true(forwards_seen_expire(&s, 1000 + FORWARDS_GRACE));
	assert_int_equal(s.forwards, 1);
	assert_int_equal(s.forward[0].first, 1);
	assert_false(forwards_seen_expire(&s, INT64_MAX));
	/* One that comes back while it is kept is there again. */
	assert_false(forwards_seen_take(&s, NULL, 0, 20000));
	assert_false(forwards_seen_take(&s, list, 1, 20001));
	assert_false(forwards_seen_expire(&s, 90000));
}

static void replaced(void **state)
{
	struct natloop_forward list[] = { forward(1, 1, 1), forward(5, 9, 1) };
	struct natloop_forward other = forward(9, 12, 2);
	struct forwards_seen s = { .forwards = 0 };

	(void)state;
	assert_true(forwards_seen_take(&s, list, 2, 100));
	assert_true(forwards_seen_take(&s, &other, 1, 200));
	/* The overlapping one is gone, the other one is kept. */
	assert_int_equal(s.forwards, 2);
	assert_int_equal(s.forward[0].first, 9);
	assert_int_equal(s.until[0], 0);
	assert_int_equal(s.forward[1].first, 1);
	assert_int_equal(s.until[1], 200 + FORWARDS_GRACE);
}

static void no_room(void **state)
{
	static struct natloop_forward list[NATLOOP_MAX_FORWARDS + 1];
	static struct forwards_seen s;

	(void)state;
	for (size_t i = 0; i <= NATLOOP_MAX_FORWARDS; i++)
		list[i] = forward((__u16)(i + 1), (__u16)(i + 1), 1);
	assert_true(forwards_seen_take(&s, list, NATLOOP_MAX_FORWARDS, 1));
	assert_true(forwards_seen_take(&s, list + 1, NATLOOP_MAX_FORWARDS, 2));
	assert_int_equal(s.forwards, NATLOOP_MAX_FORWARDS);
	assert_int_equal(s.forward[0].first, 2);
	assert_true(forwards_seen_due(&s) == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flushed_and_loaded),
		cmocka_unit_test(replaced),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
