// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* dns_parse: addresses and the smallest TTL of an answer, and no harm from a broken one. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "address.h"
#include "dns_query.h"
#include "random.h"
#include "unit.h"

static unsigned char message[512];
static size_t length;

static void put16(unsigned int n)
{
	message[length++] = (unsigned char)(n >> 8);
	message[length++] = (unsigned char)n;
}

/* An answer to "a.b" with @records to follow. */
static void begin(unsigned int rcode, unsigned int records)
{
	static const unsigned char question[] = { 1, 'a', 1, 'b', 0, 0, 1, 0, 1 };

	length = 0;
	put16(4711);
	put16(0x8180 | rcode);
	put16(1);
	put16(records);
	put16(0);
	put16(0);
	memcpy(message + length, question, sizeof(question));
	length += sizeof(question);
}

/* Of the name at @owner of the message; 12: the question's. */
static void record_of(unsigned int owner, unsigned int type, uint32_t ttl, const void *data,
		      size_t size)
{
	put16(0xc000 | owner);
	put16(type);
	put16(1);
	put16(ttl >> 16);
	put16(ttl & 0xffff);
	put16((unsigned int)size);
	memcpy(message + length, data, size);
	length += size;
}

static void record(unsigned int type, uint32_t ttl, const void *data, size_t size)
{
	record_of(12, type, ttl, data, size);
}

static void a_record_of(unsigned int owner, const char *address, uint32_t ttl)
{
	struct in_addr v4;

	assert_int_equal(inet_pton(AF_INET, address, &v4), 1);
	record_of(owner, 1, ttl, &v4, sizeof(v4));
}

static void a_record(const char *address, uint32_t ttl)
{
	a_record_of(12, address, ttl);
}

/* An alias of the name at @owner to @name, one letter. Where that name stands now. */
static unsigned int alias_record(unsigned int owner, char name, uint32_t ttl)
{
	const unsigned char text[] = { 1, (unsigned char)name, 0 };

	record_of(owner, 5, ttl, text, sizeof(text));
	return (unsigned int)(length - sizeof(text));
}

static void answers(void **state)
{
	static const unsigned char signature[] = { 1, 'c', 0 };
	struct dns_answer answer;
	struct natloop_addr addr;

	(void)state;
	begin(0, 1);
	a_record("203.0.113.1", 300);
	assert_true(dns_parse(message, length, &answer));
	assert_int_equal(answer.count, 1);
	assert_true(answer.ttl_known);
	assert_int_equal(answer.ttl, 300);
	assert_int_equal(address_parse("203.0.113.1", &addr, NULL), 0);
	assert_true(address_equal(&answer.addr[0], &addr));

	/* A record of another type does not count; one twice is one. */
	begin(0, 4);
	record(46, 1, signature, sizeof(signature));
	a_record("203.0.113.1", 300);
	a_record("203.0.113.2", 30);
	a_record("203.0.113.1", 300);
	assert_true(dns_parse(message, length, &answer));
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.ttl, 30);

	begin(0, 1);
	a_record("203.0.113.1", 0x80000001);
	assert_true(dns_parse(message, length, &answer));
	assert_int_equal(answer.ttl, 0);
}

/* Aliases lead on, in any order of the records; those of other names mean nothing. */
static void aliases(void **state)
{
	struct dns_answer answer;
	struct natloop_addr addr;
	unsigned int c, d, x;

	(void)state;
	begin(0, 3);
	c = alias_record(12, 'c', 20);
	d = alias_record(c, 'd', 40);
	a_record_of(d, "203.0.113.1", 300);
	assert_true(dns_parse(message, length, &answer));
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.ttl, 20);

	begin(0, 5);
	x = alias_record(14, 'x', 1); /* of "b", which nobody asked for */
	a_record_of(x, "203.0.113.9", 2);
	c = alias_record(12, 'c', 50);
	a_record_of(c, "203.0.113.1", 300);
	a_record("203.0.113.8", 3); /* beside an alias: RFC 1034 3.6.2 forbids it */
	assert_true(dns_parse(message, length, &answer));
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.ttl, 50);
	assert_int_equal(address_parse("203.0.113.1", &addr, NULL), 0);
	assert_true(address_equal(&answer.addr[0], &addr));

	/* A loop ends. */
	begin(0, 2);
	c = alias_record(12, 'c', 20);
	record_of(c, 5, 20, "\xc0\x0c", 2);
	assert_false(dns_parse(message, length, &answer));
}

static void no_answers(void **state)
{
	struct dns_answer answer = { .count = 7 };

	(void)state;
	begin(0, 0);
	assert_false(dns_parse(message, length, &answer));
	begin(3, 0);
	assert_false(dns_parse(message, length, &answer));
	begin(0, 2);
	a_record("203.0.113.1", 1);
	assert_false(dns_parse(message, length, &answer));
	assert_false(dns_parse(message, 0, &answer));
	assert_int_equal(answer.count, 7);
}

static void broken(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct dns_answer answer;
		unsigned char *copy;

		begin(0, 1 + random_below(3));
		a_record("203.0.113.1", random_u32());
		a_record("203.0.113.2", random_u32());
		for (unsigned int n = random_below(4); n; n--)
			message[random_below((uint32_t)length)] = (unsigned char)random_u32();
		length = random_below(4) ? length : random_below((uint32_t)length + 1);
		/* Exactly as long, so that a sanitizer sees what reads beyond. */
		copy = malloc(length ? length : 1);
		assert_non_null(copy);
		memcpy(copy, message, length);
		(void)dns_parse(copy, length, &answer);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(aliases),
		cmocka_unit_test(no_answers),
		cmocka_unit_test(broken),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
