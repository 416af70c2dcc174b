// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lookup.h against loops over everything. Input: a question, then a configuration made of few
 * values, so that they meet.
 */
#include <arpa/inet.h>
#include <linux/in.h>

#include "fuzz.h"
#include "lookup.h"

static struct natloop_config cfg;

struct question {
	uint32_t address;
	uint32_t ifindex;
	uint16_t vlan[2];
	uint8_t proto;
	uint16_t port;
};

/* Where the rules change, and inside the LANs. */
static uint32_t take_address(struct fuzz_input *in)
{
	static const uint32_t base[] = { 0x0a000000, 0xc0a80b00, 0xac101000, 0x7f000000,
					 0xe0000000, 0xffffff00, 0x00ffff00, 0xefffff00 };
	uint8_t which = fuzz_u8(in);

	return which < 0xf0 ? base[which % 8] | fuzz_u8(in) : fuzz_u32(in);
}

static struct natloop_addr mapped(uint32_t address)
{
	return (struct natloop_addr){ .w = { 0, 0, htonl(0xffff), htonl(address) } };
}

static struct question take_question(struct fuzz_input *in)
{
	struct question q = {
		.address = take_address(in),
		.ifindex = fuzz_u8(in) % 4,
		.vlan = { fuzz_u8(in) % 3, fuzz_u8(in) % 3 },
		.proto = fuzz_u8(in),
		.port = fuzz_u16(in),
	};

	if (q.proto % 4)
		q.proto = q.proto & 1 ? IPPROTO_TCP : IPPROTO_UDP;
	return q;
}

/* 255: as many as there can be. */
static uint32_t take_count(struct fuzz_input *in, uint32_t most)
{
	uint8_t count = fuzz_u8(in);

	return count == 255 || count > most ? most : count;
}

static void take_links(struct fuzz_input *in)
{
	cfg.links = take_count(in, NATLOOP_MAX_LINKS);
	for (uint32_t i = 0; i < cfg.links; i++) {
		uint8_t b = fuzz_u8(in);

		cfg.link[i] = (struct natloop_link){
			.ifindex = b % 4,
			.l3_ifindex = b / 4 % 4,
			.vlan = { b / 16 % 3, b / 64 % 3 },
			.flags = b / 128,
		};
	}
}

static void take_lans(struct fuzz_input *in)
{
	cfg.lans = take_count(in, NATLOOP_MAX_LANS);
	for (uint32_t i = 0; i < cfg.lans; i++) {
		uint8_t b = fuzz_u8(in), bits = 1 + b % 32;
		uint32_t mask = ~0U << (32 - bits);
		struct natloop_lan *lan = &cfg.lan[i];

		lan->net = mapped(take_address(in) & mask);
		lan->mask = mapped(mask);
		memset(&lan->mask, 0xff, 12);
		memset(&lan->router, 0, sizeof(lan->router));
		if (b & 32)
			lan->router = mapped(take_address(in));
		lan->ifindex = b / 64;
	}
}

/* Sorted by protocol and port, never overlapping: what plan_forwards makes. */
static void take_forwards(struct fuzz_input *in)
{
	uint32_t most = take_count(in, NATLOOP_MAX_FORWARDS), at = 0;
	uint8_t proto = IPPROTO_TCP;

	for (cfg.forwards = 0; cfg.forwards < most; cfg.forwards++) {
		uint8_t b = fuzz_u8(in);
		uint32_t first = at + 1 + (b & 1 ? fuzz_u8(in) : 0);
		uint32_t last = first + (b & 2 ? fuzz_u16(in) >> (b >> 4) : 0);

		if (last > 65535 || (b & 12) == 12) {
			if (proto == IPPROTO_UDP)
				return;
			proto = IPPROTO_UDP;
			first = last = 1 + b;
		}
		cfg.forward[cfg.forwards] =
			(struct natloop_forward){ .first = first, .last = last, .proto = proto };
		at = last;
	}
}

static void take_config(struct fuzz_input *in)
{
	memset(&cfg, 0, sizeof(cfg));
	cfg.addresses = take_count(in, NATLOOP_MAX_ADDRESSES);
	for (uint32_t i = 0; i < cfg.addresses; i++)
		cfg.address[i] = mapped(take_address(in));
	take_links(in);
	take_lans(in);
	take_forwards(in);
}

static int slow_address(uint32_t address)
{
	int found = -1;

	for (int i = (int)cfg.addresses - 1; i >= 0; i--)
		if (cfg.address[i].w[3] == htonl(address))
			found = i;
	return found;
}

/* What a source is, first by its number alone, then by the LANs in their order. */
static enum natloop_outcome slow_client(uint32_t ifindex, uint32_t a)
{
	bool own = slow_address(a) >= 0, lan = false, broadcast = false;

	if ((a & 0xff000000) == 0x7f000000)
		return NATLOOP_LOOPBACK_SOURCE;
	if ((a & 0xf0000000) == 0xe0000000)
		return NATLOOP_MULTICAST_SOURCE;
	if (a == UINT32_MAX)
		return NATLOOP_BROADCAST_SOURCE;
	if (a < 1 << 24)
		return NATLOOP_NOT_LAN;
	for (uint32_t i = 0; i < cfg.lans; i++) {
		uint32_t hosts = ~ntohl(cfg.lan[i].mask.w[3]);
		bool of_interface = cfg.lan[i].ifindex;
		bool inside = (a & ~hosts) == ntohl(cfg.lan[i].net.w[3]) &&
			      (!of_interface || cfg.lan[i].ifindex == ifindex);

		own = own || (cfg.lan[i].router.w[2] && cfg.lan[i].router.w[3] == htonl(a));
		lan = lan || inside;
		/* The first of the two decides. */
		if (!own && inside && of_interface && hosts > 1 &&
		    ((a & hosts) == 0 || (a & hosts) == hosts))
			broadcast = true;
		if (own || broadcast)
			break;
	}
	if (own)
		return NATLOOP_OWN_SOURCE;
	if (broadcast)
		return NATLOOP_BROADCAST_SOURCE;
	return lan ? NATLOOP_NEW_FLOW : NATLOOP_NOT_LAN;
}

static void check_addresses(const struct question *q)
{
	struct natloop_addr addr = mapped(q->address);
	int address = lookup_address(&cfg, &addr);
	enum natloop_outcome client = lookup_client(&cfg, q->ifindex, &addr);

	FUZZ_CHECK(address == slow_address(q->address), "address %08x: %d", q->address, address);
	FUZZ_CHECK(client == slow_client(q->ifindex, q->address), "client %08x on %u: %d, not %d",
		   q->address, q->ifindex, client, slow_client(q->ifindex, q->address));
}

static void check_links(const struct question *q)
{
	const struct natloop_link *slow = NULL;
	int xmit = -1;
	struct packet pkt = { .vlan = { q->vlan[0], q->vlan[1] } };

	for (uint32_t i = 0; i < cfg.links; i++) {
		const struct natloop_link *link = &cfg.link[i];

		if (!slow && link->ifindex == q->ifindex &&
		    !memcmp(link->vlan, q->vlan, sizeof(q->vlan)))
			slow = link;
		if (xmit < 0 && link->ifindex == q->ifindex && link->l3_ifindex == q->ifindex)
			xmit = link->flags & NATLOOP_LINK_XDP_XMIT;
	}
	FUZZ_CHECK(lookup_link(&cfg, q->ifindex, &pkt) == slow, "link %u tags %u %u", q->ifindex,
		   q->vlan[0], q->vlan[1]);
	FUZZ_CHECK(!!lookup_xdp_xmit(&cfg, q->ifindex) == (xmit > 0), "xmit %u", q->ifindex);
}

static void check_forward(uint8_t proto, uint32_t port)
{
	const struct natloop_forward *slow = NULL;

	port &= 0xffff;
	for (uint32_t i = 0; i < cfg.forwards; i++)
		if (cfg.forward[i].proto == proto && cfg.forward[i].first <= port &&
		    cfg.forward[i].last >= port)
			slow = &cfg.forward[i];
	FUZZ_CHECK(lookup_forward(&cfg, proto, port) == slow, "protocol %u port %u of %u forwards",
		   proto, port, cfg.forwards);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	struct question q = take_question(&in);

	take_config(&in);
	check_addresses(&q);
	check_links(&q);
	check_forward(q.proto, q.port);
	/* One forward's ends, from both sides; not all of them, for speed. */
	if (cfg.forwards) {
		const struct natloop_forward *f = &cfg.forward[q.port % cfg.forwards];

		check_forward(f->proto, f->first - 1);
		check_forward(f->proto, f->first);
		check_forward(f->proto, f->last);
		check_forward(f->proto, f->last + 1);
	}
	return 0;
}
