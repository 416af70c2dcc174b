// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hostile.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#include "frame_icmp.h"

#define PICK(array) (array)[hostile_pick(sizeof(array) / sizeof((array)[0]))]

static const uint8_t MAC_HOSTILE[6] = { 0x02, 0, 0, 0, 0x66, 0x66 };
static const uint16_t tcp_ports[] = { 21115, 21116, 21117, 8443, 9000, 9003, 9010, 53 };
static const uint16_t udp_ports[] = { 21116, 9000, 9003, 9010, 53 };

static const struct {
	const char *what;
	bool forged;
} kinds[] = {
#define X(NAME, what, FORGED) { what, FORGED },
	HOSTILES(X)
#undef X
};

static _Thread_local uint64_t state = 1;

const char *hostile_what(enum hostile kind)
{
	return kinds[kind].what;
}

bool hostile_is_forged(enum hostile kind)
{
	return kinds[kind].forged;
}

void hostile_seed(void)
{
	const char *given = getenv("NATLOOP_SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	hostile_seed_thread(given ? strtoull(given, NULL, 0) :
				    (uint64_t)now.tv_sec << 30 ^ now.tv_nsec);
	print_message("NATLOOP_SEED=%llu\n", (unsigned long long)state);
}

void hostile_seed_thread(uint64_t seed)
{
	state = seed ? seed : 1;
}

void hostile_lan(struct natloop_config *cfg)
{
	struct natloop_lan *lan = &cfg->lan[cfg->lans++];

	*lan = cfg->lan[0];
	lan->net = world_addr(HOSTILE_NET);
	lan->mask.w[3] = htonl(HOSTILE_MASK);
	lan->router = (struct natloop_addr){};
	lan->ifindex = 0;
}

/* xorshift64 */
uint32_t hostile_pick(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % below;
}

static uint16_t any_port(void)
{
	return 1 + hostile_pick(65535);
}

static uint32_t any_address(void)
{
	return HOSTILE_NET + 1 + hostile_pick(~HOSTILE_MASK - 1);
}

static struct frame to_forward(uint8_t proto, uint32_t src)
{
	struct frame f = frame_from(proto, src, any_port(), hostile_pick(8) ? PUBLIC : PUBLIC2,
				    proto == IPPROTO_TCP ? PICK(tcp_ports) : PICK(udp_ports));

	f.smac = MAC_HOSTILE;
	f.flags = SYN;
	f.payload = 0;
	return f;
}

/* So that flows share a binding. */
static struct frame few_sockets(void)
{
	struct frame f = to_forward(hostile_pick(2) ? IPPROTO_UDP : IPPROTO_TCP, HOSTILE_HOST);

	f.sport = 40000 + hostile_pick(16);
	return f;
}

static struct frame stray_end(void)
{
	static const uint8_t flags[] = { RST, RST | ACK, FIN | ACK, FIN };
	struct frame f = to_forward(IPPROTO_TCP, hostile_pick(2) ? HOSTILE_HOST : any_address());

	f.flags = PICK(flags);
	return f;
}

/* From the server's port, to the SNAT port of a live flow or another; not from the server. */
static struct frame false_answer(const struct dialogue *victim)
{
	struct frame f = server_says(victim);

	f.src = hostile_pick(2) ? HOSTILE_HOST : any_address();
	f.smac = MAC_HOSTILE;
	if (hostile_pick(2))
		f.dport = any_port();
	f.flags = hostile_pick(2) ? RST : ACK;
	return f;
}

static struct frame forged_end(const struct dialogue *victim)
{
	static const uint8_t flags[] = { RST, RST | ACK, FIN, FIN | ACK, SYN, SYN | ACK };
	struct frame f = hostile_pick(2) ? client_says(victim) : server_says(victim);

	f.smac = MAC_HOSTILE;
	f.flags = PICK(flags);
	f.seq = hostile_pick(0xffffffff);
	return f;
}

static struct frame other_lan(const struct dialogue *victim)
{
	struct frame f = forged_end(victim);

	f.interface = ETH2;
	f.dmac = MAC_ROUTER_ETH2;
	return f;
}

/* By somebody who is neither the quoted packet's receiver nor a router on the way there. */
static void write_icmp_error(const struct dialogue *victim, struct wire *w)
{
	static const uint8_t types[] = { ICMP_IS_UNREACHABLE, ICMP_IS_UNREACHABLE,
					 ICMP_IS_TIME_EXCEEDED, ICMP_IS_PARAMETER };
	struct frame said = hostile_pick(2) ? client_says(victim) : server_says(victim), heard;
	uint8_t type = PICK(types);
	uint8_t code = type == ICMP_IS_UNREACHABLE ? hostile_pick(16) : 0;
	struct frame_icmp f;

	heard = said.src == victim->client ? server_hears(victim, &said) :
					     client_hears(victim, &said);
	f = frame_icmp_about(type, code, hostile_pick(2) ? HOSTILE_HOST : any_address(), &heard);
	f.smac = MAC_HOSTILE;
	f.rest = code == ICMP_CODE_TOO_BIG ? 68 : 0;
	if (!hostile_pick(8))
		f.quoted.sport = any_port();
	frame_icmp_write(&f, w);
}

static struct frame fragmented(void)
{
	struct frame f = to_forward(hostile_pick(4) ? IPPROTO_UDP : IPPROTO_TCP, any_address());

	f.fragment = 0;
	f.id = hostile_pick(0xff00);
	f.payload = 1400;
	return f;
}

static void write_fragment(enum hostile kind, const struct dialogue *victim, struct wire *w)
{
	struct frame f = fragmented();
	uint16_t offset = 8 * (1 + hostile_pick(100));

	switch (kind) {
	case HOSTILE_FIRST_FRAGMENT:
		frame_fragment_write(&f, 0, offset + 16, true, w);
		return;
	case HOSTILE_LATER_FRAGMENT:
		/* In a live client's name, too: its own datagrams have other numbers. */
		if (!hostile_pick(4))
			f.src = victim->client;
		frame_fragment_write(&f, offset, 64, hostile_pick(2), w);
		return;
	default:
		/* Few numbers, so that some meet; or 8 bytes, where TCP's flags are missing. */
		f.src = HOSTILE_HOST;
		f.id = hostile_pick(64);
		f.proto = hostile_pick(2) ? IPPROTO_UDP : IPPROTO_TCP;
		frame_fragment_write(&f, 8 * hostile_pick(4), 8 * (1 + hostile_pick(4)), true, w);
		return;
	}
}

static struct frame ttl_one(const struct dialogue *victim)
{
	struct frame f =
		hostile_pick(2) ? to_forward(IPPROTO_UDP, any_address()) : forged_end(victim);

	f.ttl = hostile_pick(2);
	return f;
}

static struct frame no_client(void)
{
	static const uint32_t sources[] = {
		ADDR(127, 0, 0, 1),	   ADDR(224, 0, 0, 1), ADDR(255, 255, 255, 255),
		ADDR(192, 168, 11, 255),   ADDR(0, 0, 0, 1),   ROUTER,
		ADDR(198, 51, 100, 0) | 1, INTERNET,	       PUBLIC,
	};
	struct frame f = to_forward(hostile_pick(2) ? IPPROTO_UDP : IPPROTO_TCP, PICK(sources));

	f.interface = ETH1;
	f.dmac = MAC_ROUTER;
	return f;
}

static struct frame plain(enum hostile kind, const struct dialogue *victim)
{
	switch (kind) {
	case HOSTILE_SYN_ONE:
		return to_forward(IPPROTO_TCP, HOSTILE_HOST);
	case HOSTILE_UDP_ONE:
		return to_forward(IPPROTO_UDP, HOSTILE_HOST);
	case HOSTILE_SYN_MANY:
		return to_forward(IPPROTO_TCP, any_address());
	case HOSTILE_UDP_MANY:
		return to_forward(IPPROTO_UDP, any_address());
	case HOSTILE_FEW_SOCKETS:
		return few_sockets();
	case HOSTILE_STRAY_END:
		return stray_end();
	case HOSTILE_FALSE_ANSWER:
		return false_answer(victim);
	case HOSTILE_FORGED_END:
		return forged_end(victim);
	case HOSTILE_OTHER_LAN:
		return other_lan(victim);
	case HOSTILE_TTL_ONE:
		return ttl_one(victim);
	default:
		return no_client();
	}
}

void hostile_write(enum hostile kind, const struct dialogue *victim, struct wire *w)
{
	struct frame f;

	switch (kind) {
	case HOSTILE_ICMP_ERROR:
		write_icmp_error(victim, w);
		return;
	case HOSTILE_FIRST_FRAGMENT:
	case HOSTILE_LATER_FRAGMENT:
	case HOSTILE_ODD_FRAGMENT:
		write_fragment(kind, victim, w);
		return;
	default:
		f = plain(kind, victim);
		frame_write(&f, w);
		return;
	}
}
