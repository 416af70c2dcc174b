// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines of [lan]: what they mean for a client, and that they survive being written. */
#include "lan_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "address.h"
#include "lookup.h"
#include "same_settings.h"
#include "unit.h"
#include "util.h"

static struct settings s;

static void add(const char *who, const char *value)
{
	struct problem p;

	CHECK(!lan_rule_parse(who, value, &s, &p), "%s = %s: %s: %s", who, value, p.object, p.what);
}

/* May @client, on interface number 1 of that name, dial @port, by the rules of @s? */
static bool allowed(const char *client, const char *interface, __u8 proto, __u16 port)
{
	static struct natloop_config config;
	struct natloop_tuple tuple = { .dport = htons(port), .proto = proto };

	config.rules = (__u32)s.rules;
	for (size_t i = 0; i < s.rules; i++) {
		config.rule[i] = s.rule[i];
		if (*s.rule_interface[i])
			config.rule[i].ifindex = strcmp(s.rule_interface[i], interface) ? 2 : 1;
	}
	assert_int_equal(address_parse(client, &tuple.src, NULL), 0);
	return lookup_allowed(&config, 1, &tuple);
}

static void what_lines_mean(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	CHECK(allowed("192.168.11.2", "eth1", IPPROTO_TCP, 443), "no rule, and denied");
	add("192.168.13.7", "allow");
	add("br-guest", "allow tcp/443, udp/5000-5010");
	add("10.8.0.0/24", "deny tcp+udp/53");
	add("eth3", "deny");

	CHECK(allowed("192.168.13.7", "br-guest", IPPROTO_TCP, 80), "the first line decides");
	CHECK(allowed("192.168.13.8", "br-guest", IPPROTO_TCP, 443), "a port that is allowed");
	CHECK(allowed("192.168.13.8", "br-guest", IPPROTO_UDP, 5010), "the end of a range");
	CHECK(!allowed("192.168.13.8", "br-guest", IPPROTO_UDP, 5011), "beyond the range");
	CHECK(!allowed("192.168.13.8", "br-guest", IPPROTO_UDP, 443), "another protocol");
	CHECK(!allowed("10.8.0.1", "eth1", IPPROTO_TCP, 53), "a port that is denied");
	CHECK(!allowed("10.8.0.1", "eth1", IPPROTO_UDP, 53), "by the other protocol");
	CHECK(allowed("10.8.0.1", "eth1", IPPROTO_TCP, 54), "others of a line that denies some");
	CHECK(!allowed("10.8.0.1", "br-guest", IPPROTO_TCP, 54), "the interface's line is above");
	CHECK(!allowed("192.168.14.1", "eth3", IPPROTO_TCP, 1), "deny");
	CHECK(allowed("192.168.11.2", "eth1", IPPROTO_TCP, 443), "whom no line fits");
}

static void lines_survive(void **state)
{
	static const struct {
		const char *who;
		const char *value;
		const char *line;
	} cases[] = {
		{ "eth1", "allow", "eth1 = allow" },
		{ "eth1", "deny ", "eth1 = deny" },
		{ "10.0.0.1", "deny", "10.0.0.1/32 = deny" },
		{ "0.0.0.0/0", "deny", "0.0.0.0/0 = deny" },
		{ "br-guest", "allow rustdesk", "br-guest = allow tcp/21115-21117 udp/21116" },
		{ "br-guest", "deny\ttcp/1,,tcp/1 , udp/2", "br-guest = deny tcp/1 udp/2" },
		{ "10.0.0.0/8", "allow tcp+udp/5-6 tcp/7", "10.0.0.0/8 = allow tcp+udp/5-6 tcp/7" },
		{ "wg0", "allow tcp/5 udp/5", "wg0 = allow tcp+udp/5" },
	};
	static struct settings again;
	char text[LAN_TEXT_MAX];
	struct problem p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *value;

		memset(&s, 0, sizeof(s));
		memset(&again, 0, sizeof(again));
		add(cases[i].who, cases[i].value);
		assert_int_equal(lan_rule_format(&s, 0, text, sizeof(text)), s.rules);
		check_text(cases[i].value, text, cases[i].line);
		value = strstr(text, " = ");
		*value = '\0';
		CHECK(!lan_rule_parse(text, value + 3, &again, &p), "%s: %s", cases[i].line,
		      p.what);
		CHECK(same_settings(&s, &again), "%s: not the same again", cases[i].line);
	}
}

static void bad_lines(void **state)
{
	static const struct {
		const char *who;
		const char *value;
		const char *object;
	} cases[] = {
		{ "eth1", "maybe", "maybe" },
		{ "eth1", " , ", "value" },
		{ "eth1", "tcp/443", "tcp/443" },
		{ "eth1", "allow 443", "443" },
		{ "eth1", "allow tcp/0", "tcp/0" },
		{ "eth1", "allow tcp/443=192.168.11.20", "tcp/443=192.168.11.20" },
		{ "eth1", "allow sctp/443", "sctp/443" },
		{ "eth1", "allow nope", "nope" },
		{ "eth1", "allow # all", "#" },
		{ "a/b", "allow", "a/b" },
		{ "10.0.0.1/8", "allow", "10.0.0.1/8" },
		{ "10.0.0.0/33", "allow", "10.0.0.0/33" },
		{ "averylonginterfacename", "allow", "averylonginterfacename" },
		{ "wg0", "deny", "wg0" }, /* is there already */
		{ "10.9.0.0/16", "deny", "10.9.0.0/16" },
	};
	struct settings before;

	(void)state;
	memset(&s, 0, sizeof(s));
	add("wg0", "allow tcp/1");
	add("10.9.0.0/16", "allow");
	before = s;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct problem p = { .usage = false };
		int err = lan_rule_parse(cases[i].who, cases[i].value, &s, &p);

		CHECK(err == -EINVAL, "%s = %s: returned %d", cases[i].who, cases[i].value, err);
		check_usage(cases[i].value, &p, cases[i].object);
		CHECK(same_settings(&s, &before), "%s: touched", cases[i].value);
	}
}

static void room(void **state)
{
	char value[512] = "allow";
	struct settings before;
	struct problem p;
	char who[16];
	int i, err = 0;

	(void)state;
	memset(&s, 0, sizeof(s));
	for (i = 0; i < 40; i++)
		snprintf(value + strlen(value), sizeof(value) - strlen(value), " tcp/%d", 100 + i);
	CHECK(lan_rule_parse("eth1", value, &s, &p) == -EINVAL, "more than a line holds");
	CHECK(!s.rules, "touched");
	for (i = 0; i < 200 && !err; i++) {
		snprintf(who, sizeof(who), "10.0.%d.0/24", i);
		before = s;
		err = lan_rule_parse(who, "allow tcp/1", &s, &p);
	}
	CHECK(err == -EINVAL && i - 1 == NATLOOP_MAX_RULES / 2, "%d lines", i - 1);
	CHECK(same_settings(&s, &before), "touched by the line that had no room");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lines_mean),
		cmocka_unit_test(lines_survive),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
