// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "flow_filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "address.h"
#include "unit.h"
#include "util.h"

#define MAX_WORDS 8

/* One word each, separated by blanks. */
static int parse(const char *typed, struct flow_filter *ret, struct problem *p)
{
	char *argv[MAX_WORDS];
	char copy[256];
	char *rest = NULL;
	char *word;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", typed);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(argc < MAX_WORDS);
		argv[argc++] = word;
	}
	return flow_filter_parse(argc, argv, ret, p);
}

/* 192.168.11.2:40000 -> 172.16.16.1:21116, seen by 192.168.11.20:21117 as 10.9.9.9:40002 */
static struct flow_view sample(void)
{
	struct flow_view flow = { .proto = IPPROTO_TCP, .state = "established" };

	flow.to_server.src = address_from_v4(inet_addr("192.168.11.2"));
	flow.to_server.sport = htons(40000);
	flow.to_server.dst = address_from_v4(inet_addr("172.16.16.1"));
	flow.to_server.dport = htons(21116);
	flow.to_client.src = address_from_v4(inet_addr("192.168.11.20"));
	flow.to_client.sport = htons(21117);
	flow.to_client.dst = address_from_v4(inet_addr("10.9.9.9"));
	flow.to_client.dport = htons(40002);
	return flow;
}

static void matching(void **state)
{
	static const struct {
		const char *words;
		bool matches;
	} cases[] = {
		{ "", true },
		{ "proto=tcp", true },
		{ "proto=udp", false },
		{ "state=established", true },
		{ "state=closing", false },
		{ "client=192.168.11.2", true },
		{ "client=192.168.11.2:40000", true },
		{ "client=192.168.11.2:40001", false },
		{ "client=192.168.11.3", false },
		{ "client=172.16.16.1", false },
		{ "public=172.16.16.1", true },
		{ "public=172.16.16.1:21116", true },
		{ "public=172.16.16.1:21117", false },
		{ "server=192.168.11.20", true },
		{ "server=192.168.11.20:21117", true },
		{ "server=192.168.11.20:21116", false },
		{ "snat=10.9.9.9", true },
		{ "snat=10.9.9.9:40002", true },
		{ "snat=10.9.9.9:40000", false },
		{ "proto=tcp client=192.168.11.2 server=192.168.11.20 state=established", true },
		{ "proto=tcp client=192.168.11.2 server=192.168.11.21", false },
		{ "state=established proto=udp", false },
	};
	struct flow_view flow = sample();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct flow_filter filter;
		struct problem p;

		CHECK(!parse(cases[i].words, &filter, &p), "%s: %s", cases[i].words, p.what);
		CHECK(flow_filter_match(&filter, &flow) == cases[i].matches, "%s", cases[i].words);
		CHECK(flow_filter_is_empty(&filter) == !*cases[i].words, "%s: empty",
		      cases[i].words);
	}
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *words;
		const char *object;
	} cases[] = {
		{ "udp", "udp" },
		{ "proto=", "proto=" },
		{ "proto=icmp", "proto=icmp" },
		{ "proto=tcp proto=tcp", "proto=tcp" },
		{ "state=dead", "state=dead" },
		{ "state=udp state=closing", "state=closing" },
		{ "port=5", "port=5" },
		{ "=x", "=x" },
		{ "clientclientclientclient=192.168.11.2",
		  "clientclientclientclient=192.168.11.2" },
		{ "client=", "client=" },
		{ "client=host", "client=host" },
		{ "client=192.168.11.2:", "client=192.168.11.2:" },
		{ "client=192.168.11.2:0", "client=192.168.11.2:0" },
		{ "client=192.168.11.2:65536", "client=192.168.11.2:65536" },
		{ "client=192.168.11.2:040", "client=192.168.11.2:040" },
		{ "client=:5", "client=:5" },
		{ "client=fd00::2", "client=fd00::2" },
		{ "client=192.168.11.2 client=192.168.11.3", "client=192.168.11.3" },
		{ "proto=tcp server=x", "server=x" },
	};
	static const struct flow_filter before = { .proto = 99 };
	struct flow_filter filter = before;
	struct problem p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(parse(cases[i].words, &filter, &p) == -EINVAL, "\"%s\" was taken",
		      cases[i].words);
		check_usage(cases[i].words, &p, cases[i].object);
		CHECK(filter.proto == 99, "\"%s\" touched the filter", cases[i].words);
	}
}

static void ends(void **state)
{
	static const struct {
		enum flow_end end;
		const char *text;
	} cases[] = {
		{ FLOW_CLIENT, "192.168.11.2:40000" },
		{ FLOW_PUBLIC, "172.16.16.1:21116" },
		{ FLOW_SERVER, "192.168.11.20:21117" },
		{ FLOW_SNAT, "10.9.9.9:40002" },
	};
	struct flow_view flow = sample();
	char text[ADDRESS_TEXT_MAX];
	size_t i;

	(void)state;
	_Static_assert(ARRAY_SIZE(cases) == FLOW_END_COUNT, "every end");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct natloop_addr *addr;
		__be16 port;

		addr = flow_end(&flow, cases[i].end, &port);
		check_text("end", address_format_port(addr, port, text, sizeof(text)),
			   cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matching),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
