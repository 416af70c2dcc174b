// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which public addresses get a note. */
#include "address.h"
#include "public_note.h"
#include "unit.h"
#include "util.h"

static void blocks(void **state)
{
	static const struct {
		const char *addr;
		const char *says; /* NULL: a global address */
	} cases[] = {
		{ "10.0.0.1", "RFC 1918" },	   { "11.0.0.1", NULL },
		{ "172.15.255.255", NULL },	   { "172.16.16.1", "RFC 1918" },
		{ "172.31.255.255", "RFC 1918" },  { "172.32.0.0", NULL },
		{ "192.168.11.1", "RFC 1918" },	   { "192.169.0.1", NULL },
		{ "100.63.255.255", NULL },	   { "100.64.0.1", "RFC 6598" },
		{ "100.127.255.255", "RFC 6598" }, { "100.128.0.1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct natloop_config config = { .publics = 1 };
		char text[PUBLIC_NOTE_MAX] = "untouched";
		bool said;

		assert_int_equal(address_parse(cases[i].addr, &config.address[0], NULL), 0);
		said = public_note(&config, 0, text, sizeof(text));
		CHECK(said == !!cases[i].says, "%s: %s", cases[i].addr, text);
		if (said)
			CHECK(strstr(text, cases[i].says) && strstr(text, cases[i].addr) &&
				      strstr(text, "double NAT") && strstr(text, "--public NAME"),
			      "%s: %s", cases[i].addr, text);
		else
			check_text(cases[i].addr, text, "untouched");
	}
}

static void one_global_is_enough(void **state)
{
	struct natloop_config config = { .publics = 2 };
	char text[PUBLIC_NOTE_MAX];

	(void)state;
	assert_int_equal(address_parse("192.168.1.2", &config.address[0], NULL), 0);
	assert_int_equal(address_parse("10.1.1.1", &config.address[1], NULL), 0);
	assert_true(public_note(&config, 0, text, sizeof(text)));
	assert_true(public_note(&config, 1, text, sizeof(text)));
	assert_false(public_note(&config, 2, text, sizeof(text)));
	assert_int_equal(address_parse("203.0.113.1", &config.address[1], NULL), 0);
	assert_false(public_note(&config, 0, text, sizeof(text)));
	assert_false(public_note(&config, 1, text, sizeof(text)));
}

/* An uplink that is attached, or the LAN's own address. */
static void inside_of_a_lan(void **state)
{
	struct natloop_config config = { .publics = 2, .lans = 2 };
	char text[PUBLIC_NOTE_MAX] = "untouched";

	(void)state;
	assert_int_equal(address_parse("203.0.113.1", &config.address[0], NULL), 0);
	assert_int_equal(address_parse("192.168.11.1", &config.address[1], NULL), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			address_parse(i ? "192.168.11.0" : "203.0.113.0", &config.lan[i].net, NULL),
			0);
		config.lan[i].mask = address_mask_v4(24);
	}
	/* Prefixes of --lan may take in anything. */
	assert_false(public_note_lan(&config, 0, text, sizeof(text)));
	config.lan[1].ifindex = 3;
	assert_false(public_note_lan(&config, 0, text, sizeof(text)));
	check_text("no note", text, "untouched");
	assert_true(public_note_lan(&config, 1, text, sizeof(text)));
	CHECK(strstr(text, "192.168.11.1 is the router's own in 192.168.11.0/24"), "%s", text);
	assert_false(public_note_lan(&config, 2, text, sizeof(text)));
	config.lan[0].ifindex = 2;
	assert_true(public_note_lan(&config, 0, text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),
		cmocka_unit_test(one_global_is_enough),
		cmocka_unit_test(inside_of_a_lan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
