// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "forward_text.h"

#include <errno.h>
#include <netinet/in.h>

#include "address.h"
#include "same_settings.h"
#include "unit.h"
#include "util.h"

/* All forwards of @s in their canonical form, separated by a blank. */
static const char *all_text(const struct settings *s, char *buf, size_t size)
{
	char text[FORWARD_TEXT_MAX];
	size_t length = 0;
	size_t i;

	*buf = '\0';
	for (i = 0; i < s->forwards; i++) {
		forward_format(&s->forward[i], text, sizeof(text));
		length += (size_t)snprintf(buf + length, size - length, "%s%s", i ? " " : "", text);
	}
	return buf;
}

static void specs_mean(void **state)
{
	static const struct {
		const char *spec;
		const char *means;
	} cases[] = {
		{ "tcp/443=192.168.11.30", "tcp/443=192.168.11.30" },
		{ "tcp/8443=192.168.11.30:443", "tcp/8443=192.168.11.30:443" },
		{ "tcp/443=192.168.11.30:443", "tcp/443=192.168.11.30" },
		{ "udp/5000-5010=192.168.11.20", "udp/5000-5010=192.168.11.20" },
		{ "udp/5000-5010=192.168.11.20:6000", "udp/5000-5010=192.168.11.20:6000-6010" },
		{ "udp/5000-5010=192.168.11.20:6000-6010",
		  "udp/5000-5010=192.168.11.20:6000-6010" },
		{ "tcp/80-80=192.168.11.20:8080-8080", "tcp/80=192.168.11.20:8080" },
		{ "tcp+udp/53=192.168.11.20", "tcp/53=192.168.11.20 udp/53=192.168.11.20" },
		{ "tcp/1-65535=192.168.11.20", "tcp/1-65535=192.168.11.20" },
		{ "tcp/1-3=192.168.11.20:65533", "tcp/1-3=192.168.11.20:65533-65535" },
		{ "rustdesk=192.168.11.20",
		  "tcp/21115-21117=192.168.11.20 udp/21116=192.168.11.20" },
		{ "rustdesk-pro=192.168.11.20",
		  "tcp/21115-21117=192.168.11.20 udp/21116=192.168.11.20 "
		  "tcp/21114=192.168.11.20" },
		{ "rustdesk-web=192.168.11.20",
		  "tcp/21115-21117=192.168.11.20 udp/21116=192.168.11.20 "
		  "tcp/21118-21119=192.168.11.20" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct settings s = { .forwards = 0 };
		struct problem p;
		char text[512];

		CHECK(!forward_parse(cases[i].spec, &s, &p), "%s: %s", cases[i].spec, p.what);
		check_text(cases[i].spec, all_text(&s, text, sizeof(text)), cases[i].means);
	}
}

static void canonical_text_round_trips(void **state)
{
	static const struct natloop_forward cases[] = {
		{ .first = 1, .last = 1, .server_first = 1, .proto = IPPROTO_TCP },
		{ .first = 65535, .last = 65535, .server_first = 65535, .proto = IPPROTO_UDP },
		{ .first = 1, .last = 65535, .server_first = 1, .proto = IPPROTO_UDP },
		{ .first = 65535, .last = 65535, .server_first = 1, .proto = IPPROTO_TCP },
		{ .first = 10, .last = 20, .server_first = 65525, .proto = IPPROTO_TCP },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct natloop_forward forward = cases[i];
		struct settings s = { .forwards = 0 };
		char text[FORWARD_TEXT_MAX];
		struct problem p;

		assert_int_equal(address_parse("192.168.11.20", &forward.server, &p), 0);
		forward_format(&forward, text, sizeof(text));
		CHECK(!forward_parse(text, &s, &p), "%s: %s", text, p.what);
		CHECK(s.forwards == 1, "%s became %zu forwards", text, s.forwards);
		CHECK(!memcmp(&s.forward[0], &forward, sizeof(forward)), "%s changed on the way",
		      text);
	}
}

static const char *const bad_specs[] = {
	/* no forward at all */
	"",
	"garbage",
	"=",
	"tcp/80",
	"rustdesk",
	"=192.168.11.20",
	"tcp/80=",
	"rustdesk=",
	"tcp/80==192.168.11.20",
	/* protocol */
	"/80=192.168.11.20",
	"icmp/8=192.168.11.20",
	"TCP/80=192.168.11.20",
	"udp+tcp/80=192.168.11.20",
	"tcp+=192.168.11.20",
	"80=192.168.11.20",
	"6/80=192.168.11.20",
	"tcp:80=192.168.11.20",
	"Rustdesk=192.168.11.20",
	"rustdesk-x=192.168.11.20",
	/* ports */
	"tcp/=192.168.11.20",
	"tcp/0=192.168.11.20",
	"tcp/0-5=192.168.11.20",
	"tcp/65536=192.168.11.20",
	"tcp/4294967376=192.168.11.20",
	"tcp/99999999999999999999=192.168.11.20",
	"tcp/080=192.168.11.20",
	"tcp/+80=192.168.11.20",
	"tcp/-80=192.168.11.20",
	"tcp/80-=192.168.11.20",
	"tcp/-=192.168.11.20",
	"tcp/80-90-100=192.168.11.20",
	"tcp/80,81=192.168.11.20",
	"tcp/0x50=192.168.11.20",
	"tcp/http=192.168.11.20",
	"tcp/20-10=192.168.11.20",
	"tcp//80=192.168.11.20",
	/* the server's ports */
	"tcp/80=192.168.11.20:",
	"tcp/80=192.168.11.20:0",
	"tcp/80=192.168.11.20:65536",
	"tcp/80=192.168.11.20:080",
	"tcp/80=192.168.11.20:x",
	"tcp/80=192.168.11.20:80-",
	"tcp/80=192.168.11.20:80-81",
	"tcp/80-90=192.168.11.20:80-91",
	"tcp/80-90=192.168.11.20:80-89",
	"tcp/80-90=192.168.11.20:80-80",
	"tcp/80-90=192.168.11.20:90-80",
	"tcp/1-3=192.168.11.20:65534",
	"rustdesk=192.168.11.20:21115",
	/* the server's address */
	"tcp/80=:80",
	"tcp/80=host",
	"tcp/80=192.168.11",
	"tcp/80=192.168.11.256",
	"tcp/80=192.168.011.20",
	"tcp/80=192.168.11.20/32",
	"tcp/80=192.168.11.20=1",
	"tcp/80=0.0.0.0",
	"tcp/80=127.0.0.1",
	"tcp/80=224.0.0.1",
	"tcp/80=255.255.255.255",
	"tcp/80=fd00::20",
	"tcp/80=[fd00::20]:80",
	"rustdesk=fd00::20",
	"rustdesk=[fd00::20]",
	"rustdesk=host",
	/* white space */
	" tcp/80=192.168.11.20",
	"tcp/80=192.168.11.20 ",
	"tcp/80 =192.168.11.20",
	"tcp/80= 192.168.11.20",
	"tcp/80=192.168.11.20\n",
	"\ttcp/80=192.168.11.20",
};

static void bad_specs_are_refused_by_name(void **state)
{
	struct settings before = { .forwards = 0 };
	struct settings s;
	struct problem p;
	size_t i;

	(void)state;
	assert_int_equal(forward_parse("udp/9=192.168.11.9", &before, NULL), 0);
	s = before;
	for (i = 0; i < ARRAY_SIZE(bad_specs); i++) {
		memset(&p, 0, sizeof(p));
		CHECK(forward_parse(bad_specs[i], &s, &p) == -EINVAL, "\"%s\" was taken",
		      bad_specs[i]);
		check_usage(bad_specs[i], &p, bad_specs[i]);
		CHECK(!strchr(p.what, '\n') && !strchr(p.remedy, '\n'), "\"%s\": not one line",
		      bad_specs[i]);
		CHECK(same_settings(&s, &before), "\"%s\" touched the settings", bad_specs[i]);
		CHECK(forward_parse(bad_specs[i], &s, NULL) == -EINVAL, "\"%s\" without a problem",
		      bad_specs[i]);
	}
}

static void a_very_long_spec_is_refused(void **state)
{
	struct settings s = { .forwards = 0 };
	char spec[4096];
	struct problem p;

	(void)state;
	memset(spec, '1', sizeof(spec) - 1);
	spec[sizeof(spec) - 1] = '\0';
	memcpy(spec, "tcp/80=", 7);
	CHECK(forward_parse(spec, &s, &p) == -EINVAL, "was taken");
	CHECK(p.usage && *p.what && *p.remedy, "no proper problem");
	CHECK(!strncmp(p.object, spec, sizeof(p.object) - 1), "the object is %s", p.object);
	CHECK(!s.forwards, "touched the settings");
}

static void reasons_fit(void **state)
{
	static const struct {
		const char *spec;
		const char *word;
	} cases[] = {
		{ "tcp/0=192.168.11.20", "port 0" },
		{ "tcp/20-10=192.168.11.20", "reversed" },
		{ "tcp/1-5=192.168.11.20:1-4", "unequal" },
		{ "tcp/1-5=192.168.11.20:65533", "65535" },
		{ "tcp/80=fd00::20", "IPv6" },
		{ "tcp/80=127.0.0.1", "loopback" },
		{ "tcp/80 =192.168.11.20", "white space" },
		{ "icmp/8=192.168.11.20", "icmp" },
		{ "tcp/80=", "missing" },
		{ "garbage", "=" },
	};
	struct settings s = { .forwards = 0 };
	struct problem p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(forward_parse(cases[i].spec, &s, &p), "%s was taken", cases[i].spec);
		CHECK(strstr(p.what, cases[i].word), "%s: \"%s\" does not speak of \"%s\"",
		      cases[i].spec, p.what, cases[i].word);
	}
}

static void all_of_a_spec_or_nothing(void **state)
{
	struct settings s = { .forwards = 0 };
	struct settings before;
	struct problem p;

	(void)state;
	/* The third piece of the preset overlaps, after two that would fit. */
	assert_int_equal(forward_parse("tcp/21119=192.168.11.9", &s, &p), 0);
	before = s;
	CHECK(forward_parse("rustdesk-web=192.168.11.20", &s, &p) == -EINVAL, "was taken");
	check_usage("overlap", &p, "rustdesk-web=192.168.11.20");
	CHECK(strstr(p.what, "21118-21119") && strstr(p.what, "tcp/21119=192.168.11.9"),
	      "does not name both: %s", p.what);
	CHECK(same_settings(&s, &before), "touched the settings");
}

static void presets_share_what_they_have_in_common(void **state)
{
	struct settings s = { .forwards = 0 };
	struct problem p;

	(void)state;
	assert_int_equal(forward_parse("rustdesk=192.168.11.20", &s, &p), 0);
	assert_int_equal(forward_parse("rustdesk=192.168.11.20", &s, &p), 0);
	CHECK(s.forwards == 2, "the same again made %zu forwards", s.forwards);
	CHECK(!forward_parse("rustdesk-pro=192.168.11.20", &s, &p), "%s", p.what);
	CHECK(!forward_parse("rustdesk-web=192.168.11.20", &s, &p), "%s", p.what);
	CHECK(s.forwards == 4, "%zu forwards", s.forwards);
	CHECK(forward_parse("rustdesk=192.168.11.21", &s, &p), "another server was taken");
}

static void format_cuts_to_size(void **state)
{
	struct settings s = { .forwards = 0 };
	char small[8];

	(void)state;
	assert_int_equal(forward_parse("tcp/443=192.168.11.30", &s, NULL), 0);
	check_text("cut", forward_format(&s.forward[0], small, sizeof(small)), "tcp/443");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specs_mean),
		cmocka_unit_test(canonical_text_round_trips),
		cmocka_unit_test(bad_specs_are_refused_by_name),
		cmocka_unit_test(a_very_long_spec_is_refused),
		cmocka_unit_test(reasons_fit),
		cmocka_unit_test(all_of_a_spec_or_nothing),
		cmocka_unit_test(presets_share_what_they_have_in_common),
		cmocka_unit_test(format_cuts_to_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
