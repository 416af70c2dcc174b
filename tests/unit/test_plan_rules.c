// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* plan_make: the rules of [lan], with interfaces that are there, elsewhere, or not there. */
#include "lan_text.h"
#include "lookup.h"
#include "plan_world.h"

static void rule(const char *who, const char *value)
{
	assert_int_equal(lan_rule_parse(who, value, &settings, &p), 0);
}

static void test_rules(void **state)
{
	(void)state;
	basis();
	attach("br0");
	settings.from_file = 5;
	rule("eth1.10", "allow tcp/443");
	rule("veth0", "deny"); /* is not attached: nobody comes in there */
	rule("br0", "deny");
	rule("10.8.0.0/24", "deny udp/53");
	good();
	assert_int_equal(plan.config.rules, 6);
	assert_int_equal(plan.config.rule[0].ifindex, VLAN10);
	assert_int_equal(plan.config.rule[1].ifindex, VLAN10);
	assert_false(plan.config.rule[1].allow);
	assert_int_equal(plan.config.rule[2].ifindex, NATLOOP_NO_INTERFACE);
	assert_string_equal(plan.config.rule_interface[2], "veth0");
	assert_int_equal(plan.config.rule[3].ifindex, BR0);
	assert_int_equal(plan.config.rule[4].ifindex, 0);
	assert_string_equal(plan.config.rule_interface[4], "");
	assert_int_equal(plan.config.rule[4].proto, IPPROTO_UDP);
	assert_true(plan.config.rule[5].allow);
	assert_int_equal(plan.config.from_file, 5);

	rule("eth9", "deny");
	bad(-ENODEV, "eth9", "no such interface", "ip link");
	setup(state);
	basis();
	rule("lan0", "deny");
	bad(-EINVAL, "lan0", "bridge br0", "br0");
}

/* They keep their place. Who asks for patience gets it, and what ran with the name was no slip. */
static void test_rules_wait(void **state)
{
	static struct natloop_config running;
	__u32 i = 0;

	basis();
	attach("br0");
	rule("eth9", "allow tcp/443");
	rule("br0", "deny");
	rule("lan0", "deny"); /* a port of br0 */
	settings.rules_wait = true;
	good();
	assert_int_equal(plan.config.rules, 4);
	assert_int_equal(plan.config.rule[0].ifindex, NATLOOP_NO_INTERFACE);
	assert_int_equal(plan.config.rule[1].ifindex, NATLOOP_NO_INTERFACE);
	assert_int_equal(plan.config.rule[2].ifindex, BR0);
	assert_int_equal(plan.config.rule[3].ifindex, NATLOOP_NO_INTERFACE);
	assert_string_equal(plan_next_waiting(&plan.config, &i), "eth9");
	assert_string_equal(plan_next_waiting(&plan.config, &i), "lan0");
	assert_null(plan_next_waiting(&plan.config, &i));

	running = plan.config;
	view.running = &running;
	settings.rules_wait = false;
	good();
	assert_memory_equal(running.rule, plan.config.rule, sizeof(running.rule));
	/* It is there, by another name: who was kept out stays out, until another one has the name.
	 */
	running.rule[0].ifindex = BR0;
	good();
	assert_int_equal(plan.config.rule[0].ifindex, BR0);
	assert_string_equal(plan.config.rule_interface[0], "eth9");
	setup(state);
}

/* What becomes of a client's packet to tcp/443 with this VLAN tag on eth1, by @config? */
static enum natloop_outcome dial(const struct natloop_config *config, __u16 vlan)
{
	const struct natloop_tuple tuple = {
		.src = addr("192.168.10.66"),
		.dst = addr("203.0.113.1"),
		.dport = htons(443),
		.proto = IPPROTO_TCP,
	};
	int link = lookup_link_index(config, ETH1, vlan, 0);

	if (link < 0)
		return NATLOOP_NOT_LAN;
	return lookup_admission(config, config->link[link].l3_ifindex, &tuple);
}

static size_t find(const struct link *list, size_t count, int ifindex)
{
	size_t i = 0;

	while (i < count && list[i].ifindex != ifindex)
		i++;
	assert_true(i < count);
	return i;
}

/*
 * A VLAN of an attached trunk, whose guests are kept out, is deleted and made again with another
 * ifindex: no configuration on the way, and none that comes late, lets them in.
 */
static void test_vlan_made_again(void **state)
{
	static struct natloop_config running;
	struct link links[64];
	struct interface_address addresses[64];
	const struct system_view before = view;
	size_t vlan = find(view.links.link, view.links.links, VLAN10), a = 0;

	basis();
	rule("eth1.10", "deny");
	good();
	running = plan.config;
	assert_int_equal(dial(&running, 10), NATLOOP_DENIED);

	memcpy(links, view.links.link, view.links.links * sizeof(links[0]));
	memcpy(addresses, view.addresses.address, view.addresses.addresses * sizeof(addresses[0]));
	view.links.link = links;
	view.addresses.address = addresses;
	view.running = &running;
	/* Gone: out of sight behind another name, parent and ifindex. */
	links[vlan] = (struct link){ .ifindex = 900, .name = "other", .kind = "dummy" };
	good();
	assert_int_equal(plan.config.rule[0].ifindex, NATLOOP_NO_INTERFACE);
	assert_int_equal(dial(&plan.config, 10), NATLOOP_NOT_LAN);

	/* Back. The old configuration still keeps them out, whatever the ifindex is now. */
	running = plan.config;
	links[vlan] = before.links.link[vlan];
	links[vlan].ifindex = 901;
	while (addresses[a].ifindex != VLAN10)
		a++;
	addresses[a].ifindex = 901;
	assert_int_equal(dial(&running, 10), NATLOOP_NOT_LAN);
	good();
	assert_int_equal(plan.config.rule[0].ifindex, 901);
	assert_int_equal(dial(&plan.config, 10), NATLOOP_DENIED);
	settings.rule[0].allow = 1;
	good();
	assert_int_equal(dial(&plan.config, 10), NATLOOP_NEW_FLOW);
	view = before;
	setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rules, setup),
		cmocka_unit_test_setup(test_rules_wait, setup),
		cmocka_unit_test_setup(test_vlan_made_again, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
