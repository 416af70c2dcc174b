// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* dns_judge: each verdict, for one resolver and for several, and what is said about it. */
#include <arpa/inet.h>

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

/* clang-format off */
#define LIST(...) { __VA_ARGS__ }
#define MANY(what, server, public, resolvers, verdicts, all, says, next)                           \
	{ what, server, public, resolvers, verdicts, DNS_VERDICT_##all, says, next }
/* Of one resolver: its verdict is that of all. */
#define ONE(what, server, public, resolver, verdict, says, next)                                   \
	{ what, server, public, { resolver }, { DNS_VERDICT_##verdict }, DNS_VERDICT_##verdict,    \
	  says, next }
/* clang-format on */

static const struct judged cases[] = {
	ONE("healthy", SERVER, PUBLIC, SERVER " - -", SERVER, "reaches the server, " SERVER, ""),
	MANY("two of them", SERVER, PUBLIC, LIST(SERVER " - -", SERVER " - nx"),
	     LIST(V(SERVER), V(SERVER)), SERVER, "all resolvers alike", ""),
	ONE("both families", SERVER ",fd00::20", PUBLIC, SERVER " fd00::20 -", SERVER, SERVER, ""),
	ONE("IPv6 only", "fd00::20", "", "- fd00::20 -", SERVER, "fd00::20", ""),
	ONE("public", SERVER, PUBLIC, PUBLIC " - -", PUBLIC, "needs NAT loopback",
	    "on the router: natloopctl dns add a.example " SERVER),
	ONE("public, with AAAA", SERVER, PUBLIC, PUBLIC " " GLOBAL6 " -", PUBLIC, PUBLIC,
	    "dns add"),
	ONE("translated", SERVER, "!" PUBLIC, PUBLIC " - -", TRANSLATED,
	    "natloop leads to the server", ""),
	ONE("translated, with hints", SERVER, "!" PUBLIC, PUBLIC " - " PUBLIC, TRANSLATED, PUBLIC,
	    ""),
	ONE("leaking AAAA", SERVER, PUBLIC, SERVER " " GLOBAL6 " -", LEAKING_AAAA,
	    "prefers, with IPv6, the AAAA record's " GLOBAL6, "dns add"),
	ONE("leaking AAAA beside the server's", SERVER ",fd00::20", PUBLIC,
	    SERVER " fd00::20," GLOBAL6 " -", LEAKING_AAAA, GLOBAL6,
	    "dns add a.example " SERVER ",fd00::20"),
	ONE("translated, but AAAA", SERVER, "!" PUBLIC, PUBLIC " " GLOBAL6 " -", LEAKING_AAAA,
	    GLOBAL6, "dns add"),
	ONE("AAAA of another LAN host", SERVER ",fd00::20", PUBLIC, SERVER " fd00::21 -", ELSEWHERE,
	    "fd00::21", "dns add"),
	ONE("a global AAAA that is the server's", SERVER "," GLOBAL6, PUBLIC,
	    SERVER " " GLOBAL6 " -", SERVER, SERVER, ""),
	ONE("leaking hints", SERVER, PUBLIC, SERVER " - " PUBLIC, LEAKING_HTTPS, "hints " PUBLIC,
	    "dns add"),
	ONE("leaking target", SERVER, PUBLIC, SERVER " - >b.example", LEAKING_HTTPS,
	    "leads to b.example", "dns add"),
	ONE("no HTTPS in time", SERVER, PUBLIC, SERVER " - silent", SERVER, SERVER, ""),
	ONE("elsewhere", SERVER, PUBLIC, "198.51.100.7 - -", ELSEWHERE,
	    "goes to 198.51.100.7, which is neither", "dns add"),
	ONE("elsewhere, no server known", "", PUBLIC, "198.51.100.7 - -", ELSEWHERE, "198.51.100.7",
	    "dns check a.example --server ADDR"),
	ONE("blocked", SERVER, "", "0.0.0.0 - -", ELSEWHERE, "0.0.0.0", "dns add"),
	ONE("several", SERVER, PUBLIC, SERVER "," PUBLIC " - -", SEVERAL,
	    "any of " SERVER ", " PUBLIC, "dns add"),
	ONE("several, one translated", SERVER, "!" PUBLIC, PUBLIC "," SERVER " - -", SEVERAL,
	    "different places", "dns add"),
	MANY("rebind protection", SERVER, PUBLIC, LIST("- - -", SERVER " - -"),
	     LIST(V(REBIND_PROTECTION), V(SERVER)), REBIND_PROTECTION,
	     "(nothing), where 192.0.2.2 gives the server's private one",
	     "dns add a.example " SERVER " --resolver 192.0.2.1"),
	MANY("rebind protection by NXDOMAIN", SERVER, PUBLIC, LIST(SERVER " - -", "nx nx nx"),
	     LIST(V(SERVER), V(REBIND_PROTECTION)), REBIND_PROTECTION, "NXDOMAIN", "dns add"),
	MANY("rebind protection by REFUSED", SERVER, PUBLIC, LIST(SERVER " - -", "refused - -"),
	     LIST(V(SERVER), V(REBIND_PROTECTION)), REBIND_PROTECTION, "REFUSED", "dns add"),
	MANY("rebind protection, by class", "", "", LIST(SERVER " - -", "- - -"),
	     LIST(V(SERVER), V(REBIND_PROTECTION)), REBIND_PROTECTION, "rebind", "SERVER"),
	MANY("nothing, and nobody has a private address", SERVER, PUBLIC,
	     LIST("- - -", PUBLIC " - -"), LIST(V(NO_ADDRESS), V(PUBLIC)), DIFFERENT,
	     "gets no address: nothing", "dns add"),
	ONE("NXDOMAIN", SERVER, PUBLIC, "nx nx nx", NO_ADDRESS, "gets no address: NXDOMAIN",
	    "dns add"),
	ONE("an alias without address", SERVER, PUBLIC, "- - -", NO_ADDRESS, "nothing", "dns add"),
	ONE("SERVFAIL", SERVER, PUBLIC, "servfail servfail servfail", ERROR,
	    "an error for A: SERVFAIL", "dig @192.0.2.1 a.example A"),
	ONE("SERVFAIL of AAAA", SERVER, PUBLIC, SERVER " servfail -", ERROR, "AAAA: SERVFAIL",
	    "dig @192.0.2.1 a.example AAAA"),
	ONE("NXDOMAIN of AAAA", SERVER, PUBLIC, SERVER " nx -", ERROR, "AAAA: NXDOMAIN", "dig"),
	ONE("REFUSED, alone", SERVER, PUBLIC, "refused refused refused", ERROR, "REFUSED", "dig"),
	ONE("broken", SERVER, PUBLIC, "broken - -", ERROR, "not readable", "dig"),
	ONE("dead", SERVER, PUBLIC, "silent silent silent", NO_ANSWER, "no answer for A: time-out",
	    "dig @192.0.2.1 a.example A"),
	ONE("nobody listens", SERVER, PUBLIC, "unreached unreached unreached", NO_ANSWER,
	    "unreachable", "dig"),
	ONE("no A in time", SERVER ",fd00::20", PUBLIC, "silent fd00::20 -", NO_ANSWER,
	    "A: time-out", "dig"),
	ONE("no AAAA in time", SERVER, PUBLIC, SERVER " silent -", NO_ANSWER, "AAAA: time-out",
	    "dig"),
	MANY("the second is dead", SERVER, PUBLIC, LIST(SERVER " - -", "silent silent silent"),
	     LIST(V(SERVER), V(NO_ANSWER)), NO_ANSWER, "with 192.0.2.2 a LAN client gets no answer",
	     "dig @192.0.2.2"),
	MANY("the first is dead, the second public", SERVER, PUBLIC,
	     LIST("silent silent silent", PUBLIC " - -"), LIST(V(NO_ANSWER), V(PUBLIC)), PUBLIC,
	     "with 192.0.2.2", "dns add"),
	ONE("UDP only, nothing over TCP", SERVER, PUBLIC,
	    SERVER " - - / unreached unreached unreached", SERVER, SERVER, ""),
	ONE("public over TCP", SERVER, PUBLIC, SERVER " - - / " PUBLIC " - -", UDP_TCP_DIFFER,
	    "A " PUBLIC, "dns add"),
	ONE("translated over TCP", SERVER, "!" PUBLIC, SERVER " - - / " PUBLIC " - -", SERVER,
	    SERVER, ""),
	ONE("no such name over TCP", SERVER, PUBLIC, SERVER " - - / nx nx nx", UDP_TCP_DIFFER,
	    "A NXDOMAIN", "dns add"),
	ONE("AAAA over TCP", SERVER, PUBLIC, SERVER " - - / " SERVER " " GLOBAL6 " -",
	    UDP_TCP_DIFFER, "AAAA " GLOBAL6, "dns add"),
	ONE("TCP only", SERVER, PUBLIC, "silent silent silent / " SERVER " - -", UDP_TCP_DIFFER,
	    "A " SERVER, "dns add"),
	ONE("truncated", SERVER, PUBLIC, "T- - - / " SERVER " - -", SERVER, SERVER, ""),
	ONE("truncated, and no TCP", SERVER, PUBLIC, "T- - - / unreached unreached unreached",
	    NO_ANSWER, "unreachable", "dig"),
	ONE("truncated, public over TCP", SERVER, PUBLIC, "T" SERVER " - - / " PUBLIC " - -",
	    PUBLIC, PUBLIC, "dns add"),
	MANY("the second differs", SERVER, PUBLIC, LIST(SERVER " - -", PUBLIC " - -"),
	     LIST(V(SERVER), V(PUBLIC)), DIFFERENT, "with 192.0.2.2 a client goes to",
	     "natloopctl dns add a.example " SERVER " --resolver 192.0.2.2"),
	MANY("the second is translated", SERVER, "!" PUBLIC, LIST(SERVER " - -", PUBLIC " - -"),
	     LIST(V(SERVER), V(TRANSLATED)), DIFFERENT, "different answers",
	     "--resolver 192.0.2.2"),
	MANY("the first differs", SERVER, PUBLIC, LIST(PUBLIC " - -", SERVER " - -", SERVER " - -"),
	     LIST(V(PUBLIC), V(SERVER), V(SERVER)), DIFFERENT, "with 192.0.2.1 a client goes",
	     "--resolver 192.0.2.1"),
	ONE("private, nothing known", "", "", SERVER " - -", SERVER, SERVER, ""),
	ONE("ULA, nothing known", "", "", "- fd00::20 -", SERVER, "fd00::20", ""),
	ONE("global, nothing known", "", "", PUBLIC " - -", PUBLIC, PUBLIC,
	    "natloopctl dns add a.example SERVER"),
	ONE("a carrier's", "", "", "100.64.1.1 - -", ELSEWHERE, "100.64.1.1", "--server ADDR"),
	MANY("two private ones, nothing known", "", "", LIST(SERVER " - -", "192.168.11.30 - -"),
	     LIST(V(SERVER), V(SERVER)), DIFFERENT, "192.168.11.30", "SERVER"),
	ONE("another private one", SERVER, "", "192.168.11.30 - -", ELSEWHERE, "192.168.11.30",
	    "dns add"),
	ONE("a private public address", SERVER, "172.16.16.1", "172.16.16.1 - -", PUBLIC,
	    "172.16.16.1", "dns add"),
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
	parse_address("::1", &resolver[0].addr);
	assert_non_null(strstr(remarks(&c, text, sizeof(text)), "only this machine"));
	resolver[0].on_way = true;
	assert_non_null(strstr(remarks(&c, text, sizeof(text)), "on the way"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(sentences),
		cmocka_unit_test(remarks_are_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
