// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Flow tables as the kernel describes them, and which of them stand in the way. */
#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

#include "conflicts_parts.h"
#include "unit.h"
#include "util.h"

enum {
	ETH1 = 1,
	BR0,
	LAN0,
	VLAN10,
	ETH9
};

static struct link links[] = {
	{ .ifindex = ETH1, .name = "eth1" },
	{ .ifindex = BR0, .name = "br0", .kind = "bridge" },
	{ .ifindex = LAN0, .name = "lan0", .master = BR0 },
	{ .ifindex = VLAN10, .name = "eth1.10", .kind = "vlan", .parent = ETH1 },
	{ .ifindex = ETH9, .name = "eth9" },
};

static struct nlmsghdr *message(char *buf, const char *const *devices, size_t count, int flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *hook, *list;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWFLOWTABLE;
	(void)mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	mnl_attr_put_strz(nlh, NFTA_FLOWTABLE_TABLE, "fw4");
	mnl_attr_put_strz(nlh, NFTA_FLOWTABLE_NAME, "ft");
	hook = mnl_attr_nest_start(nlh, NFTA_FLOWTABLE_HOOK);
	mnl_attr_put_u32(nlh, NFTA_FLOWTABLE_HOOK_NUM, htonl(0));
	list = mnl_attr_nest_start(nlh, NFTA_FLOWTABLE_HOOK_DEVS);
	for (size_t i = 0; i < count; i++)
		mnl_attr_put_strz(nlh, NFTA_DEVICE_NAME, devices[i]);
	mnl_attr_nest_end(nlh, list);
	mnl_attr_nest_end(nlh, hook);
	mnl_attr_put_u32(nlh, NFTA_FLOWTABLE_FLAGS, htonl((uint32_t)flags));
	return nlh;
}

static void the_answer_is_read(void **state)
{
	static char buf[4096] __attribute__((aligned(8)));
	static const char *const devices[] = { "lan0", "eth9" };
	const char *many[FLOWTABLE_DEVICES + 3];
	struct flowtable table;
	struct nlmsghdr *nlh;

	(void)state;
	assert_true(flowtable_parse(message(buf, devices, 2, 1), &table));
	check_text("table", table.table, "fw4");
	check_text("name", table.name, "ft");
	assert_int_equal(table.devices, 2);
	check_text("device", table.device[1], "eth9");
	assert_true(table.hardware);
	assert_true(flowtable_parse(message(buf, devices, 0, 2), &table));
	assert_int_equal(table.devices, 0);
	assert_false(table.hardware);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = "lan0";
	assert_true(flowtable_parse(message(buf, many, ARRAY_SIZE(many), 0), &table));
	assert_int_equal(table.devices, FLOWTABLE_DEVICES);
	nlh = message(buf, devices, 2, 0);
	nlh->nlmsg_type++;
	assert_false(flowtable_parse(nlh, &table));
}

/* How many conflicts a flow table of @device is, when @attached is attached. */
static size_t conflicts(const char *device, bool hardware, int attached)
{
	struct instance_iface iface = { .ifindex = attached };
	struct conflict_search search = {
		.iface = &iface,
		.ifaces = 1,
		.links = { links, ARRAY_SIZE(links) },
	};
	struct flowtable table = {
		.table = "fw4", .name = "ft", .devices = 1, .hardware = hardware
	};

	snprintf(iface.iface.name, sizeof(iface.iface.name), "%s", links[attached - 1].name);
	snprintf(table.device[0], IFNAMSIZ, "%s", device);
	flowtable_judge(&table, &search);
	if (search.count) {
		check_text("object", search.found[0].object, iface.iface.name);
		CHECK(strstr(search.found[0].what, device) && *search.found[0].remedy, "what %s",
		      search.found[0].what);
	}
	free(search.found);
	return search.count;
}

static void what_comes_before_natloop(void **state)
{
	(void)state;
	assert_int_equal(conflicts("lan0", false, BR0), 1);
	assert_int_equal(conflicts("lan0", true, BR0), 1);
	assert_int_equal(conflicts("eth1", false, VLAN10), 1);
	/* XDP and TC come first; hardware comes before both. */
	assert_int_equal(conflicts("eth1", false, ETH1), 0);
	assert_int_equal(conflicts("eth1", true, ETH1), 1);
	assert_int_equal(conflicts("eth9", true, ETH1), 0);
	assert_int_equal(conflicts("br0", false, LAN0), 0);
	assert_int_equal(conflicts("gone0", true, ETH1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_is_read),
		cmocka_unit_test(what_comes_before_natloop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
