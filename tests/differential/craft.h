/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames from a description. A struct craft says what a frame is, right or wrong; craft_write()
 * turns it into bytes. Nothing here comes from bpf/.
 */
#ifndef CRAFT_H
#define CRAFT_H

#include "../wire/wire_packet.h"
#include "lab.h"

#define MTU 1500
#define MTU_ETH2 1400

#define IP_OFFSET 0x1fff
#define URG 0x20

/* All numbers are in host order. What is 0 here is right in the frame. */
struct craft {
	uint32_t mac_of;      /* the address whose MAC address the frame comes from; 0: @src */
	bool foreign_mac;     /* sent to nobody's MAC address */
	uint16_t vlan;	      /* tag, or 0 */
	uint16_t ethertype;   /* or 0 for IPv4 */
	uint8_t first_xor;    /* wrong version or header length */
	int16_t length_error; /* of the total length */
	uint8_t tos;
	uint16_t id;
	uint16_t fragment; /* flags and offset */
	uint8_t ttl;
	uint8_t proto;
	uint32_t src;
	uint32_t dst;
	uint8_t ip_options; /* bytes, a multiple of 4 */
	uint8_t ip_option[40];
	uint16_t ip_check_error; /* ones' complement difference from the right checksum */

	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
	uint16_t window;
	uint8_t tcp_options;
	uint8_t tcp_option[40];
	int8_t offset_error; /* of TCP's header length, in words */
	int16_t udp_length_error;
	bool no_check; /* UDP without a checksum */
	uint16_t check_error;

	uint8_t icmp_type;
	uint8_t icmp_code;
	uint32_t icmp_rest;

	uint16_t payload; /* bytes, made from @payload_seed unless there are @data */
	uint32_t payload_seed;
	const uint8_t *data;
	uint16_t padding;  /* bytes behind the IP packet */
	uint16_t cut_tail; /* bytes that are missing at the end */
};

/* RFC 1071: end-around carry after every addition. */
uint16_t ones_add(uint16_t a, uint16_t b);
uint16_t ones_sum(uint16_t sum, const uint8_t *byte, size_t length);

uint16_t get16(const uint8_t *byte);
uint32_t get32(const uint8_t *byte);
void set16(uint8_t *byte, uint16_t value);
void set32(uint8_t *byte, uint32_t value);

enum frame_interface interface_of(uint32_t address);
void mac_of(uint32_t address, uint8_t mac[6]);

void craft_write(const struct craft *p, struct wire *out);

/* The right checksum of the IPv4 header at @ip. */
void craft_set_ip_check(uint8_t *ip);

/*
 * A piece of @whole, an IPv4 frame without tag: @length bytes from @from of what is behind the IP
 * header. Options that are not to be copied are replaced (RFC 791, 3.2).
 */
void craft_piece(const struct wire *whole, uint16_t from, uint16_t length, struct wire *out);

#endif
