// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* import_parse_nft: rules as nft -j prints them. The fixtures are its real output. */
#include "import_shown.h"

#define CHAIN(name) "{\"chain\": {\"family\": \"ip\", \"table\": \"nat\", \"name\": \"" name "\"}}"
#define BASE(name, prio)                                                                           \
	"{\"chain\": {\"family\": \"ip\", \"table\": \"nat\", \"name\": \"" name                   \
	"\", \"type\": \"nat\", \"hook\": \"prerouting\", \"prio\": " prio "}}"
#define RULE(chain, statements)                                                                    \
	"{\"rule\": {\"family\": \"ip\", \"table\": \"nat\", \"chain\": \"" chain                  \
	"\", \"expr\": [" statements "]}}"
#define MATCH(left, right)                                                                         \
	"{\"match\": {\"op\": \"==\", \"left\": " left ", \"right\": " right "}}, "
#define PAYLOAD(protocol, field)                                                                   \
	"{\"payload\": {\"protocol\": \"" protocol "\", \"field\": \"" field "\"}}"
#define DPORT(protocol, right) MATCH(PAYLOAD(protocol, "dport"), right)
#define DNAT(to) "{\"dnat\": {\"addr\": " to "}}"
#define SERVER "\"192.168.11.20\""
#define RULES(objects) "{\"nftables\": [" objects "]}"
#define PREROUTING(statements) RULES(BASE("pre", "-100") ", " RULE("pre", statements))

static void parsed(const char *text, const char *wanted)
{
	check_parsed(import_parse_nft, text, text, wanted);
}

static void test_fixtures(void **state)
{
	static const char *const names[] = { "fw4",    "dmz",	    "forms",
					     "docker", "docker-xt", "miniupnpd" };
	char json[64], wanted[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(json, sizeof(json), "%s.json", names[i]);
		snprintf(wanted, sizeof(wanted), "%s.json.wanted", names[i]);
		check_fixture(import_parse_nft, json, wanted);
	}
}

static void test_nothing(void **state)
{
	(void)state;
	parsed(RULES(""), "");
	parsed(RULES("{\"metainfo\": {\"version\": \"1.0.6\"}}"), "");
	/* No base chain, or another hook, or another family. */
	parsed(RULES(CHAIN("pre") ", " RULE("pre", DPORT("tcp", "80") DNAT(SERVER))), "");
	parsed(RULES("{\"chain\": {\"family\": \"ip\", \"table\": \"nat\", \"name\": \"pre\", "
		     "\"type\": \"filter\", \"hook\": \"prerouting\", \"prio\": 0}}, " //
		     RULE("pre", DPORT("tcp", "80") DNAT(SERVER))),
	       "");
}

/* With a port behind the address, which only miniupnpd itself can make. */
static void test_miniupnpd(void **state)
{
	(void)state;
	parsed(PREROUTING(MATCH("{\"meta\": {\"key\": \"iif\"}}", "\"eth0\"") //
			  MATCH("{\"payload\": {\"base\": \"nh\", \"offset\": 72, \"len\": 8}}",
				"17") //
			  DPORT("th", "3074") "{\"dnat\": {\"family\": \"ip\", \"addr\": " SERVER
					      ", \"port\": 3075}}"),
	       "udp/3074=192.168.11.20:3075 ip nat pre: iif eth0 @nh,72,8 17 th dport 3074 dnat to "
	       "192.168.11.20:3075\n");
	/* As other versions show the number, and an interface that is gone. */
	parsed(PREROUTING(MATCH("{\"meta\": {\"key\": \"iif\"}}", "7") //
			  MATCH("{\"payload\": {\"base\": \"nh\", \"offset\": 72, \"len\": 8}}",
				"\"0x6\"") //
			  DPORT("th", "3074") DNAT(SERVER)),
	       "tcp/3074=192.168.11.20 ip nat pre: iif 7 @nh,72,8 0x6 th dport 3074 dnat to "
	       "192.168.11.20\n");
}

/* Only that iptables made it is shown, not even the name of the target. */
static void test_xt_without_names(void **state)
{
	struct import imported = { .rule = NULL };
	struct problem p;

	(void)state;
	assert_int_equal(
		import_parse_nft(PREROUTING(DPORT("tcp", "80") "{\"xt\": null}"), &imported, &p),
		0);
	assert_int_equal(imported.rules, 1);
	assert_true(imported.rule[0].xt);
	assert_non_null(imported.rule[0].skipped);
	assert_int_equal(imported.rule[0].forwards, 0);
	import_free(&imported);
	parsed(PREROUTING(DPORT("tcp", "80") "{\"xt\": {\"type\": \"target\", \"name\": \"LOG\"}}"),
	       "");
}

/* Values that other versions of nft write otherwise. */
static void test_other_versions(void **state)
{
	(void)state;
	parsed(PREROUTING(MATCH("{\"fib\": {\"result\": \"type\", \"flags\": \"daddr\"}}",
				"\"local\"") //
			  DPORT("tcp", "80") DNAT(SERVER)),
	       "tcp/80=192.168.11.20 ip nat pre: fib daddr type local tcp dport 80 dnat to "
	       "192.168.11.20\n");
	parsed(PREROUTING(DPORT("tcp", "{\"set\": 80}") DNAT(SERVER)),
	       "tcp/80=192.168.11.20 ip nat pre: tcp dport { 80 } dnat to 192.168.11.20\n");
	parsed(PREROUTING(DPORT("tcp", "{\"set\": [{\"elem\": {\"val\": 80, \"comment\": \"x\"}}]}")
				  DNAT(SERVER)),
	       "tcp/80=192.168.11.20 ip nat pre: tcp dport { 80 } dnat to 192.168.11.20\n");
	parsed(PREROUTING(DPORT("tcp", "80") "{\"dnat\": {\"addr\": {\"concat\": [" SERVER
					     ", 8080]}}}"),
	       "tcp/80=192.168.11.20:8080 ip nat pre: tcp dport 80 dnat to 192.168.11.20 . 8080\n");
	parsed(PREROUTING(MATCH("{\"meta\": {\"key\": \"l4proto\"}}", "6") //
			  DPORT("th", "80") DNAT(SERVER)),
	       "tcp/80=192.168.11.20 ip nat pre: meta l4proto 6 th dport 80 dnat to "
	       "192.168.11.20\n");
}

static void test_not_understood(void **state)
{
	(void)state;
	parsed(PREROUTING(DPORT("tcp", "\"http\"") DNAT(SERVER)),
	       "[port http] ip nat pre: tcp dport http dnat to 192.168.11.20\n");
	parsed(PREROUTING(DPORT("tcp", "\"@none\"") DNAT(SERVER)),
	       "[no TCP or UDP packet from outside comes to it] ip nat pre: tcp dport @none dnat "
	       "to "
	       "192.168.11.20\n");
	parsed(PREROUTING(DPORT("tcp", "80") "{\"nosuch\": {}}, " DNAT(SERVER)),
	       "[only for some packets: nosuch] ip nat pre: tcp dport 80 nosuch dnat to "
	       "192.168.11.20\n");
	parsed(PREROUTING(DPORT("tcp", "80") "{\"dnat\": {\"port\": 8080}}"),
	       "[ends on this router itself] ip nat pre: tcp dport 80 dnat to :8080\n");
	parsed(PREROUTING(DPORT("tcp", "80") "{\"dnat\": null}"),
	       "[ends on this router itself] ip nat pre: tcp dport 80 dnat\n");
	parsed(PREROUTING("{\"match\": {}}, " DNAT(SERVER)),
	       "[only for some packets: ?  ?] ip nat pre: ?  ? dnat to 192.168.11.20\n");
	parsed(PREROUTING(MATCH("{\"meta\": {\"key\": \"time\"}}", "1") DPORT("tcp", "80")
				  DNAT(SERVER)),
	       "[only for some packets: meta time] ip nat pre: meta time 1 tcp dport 80 dnat to "
	       "192.168.11.20\n");
}

/* A chain that is called for some sources only: as for a rule with that match. */
static void test_sources_of_a_jump(void **state)
{
	(void)state;
	parsed(RULES(BASE("pre", "-100") ", " CHAIN("x") ", " //
		     RULE("pre", MATCH(PAYLOAD("ip", "saddr"),
				       "\"10.0.0.1\"") "{\"jump\": {\"target\": \"x\"}}") ", " //
		     RULE("x", DPORT("tcp", "80") DNAT(SERVER))),
	       "[only for some sources] ip nat x: tcp dport 80 dnat to 192.168.11.20\n");
}

/* Base chains by their priority, and what ends them. */
static void test_order(void **state)
{
	(void)state;
	parsed(RULES(BASE("late", "0") ", " BASE("early", "-200") ", "	 //
		     RULE("late", DPORT("tcp", "80") DNAT(SERVER)) ", "	 //
		     RULE("early", DPORT("tcp", "81") DNAT(SERVER)) ", " //
		     RULE("early", "{\"accept\": null}") ", "		 //
		     RULE("early", DPORT("tcp", "82") DNAT(SERVER))),
	       "tcp/81=192.168.11.20 ip nat early: tcp dport 81 dnat to 192.168.11.20\n"
	       "tcp/80=192.168.11.20 ip nat late: tcp dport 80 dnat to 192.168.11.20\n");
}

#define END(verdict) "{\"" verdict "\": null}"

/* What leads away from one base chain, and what from all. */
static void test_base_chains(void **state)
{
	static const char *const verdicts[] = { "accept", "return", "drop", "redirect", "queue" };

	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct import imported = { .rule = NULL };
		struct problem p;
		char text[2048];

		snprintf(text, sizeof(text),
			 RULES(BASE("a", "-100") ", " BASE("b", "0") ", " //
			       RULE("a", DPORT("tcp", "80") "{\"%s\": null}") ", " RULE(
				       "b", DPORT("tcp", "80") DNAT(SERVER))),
			 verdicts[i]);
		assert_int_equal(import_parse_nft(text, &imported, &p), 0);
		CHECK(imported.rule[imported.rules - 1].forwards == (i < 2), "%s", verdicts[i]);
		CHECK(!imported.rule[imported.rules - 1].skipped == (i < 2), "%s", verdicts[i]);
		import_free(&imported);
	}
	/* A policy takes what the rules leave. */
	parsed(RULES("{\"chain\": {\"family\": \"ip\", \"table\": \"nat\", \"name\": \"a\", "
		     "\"type\": \"nat\", \"hook\": \"prerouting\", \"prio\": -100, "
		     "\"policy\": \"drop\"}}, " BASE("b", "0") ", " //
		     RULE("b", DPORT("tcp", "80") DNAT(SERVER))),
	       "[an earlier rule takes tcp/80: ip nat a] ip nat b: tcp dport 80 dnat to "
	       "192.168.11.20\n");
}

/* Conditions of a rule that takes, in nft's words. */
static void test_taken(void **state)
{
	static const struct {
		const char *match;
		bool takes;
	} cases[] = {
		{ DPORT("tcp", "80"), true },
		{ DPORT("tcp", "{\"set\": [22, {\"range\": [79, 81]}]}"), true },
		{ DPORT("udp", "80"), false },
		{ MATCH(PAYLOAD("ip", "saddr"), "\"10.0.0.1\""), false },
		{ MATCH(PAYLOAD("ip6", "saddr"), "\"fe80::1\""), false },
		{ MATCH(PAYLOAD("icmp", "type"), "\"echo-request\""), false },
		{ MATCH(PAYLOAD("tcp", "sport"), "80"), true },
		{ MATCH("{\"meta\": {\"key\": \"nfproto\"}}", "\"ipv6\""), false },
		{ MATCH("{\"meta\": {\"key\": \"mark\"}}", "1"), false },
		{ MATCH("{\"meta\": {\"key\": \"iifname\"}}", "\"eth0\""), true },
		{ MATCH("{\"meta\": {\"key\": \"iifname\"}}", "\"eth1\""), false },
		{ MATCH("{\"meta\": {\"key\": \"iifgroup\"}}", "\"lan\""), false },
		{ MATCH("{\"fib\": {\"result\": \"type\", \"flags\": \"daddr\"}}", "\"local\""),
		  true },
		{ MATCH("{\"ct\": {\"key\": \"state\"}}", "\"established\""), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct import imported = { .rule = NULL };
		struct problem p;
		char text[2048];

		snprintf(text, sizeof(text),
			 RULES(BASE("a", "-100") ", " RULE("a", "%s" END("accept")) ", " //
			       RULE("a", MATCH("{\"meta\": {\"key\": \"iifname\"}}", "\"eth0\"")
						 DPORT("tcp", "80") DNAT(SERVER))),
			 cases[i].match);
		assert_int_equal(import_parse_nft(text, &imported, &p), 0);
		assert_int_equal(imported.rules, 1);
		CHECK(!imported.rule[0].forwards == cases[i].takes, "%s: %s", cases[i].match,
		      imported.rule[0].skipped);
		import_free(&imported);
	}
}

/* When iptables-save has shown its own table, nft's view of that does not count. */
/* A packet that a map does not know goes on to the next rule, whatever the map's size. */
static void test_map_of_one(void **state)
{
	(void)state;
	parsed(RULES(BASE("pre", "-100") ", " RULE(
		       "pre", "{\"dnat\": {\"addr\": {\"map\": {\"key\": " //
		       PAYLOAD("tcp", "dport") ", \"data\": {\"set\": "
					       "[[80, " SERVER "]]}}}}}") ", " //
		     RULE("pre", DPORT("tcp", "443") DNAT(SERVER))),
	       "tcp/80=192.168.11.20 ip nat pre: dnat to tcp dport map { 80 : 192.168.11.20 }\n"
	       "tcp/443=192.168.11.20 ip nat pre: tcp dport 443 dnat to 192.168.11.20\n");
}

static void test_beside(void **state)
{
	(void)state;
	check_parsed(import_parse_nft_beside,
		     RULES(BASE("PREROUTING", "-100") ", " BASE("b", "0") ", " //
			   RULE("PREROUTING", "{\"xt\": null}") ", "	       //
			   RULE("b", DPORT("tcp", "80") DNAT(SERVER))),
		     "beside",
		     "tcp/80=192.168.11.20 ip nat b: tcp dport 80 dnat to "
		     "192.168.11.20\n");
}

static void test_sets_in_sets(void **state)
{
	(void)state;
	parsed(RULES("{\"set\": {\"family\": \"ip\", \"table\": \"nat\", \"name\": \"a\", "
		     "\"elem\": [\"@a\", \"@a\"]}}, " BASE("pre", "-100") ", " //
		     RULE("pre", DPORT("tcp", "\"@a\"") DNAT(SERVER))),
	       "[sets in sets] ip nat pre: tcp dport @a dnat to 192.168.11.20\n");
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"null",
		"[]",
		"{}",
		"nonsense",
		"{\"nftables\": {}}",
		"{\"nftables\": [{",
		"table ip nat {\n}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(import_parse_nft, PREROUTING(DPORT("tcp", "80") DNAT(SERVER)),
			      bad[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_miniupnpd),
		cmocka_unit_test(test_xt_without_names),
		cmocka_unit_test(test_other_versions),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_sources_of_a_jump),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sets_in_sets),
		cmocka_unit_test(test_base_chains),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_map_of_one),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
