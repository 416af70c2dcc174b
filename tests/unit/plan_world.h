/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A made-up router for the tests of plan_make: its links, addresses, routes and names, and ways to
 * say what is asked for and what must come of it. Each test program has its own copy.
 */
#ifndef PLAN_WORLD_H
#define PLAN_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "address.h"
#include "forward_text.h"
#include "plan.h"
#include "plan_parts.h"
#include "unit.h"
#include "util.h"

enum {
	LO = 1,
	ETH0,
	ETH1,
	ETH2,
	BR0,
	LAN0,
	BOND0,
	SLAVE0,
	WG0,
	VLAN10,
	VLAN10_20,
	VLAN30,
	BR0_40,
	VRF0,
	ETH3,
	WLAN0,
	VETH0,
	GRE0,
	PPP0,
};

#define LINK(index, text, ...)                                                                     \
	{                                                                                          \
		.ifindex = (index), .name = text, .type = ARPHRD_ETHER, .flags = IFF_UP,           \
		.mac = { 2, 0, 0, 0, 0, (index) }, __VA_ARGS__                                     \
	}

static struct link all_links[] = {
	{ .ifindex = LO, .name = "lo", .type = ARPHRD_LOOPBACK, .flags = IFF_UP | IFF_LOOPBACK },
	LINK(ETH0, "eth0", .kind = ""),
	LINK(ETH1, "eth1", .kind = ""),
	{ .ifindex = ETH2, .name = "eth2", .type = ARPHRD_ETHER, .flags = 0 }, /* down */
	LINK(BR0, "br0", .kind = "bridge"),
	LINK(LAN0, "lan0", .master = BR0),
	LINK(BOND0, "bond0", .kind = "bond"),
	LINK(SLAVE0, "slave0", .master = BOND0),
	{ .ifindex = WG0, .name = "wg0", .kind = "wireguard", .type = ARPHRD_NONE },
	LINK(VLAN10, "eth1.10", .kind = "vlan", .parent = ETH1, .vlan = 10),
	LINK(VLAN10_20, "eth1.10.20", .kind = "vlan", .parent = VLAN10, .vlan = 20),
	LINK(VLAN30, "eth1.30", .kind = "vlan", .parent = ETH1, .vlan = 30, .master = BR0),
	LINK(BR0_40, "br0.40", .kind = "vlan", .parent = BR0, .vlan = 40),
	LINK(VRF0, "vrf0", .kind = "vrf"),
	LINK(ETH3, "eth3", .master = VRF0),
	LINK(WLAN0, "wlan0", .wireless = true),
	LINK(VETH0, "veth0", .kind = "veth"),
	{ .ifindex = GRE0, .name = "gre0", .kind = "gre", .type = ARPHRD_IPGRE },
	{ .ifindex = PPP0, .name = "ppp0", .kind = "ppp", .type = ARPHRD_PPP },
};

static const struct {
	int ifindex;
	const char *addr;
	unsigned int prefix_length;
	unsigned char scope;
	const char *peer; /* of a point-to-point link */
} all_addresses[] = {
	{ LO, "127.0.0.1", 8, RT_SCOPE_HOST, NULL },
	{ ETH0, "172.16.16.1", 24, RT_SCOPE_UNIVERSE, NULL },
	{ ETH0, "172.16.16.2", 24, RT_SCOPE_UNIVERSE, NULL },
	{ ETH0, "169.254.7.7", 16, RT_SCOPE_LINK, NULL },
	{ ETH1, "192.168.11.1", 24, RT_SCOPE_UNIVERSE, NULL },
	{ ETH1, "192.168.11.254", 24, RT_SCOPE_UNIVERSE, NULL },
	{ VLAN10, "192.168.10.1", 24, RT_SCOPE_UNIVERSE, NULL },
	{ VLAN10_20, "192.168.20.1", 24, RT_SCOPE_UNIVERSE, NULL },
	{ BR0, "192.168.50.1", 24, RT_SCOPE_UNIVERSE, NULL },
	{ ETH2, "192.168.60.1", 24, RT_SCOPE_UNIVERSE, NULL },
	{ VETH0, "169.254.8.8", 16, RT_SCOPE_LINK, NULL },
	{ WG0, "192.168.90.1", 24, RT_SCOPE_UNIVERSE, NULL },
	{ WG0, "192.168.91.1", 32, RT_SCOPE_UNIVERSE, "192.168.91.2" },
};

/* First match wins. */
static const struct {
	const char *prefix;
	int ifindex;
	unsigned char type;
	const char *source;
} all_routes[] = {
	{ "192.168.11.1/32", LO, RTN_LOCAL, "192.168.11.1" },
	{ "172.16.16.1/32", LO, RTN_LOCAL, "172.16.16.1" },
	{ "192.168.11.255/32", ETH1, RTN_BROADCAST, "192.168.11.1" },
	{ "192.168.11.66/32", ETH1, RTN_UNICAST, NULL },
	{ "192.168.11.0/24", ETH1, RTN_UNICAST, "192.168.11.1" },
	{ "192.168.10.0/24", VLAN10, RTN_UNICAST, "192.168.10.1" },
	{ "192.168.50.0/24", BR0, RTN_UNICAST, "192.168.50.1" },
	{ "192.168.60.0/24", ETH2, RTN_UNICAST, "192.168.60.1" },
	{ "10.9.0.0/16", ETH1, RTN_UNICAST, "192.168.11.1" }, /* by a gateway on the LAN */
	{ "198.51.100.0/24", 0, RTN_UNREACHABLE, NULL },
	{ "0.0.0.0/0", ETH0, RTN_UNICAST, "172.16.16.1" },
};

static inline struct natloop_addr addr(const char *text)
{
	struct natloop_addr a = { { 0 } };

	assert_int_equal(address_parse(text, &a, NULL), 0);
	return a;
}

static inline int fake_route(const struct natloop_addr *to, struct route *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_routes); i++) {
		struct prefix prefix;

		assert_int_equal(address_parse_prefix(all_routes[i].prefix, &prefix, NULL), 0);
		if (!address_in_prefix(to, &prefix))
			continue;
		if (all_routes[i].type == RTN_UNREACHABLE)
			return -EHOSTUNREACH;
		*ret = (struct route){
			.ifindex = all_routes[i].ifindex,
			.type = all_routes[i].type,
			.prefix_length = (unsigned int)atoi(strchr(all_routes[i].prefix, '/') + 1),
		};
		if (all_routes[i].source)
			ret->source = addr(all_routes[i].source);
		return 0;
	}
	return -ENETUNREACH;
}

/* Ends with 0; a negative first one is an error. */
static int uplink_ifindex[4];
static inline int fake_uplinks(int *ret, size_t max)
{
	int count = 0;

	if (uplink_ifindex[0] < 0)
		return uplink_ifindex[0];
	assert_true(max >= ARRAY_SIZE(uplink_ifindex));
	while (uplink_ifindex[count]) {
		ret[count] = uplink_ifindex[count];
		count++;
	}
	return count;
}

static __u64 fake_features_bits;
static int fake_features_error;
static inline int fake_features(int ifindex, __u64 *ret)
{
	(void)ifindex;
	if (fake_features_error)
		return fake_features_error;
	*ret = fake_features_bits;
	return 0;
}

static int fake_rx_vlan_answer;
static inline int fake_rx_vlan(const char *name)
{
	(void)name;
	return fake_rx_vlan_answer;
}

static inline int fake_resolve(const char *name, struct natloop_addr *ret, size_t max)
{
	assert_true(max >= 2);
	if (!strcmp(name, "rustdesk.example.com")) {
		ret[0] = addr("203.0.113.1");
		ret[1] = addr("203.0.113.2");
		return 2;
	}
	if (!strcmp(name, "split.example.com")) {
		ret[0] = addr("192.168.11.20");
		return 1;
	}
	if (!strcmp(name, "mixed.example.com")) {
		ret[0] = addr("203.0.113.3");
		ret[1] = addr("192.168.11.20");
		return 2;
	}
	if (!strcmp(name, "host"))
		return fake_resolve("split.example.com", ret, max);
	if (!strcmp(name, "slow.example.com"))
		return -EAGAIN;
	if (!strcmp(name, "broken.example.com"))
		return -EIO;
	return -ENOENT;
}

static const struct system_calls fake_calls = {
	.route = fake_route,
	.uplinks = fake_uplinks,
	.xdp_features = fake_features,
	.rx_vlan = fake_rx_vlan,
	.resolve = fake_resolve,
};

static struct interface_address addresses[ARRAY_SIZE(all_addresses)];
static struct system_view view;
static struct settings settings;
static struct plan plan;
static struct problem p;

static inline int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_addresses); i++)
		addresses[i] = (struct interface_address){
			.ifindex = all_addresses[i].ifindex,
			.addr = addr(all_addresses[i].addr),
			.net = addr(all_addresses[i].peer ?: all_addresses[i].addr),
			.prefix_length = all_addresses[i].prefix_length,
			.scope = all_addresses[i].scope,
		};
	view = (struct system_view){
		.links = { all_links, ARRAY_SIZE(all_links) },
		.addresses = { addresses, ARRAY_SIZE(addresses) },
		.calls = &fake_calls,
	};
	memset(uplink_ifindex, 0, sizeof(uplink_ifindex));
	uplink_ifindex[0] = ETH0;
	fake_features_bits = NETLINK_XDP_NDO_XMIT;
	fake_features_error = 0;
	fake_rx_vlan_answer = 0;
	memset(&settings, 0, sizeof(settings));
	memset(&plan, 0xa5, sizeof(plan));
	memset(&p, 0, sizeof(p));
	return 0;
}

static inline void attach(const char *name)
{
	snprintf(settings.interface[settings.interfaces++], IFNAMSIZ, "%s", name);
}

static inline void public(const char *spec)
{
	snprintf(settings.public_spec[settings.publics++], sizeof(settings.public_spec[0]), "%s",
		 spec);
}

static inline void forward(const char *spec)
{
	assert_int_equal(forward_parse(spec, &settings, &p), 0);
}

static inline void mode(enum settings_mode m)
{
	settings.mode_given = true;
	settings.mode = m;
}

/* eth1 and a server on it, which is fine. */
static inline void basis(void)
{
	attach("eth1");
	forward("tcp/443=192.168.11.20");
}

static inline void good(void)
{
	int err = plan_make(&settings, &view, &plan, &p);

	if (err)
		fail_msg("%d: %s: %s; %s", err, p.object, p.what, p.remedy);
}

static inline void bad(int want, const char *object, const char *what, const char *remedy)
{
	struct plan before = plan;
	int err = plan_make(&settings, &view, &plan, &p);

	if (err != want || strcmp(p.object, object) != 0 || !strstr(p.what, what) ||
	    !strstr(p.remedy, remedy))
		fail_msg("%d: %s: %s; %s", err, p.object, p.what, p.remedy);
	assert_memory_equal(&plan, &before, sizeof(plan));
}

static inline bool has_address(const char *text)
{
	struct natloop_addr a = addr(text);

	for (size_t i = 0; i < plan.config.addresses; i++)
		if (address_equal(&plan.config.address[i], &a))
			return true;
	return false;
}

static inline const struct natloop_link *find_link(int ifindex, int outer, int inner)
{
	const struct natloop_link *found = NULL;

	for (size_t i = 0; i < plan.config.links; i++) {
		const struct natloop_link *link = &plan.config.link[i];

		if (link->ifindex != (__u32)ifindex || link->vlan[0] != outer ||
		    link->vlan[1] != inner)
			continue;
		assert_null(found);
		found = link;
	}
	return found;
}

static inline void assert_link(int ifindex, int outer, int inner, int l3)
{
	const struct natloop_link *link = find_link(ifindex, outer, inner);

	assert_non_null(link);
	assert_int_equal(link->l3_ifindex, l3);
	assert_int_equal(link->mac[5], l3);
}

static inline bool has_lan(const char *prefix, const char *router, int ifindex)
{
	struct prefix want;

	assert_int_equal(address_parse_prefix(prefix, &want, NULL), 0);
	for (size_t i = 0; i < plan.config.lans; i++) {
		const struct natloop_lan *lan = &plan.config.lan[i];
		struct natloop_addr own = router ? addr(router) : (struct natloop_addr){ { 0 } };

		if (address_equal(&lan->net, &want.net) && address_equal(&lan->mask, &want.mask) &&
		    address_equal(&lan->router, &own) && lan->ifindex == (__u32)ifindex)
			return true;
	}
	return false;
}

#endif
