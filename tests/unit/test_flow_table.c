// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* flow_table.h: references, and whether tuples as they occur spread over the buckets. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "check.h"
#include "flow_table.h"
#include "random.h"

#define BUCKETS (1u << 16)
#define LOAD 4 /* references in a bucket, on average: a full table */
#define SLOTS (NATLOOP_BUCKET_WORDS - 1)

static void references(void **state)
{
	(void)state;
	for (uint32_t index = 0; index < NATLOOP_MOST_FLOWS; index += 1 + index / 3) {
		for (uint32_t direction = 0; direction < 2; direction++) {
			uint32_t tag = flow_tag((uint64_t)random_u32() << 32);
			uint32_t slot = tag | flow_ref(index, direction);

			assert_int_not_equal(slot & FLOW_REF_MASK, 0);
			assert_int_equal(flow_ref_index(slot), index);
			assert_int_equal(flow_ref_direction(slot), direction);
			assert_int_equal(slot & ~FLOW_REF_MASK, tag);
		}
	}
	assert_true(flow_ref(NATLOOP_MOST_FLOWS - 1, 1) <= FLOW_REF_MASK);
}

static void keys_and_tuples(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct natloop_key key = {
			.src = random_u32(),
			.dst = random_u32(),
			.sport = random_u32(),
			.dport = random_u32(),
			.proto = i % 2 ? IPPROTO_TCP : IPPROTO_UDP,
		};
		struct natloop_tuple tuple = flow_tuple(&key);
		struct natloop_key again = flow_key(&tuple), other = again;

		assert_true(flow_key_equal(&key, &again));
		((uint8_t *)&other)[random_below(13)] ^= 1 << random_below(8);
		assert_false(flow_key_equal(&key, &other));
	}
}

static void a_slot_is_never_the_lock(void **state)
{
	unsigned int count[NATLOOP_BUCKET_WORDS] = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 16000; i++)
		count[flow_slot(((uint64_t)random_u32() << 32) | random_u32())]++;
	assert_int_equal(count[NATLOOP_BUCKET_FLAGS], 0);
	for (int i = 1; i < NATLOOP_BUCKET_WORDS; i++)
		CHECK(count[i] > 700, "slot %d was chosen %u times of 16000", i, count[i]);
}

/* Flow @i of @clients hosts with @ports ports each, to as many public ports as it takes. */
static struct natloop_key numbered(uint32_t i, uint32_t clients, uint32_t ports)
{
	return (struct natloop_key){
		.src = htonl(0xc0a80b00 + i / ports % clients),
		.dst = htonl(0xac101001),
		.sport = htons(1024 + i % ports),
		.dport = htons(21115 + i / ports / clients),
		.proto = IPPROTO_UDP,
	};
}

/* The share of all references that finds more than @slots others, by the Poisson distribution. */
static double expected_share(int slots)
{
	double p = 0.018315638889, share = 0; /* e^-LOAD */

	for (int k = 1; k < 60; k++) {
		p *= (double)LOAD / k;
		if (k > slots)
			share += p * (k - slots) / LOAD;
	}
	return share;
}

static unsigned int above(const uint8_t *count, int slots)
{
	unsigned int sum = 0;

	for (uint32_t i = 0; i < BUCKETS; i++)
		sum += count[i] > slots ? count[i] - slots : 0;
	return sum;
}

static void tuples_spread(void **state)
{
	static const struct {
		uint32_t clients, ports;
	} nets[] = {
		{ 1, 50000 }, { 1, 16000 }, { 5, 5000 }, { 50, 1000 }, { 250, 200 }, { 250, 3 }
	};

	(void)state;
	for (size_t n = 0; n < sizeof(nets) / sizeof(nets[0]); n++) {
		for (int seeds = 0; seeds < 4; seeds++) {
			uint64_t seed = seeds ? (uint64_t)random_u32() << 32 | random_u32() : 0;
			uint8_t *count = calloc(BUCKETS, 1);

			CHECK(count, "out of memory");
			for (uint32_t i = 0; i < BUCKETS * LOAD; i++) {
				struct natloop_key key =
					numbered(i, nets[n].clients, nets[n].ports);

				count[flow_hash(&key, seed) & (BUCKETS - 1)]++;
			}
			for (int slots = LOAD; slots <= SLOTS; slots++) {
				double most = expected_share(slots) * BUCKETS * LOAD;

				CHECK(above(count, slots) <= 1.3 * most + 25,
				      "%u clients, %u ports: %u references above %d in a bucket, "
				      "not about %.0f",
				      nets[n].clients, nets[n].ports, above(count, slots), slots,
				      most);
			}
			free(count);
		}
	}
}

/* Tuples that share a bucket are told apart by their tags. */
static void tags_differ(void **state)
{
	unsigned int pairs = 0, same = 0;
	uint64_t *last = calloc(BUCKETS, sizeof(*last));

	(void)state;
	CHECK(last, "out of memory");
	for (uint32_t i = 0; i < BUCKETS * LOAD; i++) {
		struct natloop_key key = numbered(i, 50, 1000);
		uint64_t hash = flow_hash(&key, 1), *there = &last[hash & (BUCKETS - 1)];

		if (*there) {
			pairs++;
			same += flow_tag(*there) == flow_tag(hash);
		}
		*there = hash;
	}
	free(last);
	/* 1 in 1024 of 196608 or so. */
	CHECK(same < 300, "%u of %u neighbours have the same tag", same, pairs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references),	 cmocka_unit_test(keys_and_tuples),
		cmocka_unit_test(tuples_spread), cmocka_unit_test(a_slot_is_never_the_lock),
		cmocka_unit_test(tags_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
