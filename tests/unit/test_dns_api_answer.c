// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* dns_api_answer, dns_api_pihole_body, dns_api_state and dns_api_url: texts in and out. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_api_answer.h"
#include "dns_api_pihole.h"
#include "dns_api_state.h"
#include "dns_api_url.h"
#include "unit.h"
#include "util.h"

static void rewrites(void **state)
{
	static const char good[] =
		" [{\"domain\":\"a.b\",\"answer\":\"1.2.3.4\",\"enabled\":false},\n"
		"{\"domain\":\"*.c\",\"answer\":\"A\",\"more\":[1]}] \n";
	static const char *const bad[] = {
		"",
		"null",
		"{}",
		"[",
		"[]x",
		"[1]",
		"[{\"domain\":\"a\"}]",
		"[{\"domain\":1,\"answer\":\"a\"}]",
		"[{\"domain\":\"a\\u0000b\",\"answer\":\"a\"}]",
		"[{\"domain\":\"a\",\"answer\":\"a\",\"enabled\":\"no\"}]",
		"<html>",
	};
	struct dns_api_list list = { .count = 0 };

	(void)state;
	assert_int_equal(dns_api_answer_rewrites(good, strlen(good), &list), 0);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.entry[0].text, "a.b 1.2.3.4");
	assert_true(list.entry[0].off);
	assert_string_equal(list.entry[1].text, "*.c A");
	assert_false(list.entry[1].off);
	assert_int_equal(dns_api_answer_rewrites("[]\0", 3, &list), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(dns_api_answer_rewrites(bad[i], strlen(bad[i]), &list) == -EBADMSG,
		      "'%s' was taken", bad[i]);
	dns_api_list_free(&list);
}

/* Well formed, of three bytes each, of which json-c and the list would make hundreds. */
static void many_parts(void **state)
{
	static const char before[] = "{\"config\":{\"dns\":{\"hosts\":[\"\"", after[] = "]}}}";
	static char text[sizeof(before) + 3 * 200000 + sizeof(after)];
	struct dns_api_list list = { .count = 0 };
	struct dns_api_settings settings;
	char *at = stpcpy(text, before);

	(void)state;
	for (int i = 0; i < 200000; i++)
		at = stpcpy(at, ",\"\"");
	strcpy(at, after);
	assert_int_equal(dns_api_answer_dns(text, strlen(text), &list, &settings), -EBADMSG);
	assert_int_equal(list.count, 0);
}

static int login(const char *text, struct dns_api_login *ret)
{
	return dns_api_answer_login(text, strlen(text), ret);
}

static void logins(void **state)
{
	struct dns_api_login l = { .sid = "untouched" };

	(void)state;
	assert_int_equal(
		login("{\"session\":{\"valid\":true,\"totp\":false,\"sid\":\"aB1+/=\"}}", &l), 0);
	assert_true(l.valid);
	assert_string_equal(l.sid, "aB1+/=");
	assert_int_equal(login("{\"session\":{\"valid\":true,\"sid\":null}}", &l), 0);
	assert_string_equal(l.sid, "");
	strcpy(l.sid, "untouched");
	/* What would be a header of its own. */
	assert_int_equal(login("{\"session\":{\"valid\":true,\"sid\":\"a\\r\\nX: y\"}}", &l),
			 -EBADMSG);
	assert_int_equal(login("{\"session\":{\"sid\":\"a\"}}", &l), -EBADMSG);
	assert_int_equal(login("{\"session\":[]}", &l), -EBADMSG);
	assert_string_equal(l.sid, "untouched");
}

static void settings(void **state)
{
	static const char dns[] =
		"{\"config\":{\"dns\":{\"hosts\":{\"value\":[\"1.2.3.4 a\"],\"flags\":"
		"{\"env_var\":true}},\"cnameRecords\":{\"value\":[\"b,a\"]}}}}";
	static const char plain[] = "{\"config\":{\"dns\":{\"hosts\":[]}}}";
	static const char misc[] =
		"{\"config\":{\"misc\":{\"dnsmasq_lines\":{\"value\":[\"x\"],"
		"\"flags\":{\"env_var\":false}},\"readOnly\":{\"value\":true}}}}";
	struct dns_api_settings s = { .lines_forced = true };
	struct dns_api_list list = { .count = 0 };

	(void)state;
	assert_int_equal(dns_api_answer_dns(dns, strlen(dns), &list, &s), 0);
	assert_true(s.hosts_forced);
	assert_int_equal(dns_api_answer_dns(plain, strlen(plain), &list, &s), 0);
	assert_false(s.hosts_forced);
	assert_int_equal(dns_api_answer_misc(misc, strlen(misc), &list, &s), 0);
	assert_true(s.read_only);
	assert_false(s.lines_forced);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.entry[1].kind, DNS_API_CNAME);
	assert_string_equal(list.entry[2].text, "x");
	assert_int_equal(dns_api_answer_dns(misc, strlen(misc), &list, &s), -EBADMSG);
	assert_int_equal(dns_api_answer_misc(dns, strlen(dns), &list, &s), -EBADMSG);
	dns_api_list_free(&list);
}

static void errors(void **state)
{
	static const char text[] = "{\"error\":{\"key\":\"k\",\"message\":\"a; b\\u001b[2J\\nc\","
				   "\"hint\":\"h\"}}";
	struct dns_api_error e;

	(void)state;
	assert_int_equal(dns_api_answer_error(text, strlen(text), &e), 0);
	assert_string_equal(e.key, "k");
	assert_string_equal(e.text, "a, b?[2J?c (h)");
	assert_int_equal(dns_api_answer_error("{}", 2, &e), -EBADMSG);
}

static void bodies(void **state)
{
	struct dns_api_entry was = { .kind = DNS_API_HOST, .text = (char[]){ "1.2.3.4 old" } };
	struct dns_api_entry is = { .kind = DNS_API_LINE, .text = (char[]){ "local=/a/" } };
	struct dns_api_change changes[] = { { .kind = DNS_API_LINE, .is = &is },
					    { .kind = DNS_API_HOST, .was = &was } };
	const struct dns_api_plan plan = { .change = changes, .changes = 2 };
	const struct dns_api_plan one = { .change = changes, .changes = 1 };
	struct dns_api_list now = { .count = 0 };
	char path[DNS_PIHOLE_PATH], long_one[400];
	char *body;

	(void)state;
	dns_api_list_add(&now, DNS_API_HOST, "1.2.3.4 old");
	dns_api_list_add(&now, DNS_API_HOST, "1.2.3.4 \"q\" \xc3\xa4");
	dns_api_list_add(&now, DNS_API_LINE, "x");
	body = dns_pihole_patch(&now, &plan);
	assert_string_equal(body, "{ \"config\": { \"dns\": { \"hosts\": [ \"1.2.3.4 \\\"q\\\" "
				  "\xc3\xa4\" ] }, \"misc\": { \"dnsmasq_lines\": [ \"x\", "
				  "\"local=\\/a\\/\" ] } } }");
	free(body);
	dns_api_list_add(&now, DNS_API_LINE, "local=/a/");
	body = dns_pihole_patch(&now, &one);
	assert_string_equal(body, "{ \"config\": { \"misc\": { \"dnsmasq_lines\": [ \"x\", "
				  "\"local=\\/a\\/\" ] } } }");
	free(body);
	dns_api_list_free(&now);

	assert_int_equal(dns_pihole_host_path("fd00::1 a-b_c", path), 0);
	assert_string_equal(path, "/api/config/dns/hosts/fd00%3A%3A1%20a-b_c?restart=false");
	memset(long_one, '%', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	assert_int_equal(dns_pihole_host_path(long_one, path), -ENAMETOOLONG);
}

static void state_file(void **state)
{
	static const struct dns_api_whose one = { "pihole", "http://a" },
					  two = { "pihole", "http://b" };
	static const char *const bad[] = { "x",
					   "[]",
					   "{}",
					   "{\"version\":2,\"servers\":[]}",
					   "{\"version\":1,\"servers\":{}}",
					   "{\"version\":1}" };
	struct dns_api_list list = { .count = 0 }, got = { .count = 0 };
	struct dns_api_state *s = NULL;
	struct dns_api_entry *entry;
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(dns_api_state_parse(bad[i], strlen(bad[i]), &s) == -EBADMSG, "'%s' was taken",
		      bad[i]);
	assert_int_equal(dns_api_state_parse(NULL, 0, &s), 0);
	entry = dns_api_list_add(&list, DNS_API_HOST, "1.2.3.4 a/\"b\"");
	strcpy(entry->name, "a");
	strcpy(entry->instance, "default");
	assert_int_equal(dns_api_state_set(s, &one, &list), 0);
	assert_int_equal(dns_api_state_set(s, &two, &list), 0);
	assert_int_equal(dns_api_state_set(s, &one, &list), 0);
	text = dns_api_state_text(s);
	dns_api_state_free(s);
	assert_int_equal(dns_api_state_parse(text, strlen(text), &s), 0);
	free(text);
	assert_int_equal(dns_api_state_get(s, &one, &got), 0);
	assert_int_equal(got.count, 1);
	assert_string_equal(got.entry[0].text, "1.2.3.4 a/\"b\"");
	assert_string_equal(got.entry[0].name, "a");
	assert_string_equal(got.entry[0].instance, "default");
	dns_api_list_free(&got);
	dns_api_list_free(&list);
	assert_int_equal(dns_api_state_set(s, &one, &list), 0);
	assert_int_equal(dns_api_state_get(s, &one, &got), 0);
	assert_int_equal(got.count, 0);
	assert_int_equal(dns_api_state_get(s, &two, &got), 0);
	assert_int_equal(got.count, 1);
	dns_api_list_free(&got);
	dns_api_state_free(s);
}

static void urls(void **state)
{
	static const char *const good[][2] = {
		{ "http://192.168.11.5", "http://192.168.11.5" },
		{ "HTTPS://Pi.Hole:8443//", "https://pi.hole:8443" },
		{ "http://[FD00::1]:81/Base/", "http://[fd00::1]:81/Base" },
		{ "http://[::1]", "http://[::1]" },
		{ "http://a/b/c", "http://a/b/c" },
		/* A port that goes without saying makes no other server of it. */
		{ "http://a:80/b", "http://a/b" },
		{ "https://a:443", "https://a" },
		{ "http://[::1]:80", "http://[::1]" },
		{ "http://a:443", "http://a:443" },
		{ "https://[::1]:80/", "https://[::1]:80" },
	};
	static const char *const bad[] = {
		"",
		"a",
		"ftp://a",
		"http://",
		"http:///a",
		"http://a:",
		"http://a:0",
		"http://a:65536",
		"http://a:1:2",
		"http://[::1",
		"http://::1",
		"http://[1.2.3.4]",
		"http://a?b",
		"http://a/b?c",
		"http://a#b",
		"http://u:p@a",
		"http://a b",
		"http://a/b c",
		"http://1.2.3",
		"http://a:+1",
		"http://a:080",
		"http://[::1]a",
	};
	struct dns_api_url url = { .text = "untouched" };
	char long_one[DNS_API_URL_MAX + 10] = "http://a/";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct problem p = { .usage = false };

		CHECK(dns_api_url_parse(bad[i], &url, &p) == -EINVAL && p.usage, "'%s' was taken",
		      bad[i]);
		CHECK(!strstr(p.object, "u:p"), "the password is shown: %s", p.object);
		assert_string_equal(url.text, "untouched");
	}
	memset(long_one + 9, 'b', sizeof(long_one) - 10);
	assert_int_equal(dns_api_url_parse(long_one, &url, NULL), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CHECK(!dns_api_url_parse(good[i][0], &url, NULL), "'%s' was refused", good[i][0]);
		check_text(good[i][0], url.text, good[i][1]);
		assert_int_equal(url.tls, !strncmp(url.text, "https", 5));
	}
}

static void private_addresses(void **state)
{
	static const char *const yes[] = { "::1",
					   "fe80::1",
					   "fd00::1",
					   "fc00::1",
					   "::ffff:10.0.0.1",
					   "::ffff:127.0.0.1",
					   "::ffff:172.31.0.1",
					   "::ffff:192.168.1.1",
					   "::ffff:169.254.1.1" };
	static const char *const no[] = { "::",
					  "2001:db8::1",
					  "fe00::1",
					  "::ffff:8.8.8.8",
					  "::ffff:172.32.0.1",
					  "::ffff:100.64.0.1",
					  "::ffff:192.169.1.1" };
	struct in6_addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		inet_pton(AF_INET6, yes[i], &a);
		CHECK(dns_api_url_is_private(&a), "%s is private", yes[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		inet_pton(AF_INET6, no[i], &a);
		CHECK(!dns_api_url_is_private(&a), "%s is not private", no[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rewrites),   cmocka_unit_test(logins),
		cmocka_unit_test(settings),   cmocka_unit_test(errors),
		cmocka_unit_test(bodies),     cmocka_unit_test(state_file),
		cmocka_unit_test(urls),	      cmocka_unit_test(private_addresses),
		cmocka_unit_test(many_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
