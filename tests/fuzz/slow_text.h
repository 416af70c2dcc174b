/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers and addresses read slowly: what the text targets judge the controller's parsers by. */
#ifndef SLOW_TEXT_H
#define SLOW_TEXT_H

#include <arpa/inet.h>

#include "address.h"
#include "fuzz.h"

/* A decimal number from @min to @max that is written in the one way: @length characters. */
static inline bool slow_number(const char *text, size_t length, uint32_t min, uint32_t max,
			       uint32_t *ret)
{
	char canonical[16];
	uint64_t value = 0;

	if (!length || length > 10)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	snprintf(canonical, sizeof(canonical), "%llu", (unsigned long long)value);
	*ret = (uint32_t)value;
	return strlen(canonical) == length && value >= min && value <= max;
}

/* A dotted quad, in the first @length characters; host order. */
static inline bool slow_v4(const char *text, size_t length, uint32_t *ret)
{
	uint32_t part, value = 0;

	for (int i = 0; i < 4; i++) {
		size_t digits = 0;

		while (digits < length && text[digits] != '.')
			digits++;
		if (!slow_number(text, digits, 0, 255, &part) || (digits == length) != (i == 3))
			return false;
		value = value << 8 | part;
		if (i < 3)
			digits++;
		text += digits;
		length -= digits;
	}
	*ret = value;
	return true;
}

/* The same of one host. */
static inline bool slow_host(const char *text, size_t length, uint32_t *ret)
{
	return slow_v4(text, length, ret) && *ret >> 24 && *ret >> 24 != 127 && *ret >> 24 < 224;
}

static inline struct natloop_addr slow_mapped(uint32_t v4)
{
	return (struct natloop_addr){ .w = { 0, 0, htonl(0xffff), htonl(v4) } };
}

/* A complete message about @object, which is cut if it is long. */
static inline void check_problem(const struct problem *p, const char *object)
{
	FUZZ_CHECK(p->usage, "not marked as wrong usage");
	FUZZ_CHECK(!strncmp(p->object, object, sizeof(p->object) - 1), "object \"%s\", not \"%s\"",
		   p->object, object);
	FUZZ_CHECK(*p->what && *p->remedy, "what \"%s\", remedy \"%s\"", p->what, p->remedy);
}

#endif
