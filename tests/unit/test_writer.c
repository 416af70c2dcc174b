// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "writer.h"

#include <errno.h>
#include <stdlib.h>

#include "unit.h"
#include "util.h"

typedef void (*walk_fn)(struct writer *w);

static void walk_status(struct writer *w)
{
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "version", "1.0");
	writer_number(w, "abi", 1);
	writer_open(w, "interfaces", WRITER_LIST);
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "name", "eth1");
	writer_string(w, "reason", "veth");
	writer_close(w);
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "name", "br-lan");
	writer_string(w, "reason", "a bridge");
	writer_close(w);
	writer_close(w);
	writer_open(w, "forwards", WRITER_LIST);
	writer_string(w, NULL, "tcp/1=192.168.11.20");
	writer_string(w, NULL, "udp/2=192.168.11.20");
	writer_close(w);
	writer_open(w, "public", WRITER_LIST);
	writer_close(w);
	writer_open(w, "flows", WRITER_OBJECT);
	writer_number(w, "count", 3);
	writer_number(w, "max", 16384);
	writer_close(w);
	writer_open(w, "memory", WRITER_OBJECT);
	writer_quantity(w, "bytes", 1048576, "1.0 MiB");
	writer_close(w);
	writer_note(w, "hint", "for people");
	writer_close(w);
}

static void walk_table(struct writer *w)
{
	writer_open(w, NULL, WRITER_LIST);
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "client", "192.168.11.2:1");
	writer_number(w, "bytes", 18446744073709551615ULL);
	writer_string(w, "state", "udp");
	writer_close(w);
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "client", "x");
	writer_number(w, "bytes", 7);
	writer_string(w, "state", "established");
	writer_close(w);
	writer_close(w);
}

static void walk_keyed(struct writer *w)
{
	writer_open(w, "outcome", WRITER_OBJECT);
	writer_open(w, "to_server", WRITER_OBJECT);
	writer_number(w, "packets", 10);
	writer_note(w, "meaning", "sent");
	writer_close(w);
	writer_open(w, "icmp", WRITER_OBJECT);
	writer_number(w, "packets", 12345678);
	writer_note(w, "meaning", "ICMP");
	writer_close(w);
	writer_close(w);
}

static void walk_strings(struct writer *w)
{
	writer_open(w, NULL, WRITER_LIST);
	writer_string(w, NULL, "tcp/443=192.168.11.30");
	writer_string(w, NULL, "b");
	writer_close(w);
}

static void walk_empty_list(struct writer *w)
{
	writer_open(w, NULL, WRITER_LIST);
	writer_close(w);
}

static void walk_note_only(struct writer *w)
{
	writer_open(w, "outcome", WRITER_OBJECT);
	writer_note(w, NULL, "no packets yet");
	writer_close(w);
}

static void walk_hostile(struct writer *w)
{
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "quote", "a\"b\\c/d");
	writer_string(w, "control", "a\033[2Jb\nc");
	writer_string(w, "utf8", "\xc3\xa9");
	writer_string(w, "bytes", "\xff\xc3(\xe2\x82");
	writer_close(w);
}

static const struct {
	const char *name;
	walk_fn walk;
	const char *text;
	const char *json;
} cases[] = {
	{ "status", walk_status,
	  "version     1.0\n"
	  "abi         1\n"
	  "interfaces  NAME    REASON\n"
	  "            eth1    veth\n"
	  "            br-lan  a bridge\n"
	  "forwards    tcp/1=192.168.11.20\n"
	  "            udp/2=192.168.11.20\n"
	  "public      none\n"
	  "flows       count 3, max 16384\n"
	  "memory      bytes 1.0 MiB\n"
	  "hint        for people\n",
	  "{\"version\":\"1.0\",\"abi\":1,\"interfaces\":[{\"name\":\"eth1\",\"reason\":\"veth\"},"
	  "{\"name\":\"br-lan\",\"reason\":\"a bridge\"}],"
	  "\"forwards\":[\"tcp/1=192.168.11.20\",\"udp/2=192.168.11.20\"],\"public\":[],"
	  "\"flows\":{\"count\":3,\"max\":16384},\"memory\":{\"bytes\":1048576}}\n" },
	{ "table", walk_table,
	  "CLIENT                         BYTES  STATE\n"
	  "192.168.11.2:1  18446744073709551615  udp\n"
	  "x                                  7  established\n",
	  "[{\"client\":\"192.168.11.2:1\",\"bytes\":18446744073709551615,\"state\":\"udp\"},"
	  "{\"client\":\"x\",\"bytes\":7,\"state\":\"established\"}]\n" },
	{ "keyed", walk_keyed,
	  "OUTCOME     PACKETS  MEANING\n"
	  "to_server        10  sent\n"
	  "icmp       12345678  ICMP\n",
	  "{\"to_server\":{\"packets\":10},\"icmp\":{\"packets\":12345678}}\n" },
	{ "strings", walk_strings, "tcp/443=192.168.11.30\nb\n",
	  "[\"tcp/443=192.168.11.30\",\"b\"]\n" },
	{ "empty list", walk_empty_list, "", "[]\n" },
	{ "note only", walk_note_only, "no packets yet\n", "{}\n" },
	{ "hostile", walk_hostile,
	  "quote    a\"b\\c/d\n"
	  "control  a?[2Jb?c\n"
	  "utf8     \xc3\xa9\n"
	  "bytes    ?\?(?\?\n",
	  "{\"quote\":\"a\\\"b\\\\c/d\",\"control\":\"a\\u001b[2Jb\\nc\",\"utf8\":\"\xc3\xa9\","
	  "\"bytes\":\"?\?(?\?\"}\n" },
};

static void check_form(const char *name, walk_fn walk, struct writer *(*new_writer)(FILE *out),
		       const char *wanted)
{
	char *got = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&got, &size);
	struct writer *w;

	assert_non_null(out);
	w = new_writer(out);
	assert_non_null(w);
	walk(w);
	CHECK(size == 0, "%s: printed before the end", name);
	assert_int_equal(writer_finish(w), 0);
	fclose(out);
	CHECK(!strcmp(got, wanted), "%s: got\n%s\nwanted\n%s", name, got, wanted);
	free(got);
}

static void as_text(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check_form(cases[i].name, cases[i].walk, writer_text, cases[i].text);
}

static void as_json(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check_form(cases[i].name, cases[i].walk, writer_json, cases[i].json);
}

static int finish_on_full_disk(struct writer *(*new_writer)(FILE *out))
{
	FILE *out = fopen("/dev/full", "w");
	struct writer *w;
	int err;

	assert_non_null(out);
	w = new_writer(out);
	assert_non_null(w);
	walk_status(w);
	err = writer_finish(w);
	fclose(out);
	return err;
}

static void a_full_disk_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(finish_on_full_disk(writer_text), -ENOSPC);
	assert_int_equal(finish_on_full_disk(writer_json), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
