// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * doctor_judge: each line of the table of verdicts as what is changed in healthy facts, on the
 * router and on a client; and that no fact may be missing for a definite verdict.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "address.h"
#include "dns_verdict_text.h"
#include "doctor_verdict.h"
#include "unit.h"
#include "util.h"

#define SERVER "192.168.11.20"
#define GATEWAY "192.168.11.1"
#define PUBLIC "203.0.113.1"
#define OTHER "203.0.113.99"
#define CARRIER "100.64.0.7"

/* By index of the services of RustDesk. */
enum {
	ID,
	NAT,
	RELAY,
	ALL,
};

static struct doctor_facts facts;
static struct doctor_report report;

static struct natloop_addr addr(const char *text)
{
	return address_from_v4(inet_addr(text));
}

static void set(enum doctor_at at, int which, enum probe_result result)
{
	for (int i = 0; i < ALL; i++)
		if (which == ALL || which == i)
			facts.service[i].at[at].result = result;
}

static void healthy_common(enum doctor_vantage vantage)
{
	memset(&facts, 0, sizeof(facts));
	doctor_report_free(&report);
	facts.vantage = vantage;
	facts.server = addr(SERVER);
	facts.public = addr(PUBLIC);
	assert_int_equal(doctor_add_rustdesk(facts.service, &facts.services, DOCTOR_BASE), 0);
	facts.server_on_link = DOCTOR_YES;
	facts.server_resolves = DOCTOR_YES;
	for (int i = 0; i < ALL; i++)
		for (int at = 0; at < DOCTOR_ATS; at++) {
			facts.service[i].at[at].kind = facts.service[i].kind;
			facts.service[i].at[at].address =
				at == DOCTOR_AT_PUBLIC ? facts.public : facts.server;
		}
	set(DOCTOR_AT_SERVER, ALL, PROBE_OK);
}

static void healthy_router(void)
{
	healthy_common(DOCTOR_ROUTER);
	facts.server_is_own = DOCTOR_NO;
	facts.wan = addr(PUBLIC);
	facts.public_is_own = DOCTOR_YES;
	facts.forwarding = DOCTOR_YES;
	facts.attached = DOCTOR_YES;
	facts.snat_public = DOCTOR_YES;
	facts.flows_known = DOCTOR_YES;
	set(DOCTOR_AT_SERVER_FROM_PUBLIC, ALL, PROBE_OK);
	for (int i = 0; i < ALL; i++) {
		facts.service[i].forwarded = DOCTOR_YES;
		facts.service[i].reflected = DOCTOR_YES;
		facts.service[i].rules = DOCTOR_RULES_NONE;
		facts.service[i].listened = DOCTOR_NO;
	}
}

static void healthy_client(void)
{
	healthy_common(DOCTOR_CLIENT);
	facts.gateway = addr(GATEWAY);
	set(DOCTOR_AT_PUBLIC, ALL, PROBE_OK);
}

static void named(enum dns_verdict verdict, const char *address)
{
	strcpy(facts.name, "rustdesk.example.com");
	facts.dns_asked = DOCTOR_YES;
	facts.dns = verdict;
	if (address)
		facts.dns_address = addr(address);
}

static void no_natloop(enum doctor_rules rules)
{
	facts.attached = DOCTOR_NO;
	facts.snat_public = DOCTOR_NOT_KNOWN;
	facts.flows_known = DOCTOR_NOT_KNOWN;
	for (int i = 0; i < ALL; i++) {
		facts.service[i].reflected = DOCTOR_NO;
		facts.service[i].rules = rules;
	}
}

static void not_forwarded(int which)
{
	for (int i = 0; i < ALL; i++)
		if (which == ALL || which == i)
			facts.service[i].forwarded = DOCTOR_NO;
}

/* Of the carrier: the router has its address, clients dial the public one. */
static void behind_nat(void)
{
	facts.wan = addr(CARRIER);
	facts.public_is_own = DOCTOR_NO;
}

static void expect(const char *what, enum doctor_verdict_id wanted, const char *word)
{
	struct doctor_verdict v;

	doctor_judge(&facts, &report, &v);
	if (v.id != wanted || !strstr(v.sentence, word))
		fail_msg("%s: wanted %s with '%s', got %s: %s", what, doctor_verdict_name(wanted),
			 word, doctor_verdict_name(v.id), v.sentence);
	if (!*v.next && doctor_verdict_status(v.id))
		fail_msg("%s: no next step: %s", what, v.sentence);
}

static void expect_next(const char *what, const char *words)
{
	struct doctor_verdict v;

	doctor_judge(&facts, &report, &v);
	if (!strstr(v.next, words))
		fail_msg("%s: wanted '%s', the next step is: %s", what, words, v.next);
}

#define EXPECT(what, id, word) expect(what, DOCTOR_VERDICT_##id, word)

/* What is wrong at the server is so from both places. */
static void server(void **state)
{
	void (*const healthy[])(void) = { healthy_router, healthy_client };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(healthy); i++) {
		healthy[i]();
		EXPECT("healthy", HEALTHY, "healthy");
		set(DOCTOR_AT_PUBLIC, ALL, PROBE_SILENT);
		set(DOCTOR_AT_SERVER, ALL, PROBE_REFUSED);
		EXPECT("all refused", SERVER_DOWN, SERVER);
		set(DOCTOR_AT_SERVER, ID, PROBE_OK);
		EXPECT("some refused", PORT_REFUSED, "tcp/21116+21115");
		set(DOCTOR_AT_SERVER, ALL, PROBE_OTHER);
		EXPECT("another service", OTHER_SERVICE, "udp/21116");
		set(DOCTOR_AT_SERVER, ALL, PROBE_OK);
		set(DOCTOR_AT_SERVER, ID, PROBE_SILENT);
		set(DOCTOR_AT_SERVER, NAT, PROBE_SILENT);
		facts.service[NAT].at[DOCTOR_AT_SERVER].connected = true;
		EXPECT("hangs", OTHER_SERVICE, "says nothing: its service hangs");
		facts.service[NAT].at[DOCTOR_AT_SERVER].connected = false;
		EXPECT("silent", SERVER_FIREWALL, "no answer at all");
		set(DOCTOR_AT_SERVER, ALL, PROBE_FAILED);
		set(DOCTOR_AT_SERVER, NAT, PROBE_SILENT);
		facts.service[ID].at[DOCTOR_AT_SERVER].error = EPERM;
		EXPECT("a filter here", UNKNOWN, "own rules stop the questions");
		set(DOCTOR_AT_SERVER, ALL, PROBE_UNREACHABLE);
		facts.service[ID].at[DOCTOR_AT_SERVER].error = EHOSTUNREACH;
		EXPECT("rejects", SERVER_FIREWALL, "refused by ICMP");
		set(DOCTOR_AT_SERVER, ALL, PROBE_SILENT);
		EXPECT("silent, with ARP", SERVER_FIREWALL, "firewall");
		facts.server_resolves = DOCTOR_NO;
		EXPECT("silent, without ARP", SERVER_ABSENT, "nobody");
		set(DOCTOR_AT_SERVER, NAT, PROBE_UNREACHABLE);
		EXPECT("unreachable, without ARP", SERVER_ABSENT, "nobody");
		facts.server_resolves = DOCTOR_NOT_KNOWN;
		EXPECT("silent, ARP is not known", UNKNOWN, "whether there is a host");
		set(DOCTOR_AT_SERVER, NAT, PROBE_OK);
		EXPECT("only UDP is silent", SERVER_FIREWALL, "udp/21116");
		facts.server_on_link = DOCTOR_NO;
		facts.server_resolves = DOCTOR_NO;
		set(DOCTOR_AT_SERVER, ALL, PROBE_SILENT);
		EXPECT("silent behind a router", UNKNOWN, "whether there is a host");
	}
}

static void loopback(void **state)
{
	(void)state;
	healthy_router();
	no_natloop(DOCTOR_RULES_NONE);
	EXPECT("no loopback", NAT_LOOPBACK, PUBLIC);
	facts.outside = DOCTOR_NO;
	EXPECT("fails outside, too", FORWARD_MISSING, "from outside, too");
	facts.outside = DOCTOR_NOT_KNOWN;
	facts.service[NAT].listened = DOCTOR_YES;
	EXPECT("a listener on the router", ROUTER_ANSWERS, "tcp/21116");
	healthy_router();
	no_natloop(DOCTOR_RULES_HALF);
	EXPECT("half a hairpin by rules", HALF_HAIRPIN, "half");
	no_natloop(DOCTOR_RULES_WHOLE);
	EXPECT("a hairpin by rules", HEALTHY, PUBLIC);
	no_natloop(DOCTOR_RULES_NOT_KNOWN);
	EXPECT("rules are not known", UNKNOWN, "not known");
	healthy_router();
	strcpy(facts.lan, "eth2");
	strcpy(facts.served, "eth2");
	EXPECT("which LANs", HEALTHY, "inside the LAN on eth2, ");
	no_natloop(DOCTOR_RULES_NONE);
	strcpy(facts.lans, "eth1 eth2");
	expect_next("all LANs", "natloopctl attach eth1 eth2");
	healthy_router();
	facts.service[ID].reflected = DOCTOR_NO;
	EXPECT("natloop has TCP only", UDP_FORWARD_MISSING, "udp/21116");
	facts.service[NAT].reflected = DOCTOR_NO;
	EXPECT("natloop has neither", NAT_LOOPBACK, "tcp/21116");
}

/* No forward of the relay is known, and a rule that is not understood may have it. */
static void guessed_port(void **state)
{
	(void)state;
	healthy_router();
	facts.service[RELAY].guessed = true;
	EXPECT("a good guess", HEALTHY, "healthy");
	set(DOCTOR_AT_SERVER, RELAY, PROBE_REFUSED);
	facts.service[RELAY].forwarded = DOCTOR_NOT_KNOWN;
	EXPECT("refused at a guessed port", UNKNOWN, "not all of the router's rules");
}

static void gateway(void **state)
{
	(void)state;
	healthy_router();
	set(DOCTOR_AT_SERVER_FROM_PUBLIC, ALL, PROBE_SILENT);
	EXPECT("gateway", WRONG_GATEWAY, "gateway");
	no_natloop(DOCTOR_RULES_NONE);
	EXPECT("gateway, without natloop", WRONG_GATEWAY, "gateway");
	healthy_router();
	set(DOCTOR_AT_SERVER_FROM_PUBLIC, ALL, PROBE_SILENT);
	facts.snat_public = DOCTOR_NO;
	EXPECT("gateway, --snat router", HEALTHY, "healthy");
	facts.snat_public = DOCTOR_YES;
	set(DOCTOR_AT_SERVER_FROM_PUBLIC, ALL, PROBE_NOT_ASKED);
	EXPECT("gateway not asked", UNKNOWN, "come back");
	facts.flows_half = 3;
	EXPECT("half flows only", WRONG_GATEWAY, "gateway");
	facts.flows_whole = 1;
	EXPECT("some have answers", HEALTHY, "healthy");
	set(DOCTOR_AT_SERVER, ALL, PROBE_NOT_ASKED);
	set(DOCTOR_AT_SERVER_FROM_PUBLIC, ALL, PROBE_SILENT);
	EXPECT("not asked from the LAN", UNKNOWN, "could not be asked");
}

static void forwards(void **state)
{
	(void)state;
	healthy_router();
	not_forwarded(ALL);
	EXPECT("no forward", FORWARD_MISSING, "not forwarded");
	facts.outside = DOCTOR_YES;
	EXPECT("no forward, and works outside", UNKNOWN, "no rule");
	healthy_router();
	not_forwarded(ID);
	EXPECT("UDP forward", UDP_FORWARD_MISSING, "udp/21116");
	facts.outside = DOCTOR_YES;
	EXPECT("UDP forward, and TCP works outside", UDP_FORWARD_MISSING, "udp/21116");
	healthy_router();
	not_forwarded(RELAY);
	EXPECT("one TCP forward", FORWARD_MISSING, "tcp/21117");
	facts.service[RELAY].listened = DOCTOR_YES;
	EXPECT("docker-proxy", ROUTER_ANSWERS, "tcp/21117");
	facts.outside = DOCTOR_YES;
	EXPECT("docker-proxy that leads to the server", UNKNOWN, "docker-proxy");
	healthy_router();
	facts.outside = DOCTOR_NO;
	EXPECT("all there, and fails outside", FORWARD_MISSING, "blocks");
	healthy_router();
	facts.service[ID].forwarded = DOCTOR_NOT_KNOWN;
	EXPECT("forwards not known", UNKNOWN, "rules forward");
	facts.outside = DOCTOR_YES;
	EXPECT("forwards not known, works outside", HEALTHY, "healthy");
}

static void double_nat(void **state)
{
	(void)state;
	healthy_router();
	behind_nat();
	EXPECT("CGNAT", DOUBLE_NAT, CARRIER);
	facts.outside = DOCTOR_YES;
	EXPECT("the outer router forwards", HEALTHY, "healthy");
	healthy_router();
	behind_nat();
	named(DNS_VERDICT_ELSEWHERE, OTHER);
	EXPECT("CGNAT by name", DOUBLE_NAT, OTHER);
	healthy_router();
	facts.wan = facts.public = addr("172.16.16.1");
	EXPECT("a private WAN address alone", HEALTHY, "172.16.16.1");
	healthy_router();
	facts.public_is_own = DOCTOR_NO;
	EXPECT("another router's address", UNKNOWN, "--outside");
}

static void names(void **state)
{
	static const struct {
		enum dns_verdict dns;
		enum doctor_verdict_id wanted;
	} each[] = {
		{ DNS_VERDICT_TRANSLATED, DOCTOR_VERDICT_HEALTHY },
		{ DNS_VERDICT_PUBLIC, DOCTOR_VERDICT_HEALTHY },
		{ DNS_VERDICT_SERVER, DOCTOR_VERDICT_HEALTHY },
		{ DNS_VERDICT_DIFFERENT, DOCTOR_VERDICT_RESOLVERS_DIFFER },
		{ DNS_VERDICT_SEVERAL, DOCTOR_VERDICT_RESOLVERS_DIFFER },
		{ DNS_VERDICT_REBIND_PROTECTION, DOCTOR_VERDICT_REBIND_PROTECTION },
		{ DNS_VERDICT_NO_ADDRESS, DOCTOR_VERDICT_NO_ADDRESS },
		{ DNS_VERDICT_LEAKING_HTTPS, DOCTOR_VERDICT_HTTPS_RECORD },
		{ DNS_VERDICT_ELSEWHERE, DOCTOR_VERDICT_STALE_DNS },
		{ DNS_VERDICT_NO_ANSWER, DOCTOR_VERDICT_UNKNOWN },
		{ DNS_VERDICT_ERROR, DOCTOR_VERDICT_UNKNOWN },
	};
	void (*const healthy[])(void) = { healthy_router, healthy_client };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(healthy); k++)
		for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
			healthy[k]();
			named(each[i].dns, OTHER);
			expect(dns_verdict_name(each[i].dns), each[i].wanted, "");
		}
	healthy_router();
	named(DNS_VERDICT_ELSEWHERE, OTHER);
	facts.outside = DOCTOR_YES;
	EXPECT("a CDN in front", UNKNOWN, "CDN");
	healthy_router();
	named(DNS_VERDICT_NO_ADDRESS, NULL);
	expect_next("the name itself", "dns check rustdesk.example.com");
	named(DNS_VERDICT_PUBLIC, PUBLIC);
	facts.dns_asked = DOCTOR_NO;
	EXPECT("a name, not asked", UNKNOWN, "where the name leads");
	no_natloop(DOCTOR_RULES_NONE);
	named(DNS_VERDICT_NO_ANSWER, PUBLIC);
	EXPECT("no loopback, if it is needed", UNKNOWN, "where the name leads");
	healthy_router();
	named(DNS_VERDICT_PUBLIC, PUBLIC);
	facts.dns_v6.w[0] = htonl(0x20010db8);
	facts.v6_way = DOCTOR_YES;
	EXPECT("AAAA", IPV6, "2001:db8::");
	facts.v6_way = DOCTOR_NO;
	EXPECT("AAAA that nobody can use", HEALTHY, "");
	facts.v6_way = DOCTOR_NOT_KNOWN;
	EXPECT("AAAA, not known", UNKNOWN, "IPv6");
	healthy_router();
	no_natloop(DOCTOR_RULES_NONE);
	named(DNS_VERDICT_SERVER, SERVER);
	EXPECT("the cure is DNS", HEALTHY, "straight");
}

static void cures(void **state)
{
	(void)state;
	healthy_router();
	named(DNS_VERDICT_SERVER, SERVER);
	facts.flows_whole = 2;
	EXPECT("names and flows", MIXED_CURES, "2 flows");
	named(DNS_VERDICT_DIFFERENT, SERVER);
	EXPECT("some names and flows", MIXED_CURES, "2 flows");
	healthy_router();
	doctor_add(&report, "programs", DOCTOR_PROBLEM, "eth1", "do", "foreign");
	EXPECT("an obstacle", OBSTACLE, "eth1: foreign");
	doctor_add(&report, "other-hairpin", DOCTOR_PROBLEM, "tcp/1", "do", "reflect");
	EXPECT("rules reflect", OTHER_HAIRPIN, "tcp/1: reflect");
	doctor_add(&report, "mixed-cures", DOCTOR_PROBLEM, "a.example", "do", "mixed");
	EXPECT("two cures", MIXED_CURES, "a.example: mixed");
	doctor_add(&report, "ip-forward", DOCTOR_PROBLEM, "eth1", "do", "off");
	facts.forwarding = DOCTOR_NO;
	set(DOCTOR_AT_SERVER, ALL, PROBE_SILENT);
	EXPECT("nothing is forwarded", OBSTACLE, "eth1: off");
	healthy_router();
	facts.forwarding = DOCTOR_NO;
	EXPECT("forwarding, without its check", UNKNOWN, "");
	healthy_router();
	doctor_add(&report, "loopback", DOCTOR_PROBLEM, "tcp/1", "do", "what no fact says");
	EXPECT("a problem is never healthy", OBSTACLE, "tcp/1");
	facts.interrupted = true;
	EXPECT("and decides nothing where facts are missing", UNKNOWN, "interrupted");
	healthy_router();
	doctor_add(&report, "rp-filter", DOCTOR_WARNING, "eth1", "", "strict");
	doctor_add(&report, "rules", DOCTOR_UNKNOWN, "", "", "not known");
	EXPECT("warnings", HEALTHY, "healthy");
}

static void own_server(void **state)
{
	(void)state;
	healthy_router();
	facts.server_is_own = DOCTOR_YES;
	EXPECT("server is router", SERVER_IS_ROUTER, "no NAT loopback");
	facts.forwarding = DOCTOR_NO;
	EXPECT("server is router, which forwards nothing", SERVER_IS_ROUTER, "no NAT loopback");
	set(DOCTOR_AT_SERVER, ALL, PROBE_REFUSED);
	EXPECT("server is router, and down", SERVER_DOWN, SERVER);
	set(DOCTOR_AT_SERVER, ALL, PROBE_NOT_ASKED);
	EXPECT("server is router, not asked", UNKNOWN, "could not be asked");
}

static void client(void **state)
{
	(void)state;
	healthy_client();
	set(DOCTOR_AT_PUBLIC, ALL, PROBE_SILENT);
	EXPECT("silent", LOOPBACK_OR_FORWARD, "NAT loopback");
	facts.outside = DOCTOR_YES;
	EXPECT("silent, works outside", NAT_LOOPBACK, "NAT loopback");
	facts.outside = DOCTOR_NO;
	EXPECT("silent, fails outside", FORWARD_MISSING, "outside, too");
	facts.outside = DOCTOR_NOT_KNOWN;
	set(DOCTOR_AT_SERVER, ALL, PROBE_NOT_ASKED);
	EXPECT("silent, server not known", UNKNOWN, "--server");
	healthy_client();
	set(DOCTOR_AT_PUBLIC, ID, PROBE_SILENT);
	EXPECT("UDP silent", UDP_FORWARD_MISSING, "udp/21116");
	EXPECT("UDP silent, of either cause", UDP_FORWARD_MISSING, "not reflected to the LAN");
	set(DOCTOR_AT_PUBLIC, RELAY, PROBE_REFUSED);
	EXPECT("one TCP port", FORWARD_MISSING, "21117");
	set(DOCTOR_AT_PUBLIC, ALL, PROBE_REFUSED);
	EXPECT("RST, of whom is not known", UNKNOWN, "a stranger's");
	facts.outside = DOCTOR_YES;
	EXPECT("RST, works outside", ROUTER_ANSWERS, "router itself");
	facts.outside = DOCTOR_NOT_KNOWN;
	facts.gateway_answers = DOCTOR_YES;
	EXPECT("RST", ROUTER_ANSWERS, "router itself");
	facts.outside = DOCTOR_NO;
	EXPECT("RST, fails outside", FORWARD_MISSING, "outside, too");
	set(DOCTOR_AT_SERVER, ALL, PROBE_NOT_ASKED);
	EXPECT("RST, fails outside, server not known", UNKNOWN, "--server");
	healthy_client();
	facts.outside = DOCTOR_YES;
	set(DOCTOR_AT_PUBLIC, ID, PROBE_SILENT);
	EXPECT("UDP silent, works outside", NAT_LOOPBACK, "udp/21116");
	healthy_client();
	set(DOCTOR_AT_PUBLIC, ALL, PROBE_SILENT);
	set(DOCTOR_AT_PUBLIC, ID, PROBE_OK);
	facts.service[ID].at[DOCTOR_AT_PUBLIC].answered_by = addr(SERVER);
	EXPECT("answers from the server's address", HALF_HAIRPIN, "half");
	facts.service[ID].at[DOCTOR_AT_PUBLIC].answered_by = addr(GATEWAY);
	EXPECT("answers from the router's address", ROUTER_ANSWERS, "another address than was");
	facts.server = addr(GATEWAY);
	EXPECT("which is the server's", ROUTER_ANSWERS, "another address than was asked");
	memset(&facts.server, 0, sizeof(facts.server));
	EXPECT("the server is not known", ROUTER_ANSWERS, "another address than was asked");
	healthy_client();
	facts.service[NAT].at[DOCTOR_AT_PUBLIC].seen = 4000;
	facts.service[NAT].at[DOCTOR_AT_PUBLIC].seen2 = 4001;
	EXPECT("symmetric", SYMMETRIC, "symmetric");
	healthy_client();
	set(DOCTOR_AT_SERVER, ALL, PROBE_SILENT);
	EXPECT("public works, server silent", UNKNOWN, "said to be the server");
	healthy_client();
	set(DOCTOR_AT_SERVER, ALL, PROBE_NOT_ASKED);
	EXPECT("public works, server not asked", HEALTHY, PUBLIC);
	set(DOCTOR_AT_PUBLIC, ALL, PROBE_CANCELLED);
	EXPECT("nothing asked", UNKNOWN, "could not be asked");
	healthy_client();
	set(DOCTOR_AT_PUBLIC, ALL, PROBE_SILENT);
	named(DNS_VERDICT_SERVER, SERVER);
	EXPECT("the cure is DNS", HEALTHY, "straight");
}

/* Nothing is known: of whatever there is no fact, there is no verdict. */
static void missing(void **state)
{
	struct doctor_facts whole;

	(void)state;
	memset(&facts, 0, sizeof(facts));
	doctor_report_free(&report);
	EXPECT("no facts on the router", UNKNOWN, "--server");
	facts.vantage = DOCTOR_CLIENT;
	EXPECT("no facts on a client", UNKNOWN, "");
	healthy_router();
	facts.interrupted = true;
	EXPECT("interrupted", UNKNOWN, "interrupted");
	healthy_router();
	whole = facts;
	set(DOCTOR_AT_SERVER, ALL, PROBE_CANCELLED);
	EXPECT("cancelled", UNKNOWN, "could not be asked");
	facts = whole;
	memset(&facts.public, 0, sizeof(facts.public));
	EXPECT("no public address", UNKNOWN, "public one");
	facts = whole;
	facts.attached = DOCTOR_NOT_KNOWN;
	for (int i = 0; i < ALL; i++)
		facts.service[i].reflected = DOCTOR_NOT_KNOWN;
	EXPECT("natloop not known", UNKNOWN, "packets of the LAN");
	facts = whole;
	facts.services = 0;
	EXPECT("no services", UNKNOWN, "which server");
	facts = whole;
	facts.server_is_own = DOCTOR_NOT_KNOWN;
	EXPECT("own addresses not known", UNKNOWN, "addresses and settings");
}

/* A plain UDP service need not answer what it does not know. */
static void plain_udp(void **state)
{
	struct problem p;

	(void)state;
	healthy_client();
	facts.services = 0;
	assert_int_equal(doctor_add_port(facts.service, &facts.services, "tcp+udp/53", &p), 0);
	assert_int_equal(facts.services, 2);
	for (size_t i = 0; i < 2; i++)
		for (int at = 0; at < DOCTOR_ATS; at++) {
			facts.service[i].at[at].kind = facts.service[i].kind;
			facts.service[i].at[at].result =
				facts.service[i].kind == PROBE_UDP ? PROBE_SILENT : PROBE_OK;
		}
	EXPECT("UDP is silent everywhere", HEALTHY, "healthy");
	assert_int_equal(doctor_add_port(facts.service, &facts.services, "tcp/1-20", &p), -EINVAL);
	assert_int_equal(doctor_add_port(facts.service, &facts.services, "tcp/x", &p), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server),     cmocka_unit_test(loopback),
		cmocka_unit_test(gateway),    cmocka_unit_test(forwards),
		cmocka_unit_test(double_nat), cmocka_unit_test(names),
		cmocka_unit_test(cures),      cmocka_unit_test(own_server),
		cmocka_unit_test(client),     cmocka_unit_test(missing),
		cmocka_unit_test(plain_udp),  cmocka_unit_test(guessed_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
