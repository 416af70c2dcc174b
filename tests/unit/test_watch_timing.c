// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When watch does what. */
#include "unit.h"
#include "util.h"
#include "watch_timing.h"

static void bursts(void **state)
{
	struct burst b = { .quiet = 10, .most = 50 };

	(void)state;
	assert_true(burst_due(&b) == WATCH_NEVER);
	assert_false(burst_take(&b, 1000000));
	burst_event(&b, 1000);
	assert_int_equal(burst_due(&b), 1010);
	burst_event(&b, 1008);
	assert_int_equal(burst_due(&b), 1018);
	assert_false(burst_take(&b, 1017));
	/* One that does not end is not waited for. */
	for (int64_t now = 1009; now < 1060; now++)
		burst_event(&b, now);
	assert_int_equal(burst_due(&b), 1050);
	assert_true(burst_take(&b, 1060));
	assert_false(burst_take(&b, 1060));
	assert_true(burst_due(&b) == WATCH_NEVER);
	burst_event(&b, 2000);
	assert_int_equal(burst_due(&b), 2010);
}

static void backoff(void **state)
{
	static const unsigned int want[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(want); i++)
		CHECK(watch_backoff(i + 1) == want[i], "failure %u: %u s, wanted %u", i + 1,
		      watch_backoff(i + 1), want[i]);
	assert_int_equal(watch_backoff(0), 1);
	assert_int_equal(watch_backoff(4000000000U), 60);
}

static void ttl(void **state)
{
	(void)state;
	assert_int_equal(watch_ttl(false, 0), 60);
	assert_int_equal(watch_ttl(false, 7), 60);
	assert_int_equal(watch_ttl(true, 0), 5);
	assert_int_equal(watch_ttl(true, 5), 5);
	assert_int_equal(watch_ttl(true, 77), 77);
	assert_int_equal(watch_ttl(true, 300), 300);
	assert_int_equal(watch_ttl(true, 0xffffffffU), 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bursts),
		cmocka_unit_test(backoff),
		cmocka_unit_test(ttl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
