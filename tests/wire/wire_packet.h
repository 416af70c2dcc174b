/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames of the lab: those of the Internet, what is wrong with one, and one in a line of text. */
#ifndef WIRE_WIRE_PACKET_H
#define WIRE_WIRE_PACKET_H

#include "frame.h"

/* The router's side of the Internet, a third value of enum frame_interface. */
#define ETH0 FRAME_INTERFACES
#define GATEWAY ADDR(172, 16, 16, 254)

extern const uint8_t MAC_ROUTER_ETH0[6], MAC_GATEWAY[6];

/* frame_from() for a host of the Internet: arrives at eth0 by way of the gateway. */
struct frame packet_from_internet(uint8_t proto, uint32_t src, uint16_t sport, uint32_t dst,
				  uint16_t dport);

/* frame_translated() towards the Internet. */
struct frame packet_to_internet(const struct frame *in, uint32_t src, uint16_t sport, uint32_t dst,
				uint16_t dport);

/*
 * NULL: all lengths and checksums are right, those of the packet that an ICMP error quotes, too, as
 * far as the quote goes. Else what is not, in a few words. What is not IPv4 is not looked at.
 */
const char *packet_fault(const struct wire *w);

/* "eth1 192.168.11.2:50000 > 172.16.16.1:21116 UDP ttl 64 id 1234 DF length 60"; for an ICMP error
 * with the packet that it quotes. Cut at @size. */
void packet_describe(const struct wire *w, char *text, size_t size);

/* Where the IP header and what follows it lie; l3 is 0 if there is none. Returns the EtherType. */
uint16_t packet_find_headers(struct wire *w);

uint16_t packet_get16(const struct wire *w, size_t at);
uint32_t packet_get32(const struct wire *w, size_t at);

#endif
