// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "frame.h"

#include <netinet/in.h>
#include <string.h>

#define ETHERNET 14
#define IPV4 20
#define TCP 20
#define UDP 8

const uint8_t MAC_ROUTER[6] = { 0x02, 0, 0, 0, 0x0b, 0x01 };
const uint8_t MAC_CLIENT[6] = { 0x02, 0, 0, 0, 0x0b, 0x02 };
const uint8_t MAC_CLIENT2[6] = { 0x02, 0, 0, 0, 0x0b, 0x03 };
const uint8_t MAC_SERVER[6] = { 0x02, 0, 0, 0, 0x0b, 0x14 };
const uint8_t MAC_ROUTER_ETH2[6] = { 0x02, 0, 0, 0, 0x0c, 0x01 };
const uint8_t MAC_CLIENT_ETH2[6] = { 0x02, 0, 0, 0, 0x0c, 0x02 };
const uint8_t MAC_SERVER_ETH2[6] = { 0x02, 0, 0, 0, 0x0c, 0x14 };
const uint8_t MAC_STRANGER[6] = { 0x02, 0, 0, 0, 0xee, 0xee };
const uint8_t MAC_BROADCAST[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static const struct {
	uint32_t address;
	const uint8_t *mac;
} actors[] = {
	{ CLIENT, MAC_CLIENT },		  { CLIENT2, MAC_CLIENT2 },	    { SERVER, MAC_SERVER },
	{ CLIENT_ETH2, MAC_CLIENT_ETH2 }, { SERVER_ETH2, MAC_SERVER_ETH2 },
};

static const uint8_t *mac_of(uint32_t address)
{
	for (size_t i = 0; i < sizeof(actors) / sizeof(actors[0]); i++) {
		if (actors[i].address == address)
			return actors[i].mac;
	}
	return MAC_STRANGER;
}

static enum frame_interface interface_of(uint32_t address)
{
	return address >> 8 == ROUTER_ETH2 >> 8 ? ETH2 : ETH1;
}

struct frame frame_from(uint8_t proto, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport)
{
	return (struct frame){
		.interface = interface_of(src),
		.dmac = interface_of(src) == ETH2 ? MAC_ROUTER_ETH2 : MAC_ROUTER,
		.smac = mac_of(src),
		.id = 0x1234,
		.fragment = FRAME_DF,
		.ttl = 64,
		.proto = proto,
		.src = src,
		.dst = dst,
		.sport = sport,
		.dport = dport,
		.seq = 0x01020304,
		.ack = 0xf1f2f3f4,
		.flags = ACK,
		.window = 0xfaf0,
		.payload = 32,
		.payload_word = 0x4e4c,
	};
}

struct frame frame_translated(const struct frame *in, uint32_t src, uint16_t sport, uint32_t dst,
			      uint16_t dport)
{
	struct frame out = *in;

	out.interface = interface_of(dst);
	out.smac = out.interface == ETH2 ? MAC_ROUTER_ETH2 : MAC_ROUTER;
	out.dmac = mac_of(dst);
	out.src = src;
	out.sport = sport;
	out.dst = dst;
	out.dport = dport;
	out.ttl--;
	return out;
}

static void put8(struct wire *w, uint8_t value)
{
	w->byte[w->length++] = value;
}

static void put16(struct wire *w, uint16_t value)
{
	put8(w, value >> 8);
	put8(w, value & 0xff);
}

static void put32(struct wire *w, uint32_t value)
{
	put16(w, value >> 16);
	put16(w, value & 0xffff);
}

void wire_put16(struct wire *w, size_t offset, uint16_t value)
{
	w->byte[offset] = value >> 8;
	w->byte[offset + 1] = value & 0xff;
}

/* RFC 1071, as its first page says it: end-around carry after every addition. */
static uint32_t add_word(uint32_t sum, uint16_t word)
{
	sum += word;
	return sum > 0xffff ? sum - 0xffff : sum;
}

static uint32_t add_bytes(uint32_t sum, const uint8_t *byte, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum = add_word(sum, byte[i] << 8 | byte[i + 1]);
	return length % 2 ? add_word(sum, byte[length - 1] << 8) : sum;
}

uint16_t wire_sum(const uint8_t *byte, size_t length, uint16_t error)
{
	return add_word((uint16_t)~add_bytes(0, byte, length), error);
}

/* The sum behind the transport header that starts at w->l4 and whose checksum field is 0. */
static uint16_t transport_sum(const struct frame *f, const struct wire *w)
{
	uint16_t length = w->length - w->l4;
	uint32_t sum = 0;

	sum = add_word(sum, f->src >> 16);
	sum = add_word(sum, f->src & 0xffff);
	sum = add_word(sum, f->dst >> 16);
	sum = add_word(sum, f->dst & 0xffff);
	sum = add_word(sum, f->proto);
	sum = add_word(sum, length);
	return ~add_bytes(sum, w->byte + w->l4, length);
}

static void write_ethernet(const struct frame *f, struct wire *w)
{
	memcpy(w->byte, f->dmac, 6);
	memcpy(w->byte + 6, f->smac, 6);
	w->length = 12;
	for (int i = 0; i < f->tags; i++) {
		put16(w, f->tag[i].tpid);
		put16(w, f->tag[i].tci);
	}
	put16(w, 0x0800);
}

/* RFC 2113: an option that no router has anything to do with. */
static const uint8_t router_alert[] = { 148, 4, 0, 0 };

static void write_ipv4(const struct frame *f, struct wire *w, uint16_t length)
{
	w->l3 = w->length;
	put8(w, 4 << 4 | (IPV4 + f->ip_options) / 4);
	put8(w, f->tos);
	put16(w, IPV4 + f->ip_options + length);
	put16(w, f->id);
	put16(w, f->fragment);
	put8(w, f->ttl);
	put8(w, f->proto);
	put16(w, 0);
	put32(w, f->src);
	put32(w, f->dst);
	for (int i = 0; i < f->ip_options; i++)
		put8(w, f->ip_option_byte ? f->ip_option_byte : router_alert[i % 4]);
	w->l4 = w->length;
	wire_put16(w, w->l3 + 10, wire_sum(w->byte + w->l3, w->l4 - w->l3, f->ip_check_error));
}

static void write_payload(const struct frame *f, struct wire *w)
{
	uint8_t byte = f->payload_word & 0xff;

	for (int i = 0; i < f->payload; i++) {
		if (i < 2)
			put8(w, i ? f->payload_word & 0xff : f->payload_word >> 8);
		else
			put8(w, byte += 29);
	}
}

static void write_tcp(const struct frame *f, struct wire *w)
{
	put16(w, f->sport);
	put16(w, f->dport);
	put32(w, f->seq);
	put32(w, f->ack);
	put8(w, (TCP + f->tcp_options) / 4 << 4);
	put8(w, f->flags);
	put16(w, f->window);
	put16(w, 0);
	put16(w, f->flags & 0x20 ? 7 : 0);
	for (int i = 0; i < f->tcp_options; i++)
		put8(w, f->tcp_option_byte ? f->tcp_option_byte : 0xc0 + i);
	write_payload(f, w);
	wire_put16(w, w->l4 + 16, add_word(transport_sum(f, w), f->check_error));
}

static void write_udp(const struct frame *f, struct wire *w)
{
	uint16_t check;

	put16(w, f->sport);
	put16(w, f->dport);
	put16(w, UDP + f->payload);
	put16(w, 0);
	write_payload(f, w);
	check = add_word(transport_sum(f, w), f->check_error);
	wire_put16(w, w->l4 + 6, f->no_check ? 0 : check ? check : 0xffff);
}

void frame_write(const struct frame *f, struct wire *w)
{
	uint16_t length = f->payload;

	if (f->proto == IPPROTO_TCP)
		length += TCP + f->tcp_options;
	else if (f->proto == IPPROTO_UDP)
		length += UDP;
	w->interface = f->interface;
	write_ethernet(f, w);
	write_ipv4(f, w, length);
	if (f->proto == IPPROTO_TCP)
		write_tcp(f, w);
	else if (f->proto == IPPROTO_UDP)
		write_udp(f, w);
	else
		write_payload(f, w);
	for (int i = 0; i < f->padding; i++)
		put8(w, 0);
}

uint16_t wire_checksum(const struct wire *w)
{
	size_t at = w->l4 + (w->byte[w->l3 + 9] == IPPROTO_TCP ? 16 : 6);

	return w->byte[at] << 8 | w->byte[at + 1];
}

void frame_aim_zero_checksum(struct frame *f)
{
	uint16_t aim = f->proto == IPPROTO_TCP ? 0 : 0xffff;
	struct wire w;

	f->payload = 2;
	for (uint32_t word = 0; word <= 0xffff; word++) {
		f->payload_word = word;
		frame_write(f, &w);
		if (wire_checksum(&w) == aim)
			return;
	}
}

void wire_mend_ip(struct wire *w)
{
	size_t header = (w->byte[w->l3] & 15) * 4;

	if (header < 20 || w->l3 + header > w->length)
		return;
	wire_put16(w, w->l3 + 10, 0);
	wire_put16(w, w->l3 + 10, wire_sum(w->byte + w->l3, header, 0));
}
