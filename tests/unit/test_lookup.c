// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lookup.h against loops over everything, on random configurations and on full ones. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lookup.h"
#include "random.h"

#define CONFIGS 300
#define QUESTIONS 400

static struct natloop_config cfg;

static struct natloop_addr v4(uint32_t address)
{
	return packet_addr_v4(htonl(address));
}

/* Few values, so that they meet. */
static uint32_t random_address(void)
{
	static const uint32_t nets[] = { 0x0a000000, 0xc0a80b00, 0xac101000, 0x7f000000,
					 0xe0000000, 0xffffff00, 0x00000000 };

	return nets[random_below(7)] | random_below(4) << 6 | random_below(4) * 21;
}

static uint32_t random_count(uint32_t most)
{
	return random_below(4) ? random_below(9) : most;
}

static void random_config(void)
{
	memset(&cfg, 0, sizeof(cfg));
	cfg.addresses = random_count(NATLOOP_MAX_ADDRESSES);
	cfg.links = random_count(NATLOOP_MAX_LINKS);
	cfg.lans = random_count(NATLOOP_MAX_LANS);
	for (uint32_t i = 0; i < cfg.addresses; i++)
		cfg.address[i] = v4(random_address());
	for (uint32_t i = 0; i < cfg.links; i++)
		cfg.link[i] = (struct natloop_link){
			.ifindex = random_below(4),
			.l3_ifindex = random_below(4),
			.vlan = { random_below(3), random_below(3) },
			.flags = random_below(2),
		};
	for (uint32_t i = 0; i < cfg.lans; i++) {
		uint32_t bits = 20 + random_below(13), mask = bits ? ~0U << (32 - bits) : 0;
		struct natloop_lan *lan = &cfg.lan[i];

		lan->net = v4(random_address() & mask);
		lan->mask = v4(mask);
		memset(&lan->mask, 0xff, 12);
		if (random_below(2))
			lan->router = v4(random_address());
		lan->ifindex = random_below(4);
	}
	cfg.rules = random_count(NATLOOP_MAX_RULES);
	for (uint32_t i = 0; i < cfg.rules; i++) {
		uint32_t bits = random_below(33), mask = bits ? ~0U << (32 - bits) : 0;
		struct natloop_rule *rule = &cfg.rule[i];

		rule->net = v4(random_address() & mask);
		rule->mask = v4(mask);
		memset(&rule->mask, 0xff, 12);
		if (random_below(2))
			rule->net = rule->mask = (struct natloop_addr){};
		rule->ifindex = random_below(4);
		rule->proto = random_below(2) ? 0 : random_below(2) ? IPPROTO_TCP : IPPROTO_UDP;
		rule->first = random_below(4);
		rule->last = rule->first + random_below(4);
		rule->allow = random_below(2);
	}
}

static int slow_address(uint32_t address)
{
	for (uint32_t i = 0; i < cfg.addresses; i++) {
		if (ntohl(cfg.address[i].w[3]) == address)
			return i;
	}
	return -1;
}

/* The rules in their order of precedence, each asked of every LAN. */
static enum natloop_outcome slow_client(uint32_t ifindex, uint32_t a)
{
	enum natloop_outcome found = NATLOOP_NOT_LAN;

	if (a >= 0x7f000000 && a <= 0x7fffffff)
		return NATLOOP_LOOPBACK_SOURCE;
	if (a >= 0xe0000000 && a <= 0xefffffff)
		return NATLOOP_MULTICAST_SOURCE;
	if (a == 0xffffffff)
		return NATLOOP_BROADCAST_SOURCE;
	if (a <= 0x00ffffff)
		return NATLOOP_NOT_LAN;
	if (slow_address(a) >= 0)
		return NATLOOP_OWN_SOURCE;
	for (uint32_t i = 0; i < cfg.lans; i++) {
		uint32_t mask = ntohl(cfg.lan[i].mask.w[3]), net = ntohl(cfg.lan[i].net.w[3]);
		uint32_t own = cfg.lan[i].ifindex;

		if (cfg.lan[i].router.w[3] && ntohl(cfg.lan[i].router.w[3]) == a)
			return NATLOOP_OWN_SOURCE;
		if ((a & mask) != net || (own && own != ifindex))
			continue;
		if (own && mask < 0xfffffffe && (a == net || a == (net | ~mask)))
			return NATLOOP_BROADCAST_SOURCE;
		found = NATLOOP_NEW_FLOW;
	}
	return found;
}

/* From the last rule to the first: who comes later in that order has the last word. */
static bool slow_allowed(uint32_t ifindex, uint32_t a, uint8_t proto, uint16_t port)
{
	bool allowed = true;

	for (uint32_t i = cfg.rules; i-- > 0;) {
		const struct natloop_rule *rule = &cfg.rule[i];
		bool any = !rule->mask.w[0];

		if ((any || (a & ntohl(rule->mask.w[3])) == ntohl(rule->net.w[3])) &&
		    (!rule->ifindex || rule->ifindex == ifindex) &&
		    (!rule->proto || rule->proto == proto) && rule->first <= port &&
		    port <= rule->last)
			allowed = rule->allow;
	}
	return allowed;
}

static int slow_link(uint32_t ifindex, uint16_t outer, uint16_t inner)
{
	for (uint32_t i = 0; i < cfg.links; i++) {
		if (cfg.link[i].ifindex == ifindex && cfg.link[i].vlan[0] == outer &&
		    cfg.link[i].vlan[1] == inner)
			return i;
	}
	return -1;
}

/* The first link that is the interface itself decides. */
static bool slow_xmit(uint32_t ifindex)
{
	for (uint32_t i = 0; i < cfg.links; i++) {
		if (cfg.link[i].ifindex == ifindex && cfg.link[i].l3_ifindex == ifindex)
			return cfg.link[i].flags & NATLOOP_LINK_XDP_XMIT;
	}
	return false;
}

static void questions_to_random_configurations(void **state)
{
	(void)state;
	for (int c = 0; c < CONFIGS; c++) {
		random_config();
		for (int q = 0; q < QUESTIONS; q++) {
			uint32_t a = random_address(), ifindex = random_below(4);
			struct packet pkt = { .vlan = { random_below(3), random_below(3) } };
			struct natloop_addr addr = v4(a);
			int link = slow_link(ifindex, pkt.vlan[0], pkt.vlan[1]);
			enum natloop_outcome client = lookup_client(&cfg, ifindex, &addr);
			uint16_t port = random_below(8);
			struct natloop_tuple tuple = {
				.src = addr,
				.dport = htons(port),
				.proto = random_below(2) ? IPPROTO_TCP : IPPROTO_UDP,
			};
			bool allowed = lookup_allowed(&cfg, ifindex, &tuple);

			CHECK(lookup_address(&cfg, &addr) == slow_address(a), "address %08x", a);
			CHECK(client == slow_client(ifindex, a), "client %08x on %u: %d, not %d", a,
			      ifindex, client, slow_client(ifindex, a));
			CHECK(lookup_link(&cfg, ifindex, &pkt) ==
				      (link < 0 ? NULL : &cfg.link[link]),
			      "link %u tags %u %u", ifindex, pkt.vlan[0], pkt.vlan[1]);
			CHECK(!!lookup_xdp_xmit(&cfg, ifindex) == slow_xmit(ifindex), "xmit %u",
			      ifindex);
			CHECK(allowed == slow_allowed(ifindex, a, tuple.proto, port),
			      "%08x on %u to %u: %d", a, ifindex, port, allowed);
			CHECK(lookup_admission(&cfg, ifindex, &tuple) ==
				      (client == NATLOOP_NEW_FLOW && !allowed ? NATLOOP_DENIED :
										client),
			      "%08x on %u to %u", a, ifindex, port);
		}
	}
}

/* Sorted, never overlapping; as many as @most, with and without gaps. */
static void random_forwards(uint32_t most)
{
	uint32_t at = 1 + random_below(20);
	uint8_t proto = IPPROTO_TCP;

	cfg.forwards = 0;
	while (cfg.forwards < most) {
		uint32_t last = at + (random_below(2) ? 0 : random_below(50));

		if (last > 65535) {
			if (proto == IPPROTO_UDP)
				return;
			proto = IPPROTO_UDP;
			at = 1 + random_below(20);
			continue;
		}
		cfg.forward[cfg.forwards++] =
			(struct natloop_forward){ .first = at, .last = last, .proto = proto };
		at = last + 1 + (random_below(2) ? 0 : random_below(300));
		if (!random_below(300) && proto == IPPROTO_TCP)
			at = 65536;
	}
}

static int slow_forward(uint8_t proto, uint32_t port)
{
	for (uint32_t i = 0; i < cfg.forwards; i++) {
		if (cfg.forward[i].proto == proto && cfg.forward[i].first <= port &&
		    port <= cfg.forward[i].last)
			return i;
	}
	return -1;
}

static void expect_forward(uint8_t proto, uint32_t port)
{
	int i = slow_forward(proto, port & 0xffff);

	CHECK(lookup_forward(&cfg, proto, port) == (i < 0 ? NULL : &cfg.forward[i]),
	      "proto %u port %u of %u forwards", proto, port & 0xffff, cfg.forwards);
}

static void forwards(void **state)
{
	(void)state;
	for (int c = 0; c < CONFIGS; c++) {
		random_forwards(c % 3 ? random_below(NATLOOP_MAX_FORWARDS + 1) :
					NATLOOP_MAX_FORWARDS);
		for (uint32_t i = 0; i < cfg.forwards; i++) {
			for (int proto = 5; proto < 19; proto += 1 + 10 * (proto == 6)) {
				expect_forward(proto, cfg.forward[i].first - 1);
				expect_forward(proto, cfg.forward[i].first);
				expect_forward(proto, cfg.forward[i].last);
				expect_forward(proto, cfg.forward[i].last + 1);
			}
		}
		for (int q = 0; q < QUESTIONS; q++)
			expect_forward(random_below(2) ? IPPROTO_TCP : IPPROTO_UDP,
				       random_below(65536));
	}
}

/* Forwards of every port there is: the first and the last are found, too. */
static void every_port_forwarded(void **state)
{
	(void)state;
	cfg.forwards = NATLOOP_MAX_FORWARDS;
	for (uint32_t i = 0; i < NATLOOP_MAX_FORWARDS; i++)
		cfg.forward[i] = (struct natloop_forward){
			.first = i % 256 * 256,
			.last = i % 256 * 256 + 255,
			.proto = i < 256 ? IPPROTO_TCP : IPPROTO_UDP,
		};
	for (uint32_t port = 0; port < 65536; port++) {
		assert_ptr_equal(lookup_forward(&cfg, IPPROTO_TCP, port), &cfg.forward[port / 256]);
		assert_ptr_equal(lookup_forward(&cfg, IPPROTO_UDP, port),
				 &cfg.forward[256 + port / 256]);
	}
	assert_null(lookup_forward(&cfg, IPPROTO_ICMP, 1));
}

static void nothing_to_look_at(void **state)
{
	struct natloop_addr a = v4(0xc0a80b02);
	struct natloop_tuple tuple = { .src = a };

	(void)state;
	memset(&cfg, 0, sizeof(cfg));
	assert_int_equal(lookup_allowed(&cfg, 1, &tuple), 1);
	assert_int_equal(lookup_allowed(NULL, 1, &tuple), 0);
	assert_int_equal(lookup_admission(NULL, 1, &tuple), NATLOOP_NOT_LAN);
	assert_int_equal(lookup_admission(&cfg, 1, NULL), NATLOOP_NOT_LAN);
	assert_int_equal(lookup_allowed(&cfg, 1, NULL), 0);
	assert_int_equal(lookup_address(&cfg, &a), -1);
	assert_int_equal(lookup_link_index(&cfg, 1, 0, 0), -1);
	assert_int_equal(lookup_client(&cfg, 1, &a), NATLOOP_NOT_LAN);
	assert_int_equal(lookup_forward_index(&cfg, IPPROTO_TCP, 1), -1);
	assert_int_equal(lookup_xdp_xmit(&cfg, 1), 0);
	assert_int_equal(lookup_address(NULL, &a), -1);
	assert_int_equal(lookup_address(&cfg, NULL), -1);
	assert_int_equal(lookup_link_index(NULL, 1, 0, 0), -1);
	assert_int_equal(lookup_client(NULL, 1, &a), NATLOOP_NOT_LAN);
	assert_int_equal(lookup_client(&cfg, 1, NULL), NATLOOP_NOT_LAN);
	assert_int_equal(lookup_forward_index(NULL, IPPROTO_TCP, 1), -1);
	assert_int_equal(lookup_xdp_xmit(NULL, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_to_random_configurations),
		cmocka_unit_test(forwards),
		cmocka_unit_test(every_port_forwarded),
		cmocka_unit_test(nothing_to_look_at),
	};

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
