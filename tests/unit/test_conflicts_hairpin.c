// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rules of others that reflect a forward, too: which are found, and what is advised. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "conflicts_hairpin.h"
#include "fixture.h"
#include "forward_text.h"
#include "settings.h"
#include "util.h"

static struct natloop_forward forward(const char *spec)
{
	static struct settings s;
	struct problem p;

	s.forwards = 0;
	CHECK(!forward_parse(spec, &s, &p), "%s: %s", spec, p.what);
	return s.forward[0];
}

static __u32 host_order(const char *text)
{
	struct in_addr addr;

	assert_int_equal(inet_pton(AF_INET, text, &addr), 1);
	return ntohl(addr.s_addr);
}

/* The rule of source NAT that is found for the LAN 192.168.11.0/24 on @lan; "" if none. To be
 * freed. */
static char *find(const struct import_ruleset *sets, size_t count, const char *spec,
		  const char *lan, char *remedy, size_t size)
{
	const struct natloop_forward f = forward(spec);
	const struct hairpin_question question = {
		.forward = &f,
		.public = host_order("172.16.16.1"),
		.input = lan,
		.clients = { host_order("192.168.11.0"), host_order("192.168.11.255") },
		.output = lan,
	};
	struct hairpin_answer answer;

	if (!hairpin_find(sets, count, &question, &answer))
		return strdup("");
	hairpin_remedy(&answer, remedy, size);
	return strdup(answer.snat->text);
}

static void check_iptables(const char *rules, const char *wanted)
{
	struct import_ruleset set _cleanup_ruleset_ = { .source = IMPORT_IPTABLES };
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *got = NULL;
	char remedy[320] = "";
	struct problem p;

	assert_true(asprintf(&text, "*nat\n%s\nCOMMIT\n", rules) > 0);
	assert_int_equal(import_ruleset_iptables(text, &set, &p), 0);
	got = find(&set, 1, "tcp/443=192.168.11.20:8443", "eth1", remedy, sizeof(remedy));
	CHECK(!strcmp(got, wanted), "%s:\n got    \"%s\"\n wanted \"%s\"", rules, got, wanted);
}

#define DNAT                                                                                       \
	"-A PREROUTING -d 172.16.16.1/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination "      \
	"192.168.11.20:8443\n"
#define FOUND(rule) check_iptables(DNAT rule, rule)
#define NOT_FOUND(rule) check_iptables(DNAT rule, "")

static void source_nat(void **state)
{
	(void)state;
	NOT_FOUND("");
	NOT_FOUND("-A POSTROUTING -o eth0 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -s 192.168.11.0/24 -o eth0 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -s 192.168.11.0/24 ! -d 192.168.0.0/16 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -s 192.168.12.0/24 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -d 192.168.11.30/32 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -d 192.168.11.20/32 -p udp -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -d 192.168.11.20/32 -p tcp -m tcp --dport 443 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -s 192.168.11.20/32 -d 192.168.11.20/32 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -m mark --mark 0x1 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE");
	NOT_FOUND("-A POSTROUTING ! -o eth1 -j MASQUERADE");
	FOUND("-A POSTROUTING -j MASQUERADE");
	FOUND("-A POSTROUTING ! -o eth0 -j MASQUERADE");
	FOUND("-A POSTROUTING -o eth+ -j MASQUERADE");
	FOUND("-A POSTROUTING -s 192.168.11.0/24 -o eth1 -j SNAT --to-source 192.168.11.1");
	FOUND("-A POSTROUTING -s 192.168.0.0/16 -d 192.168.11.20/32 -p tcp -m tcp --dport 8443 -j "
	      "MASQUERADE");
	FOUND("-A POSTROUTING -s 192.168.11.7/32 -o eth1 -j MASQUERADE");
	FOUND("-A POSTROUTING ! -s 10.0.0.0/8 -o eth1 -j MASQUERADE");
	FOUND("-A POSTROUTING -d 192.168.11.20/32 -p tcp -m multiport --dports 80,8443 -j "
	      "MASQUERADE");
}

static void rules_before(void **state)
{
	static const char masquerade[] = "-A POSTROUTING -o eth1 -j MASQUERADE";
	static const struct {
		const char *before;
		bool found;
	} cases[] = {
		{ "-A POSTROUTING -s 192.168.11.0/24 -d 192.168.11.0/24 -j ACCEPT\n", false },
		{ "-A POSTROUTING -s 192.168.11.0/24 -d 192.168.11.0/24 -j RETURN\n", false },
		{ "-A POSTROUTING -d 192.168.11.20/32 -p tcp -j ACCEPT\n", false },
		{ "-A POSTROUTING -d 192.168.11.20/32 -p udp -j ACCEPT\n", true },
		{ "-A POSTROUTING -s 192.168.11.5/32 -j ACCEPT\n", true },
		{ "-A POSTROUTING -m mark --mark 0x1 -j ACCEPT\n", true },
		{ "-A POSTROUTING -j x\n-A x -j RETURN\n", true },
		{ "-A POSTROUTING -j x\n-A x -j ACCEPT\n", false },
		{ "-A POSTROUTING -g x\n-A x -p udp -j ACCEPT\n", false },
		{ "-A POSTROUTING -s 192.168.11.5/32 -j x\n-A x -j ACCEPT\n", true },
		{ "-A POSTROUTING -j x\n-A x -j x\n", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *rules = NULL;

		assert_true(asprintf(&rules, "%s%s%s", DNAT, cases[i].before, masquerade) > 0);
		check_iptables(rules, cases[i].found ? masquerade : "");
	}
}

#define MASQUERADE "-A POSTROUTING -o eth1 -j MASQUERADE"
#define TO "-p tcp -m tcp --dport 443 -j DNAT --to-destination 192.168.11.20:8443\n"

static void destination_nat(void **state)
{
	static const struct {
		const char *rule;
		bool found;
	} cases[] = {
		{ "", false },
		{ "-A PREROUTING -i eth0 " TO, false },
		{ "-A PREROUTING ! -i eth1 " TO, false },
		{ "-A PREROUTING -d 172.16.16.2/32 " TO, false },
		{ "-A PREROUTING -s 203.0.113.0/24 " TO, false },
		{ "-A PREROUTING -m set --match-set x src " TO, false },
		{ "-A PREROUTING -p udp -m udp --dport 443 -j DNAT --to-destination "
		  "192.168.11.20\n",
		  false },
		{ "-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination "
		  "192.168.11.30\n-A PREROUTING " TO,
		  false },
		{ "-A PREROUTING -j DOCKER\n-A DOCKER -i eth1 -j RETURN\n-A DOCKER " TO, false },
		{ "-A PREROUTING " TO, true },
		{ "-A PREROUTING -i eth1 " TO, true },
		{ "-A PREROUTING ! -i eth0 " TO, true },
		{ "-A PREROUTING -m addrtype --dst-type LOCAL " TO, true },
		{ "-A PREROUTING -d 172.16.16.1/32 -j x\n-A x " TO, true },
		{ "-A PREROUTING -p tcp -m multiport --dports 80,443 -j DNAT --to-destination "
		  "192.168.11.20\n",
		  true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *rules = NULL;

		assert_true(asprintf(&rules, "%s%s", cases[i].rule, MASQUERADE) > 0);
		check_iptables(rules, cases[i].found ? MASQUERADE : "");
	}
}

/* The fixture @name with the forward @spec, dialled by a client of @lan. */
static void check_nft(const char *name, const char *spec, const char *lan, const char *wanted)
{
	struct import_ruleset set _cleanup_ruleset_ = { .source = IMPORT_NFT };
	_cleanup_free_ char *text = read_fixture(name);
	_cleanup_free_ char *got = NULL;
	char remedy[320] = "";
	struct problem p;

	assert_int_equal(import_ruleset_nft(text, &set, &p), 0);
	got = find(&set, 1, spec, lan, remedy, sizeof(remedy));
	check_text(spec, remedy, wanted);
	assert_int_equal(!*got, !*wanted);
}

static void nftables(void **state)
{
	(void)state;
	check_nft("fw4.json", "tcp/21115-21117=192.168.11.20", "br-lan",
		  "set option reflection '0' in redirect 'RustDesk' of /etc/config/firewall");
	check_nft("fw4.json", "tcp/21115-21117=192.168.11.20", "eth1", "");
	/* Its source NAT is not there. */
	check_nft("fw4.json", "tcp/8443=192.168.11.30:443", "br-lan", "");
	check_nft("fw4.json", "udp/21116=192.168.11.20", "br-lan", "");
	check_nft("docker.json", "tcp/8080=192.0.2.2:80", "eth1", "");
	check_nft("docker-xt.json", "tcp/8080=172.17.0.2:80", "eth1", "");
	check_nft("hairpin.json", "tcp/443=192.168.11.20", "eth1",
		  "delete this rule of nft ('nft -a list ruleset' has its handle): ip nat "
		  "lan: ip saddr { 10.0.0.0-10.0.0.9, 192.168.11.0/24 } masquerade");
	check_nft("hairpin.json", "tcp/80=192.168.11.20", "eth1",
		  "delete this rule of nft ('nft -a list ruleset' has its handle): ip nat "
		  "lan: ip saddr { 10.0.0.0-10.0.0.9, 192.168.11.0/24 } masquerade");
	check_nft("hairpin.json", "tcp/443=192.168.11.20", "eth2", "");
	check_nft("hairpin.json", "udp/53=192.168.11.20", "eth1", "");
}

#define META(key, op, value)                                                                       \
	"{\"match\":{\"op\":\"" op "\",\"left\":{\"meta\":{\"key\":\"" key                         \
	"\"}},\"right\":\"" value "\"}},"
#define NFT_CHAIN(name, prio, hook)                                                                \
	"{\"chain\":{\"family\":\"ip\",\"table\":\"nat\",\"name\":\"" name                         \
	"\",\"type\":\"nat\",\"hook\":\"" hook "\",\"prio\":" prio "}},"
#define NFT_RULE(chain, expr)                                                                      \
	"{\"rule\":{\"family\":\"ip\",\"table\":\"nat\",\"chain\":\"" chain "\",\"handle\":9,"     \
	"\"expr\":[" expr "]}}"

/* Source NAT by the interface that packets came by: iifname in postrouting. */
static void input_behind_routing(void **state)
{
	static const struct {
		const char *match;
		bool found;
	} cases[] = {
		{ META("iifname", "==", "eth1") META("oifname", "==", "eth1"), true },
		{ META("iifname", "==", "eth1"), true },
		{ META("iifname", "!=", "eth0"), true },
		{ META("iifname", "==", "eth2") META("oifname", "==", "eth1"), false },
		{ META("iifname", "!=", "eth1"), false },
		{ META("iifname", "==", "eth1") META("oifname", "==", "eth0"), false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct import_ruleset set _cleanup_ruleset_ = { .source = IMPORT_NFT };
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *got = NULL;
		char remedy[320] = "";
		struct problem p;

		assert_true(
			asprintf(
				&text,
				"{\"nftables\":[" NFT_CHAIN("pre", "-100", "prerouting")
					NFT_CHAIN("post", "100", "postrouting") NFT_RULE(
						"pre",
						"{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{"
						"\"protocol\":\"tcp\",\"field\":\"dport\"}},"
						"\"right\":443}},{\"dnat\":{\"addr\":"
						"\"192.168.11.20\"}}") "," NFT_RULE("post",
										    "%s{"
										    "\"masquerade\""
										    ":null}") "]}",
				cases[i].match) > 0);
		assert_int_equal(import_ruleset_nft(text, &set, &p), 0);
		got = find(&set, 1, "tcp/443=192.168.11.20", "eth1", remedy, sizeof(remedy));
		CHECK(!!*got == cases[i].found, "%s: got \"%s\"", cases[i].match, got);
	}
}

static void remedies(void **state)
{
	static const struct {
		const char *snat;
		bool legacy;
		const char *remedy;
	} cases[] = {
		{ MASQUERADE, false, "iptables-nft -t nat -D POSTROUTING -o eth1 -j MASQUERADE" },
		{ MASQUERADE, true, "iptables-legacy -t nat -D POSTROUTING -o eth1 -j MASQUERADE" },
		{ "-A POSTROUTING -j MASQUERADE", true,
		  "give this rule of iptables-legacy the uplink's interface (-o): -A POSTROUTING "
		  "-j MASQUERADE" },
		{ "-A POSTROUTING ! -o eth0 -j MASQUERADE", false,
		  "give this rule of iptables-nft the uplink's interface (-o): -A POSTROUTING ! -o "
		  "eth0 -j MASQUERADE" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct import_ruleset set[2] = { { .source = IMPORT_NFT },
						 { .legacy = cases[i].legacy } };
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *got = NULL;
		char remedy[320] = "";
		struct problem p;

		assert_true(asprintf(&text, "*nat\n%s%s\nCOMMIT\n", DNAT, cases[i].snat) > 0);
		assert_int_equal(import_ruleset_iptables(text, &set[1], &p), 0);
		/* Whoever has the destination's rule, another may have the source's. */
		got = find(set, 2, "tcp/443=192.168.11.20:8443", "eth1", remedy, sizeof(remedy));
		check_text(cases[i].snat, remedy, cases[i].remedy);
		import_ruleset_free(&set[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(source_nat),		cmocka_unit_test(rules_before),
		cmocka_unit_test(destination_nat),	cmocka_unit_test(nftables),
		cmocka_unit_test(input_behind_routing), cmocka_unit_test(remedies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
