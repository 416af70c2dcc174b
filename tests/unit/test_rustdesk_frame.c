// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rustdesk_frame.h"
#include "util.h"

/* The longest payload of each length of header, and the one after it, by hand from the rule. */
static const struct {
	size_t payload;
	int header;
	unsigned char bytes[RUSTDESK_HEADER_MAX];
} known[] = {
	{ 0, 1, { 0x00 } },
	{ 2, 1, { 0x08 } },
	{ 0x3f, 1, { 0xfc } },
	{ 0x40, 2, { 0x01, 0x01 } },
	{ 0x3fff, 2, { 0xfd, 0xff } },
	{ 0x4000, 3, { 0x02, 0x00, 0x01 } },
	{ 0x3fffff, 3, { 0xfe, 0xff, 0xff } },
	{ 0x400000, 4, { 0x03, 0x00, 0x00, 0x01 } },
	{ 0x3fffffff, 4, { 0xff, 0xff, 0xff, 0xff } },
};

static void headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		unsigned char header[RUSTDESK_HEADER_MAX] = {};

		assert_int_equal(known[i].header, rustdesk_frame_header(known[i].payload, header));
		assert_memory_equal(known[i].bytes, header, known[i].header);
	}
}

static void too_long(void **state)
{
	unsigned char header[RUSTDESK_HEADER_MAX] = { 0xfd, 0xff };
	size_t payload = 7;

	(void)state;
	assert_int_equal(-EMSGSIZE,
			 rustdesk_frame_header((size_t)RUSTDESK_PAYLOAD_MAX + 1, header));
	assert_int_equal(-EMSGSIZE, rustdesk_frame_parse(header, 2, 0x3ffe, &payload));
	assert_int_equal(7, payload);
	assert_int_equal(2, rustdesk_frame_parse(header, 2, 0x3fff, &payload));
}

static void parses_what_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t payload = 7;

		for (int length = 0; length < known[i].header; length++)
			assert_int_equal(-EAGAIN,
					 rustdesk_frame_parse(known[i].bytes, length,
							      RUSTDESK_PAYLOAD_MAX, &payload));
		assert_int_equal(7, payload);
		assert_int_equal(known[i].header,
				 rustdesk_frame_parse(known[i].bytes, known[i].header,
						      RUSTDESK_PAYLOAD_MAX, &payload));
		assert_int_equal(known[i].payload, payload);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(too_long),
		cmocka_unit_test(parses_what_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
