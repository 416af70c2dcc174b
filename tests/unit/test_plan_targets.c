// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* plan_make: public addresses, forwards, source addresses. Every rule of plan.h, good and bad. */
#include "plan_world.h"

static void test_publics_auto(void **state)
{
	basis();
	good();
	assert_int_equal(plan.config.publics, 2);
	assert_true(has_address("172.16.16.1"));
	assert_true(has_address("172.16.16.2"));
	assert_false(has_address("169.254.7.7"));

	setup(state);
	basis();
	public("auto");
	public("172.16.16.1");
	good();
	assert_int_equal(plan.config.publics, 2);

	setup(state);
	basis();
	uplink_ifindex[0] = -ESRCH;
	bad(-ESRCH, "public", "no default route", "--public ADDR");
	uplink_ifindex[0] = -EPERM;
	bad(-EPERM, "public", "cannot read the default route", "--public ADDR");
	uplink_ifindex[0] = VETH0;
	bad(-EADDRNOTAVAIL, "public", "veth0 has no global IPv4 address", "--public ADDR");
}

static void test_publics_uplinks(void **state)
{
	(void)state;
	basis();
	public("203.0.113.9");
	public("auto");
	uplink_ifindex[0] = VETH0; /* waits for its address */
	uplink_ifindex[1] = ETH2;
	uplink_ifindex[2] = ETH1; /* the LAN */
	good();
	assert_int_equal(plan.config.publics, 2);
	assert_true(has_address("192.168.60.1"));
	assert_int_equal(plan.public_from[0], 0);
	assert_int_equal(plan.public_from[1], 1);

	/* A router with one interface for everything. */
	uplink_ifindex[0] = ETH1;
	uplink_ifindex[1] = 0;
	good();
	assert_int_equal(plan.config.publics, 3);
	assert_true(has_address("192.168.11.1"));
}

static void test_publics_interface(void **state)
{
	basis();
	public("eth0");
	good();
	assert_int_equal(plan.config.publics, 2);

	setup(state);
	basis();
	public("veth0");
	bad(-EADDRNOTAVAIL, "veth0", "no global IPv4 address", "another interface");
}

static void test_publics_name(void **state)
{
	basis();
	public("rustdesk.example.com");
	good();
	assert_int_equal(plan.config.publics, 2);
	assert_true(has_address("203.0.113.2"));

	setup(state);
	basis();
	public("nobody.example.com");
	bad(-ENOENT, "nobody.example.com", "nor a name", "give an address");
	setup(state);
	basis();
	public("slow.example.com");
	bad(-EAGAIN, "slow.example.com", "no name server answers", "resolv.conf");
	setup(state);
	basis();
	public("broken.example.com");
	bad(-EIO, "broken.example.com", "cannot be resolved", "address itself");
	setup(state);
	basis();
	public("split.example.com");
	bad(-EINVAL, "split.example.com",
	    "192.168.11.20 is another host of the LAN 192.168.11.0/24", "that clients dial");
	/* Nobody is asked for what looks like an interface. */
	setup(state);
	basis();
	public("host");
	bad(-ENOENT, "host", "no such interface", "ip link");
	setup(state);
	basis();
	public("192.168.257");
	bad(-ENOENT, "192.168.257", "neither", "give an address");
	setup(state);
	basis();
	public("2001:db8::1");
	bad(-EINVAL, "2001:db8::1", "IPv6", "IPv4");
}

/* What a name server answers does not stand in the way of the others either. */
static void test_publics_optional_answer(void **state)
{
	basis();
	public("rustdesk.example.com");
	public("mixed.example.com");
	public("split.example.com");
	settings.publics_optional = 3;
	good();
	assert_int_equal(plan.config.publics, 2);
	assert_int_equal(plan.config.addresses, 2);
	assert_int_equal(plan.publics_left_out, 6);
	assert_false(has_address("203.0.113.3"));

	setup(state);
	basis();
	public("split.example.com");
	settings.publics_optional = 1;
	bad(-EADDRNOTAVAIL, "split.example.com", "another host of the LAN", "clients dial");
}

/* Those that may wait do not stand in the way of the others; but one must lead somewhere. */
static void test_publics_optional(void **state)
{
	(void)state;
	basis();
	public("slow.example.com");
	public("auto");
	public("veth0");
	bad(-EAGAIN, "slow.example.com", "no name server", "address");
	settings.publics_optional = 3;
	good();
	assert_int_equal(plan.config.publics, 2);
	assert_int_equal(plan.publics_left_out, 5);
	assert_int_equal(plan.public_from[0], 1);

	/* What is wrong stays wrong, and the rest is not optional. */
	public("192.168.11.20");
	settings.publics_optional = 4;
	bad(-EINVAL, "192.168.11.20", "another host of the LAN", "clients dial");
	settings.publics = 3;
	settings.publics_optional = 2;
	bad(-EADDRNOTAVAIL, "veth0", "no global IPv4", "another interface");

	/* None of them, whatever others added; the first one tells why. */
	settings.publics_optional = 3;
	uplink_ifindex[0] = -ESRCH;
	public("203.0.113.9");
	bad(-EAGAIN, "slow.example.com", "no name server", "address");
}

static void test_publics_literal(void **state)
{
	static const char *const never[] = { "127.0.0.1", "224.0.0.5", "0.0.0.0",
					     "255.255.255.255" };

	/* Not on this router at all, or on the attached interface itself: both fine. */
	basis();
	public("198.51.100.7");
	public("192.168.11.254");
	good();
	assert_int_equal(plan.config.publics, 2);

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		setup(state);
		basis();
		public(never[i]);
		bad(-EINVAL, never[i], "cannot be a public address", "that clients dial");
	}
	setup(state);
	basis();
	public("192.168.11.77");
	bad(-EINVAL, "192.168.11.77", "another host of the LAN 192.168.11.0/24", "clients dial");

	for (size_t i = 0; i < 2; i++) {
		setup(state);
		basis();
		public(i ? "172.16.16.255" : "192.168.11.0");
		bad(-EINVAL, settings.public_spec[0],
		    i ? "the broadcast address of 172.16.16.0/24" :
			"the network address of 192.168.11.0/24",
		    "clients dial");
	}

	/* A supernet given by --lan may take in the public address. */
	setup(state);
	basis();
	public("172.16.99.1");
	assert_int_equal(address_parse_prefix("172.16.0.0/12", &settings.lan[0], &p), 0);
	settings.lans = 1;
	good();
}

static void test_forwards_bad(void **state)
{
	static const struct {
		const char *spec;
		int err;
		const char *what;
		const char *remedy;
	} cases[] = {
		{ "tcp/443=192.168.11.1", -EINVAL, "this router itself", "leave this forward out" },
		{ "tcp/443=203.0.113.1", -EINVAL, "is a public address", "on the LAN" },
		{ "tcp/443=192.168.11.255", -EINVAL, "is the broadcast address of 192.168.11.0/24",
		  "on the LAN" },
		{ "tcp/443=192.168.11.0", -EINVAL, "is the network address of 192.168.11.0/24",
		  "on the LAN" },
		{ "tcp/443=198.51.100.9", -EHOSTUNREACH, "no route to 198.51.100.9", "ip route" },
		{ "tcp/443=8.8.8.8", -ENETUNREACH, "only the default route", "add a route" },
		{ "tcp/443=192.168.60.20", -ENETUNREACH, "behind eth2: its replies would pass by",
		  "natloopctl attach eth1 eth2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		attach("eth1");
		public("rustdesk.example.com");
		forward("udp/53=192.168.11.20");
		forward(cases[i].spec);
		bad(cases[i].err, cases[i].spec, cases[i].what, cases[i].remedy);
	}
	/* Whoever names the uplink meant the LAN. */
	setup(state);
	attach("eth0");
	public("rustdesk.example.com");
	forward("udp/53=192.168.11.20");
	bad(-ENETUNREACH, "udp/53=192.168.11.20", "is behind eth1",
	    "attach the LAN instead of the uplink: natloopctl attach eth1");
	setup(state);
	attach("eth1");
	bad(-EINVAL, "forward", "none given", "give --server ADDR or --forward SPEC");
}

/* What the router's own rules name, and is on no LAN, is left out. */
static void test_forwards_imported(void **state)
{
	static const char *const elsewhere[] = {
		"tcp/1=8.8.8.8",
		"tcp/2=192.168.11.1",
		"udp/3=172.16.16.2",
	};

	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
		setup(state);
		attach("eth1");
		settings.forwards_imported = true;
		forward(elsewhere[i]);
		bad(-ENOENT, "forward", "none of the 1 in the router's own rules",
		    "natloopctl attach eth1 --server ADDR");
		forward("tcp/443=192.168.11.20");
		forward("udp/53=192.168.11.20");
		good();
		assert_int_equal(plan.config.forwards, 2);
		assert_int_equal(plan.config.forward[0].first, 443);
		assert_int_equal(plan.config.forward[1].first, 53);
		assert_int_equal(plan.config.forward[2].proto, 0);
	}
}

/* What runs is not checked again, new ones are. */
static void test_forwards_running(void **state)
{
	static struct natloop_config running;
	static struct settings other;

	(void)state;
	memset(&running, 0, sizeof(running));
	assert_int_equal(forward_parse("tcp/443=198.51.100.1", &other, &p), 0);
	running.forward[0] = other.forward[0];
	running.forward[0].snat = addr("203.0.113.77");
	running.forwards = 1;
	view.running = &running;
	view.keep_forwards = true;
	attach("eth1");
	public("203.0.113.1");
	forward("tcp/443=198.51.100.1");
	forward("udp/53=192.168.11.20");
	good();
	assert_int_equal(plan.config.forwards, 2);
	assert_memory_equal(&plan.config.forward[0], &running.forward[0],
			    sizeof(running.forward[0]));
	assert_true(has_address("203.0.113.77"));
	assert_int_equal(plan.config.publics, 1);

	setup(state);
	view.running = &running;
	view.keep_forwards = true;
	attach("eth1");
	forward("tcp/444=198.51.100.1");
	bad(-EHOSTUNREACH, "tcp/444=198.51.100.1", "no route", "ip route get");
}

static void test_forwards_none(void **state)
{
	(void)state;
	attach("eth1");
	settings.no_forwards = true;
	good();
	assert_int_equal(plan.config.forwards, 0);
}

static void test_forwards_by_gateway(void **state)
{
	(void)state;
	attach("eth1");
	forward("tcp/443=10.9.8.7");
	good();
}

static void test_forwards_sorted(void **state)
{
	static const struct {
		__u8 proto;
		__u16 first;
	} want[] = {
		{ IPPROTO_TCP, 80 },
		{ IPPROTO_TCP, 443 },
		{ IPPROTO_UDP, 53 },
		{ IPPROTO_UDP, 5000 },
	};

	(void)state;
	attach("eth1");
	forward("udp/5000-5010=192.168.11.20");
	forward("tcp/443=192.168.11.20");
	forward("udp/53=192.168.11.21");
	forward("tcp/80=192.168.11.20:8080");
	settings.forward[settings.forwards] = settings.forward[1];
	settings.forwards++;
	good();
	assert_int_equal(plan.config.forwards, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(plan.config.forward[i].proto, want[i].proto);
		assert_int_equal(plan.config.forward[i].first, want[i].first);
	}
	assert_int_equal(plan.config.forward[0].server_first, 8080);
}

static void test_forwards_overlap(void **state)
{
	static struct settings other;

	(void)state;
	attach("eth1");
	forward("tcp/443=192.168.11.20");
	assert_int_equal(forward_parse("tcp/400-500=192.168.11.21", &other, &p), 0);
	settings.forward[settings.forwards++] = other.forward[0];
	bad(-EINVAL, "tcp/443=192.168.11.20", "overlaps tcp/400-500=192.168.11.21", "one of them");
}

static void test_snat_router(void **state)
{
	attach("eth1");
	forward("tcp/443=192.168.11.20");
	forward("tcp/80=192.168.10.20");
	public("203.0.113.1");
	settings.snat_given = true;
	settings.snat_mode = NATLOOP_SNAT_ROUTER;
	good();
	assert_int_equal(plan.config.snat_mode, NATLOOP_SNAT_ROUTER);
	assert_int_equal(plan.config.publics, 1);
	assert_int_equal(plan.config.addresses, 3);
	assert_true(has_address("192.168.11.1"));
	assert_true(has_address("192.168.10.1"));
	assert_memory_equal(&plan.config.forward[1].snat, &addresses[4].addr,
			    sizeof(struct natloop_addr));

	/* An address that is public already is not listed twice. */
	settings.publics = 0;
	public("192.168.11.1");
	good();
	assert_int_equal(plan.config.addresses, 2);

	setup(state);
	attach("eth1");
	forward("tcp/443=192.168.11.66");
	settings.snat_given = true;
	settings.snat_mode = NATLOOP_SNAT_ROUTER;
	bad(-EADDRNOTAVAIL, "tcp/443=192.168.11.66", "no address towards the server", "--snat");
}

static void test_snat_address(void **state)
{
	static const char *const never[] = { "127.0.0.1", "224.0.0.5", "0.0.0.0" };

	basis();
	settings.snat_given = true;
	settings.snat_mode = NATLOOP_SNAT_ADDR;
	settings.snat_addr = addr("10.1.1.1");
	good();
	assert_int_equal(plan.config.snat_mode, NATLOOP_SNAT_ADDR);
	assert_true(address_equal(&plan.config.snat_addr, &settings.snat_addr));
	assert_true(address_equal(&plan.config.forward[0].snat, &settings.snat_addr));
	assert_int_equal(plan.config.addresses, 3);

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		setup(state);
		basis();
		settings.snat_given = true;
		settings.snat_mode = NATLOOP_SNAT_ADDR;
		settings.snat_addr = addr(never[i]);
		bad(-EINVAL, never[i], "cannot be the source address", "sends to this router");
	}
	setup(state);
	basis();
	settings.snat_given = true;
	settings.snat_mode = NATLOOP_SNAT_ADDR;
	bad(-EINVAL, "::", "cannot be the source address", "sends to this router");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_publics_auto, setup),
		cmocka_unit_test_setup(test_publics_uplinks, setup),
		cmocka_unit_test_setup(test_publics_interface, setup),
		cmocka_unit_test_setup(test_publics_name, setup),
		cmocka_unit_test_setup(test_publics_optional, setup),
		cmocka_unit_test_setup(test_publics_optional_answer, setup),
		cmocka_unit_test_setup(test_publics_literal, setup),
		cmocka_unit_test_setup(test_forwards_bad, setup),
		cmocka_unit_test_setup(test_forwards_imported, setup),
		cmocka_unit_test_setup(test_forwards_running, setup),
		cmocka_unit_test_setup(test_forwards_none, setup),
		cmocka_unit_test_setup(test_forwards_by_gateway, setup),
		cmocka_unit_test_setup(test_forwards_sorted, setup),
		cmocka_unit_test_setup(test_forwards_overlap, setup),
		cmocka_unit_test_setup(test_snat_router, setup),
		cmocka_unit_test_setup(test_snat_address, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
