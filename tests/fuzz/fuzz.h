/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the fuzz targets share: a check that says why it failed, and input taken piece by piece. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length);

__attribute__((noreturn, format(printf, 4, 5))) static inline void
fuzz_fail(const char *file, int line, const char *condition, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: %s\n", file, line, condition);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/* Ends the process with a sentence unless @condition holds; libFuzzer then keeps the input. */
#define FUZZ_CHECK(condition, ...)                                                                 \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fuzz_fail(__FILE__, __LINE__, #condition, __VA_ARGS__);                    \
	} while (0)

/* The bytes that are left. When there are none, zeros come: short inputs mean something, too. */
struct fuzz_input {
	const uint8_t *byte;
	size_t left;
};

static inline uint8_t fuzz_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->byte++;
}

static inline uint16_t fuzz_u16(struct fuzz_input *in)
{
	uint16_t high = fuzz_u8(in);

	return high << 8 | fuzz_u8(in);
}

static inline uint32_t fuzz_u32(struct fuzz_input *in)
{
	uint32_t high = fuzz_u16(in);

	return high << 16 | fuzz_u16(in);
}

/* The rest as text, in memory of exactly its length, to be freed. A NUL in it ends it. */
static inline char *fuzz_text(const struct fuzz_input *in)
{
	size_t length = strnlen((const char *)in->byte, in->left);
	char *text = malloc(length + 1);

	FUZZ_CHECK(text, "out of memory");
	memcpy(text, in->byte, length);
	text[length] = '\0';
	return text;
}

#endif
