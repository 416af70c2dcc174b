// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "wire_packet.h"

#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ICMP_HEADER 8
#define FRAGMENT_OFFSET 0x1fff

const uint8_t MAC_ROUTER_ETH0[6] = { 0x02, 0, 0, 0, 0x10, 0x01 };
const uint8_t MAC_GATEWAY[6] = { 0x02, 0, 0, 0, 0x10, 0xfe };

struct frame packet_from_internet(uint8_t proto, uint32_t src, uint16_t sport, uint32_t dst,
				  uint16_t dport)
{
	struct frame f = frame_from(proto, src, sport, dst, dport);

	f.interface = ETH0;
	f.dmac = MAC_ROUTER_ETH0;
	f.smac = MAC_GATEWAY;
	return f;
}

struct frame packet_to_internet(const struct frame *in, uint32_t src, uint16_t sport, uint32_t dst,
				uint16_t dport)
{
	struct frame f = frame_translated(in, src, sport, dst, dport);

	f.interface = ETH0;
	f.dmac = MAC_GATEWAY;
	f.smac = MAC_ROUTER_ETH0;
	return f;
}

uint16_t packet_get16(const struct wire *w, size_t at)
{
	return at + 2 <= w->length ? w->byte[at] << 8 | w->byte[at + 1] : 0;
}

uint32_t packet_get32(const struct wire *w, size_t at)
{
	return (uint32_t)packet_get16(w, at) << 16 | packet_get16(w, at + 2);
}

uint16_t packet_find_headers(struct wire *w)
{
	uint16_t at = 12, type = packet_get16(w, at);

	while (type == ETHERTYPE_VLAN || type == ETH_P_8021AD) {
		at += 4;
		type = packet_get16(w, at);
	}
	at += 2;
	w->l3 = w->l4 = 0;
	if (type == ETHERTYPE_IP && at + 20 <= w->length) {
		w->l3 = at;
		w->l4 = at + (w->byte[at] & 15) * 4;
	}
	return type;
}

/* --- what is wrong -----------------------------------------------------------------------------
 */

/* An IP packet inside a frame; the end is where its own length says, or where the bytes end. */
struct ip {
	size_t l3;
	size_t l4;
	size_t end;
	bool whole;
};

static bool is_icmp_error(uint8_t type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static bool checksum_holds(const struct wire *w, const struct ip *ip, bool pseudo_header)
{
	uint8_t bytes[FRAME_MAX + 12];
	size_t length = ip->end - ip->l4, at = 0;

	if (pseudo_header) {
		memcpy(bytes, w->byte + ip->l3 + 12, 8);
		bytes[8] = 0;
		bytes[9] = w->byte[ip->l3 + 9];
		bytes[10] = length >> 8;
		bytes[11] = length & 0xff;
		at = 12;
	}
	memcpy(bytes + at, w->byte + ip->l4, length);
	return wire_sum(bytes, at + length, 0) == 0;
}

static const char *ip_fault(const struct wire *w, struct ip *ip)
{
	size_t room = w->length - ip->l3, header = (w->byte[ip->l3] & 15) * 4;
	size_t total = packet_get16(w, ip->l3 + 2);

	ip->l4 = ip->l3 + header;
	if (w->byte[ip->l3] >> 4 != 4 || header < 20 || header > room || total < header)
		return "IP header length";
	if (wire_sum(w->byte + ip->l3, header, 0))
		return "IP checksum";
	ip->whole = total <= room;
	ip->end = ip->whole ? ip->l3 + total : w->length;
	return NULL;
}

static const char *transport_fault(const struct wire *w, const struct ip *ip)
{
	uint8_t proto = w->byte[ip->l3 + 9];
	size_t length = ip->end - ip->l4;

	if (proto == IPPROTO_TCP && (length < 20 || !checksum_holds(w, ip, true)))
		return "TCP checksum";
	if (proto == IPPROTO_UDP) {
		if (length < 8 || packet_get16(w, ip->l4 + 4) != length)
			return "UDP length";
		if (packet_get16(w, ip->l4 + 6) && !checksum_holds(w, ip, true))
			return "UDP checksum";
	}
	return NULL;
}

static const char *quote_fault(const struct wire *w, size_t at, size_t end)
{
	struct ip quoted = { .l3 = at };
	const char *fault;

	if (at + 20 > end)
		return "quote shorter than an IP header";
	fault = ip_fault(w, &quoted);
	if (fault)
		return "checksum or length of the quoted IP header";
	if (quoted.end < quoted.l4 + 8)
		return "quote shorter than 8 bytes of transport";
	if (quoted.whole && !(packet_get16(w, at + 6) & (FRAME_MF | FRAGMENT_OFFSET)) &&
	    transport_fault(w, &quoted))
		return "transport checksum of the quoted packet";
	return NULL;
}

const char *packet_fault(const struct wire *w)
{
	struct ip ip = { .l3 = w->l3 };
	const char *fault;

	if (!w->l3)
		return NULL;
	fault = ip_fault(w, &ip);
	if (fault)
		return fault;
	if (!ip.whole)
		return "frame shorter than its IP packet";
	if (packet_get16(w, ip.l3 + 6) & (FRAME_MF | FRAGMENT_OFFSET))
		return NULL;
	if (w->byte[ip.l3 + 9] != IPPROTO_ICMP)
		return transport_fault(w, &ip);
	if (ip.end < ip.l4 + ICMP_HEADER || !checksum_holds(w, &ip, false))
		return "ICMP checksum";
	if (is_icmp_error(w->byte[ip.l4]))
		return quote_fault(w, ip.l4 + ICMP_HEADER, ip.end);
	return NULL;
}

/* --- one in a line -----------------------------------------------------------------------------
 */

struct text {
	char *at;
	size_t room;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(t->at, t->room, format, list);
	va_end(list);
	if (n < 0 || (size_t)n >= t->room)
		n = t->room ? (int)t->room - 1 : 0;
	t->at += n;
	t->room -= n;
}

static void add_address(struct text *t, const struct wire *w, size_t at, size_t port)
{
	const uint8_t *a = w->byte + at;

	add(t, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
	if (port)
		add(t, ":%u", packet_get16(w, port));
}

static void add_transport(struct text *t, const struct wire *w, size_t l4, uint8_t proto)
{
	static const char *const flag[] = { "FIN", "SYN", "RST", "PSH", "ACK" };

	if (proto == IPPROTO_UDP) {
		add(t, " UDP");
	} else if (proto == IPPROTO_TCP) {
		add(t, " TCP");
		for (int i = 0; i < 5 && l4 + 13 < w->length; i++) {
			if (w->byte[l4 + 13] & 1 << i)
				add(t, " %s", flag[i]);
		}
	} else if (proto == IPPROTO_ICMP) {
		add(t, " ICMP %u/%u", w->byte[l4], w->byte[l4 + 1]);
		if (w->byte[l4] == 3 && w->byte[l4 + 1] == 4)
			add(t, " mtu %u", packet_get16(w, l4 + 6));
	} else {
		add(t, " protocol %u", proto);
	}
}

/* Returns where what an ICMP error quotes begins, or 0. */
static size_t add_packet(struct text *t, const struct wire *w, size_t l3)
{
	uint16_t fragment = packet_get16(w, l3 + 6);
	size_t l4 = l3 + (w->byte[l3] & 15) * 4;
	uint8_t proto = w->byte[l3 + 9];
	bool first = !(fragment & FRAGMENT_OFFSET) && l4 + 4 <= w->length;
	bool ports = first && (proto == IPPROTO_TCP || proto == IPPROTO_UDP);

	add_address(t, w, l3 + 12, ports ? l4 : 0);
	add(t, " > ");
	add_address(t, w, l3 + 16, ports ? l4 + 2 : 0);
	if (first)
		add_transport(t, w, l4, proto);
	add(t, " ttl %u id %04x", w->byte[l3 + 8], packet_get16(w, l3 + 4));
	if (fragment & FRAME_DF)
		add(t, " DF");
	if (fragment & (FRAME_MF | FRAGMENT_OFFSET))
		add(t, " at %u%s", (fragment & FRAGMENT_OFFSET) * 8,
		    fragment & FRAME_MF ? "+" : "");
	if (l4 > l3 + 20)
		add(t, " options %zu", l4 - l3 - 20);
	add(t, " length %u", packet_get16(w, l3 + 2));
	if (!first || proto != IPPROTO_ICMP || !is_icmp_error(w->byte[l4]))
		return 0;
	return l4 + ICMP_HEADER;
}

void packet_describe(const struct wire *w, char *text, size_t size)
{
	static const char *const port[] = { [ETH1] = "eth1", [ETH2] = "eth2", [ETH0] = "eth0" };
	struct text t = { text, size };
	size_t quoted;

	add(&t, "%s to ..:%02x:%02x ", port[w->interface], w->byte[4], w->byte[5]);
	if (!w->l3) {
		add(&t, "EtherType %04x length %u", packet_get16(w, 12), w->length);
		return;
	}
	quoted = add_packet(&t, w, w->l3);
	if (quoted && quoted + 20 <= w->length) {
		add(&t, " [");
		add_packet(&t, w, quoted);
		add(&t, "]");
	}
}
