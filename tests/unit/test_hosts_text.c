// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hosts_text.h"

#include <errno.h>
#include <stdlib.h>

#include "random.h"
#include "text_diff.h"
#include "unit.h"
#include "util.h"

#define BLOCK(lines) HOSTS_TEXT_BEGIN "\n" lines HOSTS_TEXT_END "\n"
#define NAME "rustdesk.example.com"
#define FILES 20000

struct bytes {
	char *byte;
	size_t length;
};

#define BYTES(text) ((struct bytes){ (char *)(text), sizeof(text) - 1 })

static struct dns_name name_of(const char *name, const char *addresses)
{
	struct problem p = { .usage = false };
	struct dns_name ret;

	CHECK(!dns_name_parse(name, addresses, NULL, &ret, &p), "%s: %s", p.object, p.what);
	return ret;
}

static struct hosts_text read_bytes(const struct bytes *b)
{
	struct problem p = { .usage = false };
	struct hosts_text text;

	CHECK(!hosts_text_read(b->byte, b->length, &text, &p), "%s: %s", p.object, p.what);
	return text;
}

static struct bytes make(struct hosts_text *text)
{
	struct bytes made;

	CHECK(!hosts_text_make(text, &made.byte, &made.length), "out of memory");
	hosts_text_free(text);
	return made;
}

static struct bytes added(const struct bytes *b, const char *name, const char *addresses)
{
	struct hosts_text text = read_bytes(b);
	struct dns_name entry = name_of(name, addresses);

	assert_int_equal(hosts_text_set(&text, &entry), 0);
	return make(&text);
}

static struct bytes removed(const struct bytes *b, const char *name)
{
	struct hosts_text text = read_bytes(b);

	CHECK(hosts_text_unset(&text, name), "%s is not in the block", name);
	return make(&text);
}

static void check_same(const char *what, const struct bytes *got, const struct bytes *wanted)
{
	CHECK(got->length == wanted->length && !memcmp(got->byte, wanted->byte, wanted->length),
	      "%s: got %zu bytes '%.*s', wanted %zu '%.*s'", what, got->length, (int)got->length,
	      got->byte, wanted->length, (int)wanted->length, wanted->byte);
}

static void what_add_writes(void **state)
{
	static const struct {
		const char *what;
		struct bytes before, after;
	} cases[] = {
		{ "an empty file", BYTES(""), BYTES(BLOCK("192.168.11.20 " NAME "\n")) },
		{ "no final line break", BYTES("127.0.0.1 localhost"),
		  BYTES(BLOCK("192.168.11.20 " NAME "\n") "127.0.0.1 localhost") },
		{ "CRLF", BYTES("# x\r\n1.2.3.4 a\r\n"),
		  BYTES(HOSTS_TEXT_BEGIN "\r\n192.168.11.20 " NAME "\r\n" HOSTS_TEXT_END
					 "\r\n# x\r\n1.2.3.4 a\r\n") },
		{ "a byte order mark", BYTES("\xef\xbb\xbf# x\n"),
		  BYTES("\xef\xbb\xbf" BLOCK("192.168.11.20 " NAME "\n") "# x\n") },
		{ "another address of the name, in the middle of a file",
		  BYTES("a\n" BLOCK("10.0.0.1 x\nfd00::1 x\n1.2.3.4 " NAME "\n") "b"),
		  BYTES("a\n" BLOCK("10.0.0.1 x\nfd00::1 x\n192.168.11.20 " NAME "\n") "b") },
		{ "a block with the other line ends", BYTES(BLOCK("10.0.0.1 x\n") "1.2.3.4 a\r\n"),
		  BYTES(HOSTS_TEXT_BEGIN "\r\n10.0.0.1 x\r\n192.168.11.20 " NAME
					 "\r\n" HOSTS_TEXT_END "\r\n1.2.3.4 a\r\n") },
		{ "a block without a line", BYTES(BLOCK("")),
		  BYTES(BLOCK("192.168.11.20 " NAME "\n")) },
		{ "a block that ends with the file", BYTES(HOSTS_TEXT_BEGIN "\n" HOSTS_TEXT_END),
		  BYTES(BLOCK("192.168.11.20 " NAME "\n")) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes got = added(&cases[i].before, NAME, "192.168.11.20");

		check_same(cases[i].what, &got, &cases[i].after);
		free(got.byte);
	}
}

static void both_families(void **state)
{
	struct bytes wanted = BYTES(BLOCK("192.168.11.20 " NAME "\nfd00::20 " NAME "\n"));
	struct bytes got = added(&BYTES(""), "RustDesk.Example.COM", "FD00::20,192.168.11.20");
	struct bytes v6 = BYTES(BLOCK("fd00::20 " NAME "\n"));
	struct bytes again;

	(void)state;
	check_same("IPv4 and IPv6", &got, &wanted);
	again = added(&got, NAME, "fd00::20");
	check_same("IPv6 alone", &again, &v6);
	free(got.byte);
	free(again.byte);
	got = removed(&wanted, "RUSTDESK.example.com");
	check_same("removed", &got, &BYTES(""));
	free(got.byte);
}

static void edited_blocks_are_refused(void **state)
{
	static const struct {
		const char *object;
		struct bytes file;
	} cases[] = {
		{ "line 2", BYTES("a\n" HOSTS_TEXT_BEGIN "\n1.2.3.4 x\n") },
		{ "line 1", BYTES(HOSTS_TEXT_BEGIN "\n1.2.3.4 x\n1.2.3.4 localhost y\n") },
		{ "line 2", BYTES(BLOCK("1.2.3.4 x y\n")) },
		{ "line 2", BYTES(BLOCK("1.2.3.4 x # mine\n")) },
		{ "line 2", BYTES(BLOCK("# 1.2.3.4 x\n")) },
		{ "line 2", BYTES(BLOCK("1.2.3.4  x\n")) },
		{ "line 2", BYTES(BLOCK("1.2.3.4 X\n")) },
		{ "line 2", BYTES(BLOCK("1.2.3.4 *.x\n")) },
		{ "line 2", BYTES(BLOCK("1.2.3.4,fd00::1 x\n")) },
		{ "line 2", BYTES(BLOCK("FD00::1 x\n")) },
		{ "line 2", BYTES(BLOCK("1.2.3.4 x\0\n")) },
		{ "line 2", BYTES(BLOCK("\n")) },
		{ "line 3", BYTES(BLOCK("1.2.3.4 x\n1.2.3.5 x\n")) },
		{ "line 3", BYTES(BLOCK("fd00::1 x\n1.2.3.4 x\n")) },
		{ "line 4", BYTES(BLOCK("1.2.3.4 x\n1.2.3.4 y\nfd00::1 x\n")) },
		{ "line 2", BYTES(BLOCK(HOSTS_TEXT_BEGIN "\n")) },
		{ "line 1", BYTES(HOSTS_TEXT_END "\n") },
		{ "line 4", BYTES(BLOCK("1.2.3.4 x\n") BLOCK("")) },
		{ "line 4", BYTES(BLOCK("1.2.3.4 x\n") HOSTS_TEXT_END) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hosts_text text = { .names = 77 };
		struct problem p = { .usage = false };

		CHECK(hosts_text_read(cases[i].file.byte, cases[i].file.length, &text, &p) ==
				      -EINVAL &&
			      *p.what && *p.remedy,
		      "case %zu", i);
		check_text("object", p.object, cases[i].object);
		assert_int_equal(text.names, 77);
	}
}

static void what_conflicts(void **state)
{
	static const struct {
		const char *file;
		size_t line;
		const char *address;
	} cases[] = {
		{ ("1.2.3.4 " NAME), 1, "1.2.3.4" },
		{ "# x\r\n1.2.3.4\ta b \t RUSTDESK.example.com\r\n", 2, "1.2.3.4" },
		{ " 1.2.3.4 a " NAME ".\n", 1, "1.2.3.4" },
		{ "\xef\xbb\xbf"
		  "1.2.3.4 " NAME "\n",
		  1, "1.2.3.4" },
		{ "192.168.11.20 " NAME "\nfd00::1 " NAME "\n", 2, "fd00::1" },
		{ "fe80::1%eth0 " NAME "\n", 1, "fe80::1" },
		{ "192.168.11.20 " NAME "\n", 0, "" },
		{ "1.2.3.4 a # " NAME "\n", 0, "" },
		{ "1.2.3.4 a." NAME " " NAME "a\n", 0, "" },
		{ "#1.2.3.4 " NAME "\n", 0, "" },
		{ "nonsense " NAME "\n", 0, "" },
		{ BLOCK("1.2.3.4 " NAME "\n"), 0, "" },
		{ BLOCK("1.2.3.4 " NAME "\n") "1.2.3.5 " NAME, 4, "1.2.3.5" },
	};
	struct dns_name name = name_of(NAME, "192.168.11.20");
	char address[HOSTS_TEXT_ADDRESS];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes file = { (char *)cases[i].file, strlen(cases[i].file) };
		struct hosts_text text = read_bytes(&file);
		size_t line = hosts_text_conflict(&text, &name, address);

		CHECK(line == cases[i].line, "'%s': line %zu", cases[i].file, line);
		if (line)
			check_text("address", address, cases[i].address);
		hosts_text_free(&text);
	}
}

static size_t random_piece(char *at)
{
	static const char *const pieces[] = { "127.0.0.1 localhost",
					      "# comment",
					      "::1",
					      "\t",
					      " ",
					      "\r\n",
					      "\r\n",
					      "\n",
					      "\n",
					      "\r",
					      "1.2.3.4 " NAME,
					      NAME,
					      "# END natloop ",
					      "# BEGIN natloop",
					      "fe80::1%eth0 a",
					      "\xef\xbb\xbf",
					      "\xff\xfe",
					      "b\xc3\xbc",
					      "#",
					      "255.255.255.255\tbroadcasthost" };
	const char *piece = pieces[random_below(ARRAY_SIZE(pieces))];
	size_t length = strlen(piece);

	switch (random_below(16)) {
	case 0:
		*at = (char)random_u32();
		return 1;
	case 1:
		*at = '\0';
		return 1;
	case 2:
		length = random_below(2000);
		memset(at, 'a', length);
		return length;
	default:
		memcpy(at, piece, length);
		return length;
	}
}

/* Up to 40 pieces; the caller frees it. */
static struct bytes random_file(void)
{
	struct bytes b = { malloc(40 * 2000), 0 };
	char *whole;

	assert_non_null(b.byte);
	for (uint32_t i = random_below(41); i; i--)
		b.length += random_piece(b.byte + b.length);
	/* Of exactly its length, for the sanitizers. */
	whole = malloc(b.length ? b.length : 1);
	assert_non_null(whole);
	memcpy(whole, b.byte, b.length);
	free(b.byte);
	b.byte = whole;
	return b;
}

/* @after is @before with something put in at one place. */
static void check_others_kept(const struct bytes *before, const struct bytes *after)
{
	size_t put = after->length - before->length, at = 0;

	while (at < before->length && before->byte[at] == after->byte[at])
		at++;
	CHECK(after->length > before->length &&
		      !memcmp(after->byte + at + put, before->byte + at, before->length - at),
	      "bytes of others changed behind byte %zu", at);
}

static void check_diff(const struct bytes *before, const struct bytes *after)
{
	struct text_version a = { before->byte, before->length };
	struct text_version b = { after->byte, after->length };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	text_diff_print(out, "hosts", &a, &b);
	fclose(out);
	CHECK(!strncmp(text, "--- hosts\n+++ hosts\n@@ -", 24), "%s", text);
	free(text);
}

static void add_then_remove_is_the_identity(void **state)
{
	(void)state;
	random_start();
	for (int i = 0; i < FILES; i++) {
		struct bytes file = random_file();
		struct bytes one = added(&file, "one.example", "192.168.11.20,fd00::20");
		struct bytes again = added(&one, "one.example", "192.168.11.20,fd00::20");
		struct bytes two = added(&one, "two.example", "192.168.11.21");
		struct bytes only_one = removed(&two, "two.example");
		struct bytes none = removed(&only_one, "one.example");

		check_others_kept(&file, &one);
		check_others_kept(&one, &two);
		check_same("added again", &again, &one);
		check_same("the second removed", &only_one, &one);
		check_same("all removed", &none, &file);
		check_diff(&file, &one);
		free(file.byte);
		free(one.byte);
		free(again.byte);
		free(two.byte);
		free(only_one.byte);
		free(none.byte);
	}
}

static void check_diff_text(const char *before, const char *after, const char *wanted)
{
	struct text_version a = { before, strlen(before) }, b = { after, strlen(after) };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	text_diff_print(out, "f", &a, &b);
	fclose(out);
	check_text("diff", text, wanted);
	free(text);
}

static void diffs(void **state)
{
	(void)state;
	check_diff_text("a\n", "a\n", "");
	check_diff_text("", "a\n", "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
	check_diff_text("a\n", "", "--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n");
	check_diff_text("b", "a\nb",
			"--- f\n+++ f\n@@ -1,1 +1,2 @@\n+a\n b\n\\ No newline at end of file\n");
	check_diff_text("1\n2\n3\n4\n5\nx\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\ny\n6\n7\n8\n9\n",
			"--- f\n+++ f\n@@ -3,7 +3,7 @@\n 3\n 4\n 5\n-x\n+y\n 6\n 7\n 8\n");
	check_diff_text("x\nx\n", "x\n", "--- f\n+++ f\n@@ -1,2 +1,1 @@\n x\n-x\n");
	check_diff_text("x\r\n", "y\r\nx\r\n", "--- f\n+++ f\n@@ -1,1 +1,2 @@\n+y\r\n x\r\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_add_writes),
		cmocka_unit_test(both_families),
		cmocka_unit_test(edited_blocks_are_refused),
		cmocka_unit_test(what_conflicts),
		cmocka_unit_test(add_then_remove_is_the_identity),
		cmocka_unit_test(diffs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
