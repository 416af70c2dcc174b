/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A conversation through the hairpin, as both of its ends see it. */
#ifndef CONFORMANCE_FLOW_H
#define CONFORMANCE_FLOW_H

#include "exchange.h"

enum side {
	FROM_CLIENT,
	FROM_SERVER,
	SIDES
};

struct flow {
	uint8_t proto;
	uint32_t client;
	uint16_t client_port;
	uint16_t public_port;
	uint32_t server;
	uint16_t server_port;
	/* What the server sees as the client. */
	uint32_t mapped;
	uint16_t mapped_port;
	uint32_t seq[SIDES]; /* TCP: the next that the side sends */
};

/*
 * Sends the first packet (TCP: SYN) to a forwarded port of the public address, and learns from what
 * arrives at the server how the client is mapped. Everything else in it must be right.
 */
struct flow flow_open(struct suite *s, uint8_t proto, uint32_t client, uint16_t client_port,
		      uint16_t public_port);

/* The same, and an answer; TCP: the handshake. */
struct flow flow_establish(struct suite *s, uint8_t proto, uint32_t client, uint16_t client_port,
			   uint16_t public_port);

/* A packet of the conversation as this side sends it, and as the other has to receive that. */
struct frame flow_frame(const struct flow *f, enum side side);
struct frame flow_translated(const struct flow *f, enum side side, const struct frame *in);

/* Sends @in and expects it at the other side; TCP sequence numbers go on. */
void flow_pass(struct suite *s, struct flow *f, enum side side, const struct frame *in,
	       const char *what);

/* A segment with these flags and bytes (UDP: only bytes). */
void flow_say(struct suite *s, struct flow *f, enum side side, uint8_t flags, uint16_t payload,
	      const char *what);

/* Data both ways. */
void flow_talk(struct suite *s, struct flow *f, const char *what);

/* The error of that kind that this side sends about a packet that it received from the other, and
 * as it has to arrive there. */
struct frame_icmp flow_error(const struct flow *f, enum side side, uint8_t type, uint8_t code);
struct frame_icmp flow_error_translated(const struct flow *f, enum side side,
					const struct frame_icmp *in);

const char *proto_name(uint8_t proto);
const char *side_name(enum side side);

#endif
