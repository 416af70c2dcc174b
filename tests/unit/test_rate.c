// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rate.h against a bucket that is filled and emptied one token at a time. */
#include "random.h"
#include "rate.h"

#define ROUNDS 200

/* The slow way: tokens, and the time at which the next one comes. */
struct bucket {
	uint32_t tokens;
	uint64_t next;
};

static void fill(struct bucket *b, uint64_t now, uint64_t interval, uint32_t burst)
{
	while (b->tokens < burst && b->next <= now) {
		b->tokens++;
		b->next += interval;
	}
}

static bool take(struct bucket *b, uint64_t now, uint64_t interval, uint32_t burst)
{
	fill(b, now, interval, burst);
	if (!b->tokens)
		return false;
	if (b->tokens-- == burst)
		b->next = now + interval;
	return true;
}

static void as_a_bucket(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t interval = 1 + random_below(1000000), now = random_u32(), tat = 0;
		uint32_t burst = 1 + random_below(60);
		struct bucket b = { .tokens = burst };

		for (int i = 0; i < 2000; i++) {
			bool allowed = rate_allows(tat, now, interval, burst);

			if (allowed)
				tat = rate_next(tat, now, interval);
			CHECK(allowed == take(&b, now, interval, burst), "round %d, packet %d",
			      round, i);
			now += random_below(3) ? random_below(interval) : 3 * interval;
		}
	}
}

/* All at once: the burst, no more; then one for each interval. */
static void the_burst_is_the_burst(void **state)
{
	uint64_t tat = 0, now = 5000000000;
	unsigned int sent = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		if (!rate_allows(tat, now, RATE_ALL_INTERVAL_NS, RATE_ALL_BURST))
			continue;
		tat = rate_next(tat, now, RATE_ALL_INTERVAL_NS);
		sent++;
	}
	assert_int_equal(sent, RATE_ALL_BURST);
	for (int i = 0; i < 10000; i++) {
		now += RATE_ALL_INTERVAL_NS / 10;
		if (!rate_allows(tat, now, RATE_ALL_INTERVAL_NS, RATE_ALL_BURST))
			continue;
		tat = rate_next(tat, now, RATE_ALL_INTERVAL_NS);
		sent++;
	}
	assert_int_equal(sent, RATE_ALL_BURST + 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_bucket),
		cmocka_unit_test(the_burst_is_the_burst),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
