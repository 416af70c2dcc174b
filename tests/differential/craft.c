// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "craft.h"

#include <netinet/in.h>
#include <string.h>

#define ETHERNET 14
#define IPV4 20
#define TCP 20
#define UDP 8
#define ICMP 8

uint16_t ones_add(uint16_t a, uint16_t b)
{
	uint32_t sum = (uint32_t)a + b;

	return sum > 0xffff ? sum - 0xffff : sum;
}

uint16_t ones_sum(uint16_t sum, const uint8_t *byte, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum = ones_add(sum, get16(byte + i));
	return length % 2 ? ones_add(sum, byte[length - 1] << 8) : sum;
}

uint16_t get16(const uint8_t *byte)
{
	return byte[0] << 8 | byte[1];
}

uint32_t get32(const uint8_t *byte)
{
	return (uint32_t)get16(byte) << 16 | get16(byte + 2);
}

void set16(uint8_t *byte, uint16_t value)
{
	byte[0] = value >> 8;
	byte[1] = value & 0xff;
}

void set32(uint8_t *byte, uint32_t value)
{
	set16(byte, value >> 16);
	set16(byte + 2, value & 0xffff);
}

enum frame_interface interface_of(uint32_t address)
{
	if (address >> 8 == ROUTER >> 8)
		return ETH1;
	return address >> 8 == ROUTER_ETH2 >> 8 ? ETH2 : ETH0;
}

/* Everybody on the Internet is behind the gateway. */
void mac_of(uint32_t address, uint8_t mac[6])
{
	static const uint8_t net[LAB_PORTS] = { [ETH0] = 0x10, [ETH1] = 0x0b, [ETH2] = 0x0c };
	unsigned int i = interface_of(address);
	const uint8_t value[6] = { 2, 0, 0, 0, net[i], i == ETH0 ? 0xfe : address & 0xff };

	memcpy(mac, value, 6);
	if (address == PUBLIC)
		mac[5] = 1;
}

static uint8_t *grow(struct wire *out, size_t bytes)
{
	uint8_t *start = out->byte + out->length;

	if (out->length + bytes > FRAME_MAX)
		__builtin_trap();
	memset(start, 0, bytes);
	out->length += bytes;
	return start;
}

static void write_ethernet(const struct craft *p, struct wire *out)
{
	static const uint32_t router[LAB_PORTS] = {
		[ETH0] = PUBLIC,
		[ETH1] = ROUTER,
		[ETH2] = ROUTER_ETH2,
	};
	uint8_t *at = grow(out, ETHERNET);

	mac_of(router[out->interface], at);
	if (p->foreign_mac)
		at[5] ^= 0xe0;
	mac_of(p->mac_of ? p->mac_of : p->src, at + 6);
	if (p->vlan) {
		set16(at + 12, 0x8100);
		at = grow(out, 4) - 12;
		set16(at + 12, p->vlan);
		at += 2;
	}
	set16(at + 12, p->ethertype ? p->ethertype : 0x0800);
}

void craft_set_ip_check(uint8_t *ip)
{
	set16(ip + 10, 0);
	set16(ip + 10, ~ones_sum(0, ip, (ip[0] & 0xf) * 4));
}

static void write_ipv4(const struct craft *p, struct wire *out, uint16_t length)
{
	uint8_t *at = grow(out, IPV4 + p->ip_options);

	at[0] = 4 << 4 | (IPV4 + p->ip_options) / 4;
	at[1] = p->tos;
	set16(at + 2, IPV4 + p->ip_options + length + p->length_error);
	set16(at + 4, p->id);
	set16(at + 6, p->fragment);
	at[8] = p->ttl;
	at[9] = p->proto;
	set32(at + 12, p->src);
	set32(at + 16, p->dst);
	memcpy(at + IPV4, p->ip_option, p->ip_options);
	craft_set_ip_check(at);
	at[0] ^= p->first_xor;
	if (p->first_xor)
		set16(at + 10, ones_add(get16(at + 10), ~(p->first_xor << 8)));
	set16(at + 10, ones_add(get16(at + 10), p->ip_check_error));
}

static void write_payload(const struct craft *p, struct wire *out)
{
	uint8_t *at = grow(out, p->payload);
	uint32_t x = p->payload_seed * 2654435761u + 12345;

	for (int i = 0; i < p->payload; i++) {
		x = x * 1664525 + 1013904223;
		at[i] = p->data ? p->data[i] : x >> 24;
	}
}

static uint16_t transport_check(const struct craft *p, const uint8_t *l4, uint16_t length,
				uint16_t pseudo_length)
{
	uint8_t pseudo[12] = {};

	set32(pseudo, p->src);
	set32(pseudo + 4, p->dst);
	pseudo[9] = p->proto;
	set16(pseudo + 10, pseudo_length);
	return ~ones_sum(ones_sum(0, pseudo, sizeof(pseudo)), l4, length);
}

static void write_tcp(const struct craft *p, struct wire *out)
{
	uint8_t *at = grow(out, TCP + p->tcp_options);
	uint16_t length = TCP + p->tcp_options + p->payload;

	set16(at, p->sport);
	set16(at + 2, p->dport);
	set32(at + 4, p->seq);
	set32(at + 8, p->ack);
	at[12] = ((TCP + p->tcp_options) / 4 + p->offset_error) << 4;
	at[13] = p->flags;
	set16(at + 14, p->window);
	set16(at + 18, p->flags & URG ? 7 : 0);
	memcpy(at + TCP, p->tcp_option, p->tcp_options);
	write_payload(p, out);
	set16(at + 16, ones_add(transport_check(p, at, length, length), p->check_error));
}

static void write_udp(const struct craft *p, struct wire *out)
{
	uint8_t *at = grow(out, UDP);
	uint16_t length = UDP + p->payload + p->udp_length_error, check;

	set16(at, p->sport);
	set16(at + 2, p->dport);
	set16(at + 4, length);
	write_payload(p, out);
	if (p->no_check)
		return;
	check = transport_check(p, at, p->udp_length_error < 0 ? length : UDP + p->payload, length);
	check = ones_add(check, p->check_error);
	set16(at + 6, check ? check : 0xffff);
}

static void write_icmp(const struct craft *p, struct wire *out)
{
	uint8_t *at = grow(out, ICMP);

	at[0] = p->icmp_type;
	at[1] = p->icmp_code;
	set32(at + 4, p->icmp_rest);
	write_payload(p, out);
	set16(at + 2, ones_add(~ones_sum(0, at, ICMP + p->payload), p->check_error));
}

void craft_write(const struct craft *p, struct wire *out)
{
	uint16_t length = p->payload;

	if (p->proto == IPPROTO_TCP)
		length += TCP + p->tcp_options;
	else if (p->proto == IPPROTO_UDP || p->proto == IPPROTO_ICMP)
		length += UDP;
	out->length = 0;
	out->interface = interface_of(p->mac_of ? p->mac_of : p->src);
	write_ethernet(p, out);
	write_ipv4(p, out, length);
	if (p->proto == IPPROTO_TCP)
		write_tcp(p, out);
	else if (p->proto == IPPROTO_UDP)
		write_udp(p, out);
	else if (p->proto == IPPROTO_ICMP)
		write_icmp(p, out);
	else
		write_payload(p, out);
	grow(out, p->padding);
	out->length -= p->cut_tail;
}

/* Options without the copy flag become "no operation". */
static void drop_uncopied_options(uint8_t *ip)
{
	int end = (ip[0] & 0xf) * 4, length;

	for (int i = IPV4; i < end; i += length) {
		length = ip[i] < 2 || i + 1 >= end ? 1 : ip[i + 1];
		if (length < 1 || i + length > end)
			return;
		if (ip[i] >= 2 && !(ip[i] & 0x80))
			memset(ip + i, 1, length);
	}
}

void craft_piece(const struct wire *whole, uint16_t from, uint16_t length, struct wire *out)
{
	int header = (whole->byte[ETHERNET] & 0xf) * 4;
	uint8_t *ip = out->byte + ETHERNET;
	uint16_t total = get16(whole->byte + ETHERNET + 2) - header;
	uint16_t flags = get16(whole->byte + ETHERNET + 6);

	out->interface = whole->interface;
	out->length = ETHERNET + header + length;
	memcpy(out->byte, whole->byte, ETHERNET + header);
	memcpy(ip + header, whole->byte + ETHERNET + header + from, length);
	set16(ip + 2, header + length);
	set16(ip + 6, (flags & FRAME_DF) | (from + length < total ? FRAME_MF : 0) | from / 8);
	if (from)
		drop_uncopied_options(ip);
	craft_set_ip_check(ip);
}
