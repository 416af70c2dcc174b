// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* import_parse_iptables: rules as iptables-save prints them; and what import_add_forwards makes. */
#include "import_shown.h"

#include "settings.h"

#define NAT(rules) "*nat\n:PREROUTING ACCEPT [0:0]\n" rules "COMMIT\n"
#define DNAT " -j DNAT --to-destination "

#define TCP(ports) "-A PREROUTING -p tcp --dport " ports
#define SERVED DNAT "192.168.11.20\n"

static void parsed(const char *text, const char *wanted)
{
	check_parsed(import_parse_iptables, text, text, wanted);
}

static void test_fixtures(void **state)
{
	(void)state;
	check_fixture(import_parse_iptables, "docker.iptables", "docker.iptables.wanted");
	check_fixture(import_parse_iptables, "dmz.iptables", "dmz.iptables.wanted");
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

/* A line break in a comment does not end the rule; without the other quote all is one line. */
static void test_line_breaks(void **state)
{
	struct import imported = { .rule = NULL };
	struct problem p = { .usage = false };

	(void)state;
	parsed(NAT(TCP("80") " -m comment --comment \"a\nb \\\" c\"" SERVED TCP("81") SERVED),
	       "tcp/80=192.168.11.20 " TCP("80") " -m comment --comment \"a\nb \\\" c\"" SERVED
						 "tcp/81=192.168.11.20 " TCP("81") SERVED);
	assert_int_equal(
		import_parse_iptables(NAT(TCP("80") " --comment \"a" SERVED), &imported, &p),
		-EPROTO);
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

/* What takes all packets of a chain hides what stands behind it. */
static void test_ends(void **state)
{
	(void)state;
	parsed(NAT("-A PREROUTING -j ACCEPT\n" TCP("80") SERVED), "");
	parsed(NAT("-A X -p tcp --dport 80" SERVED "-A PREROUTING -g X\n" TCP("81") SERVED),
	       "tcp/80=192.168.11.20 -A X -p tcp --dport 80" SERVED);
	parsed(NAT("-A PREROUTING -j X\n" TCP("81") SERVED "-A X -j RETURN\n" TCP("80") SERVED),
	       "tcp/81=192.168.11.20 " TCP("81") SERVED "tcp/80=192.168.11.20 " TCP("80") SERVED);
}

/* @rules, and behind them ports 1 to 9 for the server: that becomes @wanted. */
static void taken(const char *rules, const char *wanted)
{
	char text[1024], lines[1024];

	snprintf(text, sizeof(text), NAT("%s" TCP("1:9") SERVED), rules);
	snprintf(lines, sizeof(lines), "%s " TCP("1:9") SERVED, wanted);
	parsed(text, lines);
}

#define ALL "tcp/1-9=192.168.11.20"
#define REST "tcp/1-4=192.168.11.20 tcp/6-9=192.168.11.20 [an earlier rule takes "

/* What takes some packets takes them from what stands behind it. */
static void test_taken(void **state)
{
	static const char *const targets[] = { "ACCEPT", "DROP", "RETURN", "NFQUEUE", "NOSUCH" };

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char rule[128], wanted[256];

		snprintf(rule, sizeof(rule), TCP("5") " -j %s\n", targets[i]);
		snprintf(wanted, sizeof(wanted), REST "%stcp/5: " TCP("5") " -j %s]",
			 strcmp(targets[i], "NOSUCH") != 0 ? "" : "some of ", targets[i]);
		taken(rule, wanted);
	}
	taken(TCP("5") " -j LOG\n", ALL);
	taken("-A PREROUTING -p udp --dport 5 -j ACCEPT\n", ALL);
	taken("-A PREROUTING -p icmp -j ACCEPT\n", ALL);
	taken("-A PREROUTING -m addrtype ! --dst-type LOCAL -j ACCEPT\n", ALL);
	taken("-A PREROUTING -p tcp -j ACCEPT\n",
	      "[an earlier rule takes tcp/1-9: -A PREROUTING -p tcp -j ACCEPT]");
	/* By conditions that have no word here: it may be. */
	taken(TCP("5") " -s 10.0.0.1 -j ACCEPT\n",
	      REST "some of tcp/5: " TCP("5") " -s 10.0.0.1 -j ACCEPT]");
	taken(TCP("5") " -m mark --mark 1 -j DROP\n",
	      REST "some of tcp/5: " TCP("5") " -m mark --mark 1 -j DROP]");
	taken(TCP("5") " -d 192.0.2.1 -j ACCEPT\n",
	      REST "some of tcp/5: " TCP("5") " -d 192.0.2.1 -j ACCEPT]");
	taken("-A PREROUTING -d 192.0.2.1 -j ACCEPT\n",
	      "[an earlier rule takes some of tcp/1-9: -A PREROUTING -d 192.0.2.1 -j ACCEPT]");
	taken(TCP("5") " -i eth1 -j ACCEPT\n",
	      REST "some of tcp/5: " TCP("5") " -i eth1 -j ACCEPT]");
	/* All of an interface, or of a network that is not public: what follows is for the rest. */
	taken("-A PREROUTING -i br-0123 -j RETURN\n", ALL);
	taken("-A PREROUTING -d 192.168.0.0/16 -j ACCEPT\n", ALL);
	taken("-A PREROUTING -d 192.168.11.1 -j ACCEPT\n", ALL);
	/* Whatever else a rule asks for, if it is no port. */
	taken("-A PREROUTING ! -i eth0 -j RETURN\n", ALL);
	taken("-A PREROUTING ! -d 192.0.2.1 -j RETURN\n", ALL);
	taken("-A PREROUTING -s 10.0.0.0/8 -j RETURN\n", ALL);
	taken("-A PREROUTING -m mark --mark 1 -j DROP\n", ALL);
}

static void test_taken_in_chains(void **state)
{
	(void)state;
	/* Return, and what is surely returned is not taken by what stands behind it. */
	taken("-A X -p tcp --dport 5 -j RETURN\n-A X -p tcp -j ACCEPT\n-A PREROUTING -j X\n",
	      "tcp/5=192.168.11.20 [an earlier rule takes tcp/1-4 and others: -A X -p tcp -j "
	      "ACCEPT]");
	taken("-A X -p tcp --dport 5 -s 10.0.0.1 -j RETURN\n-A X -p tcp -j ACCEPT\n"
	      "-A PREROUTING -j X\n",
	      "[an earlier rule takes some of tcp/1-9: -A X -p tcp -j ACCEPT]");
	/* What stands before it has taken its packets by then. */
	taken("-A X -p tcp --dport 5 -j ACCEPT\n-A X -p tcp -s 10.0.0.1 -j RETURN\n"
	      "-A PREROUTING -j X\n",
	      REST "tcp/5: -A X -p tcp --dport 5 -j ACCEPT]");
	/* The conditions of a jump are those of all in the chain. */
	taken("-A X -j ACCEPT\n" TCP("5") " -j X\n", REST "tcp/5: -A X -j ACCEPT]");
	taken("-A X -p tcp --dport 5 -j ACCEPT\n-A PREROUTING -s 10.0.0.1 -j X\n",
	      REST "some of tcp/5: -A X -p tcp --dport 5 -j ACCEPT]");
	/* A chain that is gone to does not come back. */
	taken("-A X -p udp -j ACCEPT\n" TCP("5") " -g X\n", REST "tcp/5: " TCP("5") " -g X]");
}

/* Translated already: to the router, to nobody that can be a server, for some only. */
static void test_taken_by_nat(void **state)
{
	(void)state;
	parsed(NAT(TCP("5") " -j REDIRECT --to-ports 80\n" TCP("5") SERVED),
	       "[ends on this router itself] " TCP(
		       "5") " -j REDIRECT --to-ports 80\n"
			    "[an earlier rule takes tcp/5: " TCP(
				    "5") " -j REDIRECT --to-ports 80] " TCP("5") SERVED);
	parsed(NAT(TCP("5") DNAT "127.0.0.1\n" TCP("5") SERVED),
	       "[127.0.0.1: a loopback address] " TCP("5") DNAT
	       "127.0.0.1\n"
	       "[an earlier rule takes tcp/5: " TCP("5") DNAT "127.0.0.1] " TCP("5") SERVED);
	parsed(NAT(TCP("5") " -s 10.0.0.1" DNAT "192.168.11.30\n" TCP("5") SERVED),
	       "[only for some sources: -s 10.0.0.1] " TCP(
		       "5") " -s 10.0.0.1" DNAT "192.168.11.30\n"
			    "[an earlier rule takes some of tcp/5: " TCP(
				    "5") " -s 10.0.0.1" DNAT "192.168.11.30] " TCP("5") SERVED);
	/* To the same place: that is how rules make reflection. */
	parsed(NAT(TCP("5") " -s 10.0.0.1" DNAT "192.168.11.20:5\n" TCP("5") SERVED),
	       "tcp/5=192.168.11.20 " TCP("5") " -s 10.0.0.1" DNAT "192.168.11.20:5\n"
					       "tcp/5=192.168.11.20 " TCP("5") SERVED);
	/* Other interfaces, other addresses. */
	parsed(NAT(TCP("5") " -i eth1 -j REDIRECT\n" TCP("5") " ! -i eth1" SERVED),
	       "[ends on this router itself] " TCP("5") " -i eth1 -j REDIRECT\n"
							"tcp/5=192.168.11.20 " TCP(
								"5") " ! -i eth1" SERVED);
	parsed(NAT(TCP("5") " -d 192.0.2.1 -j DROP\n" TCP("5") " -d 192.0.2.2" SERVED),
	       "tcp/5=192.168.11.20 " TCP("5") " -d 192.0.2.2" SERVED);
	/* All ports stay all ports, whatever is taken of them. */
	parsed(NAT(TCP("5") " -j ACCEPT\n-A PREROUTING" SERVED),
	       "[all ports: give those that are wanted] -A PREROUTING" SERVED);
}

/* Ten thousand rules before ten thousand forwards, and chains that call each other. */
static void test_many(void **state)
{
	struct import imported = { .rule = NULL };
	char *text = NULL;
	struct problem p;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	fprintf(out, "*nat\n");
	for (int i = 1; i <= 9000; i++)
		fprintf(out, TCP("%d") " -s 10.0.0.1 -j ACCEPT\n", i);
	for (int i = 1; i <= 9000; i++)
		fprintf(out, TCP("%d") SERVED, i);
	fclose(out);
	assert_int_equal(import_parse_iptables(text, &imported, &p), 0);
	assert_int_equal(imported.rules, 9000);
	for (size_t i = 0; i < imported.rules; i++)
		CHECK(!imported.rule[i].forwards && imported.rule[i].skipped, "rule %zu", i);
	import_free(&imported);
	free(text);
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
	assert_int_equal(import_parse_iptables(text, &imported, &p), -ELOOP);
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
		cmocka_unit_test(test_line_breaks),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_taken_in_chains),
		cmocka_unit_test(test_taken_by_nat),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
