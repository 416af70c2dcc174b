/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* cmocka, and a check that says in a sentence why it failed. */
#ifndef CHECK_H
#define CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Fails the test with a sentence unless @condition holds. */
#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			print_error("%s:%d: %s\n", __FILE__, __LINE__, #condition);                \
			fail_msg(__VA_ARGS__);                                                     \
		}                                                                                  \
	} while (0)

#endif
