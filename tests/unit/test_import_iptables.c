// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* import_parse_iptables: rules as iptables-save prints them; and what import_add_forwards makes. */
#include "import_shown.h"

#include "settings.h"

#define NAT(rules) "*nat\n:PREROUTING ACCEPT [0:0]\n" rules "COMMIT\n"
#define DNAT " -j DNAT --to-destination "

static void parsed(const char *text, const char *wanted)
{
	check_parsed(import_parse_iptables, text, text, wanted);
}

static void test_fixtures(void **state)
{
	(void)state;
	check_fixture(import_parse_iptables, "docker.iptables", "docker.iptables.wanted");
	check_fixture(import_parse_iptables, "forms.iptables", "forms.iptables.wanted");
}

static void test_nothing(void **state)
{
	(void)state;
	parsed("", "");
	parsed("# Table `nat' is incompatible, use 'nft' tool.\n", "");
	parsed(NAT(""), "");
	parsed("*filter\n:INPUT ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 80" DNAT
	       "192.168.11.20\nCOMMIT\n",
	       "");
}

static void test_counters_and_quotes(void **state)
{
	(void)state;
	parsed(NAT("[12:345] -A PREROUTING -p udp -m comment --comment \"-j \\\"X\\\" -p\" -m udp "
		   "--dport 53" DNAT "192.168.11.20\n"),
	       "udp/53=192.168.11.20 -A PREROUTING -p udp -m comment --comment \"-j \\\"X\\\" -p\" "
	       "-m "
	       "udp --dport 53" DNAT "192.168.11.20\n");
}

static void test_protocols(void **state)
{
	(void)state;
	parsed(NAT("-A PREROUTING -p all --dport 53" DNAT "192.168.11.20\n"),
	       "tcp/53=192.168.11.20 udp/53=192.168.11.20 -A PREROUTING -p all --dport 53" DNAT
	       "192.168.11.20\n");
	parsed(NAT("-A PREROUTING -p icmp" DNAT "192.168.11.20\n"),
	       "[no TCP or UDP packet from outside comes to it] -A PREROUTING -p icmp" DNAT
	       "192.168.11.20\n");
	parsed(NAT("-A PREROUTING -i lo -p tcp --dport 80" DNAT "192.168.11.20\n"),
	       "[no TCP or UDP packet from outside comes to it] -A PREROUTING -i lo -p tcp --dport "
	       "80" DNAT "192.168.11.20\n");
}

static void test_targets(void **state)
{
	(void)state;
	parsed(NAT("-A PREROUTING -p tcp --dport 80" DNAT "127.0.0.1\n"),
	       "[127.0.0.1: a loopback address] -A PREROUTING -p tcp --dport 80" DNAT
	       "127.0.0.1\n");
	parsed(NAT("-A PREROUTING -p tcp --dport 80" DNAT "192.168.11.20:0\n"),
	       "[not to one port: 192.168.11.20:0] -A PREROUTING -p tcp --dport 80" DNAT
	       "192.168.11.20:0\n");
	parsed(NAT("-A PREROUTING -p tcp --dport 0:3" DNAT "192.168.11.20\n"),
	       "tcp/1-3=192.168.11.20 -A PREROUTING -p tcp --dport 0:3" DNAT "192.168.11.20\n");
	parsed(NAT("-A PREROUTING -p tcp --dport 1:33" DNAT "192.168.11.20:80\n"),
	       "[all ports from 1 to 33 go to port 80] -A PREROUTING -p tcp --dport 1:33" DNAT
	       "192.168.11.20:80\n");
	parsed(NAT("-A PREROUTING -p tcp --dport 80 -j DNAT\n"),
	       "[not to one server: DNAT] -A PREROUTING -p tcp --dport 80 -j DNAT\n");
}

/* What ends a chain hides what stands behind it; conditions do not end it. */
static void test_ends(void **state)
{
	(void)state;
	parsed(NAT("-A PREROUTING -j ACCEPT\n-A PREROUTING -p tcp --dport 80" DNAT
		   "192.168.11.20\n"),
	       "");
	parsed(NAT("-A PREROUTING -p tcp -j ACCEPT\n-A PREROUTING -p tcp --dport 80" DNAT
		   "192.168.11.20\n"),
	       "tcp/80=192.168.11.20 -A PREROUTING -p tcp --dport 80" DNAT "192.168.11.20\n");
	parsed(NAT("-A X -p tcp --dport 80" DNAT "192.168.11.20\n-A PREROUTING -g X\n"
		   "-A PREROUTING -p tcp --dport 81" DNAT "192.168.11.20\n"),
	       "tcp/80=192.168.11.20 -A X -p tcp --dport 80" DNAT "192.168.11.20\n");
}

/* The kernel refuses loops, a text does not. */
static void test_loops(void **state)
{
	static char text[8192];
	char *end = text;
	struct import imported = { .rule = NULL };
	struct problem p;

	(void)state;
	parsed(NAT("-A PREROUTING -j X\n-A X -j X\n-A X -p tcp --dport 80" DNAT "192.168.11.20\n"),
	       "tcp/80=192.168.11.20 -A X -p tcp --dport 80" DNAT "192.168.11.20\n");
	end += sprintf(end, "*nat\n");
	for (int i = 0; i < 100; i++)
		end += sprintf(end, "-A PREROUTING -p tcp -j PREROUTING\n");
	assert_int_equal(import_parse_iptables(text, &imported, &p), -EPROTO);
	assert_null(imported.rule);
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"nonsense",
		"*nat\nnonsense\nCOMMIT\n",
		"*nat\n-A\n",
		"*nat\n-A PREROUTING -p\n",
		"*nat\n-A PREROUTING -m comment --comment \"open\n",
		"{\"nftables\": []}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(import_parse_iptables,
			      NAT("-A PREROUTING -p tcp --dport 80" DNAT "192.168.11.20\n"),
			      bad[i]);
}

/* @text is added to settings, which then have the forwards @wanted; the rules look like @shown. */
static void added(const char *text, const char *wanted, const char *shown)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct import imported = { .rule = NULL };
	struct problem p = { .usage = false };
	char got[1024] = "", spec[FORWARD_TEXT_MAX], *rules;

	assert_non_null(s);
	assert_int_equal(import_parse_iptables(text, &imported, &p), 0);
	CHECK(!import_add_forwards(&imported, s, &p), "%s: %s", p.object, p.what);
	assert_true(s->forwards_imported);
	for (size_t i = 0; i < s->forwards; i++) {
		strcat(got, forward_format(&s->forward[i], spec, sizeof(spec)));
		strcat(got, " ");
	}
	check_text(text, got, wanted);
	rules = show(&imported);
	check_lines(text, rules, shown);
	free(rules);
	import_free(&imported);
	free(s);
}

#define RULE(ports, to) "-A PREROUTING -p tcp --dport " ports DNAT to "\n"

static void test_overlaps(void **state)
{
	(void)state;
	/* The same twice, and a part of the same. */
	added(NAT(RULE("80", "192.168.11.20") RULE("80", "192.168.11.20:80")),
	      "tcp/80=192.168.11.20 ",
	      "tcp/80=192.168.11.20 " RULE("80", "192.168.11.20") //
	      "tcp/80=192.168.11.20 " RULE("80", "192.168.11.20:80"));
	added(NAT(RULE("80", "192.168.11.20") RULE("79:81", "192.168.11.20")),
	      "tcp/80=192.168.11.20 tcp/79=192.168.11.20 tcp/81=192.168.11.20 ",
	      "tcp/80=192.168.11.20 " RULE("80", "192.168.11.20")		//
	      "tcp/79=192.168.11.20 tcp/80=192.168.11.20 tcp/81=192.168.11.20 " //
	      RULE("79:81", "192.168.11.20"));
	/* Another server: the first rule wins. */
	added(NAT(RULE("80", "192.168.11.20") RULE("80", "192.168.11.30")), "tcp/80=192.168.11.20 ",
	      "tcp/80=192.168.11.20 " RULE("80", "192.168.11.20") //
	      "[an earlier rule means tcp/80=192.168.11.20] " RULE("80", "192.168.11.30"));
	added(NAT(RULE("80:89", "192.168.11.20") RULE("85:99", "192.168.11.30")),
	      "tcp/80-89=192.168.11.20 tcp/90-99=192.168.11.30 ",
	      "tcp/80-89=192.168.11.20 " RULE("80:89", "192.168.11.20")			 //
	      "tcp/90-99=192.168.11.30 [an earlier rule means tcp/80-89=192.168.11.20] " //
	      RULE("85:99", "192.168.11.30"));
	added(NAT(RULE("65535", "192.168.11.20") RULE("65534:65535", "192.168.11.30:1-2/65534")),
	      "tcp/65535=192.168.11.20 tcp/65534=192.168.11.30:1 ",
	      "tcp/65535=192.168.11.20 " RULE("65535", "192.168.11.20")			   //
	      "tcp/65534=192.168.11.30:1 [an earlier rule means tcp/65535=192.168.11.20] " //
	      RULE("65534:65535", "192.168.11.30:1-2/65534"));
}

static void test_too_many(void **state)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct import imported = { .rule = NULL };
	struct problem p = { .usage = false };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(s);
	assert_non_null(out);
	fprintf(out, "*nat\n");
	for (int i = 0; i <= NATLOOP_MAX_FORWARDS; i++)
		fprintf(out, "-A PREROUTING -p udp --dport %d" DNAT "192.168.11.20\n",
			1000 + 2 * i);
	fclose(out);
	assert_int_equal(import_parse_iptables(text, &imported, &p), 0);
	assert_int_equal(import_add_forwards(&imported, s, &p), -ENOSPC);
	CHECK(*p.object && *p.what && *p.remedy && !p.usage, "no whole sentence");
	assert_int_equal(s->forwards, 0);
	assert_false(s->forwards_imported);
	import_free(&imported);
	free(text);
	free(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_counters_and_quotes),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
