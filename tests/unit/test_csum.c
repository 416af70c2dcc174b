// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Incremental checksums against adding everything up again, with % 65535 for the carries. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "csum.h"
#include "random.h"

#define ROUNDS 200000
#define WORDS 30

/* The value of a ones' complement number: 0xffff and 0 are the same one. */
static uint32_t value(uint64_t sum)
{
	return sum % 0xffff;
}

static uint64_t sum_of(const uint16_t *word, int count)
{
	uint64_t sum = 0;

	for (int i = 0; i < count; i++)
		sum += word[i];
	return sum;
}

/* RFC 1071, slowly: 0 only if all words are 0, as with end-around carry. */
static uint16_t checksum_of(const uint16_t *word, int count)
{
	uint64_t sum = sum_of(word, count);

	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static uint32_t random_addr(void)
{
	return (uint32_t)random_edge16() << 16 | random_edge16();
}

static uint64_t addr_sum(uint32_t a)
{
	uint16_t word[2];

	memcpy(word, &a, sizeof(word));
	return sum_of(word, 2);
}

static void folding(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t sum = (uint32_t)random_edge16() << 16 | random_edge16();

		CHECK(value(csum_fold(sum)) == value(sum), "%#x folds to %#x", sum, csum_fold(sum));
		CHECK(!csum_fold(sum) == !sum, "%#x folds to %#x", sum, csum_fold(sum));
	}
}

static void addresses(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t a = random_addr(), b = random_addr();

		assert_int_equal(csum_addrs(a, b), addr_sum(a) + addr_sum(b));
	}
}

static void differences(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct natloop_key from = {
			.src = random_addr(),
			.dst = random_addr(),
			.sport = random_edge16(),
			.dport = random_edge16(),
		};
		uint32_t src = random_addr(), dst = random_addr();
		uint16_t sport = random_edge16(), dport = random_edge16();
		uint64_t old = addr_sum(from.src) + addr_sum(from.dst);
		uint64_t new = addr_sum(src) + addr_sum(dst);

		CHECK(value(csum_addr_diff(&from, src, dst) + old) == value(new),
		      "addresses: round %d", i);
		old = (uint32_t)from.sport + from.dport;
		new = (uint32_t)sport + dport;
		CHECK(value(csum_port_diff(&from, sport, dport) + old) == value(new),
		      "ports: round %d", i);
	}
}

/* Some words change; the checksum of all of them must come out, to the bit. */
static void updating(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint16_t word[WORDS], check, updated;
		uint32_t diff = 0;

		/* As in every packet, some word is not 0 before and after. */
		word[0] = 0x0045;
		for (int w = 1; w < WORDS; w++)
			word[w] = random_edge16();
		check = checksum_of(word, WORDS);
		for (int changes = 1 + random_below(4); changes; changes--) {
			int w = 1 + random_below(WORDS - 1);
			uint16_t old = word[w];

			word[w] = random_edge16();
			diff = csum_fold(diff + csum_fold((uint32_t)word[w] + (uint16_t)~old));
		}
		updated = csum_update(check, diff);
		CHECK(updated == checksum_of(word, WORDS), "round %d: %#x, not %#x", i, updated,
		      checksum_of(word, WORDS));
	}
}

/* Two differences may be added up before they are used, unfolded. */
static void two_differences_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint16_t check = random_edge16(), a = random_edge16(), b = random_edge16();
		uint16_t once = csum_update(check, (uint32_t)a + b);
		uint16_t twice = csum_update(csum_update(check, a), b);

		CHECK(value(once) == value(twice), "%#x + %#x + %#x", check, a, b);
	}
}

static void a_wrong_checksum_stays_wrong(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint16_t right = random_edge16(), error = random_edge16(), diff = random_edge16();
		uint16_t wrong = csum_fold((uint32_t)right + error);

		CHECK(value(csum_update(wrong, diff)) ==
			      value((uint64_t)csum_update(right, diff) + error),
		      "%#x wrong by %#x, changed by %#x", right, error, diff);
	}
}

static void every_ttl_with_every_protocol(void **state)
{
	(void)state;
	for (int ttl = 1; ttl < 256; ttl++) {
		for (int proto = 0; proto < 256; proto++) {
			uint8_t header[20];
			uint16_t word[10], check;

			for (int i = 0; i < 20; i++)
				header[i] = random_u32();
			header[0] = 0x45;
			header[8] = ttl;
			header[9] = proto;
			header[10] = header[11] = 0;
			memcpy(word, header, 20);
			check = checksum_of(word, 10);
			header[8]--;
			memcpy(word, header, 20);
			CHECK(csum_update(check, csum_ttl_diff()) == checksum_of(word, 10),
			      "TTL %d protocol %d", ttl, proto);
		}
	}
}

static void udp(void **state)
{
	(void)state;
	for (uint32_t check = 0; check < 0x10000; check++) {
		for (int i = 0; i < 4; i++) {
			uint16_t diff = random_edge16();
			uint16_t updated = csum_update_udp(check, diff);

			if (!check)
				assert_int_equal(updated, 0);
			else
				CHECK(updated && value(updated) == value(csum_update(check, diff)),
				      "%#x changed by %#x: %#x", check, diff, updated);
		}
		/* The difference that leads to a sum of 0. */
		if (check)
			assert_int_equal(csum_update_udp(check, check), 0xffff);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folding),
		cmocka_unit_test(addresses),
		cmocka_unit_test(differences),
		cmocka_unit_test(updating),
		cmocka_unit_test(two_differences_at_once),
		cmocka_unit_test(a_wrong_checksum_stays_wrong),
		cmocka_unit_test(every_ttl_with_every_protocol),
		cmocka_unit_test(udp),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
