// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_export.h"
#include "util.h"

#define MOST_NAMES 5

static struct dns_name names[MOST_NAMES];
static size_t count;

static void add(const char *name, const char *addresses, const char *ttl)
{
	assert_int_equal(dns_name_parse(name, addresses, ttl, &names[count++], NULL), 0);
}

static int setup(void **state)
{
	(void)state;
	count = 0;
	add("rustdesk.example.com", "192.168.11.20,fd00::20", NULL);
	add("nas.example.com", "192.168.11.21", "300");
	return 0;
}

static void expect(const char *server, const char *version, bool forwarder, const char *wanted)
{
	_cleanup_free_ char *text = NULL;
	struct dns_export e;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(dns_export_parse(server, version, forwarder, &e, NULL), 0);
	assert_int_equal(dns_export_print(out, &e, names, count, NULL), 0);
	fclose(out);
	assert_string_equal(text, wanted);
}

static void expect_refused(const char *server, const char *object)
{
	_cleanup_free_ char *text = NULL;
	struct problem p = { .usage = false };
	struct dns_export e;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(dns_export_parse(server, NULL, false, &e, NULL), 0);
	assert_int_equal(dns_export_print(out, &e, names, count, &p), -EOPNOTSUPP);
	fclose(out);
	assert_string_equal(text, "");
	assert_string_equal(p.object, object);
}

#define ADGUARD                                                                                    \
	"# For AdGuardHome.yaml; stop AdGuard Home before you edit it, it writes the file "        \
	"itself.\n"

static void adguard_home_by_schema(void **state)
{
	(void)state;
	expect("adguardhome", NULL, false,
	       ADGUARD "filtering:\n"
		       "  rewrites_enabled: true\n"
		       "  rewrites:\n"
		       "    - domain: 'rustdesk.example.com'\n"
		       "      answer: '192.168.11.20'\n"
		       "      enabled: true\n"
		       "    - domain: 'rustdesk.example.com'\n"
		       "      answer: 'fd00::20'\n"
		       "      enabled: true\n"
		       "    - domain: 'nas.example.com'\n"
		       "      answer: '192.168.11.21'\n"
		       "      enabled: true\n");
	count = 0;
	add("*.example.com", "192.168.11.20", NULL);
	expect("adguardhome", "30", false,
	       ADGUARD "filtering:\n"
		       "  rewrites:\n"
		       "    - domain: '*.example.com'\n"
		       "      answer: '192.168.11.20'\n");
	expect("adguardhome", "25", false,
	       ADGUARD "dns:\n"
		       "  rewrites:\n"
		       "    - domain: '*.example.com'\n"
		       "      answer: '192.168.11.20'\n");
}

static void pi_hole_by_version(void **state)
{
	(void)state;
	expect("pihole", NULL, false,
	       "# For /etc/pihole/pihole.toml; add to the lists that are there.\n"
	       "[dns]\n"
	       "  hosts = [\n"
	       "    \"192.168.11.20 rustdesk.example.com\",\n"
	       "    \"fd00::20 rustdesk.example.com\",\n"
	       "    \"192.168.11.21 nas.example.com\",\n"
	       "  ]\n"
	       "[misc]\n"
	       "  dnsmasq_lines = [\n"
	       "    \"local=/rustdesk.example.com/\",\n"
	       "    \"server=/*.rustdesk.example.com/#\",\n"
	       "    \"local=/nas.example.com/\",\n"
	       "    \"server=/*.nas.example.com/#\",\n"
	       "  ]\n");
	count = 0;
	add("*.example.com", "192.168.11.20", NULL);
	add("nas.example.com", "192.168.11.21", NULL);
	expect("pihole", "5", false,
	       "# For /etc/pihole/custom.list:\n"
	       "192.168.11.21 nas.example.com\n"
	       "\n"
	       "# For /etc/dnsmasq.d/99-natloop.conf; then 'pihole restartdns'.\n"
	       "address=/*.example.com/192.168.11.20\n"
	       "local=/*.example.com/\n"
	       "local=/nas.example.com/\n");
}

static void dnsmasq_and_its_forwarder(void **state)
{
	(void)state;
	add("*.example.net", "fd00::30,192.168.11.30", NULL);
	expect("dnsmasq", NULL, false,
	       "# These names lead to addresses of the LAN.\n"
	       "host-record=rustdesk.example.com,192.168.11.20,fd00::20,60\n"
	       "local=/rustdesk.example.com/\n"
	       "server=/*.rustdesk.example.com/#\n"
	       "host-record=nas.example.com,192.168.11.21,300\n"
	       "local=/nas.example.com/\n"
	       "server=/*.nas.example.com/#\n"
	       "address=/*.example.net/192.168.11.30\n"
	       "address=/*.example.net/fd00::30\n"
	       "local=/*.example.net/\n");
	expect("dnsmasq", NULL, true,
	       "# Lets these names lead to addresses of the LAN.\n"
	       "rebind-domain-ok=/rustdesk.example.com/\n"
	       "rebind-domain-ok=/nas.example.com/\n"
	       "rebind-domain-ok=/example.net/\n");
}

static void unbound_and_its_forwarder(void **state)
{
	(void)state;
	add("*.example.net", "192.168.11.30", NULL);
	expect("unbound", NULL, false,
	       "# These names lead to addresses of the LAN.\n"
	       "server:\n"
	       "\tlocal-data: \"rustdesk.example.com. 60 IN A 192.168.11.20\"\n"
	       "\tlocal-data: \"rustdesk.example.com. 60 IN AAAA fd00::20\"\n"
	       "\tlocal-data: \"nas.example.com. 300 IN A 192.168.11.21\"\n"
	       "\tlocal-zone: \"example.net.\" redirect # and itself\n"
	       "\tlocal-data: \"example.net. 60 IN A 192.168.11.30\"\n");
	expect("unbound", NULL, true,
	       "# Lets these names lead to addresses of the LAN.\n"
	       "server:\n"
	       "\tprivate-domain: \"rustdesk.example.com\"\n"
	       "\tprivate-domain: \"nas.example.com\"\n"
	       "\tprivate-domain: \"example.net\"\n");
	add("example.net", "192.168.11.31", NULL);
	expect_refused("unbound", "*.example.net");
	names[--count] = (struct dns_name){ .ttl = 0 };
	add("nas.example.net", "192.168.11.31", NULL);
	expect_refused("unbound", "*.example.net");
	names[--count] = (struct dns_name){ .ttl = 0 };
	add("*.home.example.net", "192.168.11.31", NULL); /* a zone of its own */
	add("notexample.net", "192.168.11.31", NULL);
	expect("unbound", NULL, false,
	       "# These names lead to addresses of the LAN.\n"
	       "server:\n"
	       "\tlocal-data: \"rustdesk.example.com. 60 IN A 192.168.11.20\"\n"
	       "\tlocal-data: \"rustdesk.example.com. 60 IN AAAA fd00::20\"\n"
	       "\tlocal-data: \"nas.example.com. 300 IN A 192.168.11.21\"\n"
	       "\tlocal-zone: \"example.net.\" redirect # and itself\n"
	       "\tlocal-data: \"example.net. 60 IN A 192.168.11.30\"\n"
	       "\tlocal-zone: \"home.example.net.\" redirect # and itself\n"
	       "\tlocal-data: \"home.example.net. 60 IN A 192.168.11.31\"\n"
	       "\tlocal-data: \"notexample.net. 60 IN A 192.168.11.31\"\n");
}

static void a_hosts_file(void **state)
{
	(void)state;
	expect("hosts", NULL, false,
	       "192.168.11.20 rustdesk.example.com\n"
	       "fd00::20 rustdesk.example.com\n"
	       "192.168.11.21 nas.example.com\n");
	add("*.example.net", "192.168.11.30", NULL);
	expect_refused("hosts", "*.example.net");
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *server;
		const char *version;
		bool forwarder;
	} bad[] = {
		{ "bind", NULL, false },       { "", NULL, false },
		{ "adguardhome", "9", false }, { "adguardhome", "35", false },
		{ "pihole", "4", false },      { "pihole", "v6", false },
		{ "dnsmasq", "2", false },     { "hosts", NULL, true },
		{ "pihole", NULL, true },
	};
	struct dns_export e = { .version = 77 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct problem p = { .usage = false };

		if (dns_export_parse(bad[i].server, bad[i].version, bad[i].forwarder, &e, &p) >= 0)
			fail_msg("'%s' '%s' was taken", bad[i].server, bad[i].version);
		assert_true(p.usage);
		assert_int_equal(e.version, 77);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(adguard_home_by_schema, setup),
		cmocka_unit_test_setup(pi_hole_by_version, setup),
		cmocka_unit_test_setup(dnsmasq_and_its_forwarder, setup),
		cmocka_unit_test_setup(unbound_and_its_forwarder, setup),
		cmocka_unit_test_setup(a_hosts_file, setup),
		cmocka_unit_test_setup(what_is_refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
