/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What frame.h does not write: ICMP errors that quote a packet, and fragments of a packet. The
 * checksums are added up word by word, as there.
 */
#ifndef FRAME_ICMP_H
#define FRAME_ICMP_H

#include "frame.h"

enum frame_icmp_type {
	ICMP_IS_UNREACHABLE = 3,
	ICMP_IS_REDIRECT = 5,
	ICMP_IS_TIME_EXCEEDED = 11,
	ICMP_IS_PARAMETER = 12,
};

enum frame_icmp_code {
	ICMP_CODE_HOST = 1,
	ICMP_CODE_PORT = 3,
	ICMP_CODE_TOO_BIG = 4,
	ICMP_CODE_PROHIBITED = 13,
};

/* What every quote has at least, of the transport header. */
#define FRAME_QUOTE_MIN 8
#define FRAME_QUOTE_WHOLE 0xffff

/* All numbers are in host order. */
struct frame_icmp {
	enum frame_interface interface; /* where it arrives, or leaves */
	const uint8_t *dmac;
	const uint8_t *smac;

	uint8_t tos;
	uint16_t id;
	uint16_t fragment; /* flags and offset */
	uint8_t ttl;
	uint32_t src;
	uint32_t dst;
	uint8_t ip_options; /* bytes, a multiple of 4 */
	uint8_t ip_option_byte;
	uint16_t ip_check_error;

	uint8_t type;
	uint8_t code;
	uint32_t rest;	      /* of the header: the MTU of the next hop, for example */
	uint16_t check_error; /* ones' complement difference from the right checksum */

	struct frame quoted;	/* the packet as the sender of the error saw it */
	uint16_t quoted_length; /* bytes of it behind its IP header; cut at its end */
	uint16_t padding;	/* bytes behind the IP packet */
};

/* The error that @src sends back to where @about came from: TTL 64, and a quote of 8 bytes. */
struct frame_icmp frame_icmp_about(uint8_t type, uint8_t code, uint32_t src,
				   const struct frame *about);

/* @in as it leaves: translated, one TTL less, from the router's MAC address to @dst's. */
struct frame_icmp frame_icmp_translated(const struct frame_icmp *in, uint32_t src, uint32_t dst,
					const struct frame *quoted);

void frame_icmp_write(const struct frame_icmp *f, struct wire *w);

/*
 * The @length bytes from @offset, a multiple of 8, of what @f has behind its IP header; cut at its
 * end. DF is as in @f.
 */
void frame_fragment_write(const struct frame *f, uint16_t offset, uint16_t length, bool more,
			  struct wire *w);

/* Bytes that @f has behind its IP header. */
uint16_t frame_ip_payload(const struct frame *f);

#endif
