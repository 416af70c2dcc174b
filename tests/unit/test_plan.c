// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* plan_make: interfaces, modes, links, LANs, numbers. Every rule of plan.h, good and bad. */
#include "plan_world.h"

static void test_demo(void **state)
{
	(void)state;
	attach("eth1");
	public("172.16.16.1");
	forward("rustdesk=192.168.11.20");
	good();
	assert_int_equal(plan.interfaces, 1);
	assert_string_equal(plan.interface[0].link.name, "eth1");
	assert_int_equal(plan.interface[0].mode, NATLOOP_MODE_XDP);
	assert_true(plan.interface[0].auto_mode);
	assert_int_equal(plan.config.publics, 1);
	assert_int_equal(plan.config.addresses, 1);
	assert_true(has_address("172.16.16.1"));
	assert_int_equal(plan.config.forwards, 2);
	assert_int_equal(plan.config.forward[0].proto, IPPROTO_TCP);
	assert_int_equal(plan.config.forward[0].first, 21115);
	assert_int_equal(plan.config.forward[0].last, 21117);
	assert_int_equal(plan.config.forward[1].proto, IPPROTO_UDP);
	assert_true(address_is_zero(&plan.config.forward[0].snat));
	assert_int_equal(plan.config.snat_mode, NATLOOP_SNAT_PUBLIC);
}

static void expect_lan(__u32 ifindex, const char *net, const char *router,
		       unsigned int prefix_length)
{
	const struct natloop_lan wanted = {
		.net = addr(net),
		.mask = address_mask_v4(prefix_length),
		.router = addr(router),
		.ifindex = ifindex,
	};

	for (size_t i = 0; i < plan.config.lans; i++)
		if (!memcmp(&plan.config.lan[i], &wanted, sizeof(wanted)))
			return;
	fail_msg("no LAN %s/%u", net, prefix_length);
}

/* No Ethernet header: TC only; the LAN of a point-to-point address is its peer. */
static void test_interfaces_layer3(void **state)
{
	static const enum settings_mode xdp[] = { SETTINGS_MODE_XDP, SETTINGS_MODE_XDP_GENERIC };

	(void)state;
	basis();
	attach("wg0");
	good();
	assert_int_equal(plan.interface[1].mode, NATLOOP_MODE_TC);
	assert_string_equal(plan.interface[1].reason, "no Ethernet header");
	expect_lan(WG0, "192.168.90.0", "192.168.90.1", 24);
	expect_lan(WG0, "192.168.91.2", "192.168.91.1", 32);
	for (size_t i = 0; i < ARRAY_SIZE(xdp); i++) {
		setup(state);
		forward("tcp/443=192.168.11.20");
		attach("wg0");
		settings.mode = xdp[i];
		settings.mode_given = true;
		bad(-EINVAL, "wg0", "no Ethernet header", "--mode tc");
	}
}

static void test_interfaces_bad(void **state)
{
	static const struct {
		const char *name;
		int err;
		const char *what;
		const char *remedy;
	} cases[] = {
		{ "eth9", -ENODEV, "no such interface", "ip link" },
		{ "lo", -EINVAL, "loopback", "LAN interface" },
		{ "gre0", -EINVAL, "a tunnel", "Ethernet" },
		{ "ppp0", -EINVAL, "PPP", "WireGuard or tun" },
		{ "slave0", -EINVAL, "a port of bond0 (bond)", "attach bond0 instead" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		forward("tcp/443=192.168.11.20");
		attach(cases[i].name);
		bad(cases[i].err, cases[i].name, cases[i].what, cases[i].remedy);
		assert_false(p.usage);
	}
	setup(state);
	basis();
	attach("eth1");
	bad(-EINVAL, "eth1", "given twice", "once");
	assert_true(p.usage);
	setup(state);
	forward("tcp/443=192.168.11.20");
	bad(-EINVAL, "interface", "no interface", "natloopctl attach");
	assert_true(p.usage);
}

static void test_interface_down_is_fine(void **state)
{
	(void)state;
	attach("eth2");
	forward("tcp/443=192.168.60.20");
	good();
}

static void test_bridge_port(void **state)
{
	attach("lan0");
	forward("tcp/443=192.168.50.20");
	good();
	assert_int_equal(plan.interface[0].mode, NATLOOP_MODE_TC);
	assert_link(LAN0, 0, 0, BR0);
	assert_link(LAN0, 40, 0, BR0_40);
	assert_true(has_lan("192.168.50.0/24", "192.168.50.1", BR0));

	for (int m = SETTINGS_MODE_XDP; m <= SETTINGS_MODE_XDP_GENERIC; m++) {
		setup(state);
		attach("lan0");
		forward("tcp/443=192.168.50.20");
		mode((enum settings_mode)m);
		bad(-EINVAL, "lan0", "port of the bridge br0", "attach br0 instead");
	}
	setup(state);
	attach("lan0");
	forward("tcp/443=192.168.50.20");
	mode(SETTINGS_MODE_TC);
	good();
}

static void test_modes_asked(void **state)
{
	static const struct {
		enum settings_mode asked;
		enum natloop_mode mode;
		const char *reason;
	} cases[] = {
		{ SETTINGS_MODE_TC, NATLOOP_MODE_TC, "--mode tc" },
		{ SETTINGS_MODE_XDP, NATLOOP_MODE_XDP, "--mode xdp" },
		{ SETTINGS_MODE_XDP_GENERIC, NATLOOP_MODE_XDP_GENERIC, "--mode xdp-generic" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		basis();
		attach("veth0");
		mode(cases[i].asked);
		good();
		assert_int_equal(plan.interface[1].mode, cases[i].mode);
		assert_false(plan.interface[1].auto_mode);
		assert_non_null(strstr(plan.interface[1].reason, cases[i].reason));
	}
	setup(state);
	basis();
	mode(SETTINGS_MODE_AUTO);
	good();
	assert_true(plan.interface[0].auto_mode);

	/* No driver of a bridge takes native XDP; found out before anything is attached. */
	setup(state);
	basis();
	attach("br0");
	mode(SETTINGS_MODE_XDP);
	bad(-EINVAL, "br0", "no native XDP", "--mode tc");
	mode(SETTINGS_MODE_XDP_GENERIC);
	good();
}

static void test_auto_mode(void **state)
{
	static const struct {
		const char *name;
		const char *reason;
	} tc[] = {
		{ "veth0", "veth: TC carries unfinished checksums" },
		{ "br0", "bridge: " },
		{ "lan0", "port of br0: " },
		{ "bond0", "bond: " },
		{ "eth1.10", "vlan: " },
		{ "wlan0", "Wi-Fi: " },
		{ "vrf0", "vrf: a virtual interface" },
	};
	const struct link_table *links = &view.links;
	char reason[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tc); i++) {
		const struct link *link = netlink_link_by_name(links, tc[i].name);

		assert_int_equal(plan_auto_mode(link, links, reason, sizeof(reason)),
				 NATLOOP_MODE_TC);
		assert_memory_equal(reason, tc[i].reason, strlen(tc[i].reason));
	}
	assert_int_equal(
		plan_auto_mode(netlink_link_by_name(links, "eth3"), links, reason, sizeof(reason)),
		NATLOOP_MODE_XDP);
	assert_string_equal(reason, "hardware: native XDP");
}

static void test_trunk_by_tc(void **state)
{
	(void)state;
	basis();
	mode(SETTINGS_MODE_TC);
	good();
	assert_int_equal(plan.config.links, 4);
	assert_link(ETH1, 0, 0, ETH1);
	assert_link(ETH1, 10, 0, VLAN10);
	assert_link(ETH1, 10, 20, VLAN10_20);
	assert_link(ETH1, 30, 0, BR0);
	assert_true(has_lan("192.168.11.0/24", "192.168.11.1", ETH1));
	assert_true(has_lan("192.168.11.0/24", "192.168.11.254", ETH1));
	assert_true(has_lan("192.168.10.0/24", "192.168.10.1", VLAN10));
	assert_true(has_lan("192.168.20.0/24", "192.168.20.1", VLAN10_20));
	assert_true(has_lan("192.168.50.0/24", "192.168.50.1", BR0));
	assert_int_equal(plan.config.lans, 5);
}

static void test_trunk_by_xdp(void **state)
{
	(void)state;
	basis();
	mode(SETTINGS_MODE_XDP);
	good();
	assert_int_equal(plan.config.links, 4);
	assert_link(ETH1, 30, 0, BR0);
	assert_int_equal(find_link(ETH1, 30, 0)->flags, NATLOOP_LINK_BRIDGED);
	assert_int_equal(find_link(ETH1, 10, 0)->flags, 0);
	assert_int_equal(plan.config.lans, 5);
}

static void test_trunk_whose_tags_are_hidden(void **state)
{
	(void)state;
	basis();
	fake_rx_vlan_answer = 1;
	mode(SETTINGS_MODE_XDP);
	bad(-EINVAL, "eth1", "VLAN tags", "ethtool -K eth1 rxvlan off");
	setup(state);
	basis();
	fake_rx_vlan_answer = 1;
	mode(SETTINGS_MODE_AUTO);
	good();
	assert_int_equal(plan.interface[0].mode, NATLOOP_MODE_TC);
	assert_non_null(strstr(plan.interface[0].reason, "rxvlan off"));
	setup(state);
	basis();
	fake_rx_vlan_answer = -EOPNOTSUPP;
	good();
	assert_int_equal(plan.interface[0].mode, NATLOOP_MODE_XDP);
}

static void test_missed_ports(void **state)
{
	struct link link[] = {
		LINK(1, "br0", .kind = "bridge"), LINK(2, "lan1", .master = 1),
		LINK(3, "lan2", .master = 1),	  LINK(4, "br1", .kind = "bridge"),
		LINK(5, "alone", .master = 4),	  LINK(6, "eth1", .kind = ""),
		LINK(7, "vrf0", .kind = "vrf"),	  LINK(8, "eth2", .master = 7),
		LINK(9, "eth3", .master = 7),
	};
	const struct link_table links = { .link = link, .links = ARRAY_SIZE(link) };
	const int lan1[] = { 2 }, both[] = { 3, 2 }, bridge[] = { 2, 1 }, others[] = { 5, 6, 8 };

	(void)state;
	assert_ptr_equal(plan_missed_port(&link[1], &links, lan1, 1), &link[2]);
	assert_null(plan_missed_port(&link[1], &links, both, 2));
	assert_null(plan_missed_port(&link[1], &links, bridge, 2));
	assert_null(plan_missed_port(&link[0], &links, bridge, 2));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_null(plan_missed_port(&link[others[i] - 1], &links, others, 3));
}

static void test_vlan_interface_itself(void **state)
{
	(void)state;
	attach("eth1");
	attach("eth1.10");
	forward("tcp/443=192.168.10.20");
	good();
	assert_link(ETH1, 10, 0, VLAN10);
	assert_link(VLAN10, 0, 0, VLAN10);
	assert_link(VLAN10, 20, 0, VLAN10_20);
	assert_int_equal(plan.config.lans, 5);
}

static void test_lan_given(void **state)
{
	(void)state;
	basis();
	assert_int_equal(address_parse_prefix("10.9.0.0/16", &settings.lan[0], &p), 0);
	settings.lan[1] = settings.lan[0];
	settings.lans = 2;
	good();
	assert_true(has_lan("10.9.0.0/16", NULL, 0));
	assert_int_equal(plan.config.lans, 6);
}

static void test_no_lan(void **state)
{
	(void)state;
	attach("eth3");
	forward("tcp/443=192.168.11.20");
	bad(-EADDRNOTAVAIL, "eth3", "no IPv4 address", "--lan CIDR");
}

static void test_tables_too_small(void **state)
{
	static struct link many[NATLOOP_MAX_LINKS + 2];
	static struct interface_address lans[NATLOOP_MAX_LANS + 1];

	many[0] = *netlink_link_by_name(&view.links, "eth1");
	for (size_t i = 1; i < ARRAY_SIZE(many); i++)
		many[i] = (struct link){ .ifindex = (int)i + 100,
					 .kind = "vlan",
					 .parent = ETH1,
					 .vlan = (unsigned int)i };
	basis();
	view.links = (struct link_table){ many, ARRAY_SIZE(many) };
	bad(-E2BIG, "eth1", "more than 128 interfaces and VLANs", "fewer interfaces");

	setup(state);
	basis();
	for (size_t i = 0; i < ARRAY_SIZE(lans); i++)
		lans[i] = (struct interface_address){
			.ifindex = ETH1,
			.addr = address_from_v4(htonl(0x0a000001 + ((__u32)i << 8))),
			.net = address_from_v4(htonl(0x0a000001 + ((__u32)i << 8))),
			.prefix_length = 24,
		};
	view.addresses = (struct address_table){ lans, ARRAY_SIZE(lans) };
	bad(-E2BIG, "lan", "more than 128 LAN prefixes", "fewer interfaces");

	setup(state);
	basis();
	for (size_t i = 0; i < NATLOOP_MAX_ADDRESSES + 1; i++) {
		lans[i].ifindex = ETH0;
		lans[i].scope = RT_SCOPE_UNIVERSE;
	}
	lans[ARRAY_SIZE(lans) - 1] = addresses[4];
	view.addresses = (struct address_table){ lans, ARRAY_SIZE(lans) };
	bad(-E2BIG, "public", "more than 64 public addresses", "fewer");
}

static void test_numbers(void **state)
{
	basis();
	good();
	assert_int_equal(plan.config.max_flows, SETTINGS_DEFAULT_MAX_FLOWS);
	assert_int_equal(plan.config.client_flows, SETTINGS_DEFAULT_CLIENT_FLOWS);
	for (size_t i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		__u64 ns = (__u64)plan.config.timeout[i] << NATLOOP_TICK_SHIFT;
		__u64 want = settings_default_timeout[i] * 1000000000ULL;

		assert_true(ns >= want && ns < want + (1ULL << NATLOOP_TICK_SHIFT));
	}

	settings.max_flows = 7;
	settings.client_flows = 3;
	settings.timeout[NATLOOP_TIMEOUT_UDP] = 1;
	good();
	assert_int_equal(plan.config.max_flows, 7);
	assert_int_equal(plan.config.client_flows, 3);
	assert_int_equal(plan.config.timeout[NATLOOP_TIMEOUT_UDP], 60);

	settings.timeout[NATLOOP_TIMEOUT_UDP] = UINT32_MAX;
	bad(-EINVAL, settings_timeout_name[NATLOOP_TIMEOUT_UDP], "longer than", "shorter");
	assert_true(p.usage);
	(void)state;
}

static void test_xmit(void **state)
{
	basis();
	attach("br0");
	good();
	assert_true(find_link(ETH1, 0, 0)->flags & NATLOOP_LINK_XDP_XMIT);
	assert_false(find_link(ETH1, 10, 0)->flags & NATLOOP_LINK_XDP_XMIT);
	assert_false(find_link(BR0, 0, 0)->flags & NATLOOP_LINK_XDP_XMIT);

	/* After attach: auto fell back to TC, or the driver changed its mind, or cannot tell. */
	plan.interface[0].mode = NATLOOP_MODE_TC;
	assert_int_equal(plan_set_xmit(&plan.config, &plan, fake_features), 0);
	assert_false(find_link(ETH1, 0, 0)->flags & NATLOOP_LINK_XDP_XMIT);
	plan.interface[0].mode = NATLOOP_MODE_XDP_GENERIC;
	assert_int_equal(plan_set_xmit(&plan.config, &plan, fake_features), 0);
	assert_false(find_link(ETH1, 0, 0)->flags & NATLOOP_LINK_XDP_XMIT);
	plan.interface[0].mode = NATLOOP_MODE_XDP;
	assert_int_equal(plan_set_xmit(&plan.config, &plan, fake_features), 0);
	assert_true(find_link(ETH1, 0, 0)->flags & NATLOOP_LINK_XDP_XMIT);
	fake_features_bits = 3;
	assert_int_equal(plan_set_xmit(&plan.config, &plan, fake_features), 0);
	assert_false(find_link(ETH1, 0, 0)->flags & NATLOOP_LINK_XDP_XMIT);
	fake_features_error = -EOPNOTSUPP;
	assert_int_equal(plan_set_xmit(&plan.config, &plan, fake_features), 0);
	fake_features_error = -ENODEV;
	assert_int_equal(plan_set_xmit(&plan.config, &plan, fake_features), -ENODEV);
	assert_false(find_link(ETH1, 0, 0)->flags & NATLOOP_LINK_XDP_XMIT);

	/* Not known before attach: no flag, but no failure either. */
	setup(state);
	fake_features_error = -EPERM;
	basis();
	good();
	assert_false(find_link(ETH1, 0, 0)->flags & NATLOOP_LINK_XDP_XMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_demo, setup),
		cmocka_unit_test_setup(test_interfaces_layer3, setup),
		cmocka_unit_test_setup(test_interfaces_bad, setup),
		cmocka_unit_test_setup(test_interface_down_is_fine, setup),
		cmocka_unit_test_setup(test_bridge_port, setup),
		cmocka_unit_test_setup(test_modes_asked, setup),
		cmocka_unit_test_setup(test_auto_mode, setup),
		cmocka_unit_test_setup(test_trunk_by_tc, setup),
		cmocka_unit_test_setup(test_trunk_by_xdp, setup),
		cmocka_unit_test_setup(test_trunk_whose_tags_are_hidden, setup),
		cmocka_unit_test_setup(test_missed_ports, setup),
		cmocka_unit_test_setup(test_vlan_interface_itself, setup),
		cmocka_unit_test_setup(test_lan_given, setup),
		cmocka_unit_test_setup(test_no_lan, setup),
		cmocka_unit_test_setup(test_tables_too_small, setup),
		cmocka_unit_test_setup(test_numbers, setup),
		cmocka_unit_test_setup(test_xmit, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
