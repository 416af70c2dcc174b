// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "forward_text.h"
#include "same_settings.h"
#include "unit.h"
#include "util.h"

/* A file that holds @text, for the length of one test. */
struct file {
	char path[64];
};

static struct file new_file(const char *text, size_t length)
{
	struct file file = { "/tmp/natloop-test-XXXXXX" };
	int fd = mkstemp(file.path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
	return file;
}

static int read_text(const char *text, struct settings *s, struct problem *p)
{
	struct file file = new_file(text, strlen(text));
	int err;

	err = config_file_read(file.path, s, p);
	unlink(file.path);
	return err;
}

static void the_documented_file(void **state)
{
	struct settings s = { .interfaces = 0 };
	char text[FORWARD_TEXT_MAX];
	struct problem p;

	(void)state;
	CHECK(!read_text("; natloop\n"
			 "# comments, too\n"
			 "[natloop]\n"
			 "interface = eth1\n"
			 "public    = eth0\n"
			 "snat      = public\n"
			 "\n"
			 "[forward]\n"
			 "rustdesk  = 192.168.11.20\n"
			 "tcp/443   = 192.168.11.30:8443\n"
			 "[timeout]\n"
			 "udp       = 300 ; seconds\n",
			 &s, &p),
	      "%s: %s", p.object, p.what);
	assert_int_equal(s.interfaces, 1);
	check_text("interface", s.interface[0], "eth1");
	assert_int_equal(s.publics, 1);
	check_text("public", s.public_spec[0], "eth0");
	CHECK(s.snat_given && s.snat_mode == NATLOOP_SNAT_PUBLIC, "snat");
	assert_int_equal(s.forwards, 3);
	check_text("forward", forward_format(&s.forward[2], text, sizeof(text)),
		   "tcp/443=192.168.11.30:8443");
	assert_int_equal(s.timeout[NATLOOP_TIMEOUT_UDP], 300);
	assert_int_equal(s.timeout[NATLOOP_TIMEOUT_TCP_ESTABLISHED], 0);
}

static void every_key(void **state)
{
	struct settings s = { .interfaces = 0 };
	char text[ADDRESS_TEXT_MAX];
	struct problem p;

	(void)state;
	CHECK(!read_text("[natloop]\n"
			 "interface = eth1, br-lan\n"
			 "interface = eth2 eth3\n"
			 "  public = auto,172.16.16.1\n"
			 "lan = 10.0.0.0/8\t10.1.1.1 , ,\n"
			 "snat = 10.9.9.9\n"
			 "mode = tc\n"
			 "max-flows = 1000\n"
			 "client-flows = 100\n"
			 "[timeout]\n"
			 "udp = 1\n"
			 "tcp-established = 2\n"
			 "tcp-transitory = 3\n"
			 "fragment = 4\n",
			 &s, &p),
	      "%s: %s", p.object, p.what);
	assert_int_equal(s.interfaces, 4);
	check_text("interface", s.interface[3], "eth3");
	assert_int_equal(s.publics, 2);
	assert_int_equal(s.lans, 2);
	check_text("lan", address_format_prefix(&s.lan[1], text, sizeof(text)), "10.1.1.1/32");
	check_text("snat", address_format(&s.snat_addr, text, sizeof(text)), "10.9.9.9");
	CHECK(s.mode_given && s.mode == SETTINGS_MODE_TC, "mode");
	assert_int_equal(s.max_flows, 1000);
	assert_int_equal(s.client_flows, 100);
	assert_int_equal(s.timeout[NATLOOP_TIMEOUT_UDP], 1);
	assert_int_equal(s.timeout[NATLOOP_TIMEOUT_TCP_ESTABLISHED], 2);
	assert_int_equal(s.timeout[NATLOOP_TIMEOUT_TCP_TRANSITORY], 3);
	assert_int_equal(s.timeout[NATLOOP_TIMEOUT_FRAGMENT], 4);
}

static const struct {
	const char *text;
	unsigned int line;
	const char *word; /* in what is wrong */
} mistakes[] = {
	{ "[natlop]\ninterface = eth1\n", 1, "natlop" },
	{ "[]\n", 1, "[]" },
	{ "[natloop]\n[nope]\n", 2, "nope" },
	{ "[natloop] interface = eth1\n", 1, "behind" },
	{ "[natloop\ninterface = eth1\n", 1, "not understood" },
	{ "interface = eth1\n", 1, "before" },
	{ "[natloop]\n\n# x\nnetwork = eth1\n", 4, "network" },
	{ "[natloop]\nInterface = eth1\n", 2, "Interface" },
	{ "[natloop]\ninterface\n", 2, "not understood" },
	{ "[natloop]\ninterface =\n", 2, "no value" },
	{ "[natloop]\ninterface = eth1\n  eth2\n", 3, "not understood" },
	{ "[natloop]\ninterface = eth1 # lan\n", 2, "comment" },
	{ "[natloop]\ninterface = 1234567890123456\n", 2, "1234567890123456" },
	{ "[natloop]\npublic = 172.16.16.256\n", 2, "172.16.16.256" },
	{ "[natloop]\nlan = 10.0.0.1/8\n", 2, "10.0.0.1/8" },
	{ "[natloop]\nmode = fast\n", 2, "fast" },
	{ "[natloop]\nsnat = foo\n", 2, "foo" },
	{ "[natloop]\nsnat = public\nsnat = router\n", 3, "twice" },
	{ "[natloop]\nmax-flows = 1\n", 2, "max-flows 1" },
	{ "[natloop]\nclient-flows = many\n", 2, "many" },
	{ "[timeout]\nudp = 0\n", 2, "udp 0" },
	{ "[timeout]\nudp = 5m\n", 2, "5m" },
	{ "[timeout]\nudp = 5\nudp = 6\n", 3, "twice" },
	{ "[timeout]\nicmp = 60\n", 2, "icmp" },
	{ "[forward]\n\ntcp/0 = 192.168.11.20\n", 3, "tcp/0=192.168.11.20" },
	{ "[forward]\ntcp/80 =\n", 2, "no value" },
	{ "[forward]\n= 192.168.11.20\n", 2, "" },
	{ "[forward]\ntcp/80 = 192.168.11.20 192.168.11.21\n", 2, "white space" },
	{ "[forward]\ntcp/80 = 192.168.11.20\ntcp/80 = 192.168.11.21\n", 3, "overlap" },
	{ "[lan]\neth1 = maybe\n", 2, "maybe" },
	{ "[lan]\neth1 = allow 80\n", 2, "80" },
	{ "[lan]\n\neth1 = deny\neth1 = allow\n", 4, "eth1" },
	{ "[lan]\n10.0.0.1/8 = deny\n", 2, "10.0.0.1/8" },
	{ "[dns]\na b = 192.168.11.20\n", 2, "a b" },
	{ "[dns]\n*.com = 192.168.11.20\n", 2, "top-level" },
	{ "[dns]\na.b = 192.168.11.20\nA.B = 192.168.11.21\n", 3, "a.b: is given twice" },
	{ "[dns]\na.b = 192.168.11.20 86401\n", 2, "86401: is no TTL" },
	{ "[dns]\na.b = 192.168.11.20 60 60\n", 2, "behind the TTL" },
	{ "[dns]\na.b = 60\n", 2, "60" },
	{ "[dns]\na.b = 192.168.11.20 192.168.11.21\n", 2, "second address" },
	{ "[dns]\na.b = 192.168.11.20\nresolver = nobody\n", 3, "nobody" },
	{ "[timeout]\nudp = 0\nbroken\n", 2, "udp 0" },
	{ "[timeout]\nbroken\nudp = 0\n", 2, "not understood" },
};

static void mistakes_have_a_line(void **state)
{
	struct settings before = { .interfaces = 7 };
	struct settings s = before;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct file file = new_file(mistakes[i].text, strlen(mistakes[i].text));
		struct problem p = { .usage = false };
		char object[128];
		int err = config_file_read(file.path, &s, &p);

		unlink(file.path);
		snprintf(object, sizeof(object), "%s:%u", file.path, mistakes[i].line);
		CHECK(err == -EINVAL, "\"%s\": returned %d", mistakes[i].text, err);
		check_text(mistakes[i].text, p.object, object);
		CHECK(strstr(p.what, mistakes[i].word), "\"%s\": what is \"%s\"", mistakes[i].text,
		      p.what);
		CHECK(*p.remedy, "\"%s\": no remedy (%s)", mistakes[i].text, p.what);
		CHECK(!p.usage, "\"%s\": the command line is not at fault", mistakes[i].text);
		CHECK(same_settings(&s, &before), "\"%s\": touched", mistakes[i].text);
	}
}

static void long_lines_are_not_cut(void **state)
{
	char text[4096] = "[natloop]\n; ";
	struct settings s = { .interfaces = 0 };
	struct problem p;
	size_t start = strlen(text);

	(void)state;
	/* A comment, then a key: cut, the rest of the line would be read as a line of its own. */
	memset(text + start, 'x', 197);
	snprintf(text + start + 197, sizeof(text) - start - 197, "interface = eth1\n");
	CHECK(read_text(text, &s, &p) == -EINVAL, "a long line was taken");
	CHECK(strstr(p.object, ":2"), "object %s", p.object);
	CHECK(strstr(p.what, "longer"), "what %s", p.what);
	CHECK(!s.interfaces, "the tail of a line was taken for a key");
}

static void other_bytes_are_refused(void **state)
{
	static const char nul[] = "[natloop]\ninterface = eth1\0\n";
	struct file file = new_file(nul, sizeof(nul) - 1);
	struct settings s = { .interfaces = 0 };
	struct problem p;

	(void)state;
	CHECK(config_file_read(file.path, &s, &p) == -EINVAL, "a NUL byte was taken");
	unlink(file.path);
	CHECK(strstr(p.object, ":2"), "object %s", p.object);
}

static void odd_but_good(void **state)
{
	static const char *const cases[] = {
		"",
		"\n\n",
		"; only a comment",
		"[natloop]",
		"[natloop] ; comment\ninterface=eth1",
		"\xef\xbb\xbf[natloop]\r\ninterface = eth1\r\n",
		"\t[natloop]\n\tinterface = eth1\n\tpublic = eth0\n",
		"[forward]\nrustdesk = 192.168.11.20\nrustdesk-pro = 192.168.11.20\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct settings s = { .interfaces = 0 };
		struct problem p;

		CHECK(!read_text(cases[i], &s, &p), "\"%s\": %s: %s", cases[i], p.object, p.what);
		CHECK(s.interfaces == !!strstr(cases[i], "interface"), "\"%s\": %zu interfaces",
		      cases[i], s.interfaces);
	}
}

static void limits_of_one_file_must_fit(void **state)
{
	struct settings s = { .interfaces = 0 };
	struct problem p;

	(void)state;
	CHECK(read_text("[dns]\nresolver = any\n", &s, &p) == -EINVAL && strstr(p.what, "no name"),
	      "resolvers for no name: %s", p.what);
	CHECK(read_text("[natloop]\nmax-flows = 100\nclient-flows = 101\n", &s, &p) == -EINVAL,
	      "was taken");
	CHECK(strstr(p.what, "client-flows 101") && *p.remedy, "what %s", p.what);
	CHECK(!s.max_flows, "touched");
}

/* @text has mistakes on these lines; 0: of the file as a whole. */
static void expect_mistakes(const char *text, const unsigned int *line, size_t lines)
{
	struct file file = new_file(text, strlen(text));
	struct problem p[4];
	size_t count = config_file_check(file.path, p, ARRAY_SIZE(p));
	char object[128];

	unlink(file.path);
	CHECK(count == lines, "\"%s\": %zu mistakes", text, count);
	for (size_t i = 0; i < count; i++) {
		snprintf(object, sizeof(object), "%s:%u", file.path, line[i]);
		if (!line[i])
			snprintf(object, sizeof(object), "%s", file.path);
		check_text(p[i].what, p[i].object, object);
		CHECK(*p[i].what && *p[i].remedy, "mistake %zu of \"%s\"", i, text);
	}
}

static void all_mistakes(void **state)
{
	struct problem p[4];

	(void)state;
	expect_mistakes("[natloop]\ninterface = eth1\n[lan]\neth1 = deny\n", NULL, 0);
	expect_mistakes("[natloop]\nnope = 1\n\nmode = fast\nbroken\nlan = 10.0.0.0/8\n",
			(unsigned int[]){ 2, 4, 5 }, 3);
	/* What stands in a section that does not exist is no mistake of its own. */
	expect_mistakes("[natlop]\ninterface = eth1\nx = 1\n[timeout]\nudp = 0\n",
			(unsigned int[]){ 1, 5 }, 2);
	expect_mistakes("[forward]\ntcp/80 = 192.168.11.20\ntcp/80 = 192.168.11.21\n"
			"tcp/80 = 192.168.11.22\n",
			(unsigned int[]){ 3, 4 }, 2);
	expect_mistakes("[natloop]\nmax-flows = 100\nclient-flows = 101\nnope = 1\n",
			(unsigned int[]){ 4, 0 }, 2);
	/* No more than there is room for. */
	expect_mistakes("a = 1\nb = 1\nc = 1\nd = 1\ne = 1\nf = 1\n",
			(unsigned int[]){ 1, 2, 3, 4 }, 4);
	assert_int_equal(config_file_check("/nonexistent/natloop.conf", p, ARRAY_SIZE(p)), 1);
	check_text("object", p[0].object, "/nonexistent/natloop.conf");
}

static void lines_and_keys(void **state)
{
	static const char text[] = "[natloop]\n"
				   "interface = eth1,eth2\n"
				   "lan = , ,\n"
				   "mode = tc\n"
				   "interface = eth3\n"
				   "[forward]\n"
				   "rustdesk = 192.168.11.20\n"
				   "tcp/443 = 192.168.11.20\n"
				   "[lan]\n"
				   "eth2 = allow tcp/443\n"
				   "eth3 = deny\n"
				   "[timeout]\n"
				   "fragment = 3\n"
				   "[dns]\n"
				   "a.example = 192.168.11.20\n"
				   "resolver = any\n"
				   "b.example = 192.168.11.21 fd00::21 5\n";
	static struct config_file found;
	struct file file = new_file(text, strlen(text));
	struct problem p;

	(void)state;
	CHECK(!config_file_read_lines(file.path, &found, &p), "%s: %s", p.object, p.what);
	unlink(file.path);
	assert_int_equal(found.lines.interface[1], 2);
	assert_int_equal(found.lines.interface[2], 5);
	assert_int_equal(found.lines.forward[1], 7);
	assert_int_equal(found.lines.forward[2], 8);
	assert_int_equal(found.settings.rules, 3);
	assert_int_equal(found.lines.rule[1], 10);
	assert_int_equal(found.lines.rule[2], 11);
	assert_int_equal(found.lines.value[SETTINGS_MODE], 4);
	assert_int_equal(found.lines.value[SETTINGS_TIMEOUT + NATLOOP_TIMEOUT_FRAGMENT], 13);
	assert_int_equal(found.lines.name[0], 15);
	assert_int_equal(found.lines.name[1], 17);
	assert_int_equal(found.lines.value[SETTINGS_DNS], 16);
	assert_int_equal(found.settings.dns.name[1].ttl, 5);
	assert_int_equal(found.settings.from_file,
			 1U << SETTINGS_INTERFACE | 1U << SETTINGS_MODE | 1U << SETTINGS_FORWARD |
				 1U << SETTINGS_RULE | 1U << SETTINGS_DNS |
				 1U << (SETTINGS_TIMEOUT + NATLOOP_TIMEOUT_FRAGMENT));
}

/* The example as it is delivered, and with every key in use. */
static void the_example(void **state)
{
	static char text[16384], used[16384];
	struct settings s = { .interfaces = 7 };
	_cleanup_free_ char *copy = NULL;
	FILE *file = fopen("user/natloop.conf.example", "r");
	struct problem p;
	char key[64];
	size_t i;

	(void)state;
	CHECK(file, "run this where the sources are");
	CHECK(fread(text, 1, sizeof(text) - 1, file) > 1000, "user/natloop.conf.example");
	fclose(file);
	CHECK(!read_text(text, &s, &p), "as it is: %s: %s", p.object, p.what);
	CHECK(!s.interfaces && !s.from_file, "it says something as it is");

	copy = strdup(text);
	for (char *rest = copy, *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		strcat(used, *line == ';' ? line + 1 : line);
		strcat(used, "\n");
	}
	CHECK(!read_text(used, &s, &p), "in use: %s: %s", p.object, p.what);
	CHECK(s.from_file == (1U << SETTINGS_KEYS) - 1, "keys that are missing: %x", s.from_file);
	for (i = 0; i < ARRAY_SIZE(settings_key_name); i++) {
		snprintf(key, sizeof(key), "\n;%s = ", settings_key_name[i]);
		CHECK(strstr(text, key), "no %s", settings_key_name[i]);
	}
	for (i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		snprintf(key, sizeof(key), "\n;%s = %u\n", settings_timeout_name[i],
			 settings_default_timeout[i]);
		CHECK(strstr(text, key), "no %s with its default", settings_timeout_name[i]);
	}
	assert_int_equal(s.max_flows, SETTINGS_DEFAULT_MAX_FLOWS);
	assert_int_equal(s.client_flows, SETTINGS_DEFAULT_CLIENT_FLOWS);
}

static void missing_files(void **state)
{
	struct settings s = { .interfaces = 7 };
	struct problem p;
	int err;

	(void)state;
	err = config_file_read("/nonexistent/natloop.conf", &s, &p);
	CHECK(err == -ENOENT, "an explicit file that is missing: returned %d", err);
	check_text("object", p.object, "/nonexistent/natloop.conf");
	CHECK(*p.remedy && !p.usage, "no proper problem");
	err = config_file_read("/tmp", &s, &p);
	CHECK(err == -EISDIR, "a directory: returned %d", err);
	CHECK(s.interfaces == 7, "touched");
	if (access(CONFIG_FILE_DEFAULT, F_OK) == 0)
		return;
	CHECK(!config_file_read(NULL, &s, &p), "the default file may be missing: %s", p.what);
	CHECK(s.interfaces == 0, "a missing file says nothing");
}

static void a_long_path_keeps_its_line(void **state)
{
	char path[256] = "";
	struct settings s = { .interfaces = 0 };
	struct problem p;
	FILE *file;

	(void)state;
	/* Far longer than the object of a problem, and still /tmp. */
	memset(path, '/', 180);
	snprintf(path + 180, sizeof(path) - 180, "tmp/natloop-test-%d", (int)getpid());
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("[natloop]\nnope = 1\n", file);
	fclose(file);
	CHECK(config_file_read(path, &s, &p) == -EINVAL, "was taken");
	unlink(path);
	CHECK(strlen(p.object) > 2 && !strcmp(p.object + strlen(p.object) - 2, ":2"), "object %s",
	      p.object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_file),
		cmocka_unit_test(every_key),
		cmocka_unit_test(mistakes_have_a_line),
		cmocka_unit_test(long_lines_are_not_cut),
		cmocka_unit_test(other_bytes_are_refused),
		cmocka_unit_test(odd_but_good),
		cmocka_unit_test(limits_of_one_file_must_fit),
		cmocka_unit_test(all_mistakes),
		cmocka_unit_test(lines_and_keys),
		cmocka_unit_test(the_example),
		cmocka_unit_test(missing_files),
		cmocka_unit_test(a_long_path_keeps_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
