// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dns_svcb.h and dns_response.h. Input: what the rest is (1 byte): data of an HTTPS record, which
 * is read again here, the slow way, or a whole answer, of which only what must hold is checked.
 */
#include <ctype.h>

#include "address.h"
#include "dns_response.h"
#include "dns_svcb.h"
#include "fuzz.h"

/* Length of the name at the beginning, and its text if that has nothing to escape; 0: none. */
static size_t slow_name(const uint8_t *byte, size_t length, char text[NS_MAXDNAME], bool *plain)
{
	size_t at = 0, out = 0;

	*plain = true;
	for (;;) {
		if (at >= length || byte[at] > 63 || at + byte[at] >= length)
			return 0;
		if (!byte[at])
			break;
		for (unsigned int i = 1; i <= byte[at]; i++) {
			*plain = *plain && isalnum(byte[at + i]);
			text[out++] = (char)byte[at + i];
		}
		text[out++] = '.';
		at += 1u + byte[at];
		if (at > 254)
			return 0;
	}
	if (!out)
		text[out++] = '.';
	else
		out--;
	text[out] = '\0';
	return at + 1;
}

/* The parameter @wanted of those from @byte to @end: its length, or -1; *@good: all are in order.
 */
static int slow_param(const uint8_t *byte, const uint8_t *end, int wanted, const uint8_t **value,
		      bool *good)
{
	int last = -1, found = -1;

	while (byte < end) {
		int key = end - byte < 4 ? -1 : byte[0] * 256 + byte[1];
		int length = end - byte < 4 ? 0 : byte[2] * 256 + byte[3];

		*good = *good && key > last && length <= end - byte - 4;
		if (!*good)
			return -1;
		last = key;
		if (key == wanted) {
			found = length;
			*value = byte + 4;
		}
		byte += 4 + length;
	}
	return found;
}

static void check_hints(const struct dns_svcb *svcb, const uint8_t *v4, int length4,
			const uint8_t *v6, int length6)
{
	unsigned int all = (length4 > 0 ? length4 / 4u : 0) + (length6 > 0 ? length6 / 16u : 0);
	unsigned int n4 = length4 > 0 ? (unsigned int)length4 / 4 : 0;

	FUZZ_CHECK(svcb->hints == (all < DNS_SVCB_HINTS ? all : DNS_SVCB_HINTS), "%u hints of %u",
		   svcb->hints, all);
	for (unsigned int i = 0; i < svcb->hints; i++) {
		const uint8_t *got = (const uint8_t *)&svcb->hint[i];
		const uint8_t *at = i < n4 ? v4 + 4ul * i : v6 + 16ul * (i - n4);

		if (i < n4)
			FUZZ_CHECK(!memcmp(got + 12, at, 4) && address_is_v4(&svcb->hint[i]),
				   "hint %u", i);
		else
			FUZZ_CHECK(!memcmp(got, at, 16), "hint %u", i);
	}
}

static void check_svcb(const uint8_t *byte, size_t length)
{
	const uint8_t *v4 = NULL, *v6 = NULL, *end = byte + length;
	struct dns_svcb svcb;
	int length4 = -1, length6 = -1;
	char text[NS_MAXDNAME];
	bool plain = false;
	size_t name = length < 2 ? 0 : slow_name(byte + 2, length - 2, text, &plain);
	bool good = name, alias = length >= 2 && !byte[0] && !byte[1];

	if (good && !alias) {
		length4 = slow_param(byte + 2 + name, end, 4, &v4, &good);
		length6 = slow_param(byte + 2 + name, end, 6, &v6, &good);
		good = good && length4 && length6 && (length4 < 0 || length4 % 4 == 0) &&
		       (length6 < 0 || length6 % 16 == 0);
	}
	memset(&svcb, 0xa5, sizeof(svcb));
	FUZZ_CHECK(dns_svcb_read(byte, length, &svcb) == good, "should be %d", good);
	if (!good) {
		FUZZ_CHECK(svcb.priority == 0xa5a5 && svcb.hints == 0xa5a5a5a5, "touched");
		return;
	}
	FUZZ_CHECK(svcb.priority == byte[0] * 256 + byte[1], "priority %u", svcb.priority);
	FUZZ_CHECK(!plain || !strcmp(svcb.target, text), "%s, not %s", svcb.target, text);
	check_hints(&svcb, v4, length4, v6, length6);
}

static void check_response(const uint8_t *byte, size_t length, enum dns_kind kind)
{
	struct dns_response r;

	memset(&r, 0xa5, sizeof(r));
	dns_response_read(byte, length, kind, &r);
	FUZZ_CHECK(r.outcome >= DNS_UNREADABLE && r.outcome <= DNS_RECORDS, "outcome %d",
		   r.outcome);
	FUZZ_CHECK(r.addresses <= DNS_RESPONSE_ADDRESSES, "%u addresses", r.addresses);
	FUZZ_CHECK(strnlen(r.alias, sizeof(r.alias)) < sizeof(r.alias), "an alias without end");
	FUZZ_CHECK(strnlen(r.target, sizeof(r.target)) < sizeof(r.target), "a target without end");
	FUZZ_CHECK(kind == DNS_HTTPS || !*r.target, "a target of %s", dns_kind_name(kind));
	FUZZ_CHECK(kind == DNS_HTTPS || (r.outcome == DNS_RECORDS) == (r.addresses > 0),
		   "outcome %d with %u addresses", r.outcome, r.addresses);
	FUZZ_CHECK(r.outcome == DNS_RECORDS || (!r.addresses && !*r.target), "a broken outcome");
	if (r.outcome == DNS_UNREADABLE)
		return;
	FUZZ_CHECK(length >= 12 && r.truncated == !!(byte[2] & 2), "truncated");
	FUZZ_CHECK(r.rcode == (byte[3] & 15), "rcode %u", r.rcode);
	FUZZ_CHECK((r.outcome == DNS_NXDOMAIN) == (r.rcode == 3), "rcode %u", r.rcode);
	FUZZ_CHECK((r.outcome >= DNS_EMPTY) == (r.rcode == 0), "rcode %u", r.rcode);
	for (unsigned int i = 0; kind == DNS_A && i < r.addresses; i++)
		FUZZ_CHECK(address_is_v4(&r.address[i]), "address %u", i);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	uint8_t *copy;

	if (!length)
		return 0;
	/* Of exactly its length, for AddressSanitizer. */
	copy = malloc(length > 1 ? length - 1 : 1);
	FUZZ_CHECK(copy, "out of memory");
	memcpy(copy, byte + 1, length - 1);
	if (*byte % 4 == 3)
		check_svcb(copy, length - 1);
	else
		check_response(copy, length - 1, *byte % 4);
	free(copy);
	return 0;
}
