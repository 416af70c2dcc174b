// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What watch says of a change: a line for each part, nothing where nothing changed. */
#include <stdlib.h>

#include "address.h"
#include "config_diff.h"
#include "forward_text.h"
#include "unit.h"
#include "util.h"

static struct natloop_config old, new;
static char lines[4096];

static struct natloop_addr addr(const char *text)
{
	struct natloop_addr a = { { 0 } };

	assert_int_equal(address_parse(text, &a, NULL), 0);
	return a;
}

static void take(void *data, const char *object, const char *text)
{
	size_t length = strlen(lines);

	assert_ptr_equal(data, lines);
	snprintf(lines + length, sizeof(lines) - length, "%s: %s\n", object, text);
}

static void forward(struct natloop_config *config, const char *spec)
{
	struct settings *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(forward_parse(spec, s, NULL), 0);
	for (size_t i = 0; i < s->forwards; i++)
		config->forward[config->forwards++] = s->forward[i];
	free(s);
}

static void public(struct natloop_config *config, const char *text)
{
	config->address[config->publics++] = addr(text);
	config->addresses = config->publics;
}

/* @links: eth1 is 3. */
static void expect(const char *wanted)
{
	struct link eth1 = { .ifindex = 3, .name = "eth1" };
	const struct link_table links = { .link = &eth1, .links = 1 };
	bool found;

	lines[0] = '\0';
	found = config_diff(&old, &new, &links, take, lines);
	check_text("lines", lines, wanted);
	assert_int_equal(found, *wanted != '\0');
	assert_int_equal(config_diff(&old, &new, NULL, NULL, NULL), found);
}

static int setup(void **state)
{
	(void)state;
	memset(&old, 0, sizeof(old));
	public(&old, "172.16.16.1");
	forward(&old, "tcp/443=192.168.11.30");
	forward(&old, "udp/53=192.168.11.20");
	old.max_flows = 16384;
	old.client_flows = 2048;
	new = old;
	return 0;
}

static void nothing(void **state)
{
	(void)state;
	expect("");
	/* The order, what lies behind the end, and the sources of flows that run on. */
	new.forward[0] = old.forward[1];
	new.forward[1] = old.forward[0];
	new.forward[2] = old.forward[0];
	new.address[1] = addr("172.16.16.7");
	new.addresses = 2;
	expect("");
}

static void publics(void **state)
{
	(void)state;
	new.address[0] = addr("172.16.16.9");
	expect("public: 172.16.16.1 -> 172.16.16.9\n");
	public(&new, "203.0.113.1");
	expect("public: 172.16.16.1 -> 172.16.16.9, 203.0.113.1\n");
	new.publics = 0;
	expect("public: 172.16.16.1 -> none\n");
}

static void forwards(void **state)
{
	(void)state;
	new.forwards = 1;
	forward(&new, "tcp/8443=192.168.11.30:443");
	expect("forwards: + tcp/8443=192.168.11.30:443, - udp/53=192.168.11.20\n");
	setup(state);
	new.forward[0].snat = addr("192.168.11.1");
	expect("forwards: + tcp/443=192.168.11.30 from 192.168.11.1, - tcp/443=192.168.11.30\n");
}

static void deny(struct natloop_config *config, const char *name, __u32 ifindex)
{
	config->rule[config->rules].ifindex = ifindex;
	strcpy(config->rule_interface[config->rules++], name);
}

static void rules(void **state)
{
	(void)state;
	deny(&old, "eth1", 3);
	deny(&old, "eth1", 3);
	deny(&old, "", 0);
	new = old;
	expect("");
	new.rule[0].ifindex = new.rule[1].ifindex = NATLOOP_NO_INTERFACE;
	expect("rules: those of eth1 wait until it is there\n");
	old = new;
	expect("");
	new.rule[0].ifindex = new.rule[1].ifindex = 5;
	expect("rules: those of eth1 count again\n");
	old = new;
	deny(&new, "eth2", NATLOOP_NO_INTERFACE);
	expect("rules: other ones, 3 -> 4\n"
	       "rules: those of eth2 wait until it is there\n");
	old = new;
	new.rule[0].allow = 1;
	expect("rules: other ones, 4 -> 4\n");
	/* Made again in a moment: there are lines on its link. */
	new = old;
	new.rule[0].ifindex = new.rule[1].ifindex = 6;
	lines[0] = '\0';
	assert_true(config_diff(&old, &new, NULL, take, lines));
}

static void long_lists(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		char spec[64];

		snprintf(spec, sizeof(spec), "tcp/%d=192.168.11.30", 1000 + i);
		forward(&new, spec);
	}
	lines[0] = '\0';
	assert_true(config_diff(&old, &new, NULL, take, lines));
	assert_true(strlen(lines) < 700);
	CHECK(strstr(lines, " more\n") && strstr(lines, "+ tcp/1000=192.168.11.30, "), "%s", lines);
}

static void rest(void **state)
{
	(void)state;
	new.snat_mode = NATLOOP_SNAT_ROUTER;
	new.max_flows = 1000;
	new.timeout[NATLOOP_TIMEOUT_UDP] = (60ULL * 1000000000) >> NATLOOP_TICK_SHIFT;
	new.lans = 2;
	new.lan[0] = (struct natloop_lan){
		.net = addr("192.168.11.0"),
		.mask = address_mask_v4(24),
		.router = addr("192.168.11.1"),
		.ifindex = 3,
	};
	new.lan[1] = (struct natloop_lan){
		.net = addr("10.0.0.0"),
		.mask = address_mask_v4(8),
	};
	new.links = 1;
	new.link[0] = (struct natloop_link){
		.ifindex = 3,
		.l3_ifindex = 3,
		.mac = { 2, 0, 0, 0, 0, 0xab },
	};
	old.links = 1;
	old.link[0] = (struct natloop_link){ .ifindex = 7, .l3_ifindex = 7 };
	expect("snat: public -> router\n"
	       "lan: + 192.168.11.0/24 on eth1 (192.168.11.1), + 10.0.0.0/8\n"
	       "links: + eth1 02:00:00:00:00:ab, - interface 7 00:00:00:00:00:00\n"
	       "max-flows: 16384 -> 1000\n"
	       "timeout udp: 0 -> 60\n");
	setup(state);
	new.snat_mode = NATLOOP_SNAT_ADDR;
	new.snat_addr = addr("10.1.1.1");
	expect("snat: public -> 10.1.1.1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing, setup),	   cmocka_unit_test_setup(publics, setup),
		cmocka_unit_test_setup(forwards, setup),   cmocka_unit_test_setup(rest, setup),
		cmocka_unit_test_setup(long_lists, setup), cmocka_unit_test_setup(rules, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
