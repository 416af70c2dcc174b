// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* dns_svcb_read and dns_response_read: what counts in an answer, and what does not. */
#include <arpa/inet.h>

#include "address.h"
#include "dns_response.h"
#include "dns_svcb.h"
#include "unit.h"
#include "util.h"

static unsigned char message[1024];
static size_t length;

static void put(const void *data, size_t size)
{
	memcpy(message + length, data, size);
	length += size;
}

static void put16(unsigned int n)
{
	const unsigned char byte[] = { (unsigned char)(n >> 8), (unsigned char)n };

	put(byte, sizeof(byte));
}

/* An answer about "a.b" with @records to follow. */
static void begin(unsigned int flags, unsigned int records)
{
	length = 0;
	put16(4711);
	put16(0x8180 | flags);
	put16(1);
	put16(records);
	put16(0);
	put16(0);
	put("\1a\1b\0\0\1\0\1", 9);
}

/* Of the question's name, or of @owner, one letter. */
static void record(char owner, unsigned int type, const void *data, size_t size)
{
	const unsigned char name[] = { 1, (unsigned char)owner, 0 };

	if (owner)
		put(name, sizeof(name));
	else
		put("\xc0\x0c", 2);
	put16(type);
	put("\0\1\0\0\0\74", 6);
	put16((unsigned int)size);
	put(data, size);
}

static struct dns_response response(enum dns_kind kind)
{
	struct dns_response r;

	dns_response_read(message, length, kind, &r);
	return r;
}

static void check_address(const struct dns_response *r, unsigned int i, const char *wanted)
{
	char text[ADDRESS_TEXT_MAX];

	CHECK(r->addresses > i, "%u addresses", r->addresses);
	check_text("address", address_format(&r->address[i], text, sizeof(text)), wanted);
}

#define V6 "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"

static void addresses(void **state)
{
	struct dns_response r;

	(void)state;
	begin(0, 4);
	record(0, 1, "\xc0\0\2\1", 4);
	record(0, 1, "\xc0\0\2\1", 4);	 /* once more */
	record('x', 1, "\xc0\0\2\2", 4); /* of another name */
	record(0, 1, "\xc0\0\2\3\4", 5); /* too long */
	r = response(DNS_A);
	assert_int_equal(r.outcome, DNS_RECORDS);
	assert_int_equal(r.addresses, 1);
	check_address(&r, 0, "192.0.2.1");
	assert_int_equal(response(DNS_AAAA).outcome, DNS_EMPTY);
	begin(0, 1);
	record(0, 28, V6, 16);
	r = response(DNS_AAAA);
	check_address(&r, 0, "2001:db8::1");
	check_text("alias", r.alias, "");
}

static void many_addresses(void **state)
{
	struct dns_response r;

	(void)state;
	begin(0, DNS_RESPONSE_ADDRESSES + 4);
	for (unsigned char i = 0; i < DNS_RESPONSE_ADDRESSES + 4; i++) {
		const unsigned char a[] = { 192, 0, 2, i };

		record(0, 1, a, sizeof(a));
	}
	r = response(DNS_A);
	assert_int_equal(r.addresses, DNS_RESPONSE_ADDRESSES);
}

static void aliases(void **state)
{
	struct dns_response r;

	(void)state;
	begin(0, 3);
	record('d', 1, "\xc0\0\2\1", 4);
	record('c', 5, "\1d\0", 3); /* in the wrong order */
	record(0, 5, "\1c\0", 3);
	r = response(DNS_A);
	check_text("alias", r.alias, "d");
	check_address(&r, 0, "192.0.2.1");
	begin(0, 1);
	record(0, 5, "\xc0\x0c", 2); /* of itself */
	assert_int_equal(response(DNS_A).outcome, DNS_EMPTY);
}

static void outcomes(void **state)
{
	(void)state;
	begin(3, 0);
	assert_int_equal(response(DNS_A).outcome, DNS_NXDOMAIN);
	begin(2, 0);
	assert_int_equal(response(DNS_A).outcome, DNS_ERROR);
	assert_int_equal(response(DNS_A).rcode, 2);
	begin(5, 1);
	record(0, 1, "\xc0\0\2\1", 4);
	assert_int_equal(response(DNS_A).addresses, 0);
	begin(0x200, 0);
	assert_true(response(DNS_A).truncated);
	assert_int_equal(response(DNS_A).outcome, DNS_EMPTY);
	begin(0, 1);
	record(0, 1, "\xc0\0\2\1", 4);
	message[2] = 1; /* a question */
	assert_int_equal(response(DNS_A).outcome, DNS_UNREADABLE);
	begin(0, 1); /* which is not there */
	assert_int_equal(response(DNS_A).outcome, DNS_UNREADABLE);
	length = 5;
	assert_int_equal(response(DNS_A).outcome, DNS_UNREADABLE);
}

static void https(void **state)
{
	struct dns_response r;

	(void)state;
	begin(0, 1);
	record(0, 65, "\0\1\0\0\4\0\4\xc0\0\2\1\0\6\0\x10" V6, 3 + 8 + 20);
	r = response(DNS_HTTPS);
	check_address(&r, 0, "192.0.2.1");
	check_address(&r, 1, "2001:db8::1");
	check_text("target", r.target, "");
	begin(0, 1);
	record(0, 65, "\0\0\1c\1d\0", 7);
	r = response(DNS_HTTPS);
	check_text("target", r.target, "c.d");
	assert_int_equal(r.outcome, DNS_RECORDS);
	begin(0, 1);
	record(0, 65, "\0\0\1A\1b\0", 7); /* of itself, in other letters */
	check_text("target", response(DNS_HTTPS).target, "");
	begin(0, 1);
	record(0, 65, "\0\1\0\0\4\0\3\xc0\0\2", 10); /* malformed */
	assert_int_equal(response(DNS_HTTPS).outcome, DNS_EMPTY);
}

static void svcb_bad(void **state)
{
	static const struct {
		const char *what, *byte;
		size_t length;
	} bad[] = {
		{ "nothing", "", 0 },
		{ "half a priority", "\0", 1 },
		{ "no name", "\0\1", 2 },
		{ "a name without end", "\0\1\3ab", 5 },
		{ "a compressed name", "\0\1\xc0\x0c", 4 },
		{ "half a key", "\0\1\0\0", 4 },
		{ "no length", "\0\1\0\0\4", 5 },
		{ "a value that is too short", "\0\1\0\0\4\0\4\1\2\3", 10 },
		{ "no hint", "\0\1\0\0\4\0\0", 7 },
		{ "three quarters of a hint", "\0\1\0\0\4\0\3\1\2\3", 10 },
		{ "an IPv6 hint of 4 bytes", "\0\1\0\0\6\0\4\1\2\3\4", 11 },
		{ "a key twice", "\0\1\0\0\1\0\0\0\1\0\0", 11 },
		{ "keys in disorder", "\0\1\0\0\3\0\0\0\1\0\0", 11 },
	};
	struct dns_svcb svcb = { .priority = 4711 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK(!dns_svcb_read((const unsigned char *)bad[i].byte, bad[i].length, &svcb),
		      "%s was taken", bad[i].what);
		assert_int_equal(svcb.priority, 4711);
	}
}

static void svcb_good(void **state)
{
	struct dns_svcb svcb;

	(void)state;
	assert_true(dns_svcb_read((const unsigned char *)"\0\0\0\1\2\3", 6, &svcb));
	assert_int_equal(svcb.priority, 0); /* parameters of an alias: whatever stands there */
	check_text("target", svcb.target, ".");
	assert_true(dns_svcb_read((const unsigned char *)"\1\2\1x\0\0\1\0\3\2h2", 12, &svcb));
	assert_int_equal(svcb.priority, 0x102);
	check_text("target", svcb.target, "x");
	assert_int_equal(svcb.hints, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(many_addresses),
		cmocka_unit_test(aliases),   cmocka_unit_test(outcomes),
		cmocka_unit_test(https),     cmocka_unit_test(svcb_bad),
		cmocka_unit_test(svcb_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
