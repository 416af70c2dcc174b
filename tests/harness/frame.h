/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets with named actors: a struct frame says what a packet is, frame_write() turns it into
 * bytes. Nothing here comes from bpf/: the checksums are added up word by word, so that an expected
 * packet never owes anything to the code that it judges.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDR(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

#define CLIENT ADDR(192, 168, 11, 2)
#define CLIENT2 ADDR(192, 168, 11, 3)
#define SERVER ADDR(192, 168, 11, 20)
#define ROUTER ADDR(192, 168, 11, 1)
#define PUBLIC ADDR(172, 16, 16, 1)
#define PUBLIC2 ADDR(172, 16, 16, 2)
#define INTERNET ADDR(8, 8, 8, 8)
/* Behind the router's other LAN interface. */
#define ROUTER_ETH2 ADDR(192, 168, 12, 1)
#define SERVER_ETH2 ADDR(192, 168, 12, 20)
#define CLIENT_ETH2 ADDR(192, 168, 12, 2)
/* In the LAN of eth1, but the router knows no MAC address of it. */
#define SERVER_SILENT ADDR(192, 168, 11, 99)

extern const uint8_t MAC_ROUTER[6], MAC_ROUTER_ETH2[6], MAC_CLIENT[6], MAC_CLIENT2[6];
extern const uint8_t MAC_SERVER[6], MAC_SERVER_ETH2[6], MAC_CLIENT_ETH2[6], MAC_STRANGER[6];
extern const uint8_t MAC_BROADCAST[6];

enum frame_interface {
	ETH1,
	ETH2,
	FRAME_INTERFACES
};

enum frame_tcp_flag {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	PSH = 0x08,
	ACK = 0x10,
};

#define FRAME_DF 0x4000
#define FRAME_MF 0x2000
#define FRAME_OPTIONS_MAX 40
#define FRAME_MAX 9216
#define FRAME_TAGS_MAX 3

struct frame_tag {
	uint16_t tpid;
	uint16_t tci;
};

/* All numbers are in host order. */
struct frame {
	enum frame_interface interface; /* where it arrives, or leaves */
	const uint8_t *dmac;
	const uint8_t *smac;
	int tags;
	struct frame_tag tag[FRAME_TAGS_MAX]; /* outer first */

	uint8_t tos;
	uint16_t id;
	uint16_t fragment; /* flags and offset */
	uint8_t ttl;
	uint8_t proto;
	uint32_t src;
	uint32_t dst;
	uint8_t ip_options;	/* bytes, a multiple of 4 */
	uint8_t ip_option_byte; /* each of them; 0: a pattern that no host would accept */
	uint16_t ip_check_error;

	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
	uint16_t window;
	uint8_t tcp_options;	 /* bytes, a multiple of 4 */
	uint8_t tcp_option_byte; /* as ip_option_byte */
	bool no_check;		 /* UDP: sent without a checksum */
	uint16_t check_error;	 /* ones' complement difference from the right checksum */

	uint16_t payload;
	uint16_t payload_word; /* the first two bytes of the payload; the rest follows from it */
	uint16_t padding;      /* bytes behind the IP packet */
};

struct wire {
	enum frame_interface interface;
	uint16_t length;
	uint16_t l3;
	uint16_t l4;
	uint8_t byte[FRAME_MAX];
};

/* A packet from @src to @dst by way of the router, TTL 64, 32 bytes of payload, TCP: ACK. */
struct frame frame_from(uint8_t proto, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport);

/* @in as it leaves: translated, one TTL less, from the router's MAC address to @dst's. */
struct frame frame_translated(const struct frame *in, uint32_t src, uint16_t sport, uint32_t dst,
			      uint16_t dport);

void frame_write(const struct frame *f, struct wire *w);

/* Chooses the payload so that the transport checksum of @f adds up to 0. */
void frame_aim_zero_checksum(struct frame *f);

/* The transport checksum as it lies in the packet, host order. */
uint16_t wire_checksum(const struct wire *w);

/* The checksum of the bytes (RFC 1071), @error off: what belongs into a field that is 0 now. */
uint16_t wire_sum(const uint8_t *byte, size_t length, uint16_t error);

/* Gives the IPv4 header, as long as it says it is, the checksum that it should have. */
void wire_mend_ip(struct wire *w);

void wire_put16(struct wire *w, size_t offset, uint16_t value);

#endif
