// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the controller writes into natloop_names, and what the data path looks up there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_key.h"
#include "dns_reply.h"

static struct dns_work work;

/* A question for @name into work; its length. */
static uint32_t ask(const char *name)
{
	uint32_t at = DNS_HEADER;

	memset(&work, 0, sizeof(work));
	work.message[5] = 1;
	while (*name) {
		size_t length = strcspn(name, ".");

		work.message[at++] = (uint8_t)length;
		memcpy(work.message + at, name, length);
		at += (uint32_t)length;
		name += length + (name[length] == '.');
	}
	at++;
	work.message[at + 1] = DNS_TYPE_A;
	work.message[at + 3] = DNS_CLASS_IN;
	return at + 4;
}

static void a_name_and_back(void **state)
{
	static const char *const names[] = { "a", "rustdesk.example.com", "*.example.com", "*.a",
					     "x-y._z.example" };
	struct natloop_dns_key key;
	char name[DNS_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		dns_key_make(names[i], &key);
		dns_key_name(&key, name);
		assert_string_equal(name, names[i]);
	}
	dns_key_make("ab.c", &key);
	assert_int_equal(key.bits, 5 * 8);
	assert_memory_equal(key.byte, "c.ba", 5);
	dns_key_make("*.ab.c", &key);
	assert_int_equal(key.bits, 5 * 8);
	assert_memory_equal(key.byte, "c.ba.", 5);
}

static void both_sides_agree(void **state)
{
	struct natloop_dns_key key;
	char name[DNS_NAME_MAX];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t length = 1 + (size_t)rand() % 253, label = 0;

		for (size_t j = 0; j < length; j++) {
			bool dot = label && j + 1 < length && (label == 63 || !(rand() % 9));

			name[j] = dot ? '.' : "abz019-_"[rand() % 8];
			label = dot ? 0 : label + 1;
		}
		if (label > 63)
			continue;
		name[length] = '\0';
		assert_true(dns_question_read(&work, ask(name)));
		dns_key_make(name, &key);
		assert_int_equal(work.key.bits, key.bits);
		assert_memory_equal(work.key.byte, key.byte, key.bits / 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_and_back),
		cmocka_unit_test(both_sides_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
