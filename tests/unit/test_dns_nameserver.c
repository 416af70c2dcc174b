// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* dns_nameserver_read: the lines of resolv.conf that c-ares leaves out, and no others. */
#include "address.h"
#include "dns_nameserver.h"
#include "unit.h"
#include "util.h"

static void link_local(void **state)
{
	static const struct {
		const char *line, *addr, *device;
	} good[] = {
		{ "nameserver fe80::1%eth0\n", "fe80::1", "eth0" },
		{ "nameserver\t fe80::ab%2", "fe80::ab", "2" },
		{ "nameserver febf::1%wlp0s20f0u1u2 # the box\n", "febf::1", "wlp0s20f0u1u2" },
		{ "nameserver fe80:1111:2222:3333:4444:5555:6666:7777%fifteen-letters\r\n",
		  "fe80:1111:2222:3333:4444:5555:6666:7777", "fifteen-letters" },
	};
	struct natloop_addr addr;
	char device[IF_NAMESIZE], text[ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(dns_nameserver_read(good[i].line, &addr, device),
				 DNS_NAMESERVER_LINK_LOCAL);
		check_text("address", address_format(&addr, text, sizeof(text)), good[i].addr);
		check_text("device", device, good[i].device);
	}
}

static void others(void **state)
{
	static const char *const other[] = {
		"nameserver 192.168.11.1\n",
		"nameserver fd00::1\n",
		"nameserver fe80::1\n",
		"nameserver fe80::1%\n",
		"nameserver fe80::1%sixteen--letters\n",
		"nameserver fd00::1%eth0\n",
		"nameserver 192.168.11.1%eth0\n",
		"nameserver %eth0\n",
		"nameserver fe80::1%\033[31m\n",
		"nameserver x\n",
	};
	static const char *const none[] = {
		"",
		"\n",
		"# nameserver fe80::1%eth0\n",
		"nameservers fe80::1%eth0\n",
		"nameserver\n",
		"search fe80::1%eth0\n",
	};
	struct natloop_addr addr = address_from_v4(4711), before = addr;
	char device[IF_NAMESIZE] = "x";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		CHECK(dns_nameserver_read(other[i], &addr, device) == DNS_NAMESERVER_OTHER,
		      "not another address: %s", other[i]);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		CHECK(dns_nameserver_read(none[i], &addr, device) == DNS_NAMESERVER_NONE,
		      "a nameserver: %s", none[i]);
	assert_true(address_equal(&addr, &before));
	check_text("device", device, "x");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_local),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
