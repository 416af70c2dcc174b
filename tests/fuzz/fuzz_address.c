// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers, addresses, hosts and prefixes as text. Input: one text that is taken for each of them.
 */
#include <errno.h>

#include "number.h"
#include "slow_text.h"

static void check_number(const char *text, unsigned int min, unsigned int max)
{
	unsigned int got = 12345;
	uint32_t value = 0;
	bool good = slow_number(text, strlen(text), min, max, &value);
	int err = number_parse(text, min, max, &got);

	FUZZ_CHECK(!err == good, "\"%s\" from %u to %u: %d", text, min, max, err);
	FUZZ_CHECK(err == 0 || err == -EINVAL || err == -ERANGE, "returned %d", err);
	FUZZ_CHECK(got == (good ? value : 12345), "\"%s\" is %u", text, got);
}

static void check_address(const char *text)
{
	const struct natloop_addr untouched = { { 1, 2, 3, 4 } };
	struct natloop_addr got = untouched, host = untouched, expected;
	struct problem p = { .usage = false };
	char again[ADDRESS_TEXT_MAX];
	uint32_t value;
	bool good = slow_v4(text, strlen(text), &value);
	bool good_host = slow_host(text, strlen(text), &value);

	expected = good ? slow_mapped(value) : untouched;
	FUZZ_CHECK(address_parse(text, &got, &p) == (good ? 0 : -EINVAL), "\"%s\"", text);
	FUZZ_CHECK(!memcmp(&got, &expected, sizeof(got)), "\"%s\" has another value", text);
	if (good)
		FUZZ_CHECK(!strcmp(address_format(&got, again, sizeof(again)), text),
			   "\"%s\" became %s", text, again);
	else
		check_problem(&p, text);
	expected = good_host ? slow_mapped(value) : untouched;
	FUZZ_CHECK(address_parse_host(text, &host, &p) == (good_host ? 0 : -EINVAL),
		   "\"%s\" as a host", text);
	FUZZ_CHECK(!memcmp(&host, &expected, sizeof(host)), "\"%s\" as a host", text);
	if (!good_host)
		check_problem(&p, text);
}

static void check_members(const struct prefix *prefix, uint32_t net, uint32_t length)
{
	uint64_t size = 1ULL << (32 - length), first = net, last = net + size - 1;
	const struct {
		uint64_t address;
		bool inside;
	} cases[] = { { first, true }, { last, true }, { first - 1, false }, { last + 1, false } };

	for (size_t i = 0; i < 4; i++) {
		struct natloop_addr a = slow_mapped((uint32_t)cases[i].address);

		/* Beyond the first and the last address there is. */
		if (cases[i].address > UINT32_MAX)
			continue;
		FUZZ_CHECK(address_in_prefix(&a, prefix) == cases[i].inside, "%#x in %#x/%u",
			   (uint32_t)cases[i].address, net, length);
	}
}

static void check_prefix(const char *text)
{
	const struct prefix untouched = { { { 1, 2, 3, 4 } }, { { 5, 6, 7, 8 } } };
	size_t slash = strcspn(text, "/");
	struct problem p = { .usage = false };
	struct prefix got = untouched;
	uint32_t net = 0, length = 32;
	char again[ADDRESS_TEXT_MAX], expected[ADDRESS_TEXT_MAX];
	bool good = slow_v4(text, slash, &net);

	if (text[slash] && !slow_number(text + slash + 1, strlen(text + slash + 1), 0, 32, &length))
		good = false;
	if (good && length < 32 && net << length)
		good = false;
	FUZZ_CHECK(address_parse_prefix(text, &got, &p) == (good ? 0 : -EINVAL),
		   "\"%s\" as a prefix", text);
	if (!good) {
		check_problem(&p, text);
		FUZZ_CHECK(!memcmp(&got, &untouched, sizeof(got)), "\"%s\" touched", text);
		return;
	}
	snprintf(expected, sizeof(expected), "%.*s/%u", (int)slash, text, length);
	address_format_prefix(&got, again, sizeof(again));
	FUZZ_CHECK(!strcmp(again, expected), "%s, not %s", again, expected);
	check_members(&got, net, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	char *text = fuzz_text(&in);

	check_number(text, 0, UINT32_MAX);
	check_number(text, 1, 65535);
	check_address(text);
	check_prefix(text);
	free(text);
	return 0;
}
