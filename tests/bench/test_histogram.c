// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The percentiles of the latency benchmark, against those of all values sorted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "histogram.h"

#define VALUES 20000

static struct histogram histogram;

static int setup(void **state)
{
	(void)state;
	memset(&histogram, 0, sizeof(histogram));
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void test_none(void **state)
{
	(void)state;
	CHECK(histogram_percentile(&histogram, 0.5) == 0, "a percentile of nothing");
}

static void test_one_value(void **state)
{
	(void)state;
	histogram_add(&histogram, 300);
	for (int i = 0; i <= 4; i++)
		CHECK(histogram_percentile(&histogram, i / 4.0) == 300, "share %d/4", i);
}

static void test_small_values_are_exact(void **state)
{
	(void)state;
	for (uint64_t value = 1; value <= 100; value++)
		histogram_add(&histogram, value);
	CHECK(histogram_percentile(&histogram, 0.50) == 50, "p50");
	CHECK(histogram_percentile(&histogram, 0.99) == 99, "p99");
	CHECK(histogram_percentile(&histogram, 0.999) == 100, "p99.9");
}

static void test_every_size(void **state)
{
	(void)state;
	for (int bit = 0; bit < HISTOGRAM_MOST; bit++)
		for (int less = 0; less < 2; less++) {
			uint64_t value = (UINT64_C(1) << bit) - less;
			double got;

			memset(&histogram, 0, sizeof(histogram));
			histogram_add(&histogram, value);
			got = histogram_percentile(&histogram, 1);
			CHECK(fabs(got - value) <= value * 0.002, "%f for 2^%d - %d", got, bit,
			      less);
		}
}

static void test_too_large(void **state)
{
	(void)state;
	histogram_add(&histogram, UINT64_MAX);
	CHECK(histogram_percentile(&histogram, 1) >= ldexp(0.99, HISTOGRAM_MOST), "too small");
}

static void test_against_sorted(void **state)
{
	static const double shares[] = { 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1 };
	static uint64_t values[VALUES];

	(void)state;
	srandom(1);
	for (int i = 0; i < VALUES; i++) {
		values[i] = 1 + (random() >> (random() % 25));
		histogram_add(&histogram, values[i]);
	}
	qsort(values, VALUES, sizeof(values[0]), compare);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		double wanted = values[(int)ceil(shares[i] * VALUES) - 1];
		double got = histogram_percentile(&histogram, shares[i]);

		CHECK(fabs(got - wanted) <= wanted * 0.004, "%f instead of %f at %f", got, wanted,
		      shares[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_none, setup),
		cmocka_unit_test_setup(test_one_value, setup),
		cmocka_unit_test_setup(test_small_values_are_exact, setup),
		cmocka_unit_test_setup(test_every_size, setup),
		cmocka_unit_test_setup(test_too_large, setup),
		cmocka_unit_test_setup(test_against_sorted, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
