// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dns_judge: each verdict, for one resolver and for several, and what is said about it; and the
 * words of 'dns check'.
 */
#include <arpa/inet.h>

#include "dns_check_words.h"
#include "dns_verdict_text.h"
#include "unit.h"
#include "util.h"

#define SERVER "192.168.11.20"
#define PUBLIC "203.0.113.1"
#define GLOBAL6 "2001:db8::1"
#define MOST 3

/*
 * A resolver is the replies to A, AAAA and HTTPS, and behind a slash those over TCP, if they are
 * others: addresses, ">name" a target, or a word; "T" before it: truncated.
 */
struct judged {
	const char *what;
	const char *server, *public; /* a "!" before it: natloop translates */
	const char *resolver[MOST];
	enum dns_verdict wanted[MOST], all;
	const char *says; /* of all */
	const char *next;
};

#define V(name) DNS_VERDICT_##name

static const struct judged cases[] = {
	{ "healthy",
	  SERVER,
	  PUBLIC,
	  { SERVER " - -" },
	  { V(SERVER) },
	  V(SERVER),
	  "reaches the server, " SERVER,
	  "" },
	{ "two of them",
	  SERVER,
	  PUBLIC,
	  { SERVER " - -", SERVER " - nx" },
	  { V(SERVER), V(SERVER) },
	  V(SERVER),
	  "all resolvers alike",
	  "" },
	{ "both families",
	  SERVER ",fd00::20",
	  PUBLIC,
	  { SERVER " fd00::20 -" },
	  { V(SERVER) },
	  V(SERVER),
	  SERVER,
	  "" },
	{ "IPv6 only",
	  "fd00::20",
	  "",
	  { "- fd00::20 -" },
	  { V(SERVER) },
	  V(SERVER),
	  "fd00::20",
	  "" },
	{ "public",
	  SERVER,
	  PUBLIC,
	  { PUBLIC " - -" },
	  { V(PUBLIC) },
	  V(PUBLIC),
	  "needs NAT loopback",
	  "on the router: natloopctl dns add a.example " SERVER },
	{ "public, with AAAA",
	  SERVER,
	  PUBLIC,
	  { PUBLIC " " GLOBAL6 " -" },
	  { V(PUBLIC) },
	  V(PUBLIC),
	  PUBLIC,
	  "dns add" },
	{ "translated",
	  SERVER,
	  "!" PUBLIC,
	  { PUBLIC " - -" },
	  { V(TRANSLATED) },
	  V(TRANSLATED),
	  "natloop leads to the server",
	  "" },
	{ "translated, with hints",
	  SERVER,
	  "!" PUBLIC,
	  { PUBLIC " - " PUBLIC },
	  { V(TRANSLATED) },
	  V(TRANSLATED),
	  PUBLIC,
	  "" },
	{ "leaking AAAA",
	  SERVER,
	  PUBLIC,
	  { SERVER " " GLOBAL6 " -" },
	  { V(LEAKING_AAAA) },
	  V(LEAKING_AAAA),
	  "prefers, with IPv6, the AAAA record's " GLOBAL6,
	  "dns add" },
	{ "leaking AAAA beside the server's",
	  SERVER ",fd00::20",
	  PUBLIC,
	  { SERVER " fd00::20," GLOBAL6 " -" },
	  { V(LEAKING_AAAA) },
	  V(LEAKING_AAAA),
	  GLOBAL6,
	  "dns add a.example " SERVER ",fd00::20" },
	{ "translated, but AAAA",
	  SERVER,
	  "!" PUBLIC,
	  { PUBLIC " " GLOBAL6 " -" },
	  { V(LEAKING_AAAA) },
	  V(LEAKING_AAAA),
	  GLOBAL6,
	  "dns add" },
	{ "AAAA of another LAN host",
	  SERVER ",fd00::20",
	  PUBLIC,
	  { SERVER " fd00::21 -" },
	  { V(ELSEWHERE) },
	  V(ELSEWHERE),
	  "fd00::21",
	  "dns add" },
	{ "a global AAAA that is the server's",
	  SERVER "," GLOBAL6,
	  PUBLIC,
	  { SERVER " " GLOBAL6 " -" },
	  { V(SERVER) },
	  V(SERVER),
	  SERVER,
	  "" },
	{ "leaking hints",
	  SERVER,
	  PUBLIC,
	  { SERVER " - " PUBLIC },
	  { V(LEAKING_HTTPS) },
	  V(LEAKING_HTTPS),
	  "hints " PUBLIC,
	  "dns add" },
	{ "leaking target",
	  SERVER,
	  PUBLIC,
	  { SERVER " - >b.example" },
	  { V(LEAKING_HTTPS) },
	  V(LEAKING_HTTPS),
	  "leads to b.example",
	  "dns add" },
	{ "no HTTPS in time",
	  SERVER,
	  PUBLIC,
	  { SERVER " - silent" },
	  { V(SERVER) },
	  V(SERVER),
	  SERVER,
	  "" },
	{ "elsewhere",
	  SERVER,
	  PUBLIC,
	  { "198.51.100.7 - -" },
	  { V(ELSEWHERE) },
	  V(ELSEWHERE),
	  "goes to 198.51.100.7, which is neither",
	  "dns add" },
	{ "elsewhere, no server known",
	  "",
	  PUBLIC,
	  { "198.51.100.7 - -" },
	  { V(ELSEWHERE) },
	  V(ELSEWHERE),
	  "198.51.100.7",
	  "dns check a.example --server ADDR" },
	{ "blocked",
	  SERVER,
	  "",
	  { "0.0.0.0 - -" },
	  { V(ELSEWHERE) },
	  V(ELSEWHERE),
	  "0.0.0.0",
	  "dns add" },
	{ "several",
	  SERVER,
	  PUBLIC,
	  { SERVER "," PUBLIC " - -" },
	  { V(SEVERAL) },
	  V(SEVERAL),
	  "any of " SERVER ", " PUBLIC,
	  "dns add" },
	{ "several, one translated",
	  SERVER,
	  "!" PUBLIC,
	  { PUBLIC "," SERVER " - -" },
	  { V(SEVERAL) },
	  V(SEVERAL),
	  "different places",
	  "dns add" },
	{ "rebind protection",
	  SERVER,
	  PUBLIC,
	  { "- - -", SERVER " - -" },
	  { V(REBIND_PROTECTION), V(SERVER) },
	  V(REBIND_PROTECTION),
	  "(nothing), where 192.0.2.2 gives the server's private one",
	  "dns add a.example " SERVER " --resolver 192.0.2.1" },
	{ "rebind protection by NXDOMAIN",
	  SERVER,
	  PUBLIC,
	  { SERVER " - -", "nx nx nx" },
	  { V(SERVER), V(REBIND_PROTECTION) },
	  V(REBIND_PROTECTION),
	  "NXDOMAIN",
	  "dns add" },
	{ "rebind protection by REFUSED",
	  SERVER,
	  PUBLIC,
	  { SERVER " - -", "refused - -" },
	  { V(SERVER), V(REBIND_PROTECTION) },
	  V(REBIND_PROTECTION),
	  "REFUSED",
	  "dns add" },
	{ "rebind protection, by class",
	  "",
	  "",
	  { SERVER " - -", "- - -" },
	  { V(SERVER), V(REBIND_PROTECTION) },
	  V(REBIND_PROTECTION),
	  "rebind",
	  "SERVER" },
	{ "nothing, and nobody has a private address",
	  SERVER,
	  PUBLIC,
	  { "- - -", PUBLIC " - -" },
	  { V(NO_ADDRESS), V(PUBLIC) },
	  V(DIFFERENT),
	  "gets no address: nothing",
	  "dns add" },
	{ "NXDOMAIN",
	  SERVER,
	  PUBLIC,
	  { "nx nx nx" },
	  { V(NO_ADDRESS) },
	  V(NO_ADDRESS),
	  "gets no address: NXDOMAIN",
	  "dns add" },
	{ "an alias without address",
	  SERVER,
	  PUBLIC,
	  { "- - -" },
	  { V(NO_ADDRESS) },
	  V(NO_ADDRESS),
	  "nothing",
	  "dns add" },
	{ "SERVFAIL",
	  SERVER,
	  PUBLIC,
	  { "servfail servfail servfail" },
	  { V(ERROR) },
	  V(ERROR),
	  "an error for A: SERVFAIL",
	  "dig @192.0.2.1 a.example A" },
	{ "SERVFAIL of AAAA",
	  SERVER,
	  PUBLIC,
	  { SERVER " servfail -" },
	  { V(ERROR) },
	  V(ERROR),
	  "AAAA: SERVFAIL",
	  "dig @192.0.2.1 a.example AAAA" },
	{ "NXDOMAIN of AAAA",
	  SERVER,
	  PUBLIC,
	  { SERVER " nx -" },
	  { V(ERROR) },
	  V(ERROR),
	  "AAAA: NXDOMAIN",
	  "dig" },
	{ "REFUSED, alone",
	  SERVER,
	  PUBLIC,
	  { "refused refused refused" },
	  { V(ERROR) },
	  V(ERROR),
	  "REFUSED",
	  "dig" },
	{ "broken",
	  SERVER,
	  PUBLIC,
	  { "broken - -" },
	  { V(ERROR) },
	  V(ERROR),
	  "not readable",
	  "dig" },
	{ "dead",
	  SERVER,
	  PUBLIC,
	  { "silent silent silent" },
	  { V(NO_ANSWER) },
	  V(NO_ANSWER),
	  "no answer for A: time-out",
	  "dig @192.0.2.1 a.example A" },
	{ "nobody listens",
	  SERVER,
	  PUBLIC,
	  { "unreached unreached unreached" },
	  { V(NO_ANSWER) },
	  V(NO_ANSWER),
	  "unreachable",
	  "dig" },
	{ "no A in time",
	  SERVER ",fd00::20",
	  PUBLIC,
	  { "silent fd00::20 -" },
	  { V(NO_ANSWER) },
	  V(NO_ANSWER),
	  "A: time-out",
	  "dig" },
	{ "no AAAA in time",
	  SERVER,
	  PUBLIC,
	  { SERVER " silent -" },
	  { V(NO_ANSWER) },
	  V(NO_ANSWER),
	  "AAAA: time-out",
	  "dig" },
	{ "the second is dead",
	  SERVER,
	  PUBLIC,
	  { SERVER " - -", "silent silent silent" },
	  { V(SERVER), V(NO_ANSWER) },
	  V(NO_ANSWER),
	  "with 192.0.2.2 a LAN client gets no answer",
	  "dig @192.0.2.2" },
	{ "the first is dead, the second public",
	  SERVER,
	  PUBLIC,
	  { "silent silent silent", PUBLIC " - -" },
	  { V(NO_ANSWER), V(PUBLIC) },
	  V(PUBLIC),
	  "with 192.0.2.2",
	  "dns add" },
	{ "UDP only, nothing over TCP",
	  SERVER,
	  PUBLIC,
	  { SERVER " - - / unreached unreached unreached" },
	  { V(SERVER) },
	  V(SERVER),
	  SERVER,
	  "" },
	{ "public over TCP",
	  SERVER,
	  PUBLIC,
	  { SERVER " - - / " PUBLIC " - -" },
	  { V(UDP_TCP_DIFFER) },
	  V(UDP_TCP_DIFFER),
	  "A " PUBLIC,
	  "dns add" },
	{ "translated over TCP",
	  SERVER,
	  "!" PUBLIC,
	  { SERVER " - - / " PUBLIC " - -" },
	  { V(SERVER) },
	  V(SERVER),
	  SERVER,
	  "" },
	{ "no such name over TCP",
	  SERVER,
	  PUBLIC,
	  { SERVER " - - / nx nx nx" },
	  { V(UDP_TCP_DIFFER) },
	  V(UDP_TCP_DIFFER),
	  "A NXDOMAIN",
	  "dns add" },
	{ "AAAA over TCP",
	  SERVER,
	  PUBLIC,
	  { SERVER " - - / " SERVER " " GLOBAL6 " -" },
	  { V(UDP_TCP_DIFFER) },
	  V(UDP_TCP_DIFFER),
	  "AAAA " GLOBAL6,
	  "dns add" },
	{ "TCP only",
	  SERVER,
	  PUBLIC,
	  { "silent silent silent / " SERVER " - -" },
	  { V(UDP_TCP_DIFFER) },
	  V(UDP_TCP_DIFFER),
	  "A " SERVER,
	  "dns add" },
	{ "truncated",
	  SERVER,
	  PUBLIC,
	  { "T- - - / " SERVER " - -" },
	  { V(SERVER) },
	  V(SERVER),
	  SERVER,
	  "" },
	{ "truncated, and no TCP",
	  SERVER,
	  PUBLIC,
	  { "T- - - / unreached unreached unreached" },
	  { V(NO_ANSWER) },
	  V(NO_ANSWER),
	  "unreachable",
	  "dig" },
	{ "truncated, public over TCP",
	  SERVER,
	  PUBLIC,
	  { "T" SERVER " - - / " PUBLIC " - -" },
	  { V(PUBLIC) },
	  V(PUBLIC),
	  PUBLIC,
	  "dns add" },
	{ "the second differs",
	  SERVER,
	  PUBLIC,
	  { SERVER " - -", PUBLIC " - -" },
	  { V(SERVER), V(PUBLIC) },
	  V(DIFFERENT),
	  "with 192.0.2.2 a client goes to",
	  "natloopctl dns add a.example " SERVER " --resolver 192.0.2.2" },
	{ "the second is translated",
	  SERVER,
	  "!" PUBLIC,
	  { SERVER " - -", PUBLIC " - -" },
	  { V(SERVER), V(TRANSLATED) },
	  V(DIFFERENT),
	  "different answers",
	  "--resolver 192.0.2.2" },
	{ "the first differs",
	  SERVER,
	  PUBLIC,
	  { PUBLIC " - -", SERVER " - -", SERVER " - -" },
	  { V(PUBLIC), V(SERVER), V(SERVER) },
	  V(DIFFERENT),
	  "with 192.0.2.1 a client goes",
	  "--resolver 192.0.2.1" },
	{ "private, nothing known",
	  "",
	  "",
	  { SERVER " - -" },
	  { V(SERVER) },
	  V(SERVER),
	  SERVER,
	  "" },
	{ "ULA, nothing known",
	  "",
	  "",
	  { "- fd00::20 -" },
	  { V(SERVER) },
	  V(SERVER),
	  "fd00::20",
	  "" },
	{ "global, nothing known",
	  "",
	  "",
	  { PUBLIC " - -" },
	  { V(PUBLIC) },
	  V(PUBLIC),
	  PUBLIC,
	  "natloopctl dns add a.example SERVER" },
	{ "a carrier's",
	  "",
	  "",
	  { "100.64.1.1 - -" },
	  { V(ELSEWHERE) },
	  V(ELSEWHERE),
	  "100.64.1.1",
	  "--server ADDR" },
	{ "two private ones, nothing known",
	  "",
	  "",
	  { SERVER " - -", "192.168.11.30 - -" },
	  { V(SERVER), V(SERVER) },
	  V(DIFFERENT),
	  "192.168.11.30",
	  "SERVER" },
	{ "another private one",
	  SERVER,
	  "",
	  { "192.168.11.30 - -" },
	  { V(ELSEWHERE) },
	  V(ELSEWHERE),
	  "192.168.11.30",
	  "dns add" },
	{ "a private public address",
	  SERVER,
	  "172.16.16.1",
	  { "172.16.16.1 - -" },
	  { V(PUBLIC) },
	  V(PUBLIC),
	  "172.16.16.1",
	  "dns add" },
};

static void parse_address(const char *text, struct natloop_addr *ret)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		*ret = address_from_v4(v4.s_addr);
	else
		assert_int_equal(inet_pton(AF_INET6, text, ret), 1);
}

static size_t parse_list(const char *list, struct natloop_addr *ret)
{
	char copy[256], *rest = copy, *word;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", list);
	while ((word = strsep(&rest, ",")))
		if (*word)
			parse_address(word, &ret[count++]);
	return count;
}

static void parse_reply(const char *word, struct dns_response *ret)
{
	static const struct {
		const char *word;
		enum dns_outcome outcome;
		unsigned int rcode;
	} words[] = {
		{ "-", DNS_EMPTY, 0 },		 { "nx", DNS_NXDOMAIN, 3 },
		{ "servfail", DNS_ERROR, 2 },	 { "refused", DNS_ERROR, 5 },
		{ "silent", DNS_SILENT, 0 },	 { "unreached", DNS_UNREACHED, 0 },
		{ "broken", DNS_UNREADABLE, 0 },
	};

	memset(ret, 0, sizeof(*ret));
	ret->truncated = *word == 'T';
	word += ret->truncated;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].word, word) != 0)
			continue;
		ret->outcome = words[i].outcome;
		ret->rcode = words[i].rcode;
		return;
	}
	ret->outcome = DNS_RECORDS;
	if (*word == '>')
		snprintf(ret->target, sizeof(ret->target), "%s", word + 1);
	else
		ret->addresses = (unsigned int)parse_list(word, ret->address);
}

static void parse_resolver(const char *text, struct dns_resolver *ret)
{
	char copy[256], *tcp, *rest;

	snprintf(copy, sizeof(copy), "%s", text);
	tcp = strstr(copy, " / ");
	if (tcp) {
		*tcp = '\0';
		tcp += 3;
	}
	for (int over = 0; over < DNS_OVERS; over++) {
		if (over == DNS_TCP && !tcp) {
			memcpy(ret->reply[DNS_TCP], ret->reply[DNS_UDP],
			       sizeof(ret->reply[DNS_TCP]));
			continue;
		}
		rest = over == DNS_TCP ? tcp : copy;
		for (int kind = 0; kind < DNS_KINDS; kind++)
			parse_reply(strsep(&rest, " "), &ret->reply[over][kind]);
	}
}

static struct dns_resolver resolver[MOST];
static struct dns_finding each[MOST];

static struct dns_check judge(const struct judged *j)
{
	struct dns_check c = { .name = "a.example", .resolver = resolver, .each = each };
	bool translated = *j->public == '!';

	memset(resolver, 0, sizeof(resolver));
	c.world.servers = parse_list(j->server, c.world.server);
	c.world.publics = parse_list(j->public + translated, c.world.public);
	c.world.translated[0] = translated;
	for (; c.count < MOST && j->resolver[c.count]; c.count++) {
		char name[] = "192.0.2.1";

		name[8] = (char)('1' + c.count);
		parse_address(name, &resolver[c.count].addr);
		parse_resolver(j->resolver[c.count], &resolver[c.count]);
	}
	dns_judge(&c.world, resolver, c.count, each, &c.all);
	return c;
}

static void verdicts(void **state)
{
	bool had[DNS_VERDICT_COUNT] = { false };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct judged *j = &cases[i];
		struct dns_check c = judge(j);

		for (size_t n = 0; n < c.count; n++) {
			CHECK(each[n].verdict == j->wanted[n], "%s: %zu: %s, wanted %s", j->what, n,
			      dns_verdict_name(each[n].verdict), dns_verdict_name(j->wanted[n]));
			CHECK(each[n].resolver == n, "%s: %zu", j->what, n);
		}
		CHECK(c.all.verdict == j->all, "%s: all: %s, wanted %s", j->what,
		      dns_verdict_name(c.all.verdict), dns_verdict_name(j->all));
		had[c.all.verdict] = true;
	}
	for (int v = 0; v < DNS_VERDICT_COUNT; v++)
		CHECK(had[v], "no case of %s", dns_verdict_name(v));
}

static void sentences(void **state)
{
	char text[2 * DNS_SENTENCE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dns_check c = judge(&cases[i]);

		dns_overall_text(&c, text, sizeof(text));
		CHECK(strstr(text, cases[i].says), "%s: '%s' is not in '%s'", cases[i].what,
		      cases[i].says, text);
		dns_next_step(&c, text, sizeof(text));
		CHECK(!*text == dns_verdict_good(c.all.verdict), "%s: next is '%s'", cases[i].what,
		      text);
		CHECK(strstr(text, cases[i].next), "%s: '%s' is not in '%s'", cases[i].what,
		      cases[i].next, text);
	}
}

/* All remarks on the first resolver of a case, in one text. */
static const char *remarks(const struct dns_check *c, char *buf, size_t size)
{
	char one[DNS_SENTENCE_MAX];

	*buf = '\0';
	for (size_t n = 0; dns_remark(c, 0, n, one, sizeof(one)); n++)
		snprintf(buf + strlen(buf), size - strlen(buf), "%s\n", one);
	return buf;
}

static void remarks_are_made(void **state)
{
	static const struct judged udp_only = {
		"", SERVER, PUBLIC, { SERVER " - - / silent silent silent" }, { 0 }, 0, "", ""
	};
	static const struct judged mixed = {
		"", SERVER, "!" PUBLIC, { SERVER " - - / " PUBLIC " - -" }, { 0 }, 0, "", ""
	};
	static const struct judged guessed = { "", "", "", { SERVER " - -" }, { 0 }, 0, "", "" };
	static const struct judged plain = { "", SERVER, "", { SERVER " - -" }, { 0 }, 0, "", "" };
	char text[4096];
	struct dns_check c = judge(&udp_only);

	(void)state;
	check_text("UDP only", remarks(&c, text, sizeof(text)),
		   "192.0.2.1: does not answer over TCP; clients need that only for truncated "
		   "answers\n");
	c = judge(&mixed);
	assert_non_null(strstr(remarks(&c, text, sizeof(text)), "mixing both breaks"));
	c = judge(&guessed);
	assert_non_null(strstr(remarks(&c, text, sizeof(text)), "private address; --server"));
	c = judge(&plain);
	check_text("plain", remarks(&c, text, sizeof(text)), "");
	parse_address("127.0.0.53", &resolver[0].addr);
	assert_non_null(strstr(remarks(&c, text, sizeof(text)), "systemd-resolved"));
	parse_address("127.0.0.1", &resolver[0].addr);
	assert_non_null(strstr(remarks(&c, text, sizeof(text)), "only this machine"));
	resolver[0].on_way = true;
	assert_non_null(strstr(remarks(&c, text, sizeof(text)), "on the way"));
}

static void names(void **state)
{
	static const char *const bad[] = { "",
					   ".",
					   "a..b",
					   "a b",
					   "*.a.b",
					   "a.b..",
					   "192.168.11.20",
					   "-a.b",
					   "m\xc3\xbcll.example" };
	char ret[HOSTNAME_MAX] = "x", longest[HOSTNAME_MAX + 8];
	struct problem p;

	(void)state;
	assert_int_equal(dns_check_name("RustDesk.Example.com.", ret, NULL), 0);
	check_text("name", ret, "rustdesk.example.com");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&p, 0, sizeof(p));
		CHECK(dns_check_name(bad[i], ret, &p) < 0, "'%s' was taken", bad[i]);
		check_usage(bad[i], &p, *bad[i] ? bad[i] : "name");
		check_text(bad[i], ret, "rustdesk.example.com");
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 49; i < sizeof(longest) - 1; i += 50)
		longest[i] = '.';
	assert_true(dns_check_name(longest, ret, &p) < 0);
	longest[253] = '.';
	longest[254] = '\0';
	longest[249] = 'a';
	assert_int_equal(dns_check_name(longest, ret, &p), 0);
	assert_int_equal(strlen(ret), 253);
}

static void lists(void **state)
{
	static const char *const bad[] = {
		"",	     "192.168.11.1,", "192.168.11.1:53", "fe80::1",
		"ff02::1",   "0.0.0.0",	      "224.0.0.1",	 "::",
		"localhost", "[fd00::1]",     "192.168.011.1"
	};
	struct natloop_addr ret[2];
	struct problem p;

	(void)state;
	assert_int_equal(dns_check_addresses("--x", "127.0.0.53,fd00::1,127.0.0.53", ret, 2, &p),
			 2);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&p, 0, sizeof(p));
		CHECK(dns_check_addresses("--x", bad[i], ret, 2, &p) < 0, "'%s' was taken", bad[i]);
		CHECK(p.usage && *p.what && *p.remedy && !strncmp(p.object, "--x ", 4), "%s: '%s'",
		      bad[i], p.object);
	}
	assert_true(dns_check_addresses("--x", "10.0.0.1,10.0.0.2,10.0.0.3", ret, 2, &p) < 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(sentences),
		cmocka_unit_test(remarks_are_made),
		cmocka_unit_test(names),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
