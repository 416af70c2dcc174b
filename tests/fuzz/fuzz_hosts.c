// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The bytes of hosts files. Input: which name is added (1 byte), then the file. What is accepted
 * must come back whole when what was added is removed, and an add never changes a byte of others.
 */
#include <errno.h>

#include "fuzz.h"
#include "hosts_text.h"
#include "text_diff.h"

struct bytes {
	char *byte;
	size_t length;
};

/* A slow look for a line that is @wanted, up to CR and LF: where its first byte is, or -1. */
static long find_line(const struct bytes *b, const char *wanted)
{
	size_t length = strlen(wanted);

	for (size_t at = 0; at + length <= b->length; at++) {
		bool bom = at == 3 && !memcmp(b->byte, "\xef\xbb\xbf", 3);
		const char *end = b->byte + at + length;
		size_t left = b->length - at - length;

		if (memcmp(b->byte + at, wanted, length) != 0 ||
		    !(!at || bom || b->byte[at - 1] == '\n'))
			continue;
		if (!left || *end == '\n' || (left > 1 && *end == '\r' && end[1] == '\n'))
			return (long)at;
	}
	return -1;
}

static struct bytes make(struct hosts_text *text)
{
	struct bytes made;

	FUZZ_CHECK(!hosts_text_make(text, &made.byte, &made.length), "out of memory");
	hosts_text_free(text);
	return made;
}

static struct hosts_text read_again(const struct bytes *b)
{
	struct problem p = { .usage = false };
	struct hosts_text text;

	FUZZ_CHECK(!hosts_text_read(b->byte, b->length, &text, &p), "%s: %s", p.object, p.what);
	return text;
}

static void check_same(const char *what, const struct bytes *a, const struct bytes *b)
{
	FUZZ_CHECK(a->length == b->length && !memcmp(a->byte, b->byte, a->length), "%s: %zu, %zu",
		   what, a->length, b->length);
}

/* The head and the tail of others, which are those of @text, are around the block of @made. */
static void check_others(const struct hosts_text *text, const struct bytes *made)
{
	size_t tail = text->length - text->end;

	FUZZ_CHECK(made->length >= text->begin + tail, "%zu bytes", made->length);
	FUZZ_CHECK(!memcmp(made->byte, text->byte, text->begin), "the head changed");
	FUZZ_CHECK(!memcmp(made->byte + made->length - tail, text->byte + text->end, tail),
		   "the tail changed");
}

static void check_diff(const struct bytes *before, const struct bytes *after)
{
	struct text_version a = { before->byte, before->length };
	struct text_version b = { after->byte, after->length };
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	FUZZ_CHECK(out, "out of memory");
	text_diff_print(out, "hosts", &a, &b);
	fclose(out);
	FUZZ_CHECK(!length == (before->length == after->length &&
			       !memcmp(before->byte, after->byte, before->length)),
		   "a diff of %zu bytes", length);
	free(text);
}

static void add_and_remove(struct hosts_text *text, const struct dns_name *name)
{
	struct bytes file = make(&(struct hosts_text){ text->byte, text->length, text->begin,
						       text->end, text->name, text->names });
	struct hosts_text again = read_again(&file);
	struct bytes added, twice, removed;
	bool had = hosts_text_unset(&again, name->name);

	hosts_text_free(&again);
	again = read_again(&file);
	FUZZ_CHECK(!hosts_text_set(&again, name), "out of memory");
	added = make(&again);
	again = read_again(&added);
	check_others(&again, &file);
	FUZZ_CHECK(!hosts_text_set(&again, name), "out of memory");
	twice = make(&again);
	check_same("added twice", &added, &twice);
	again = read_again(&added);
	FUZZ_CHECK(hosts_text_unset(&again, name->name), "not there");
	removed = make(&again);
	if (!had)
		check_same("added and removed", &removed, &file);
	check_diff(&file, &added);
	check_diff(&removed, &removed);
	free(file.byte);
	free(added.byte);
	free(twice.byte);
	free(removed.byte);
}

static void check_conflict(const struct hosts_text *text, const struct dns_name *name)
{
	char address[HOSTS_TEXT_ADDRESS];

	if (hosts_text_conflict(text, name, address))
		FUZZ_CHECK(memmem(text->byte, text->length, address, strlen(address)),
			   "%s is not in the file", address);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	static const char *const names[] = { "a", "rustdesk.example.com", "b.example" };
	static const char *const addresses[] = { "1.2.3.4", "192.168.11.20,fd00::20", "fd00::1" };
	struct fuzz_input in = { byte, length };
	uint8_t which = fuzz_u8(&in);
	struct bytes file = { malloc(in.left + !in.left), in.left };
	struct problem p = { .usage = false };
	struct hosts_text text = { .names = 77 };
	struct dns_name name;
	int err;

	FUZZ_CHECK(file.byte, "out of memory");
	memcpy(file.byte, in.byte, in.left);
	FUZZ_CHECK(!dns_name_parse(names[which % 3], addresses[which / 3 % 3], NULL, &name, &p),
		   "%s", p.what);
	err = hosts_text_read(file.byte, file.length, &text, &p);
	FUZZ_CHECK(err == 0 || err == -EINVAL, "returned %d", err);
	if (err) {
		FUZZ_CHECK(*p.object && *p.what && *p.remedy && text.names == 77, "no message");
		FUZZ_CHECK(find_line(&file, HOSTS_TEXT_BEGIN) >= 0 ||
				   find_line(&file, HOSTS_TEXT_END) >= 0,
			   "refused without a block: %s", p.what);
	} else {
		FUZZ_CHECK((text.end > text.begin) == (find_line(&file, HOSTS_TEXT_BEGIN) >= 0),
			   "a block from %zu to %zu", text.begin, text.end);
		check_conflict(&text, &name);
		add_and_remove(&text, &name);
	}
	free(file.byte);
	return 0;
}
