/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame read slowly: byte by byte, from the RFCs, without a look at bpf/. The fuzz targets judge
 * the fast code by it.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "natloop/outcome.h"

/* How a frame comes to a program. */
struct reference_frame {
	const uint8_t *byte;
	size_t readable; /* of byte */
	size_t length;	 /* of the whole frame */
	int tags;	 /* that the NIC took off, with their ids */
	uint16_t vlan[2];
	uint16_t gso; /* payload of each packet, if it holds several */
};

/* Numbers are in host order. */
struct reference {
	enum natloop_outcome stop; /* NATLOOP_OUTCOME_COUNT: all of it could be read */
	bool truncated;		   /* the readable bytes ended before @stop was sure */
	int tags;
	uint16_t vlan[2];
	size_t l3; /* 0: did not get there */
	size_t l4;
	size_t end; /* of the IPv4 packet */
	uint8_t ttl;
	uint8_t proto;
	uint8_t tcp_flags;
	uint16_t id;
	uint16_t fragment; /* flags and offset */
	bool tiny;	   /* a first fragment without the whole TCP header */
	uint32_t src, dst;
	uint16_t sport, dport;
};

struct reference reference_read(const struct reference_frame *f);

/* Of a frame whose IPv4 header was read. */
bool reference_is_fragment(const struct reference *r);
bool reference_is_later(const struct reference *r);

/* Ones' complement sum of @length bytes on top of @sum, RFC 1071; odd lengths only at the end. */
uint16_t reference_sum(uint16_t sum, const uint8_t *byte, size_t length);

enum reference_check {
	REFERENCE_RIGHT,
	REFERENCE_WRONG,
	REFERENCE_NONE, /* UDP sent without one */
};

/* The checksums of a frame that reference_read() has read to the end. */
enum reference_check reference_ip_check(const uint8_t *frame, const struct reference *r);
enum reference_check reference_l4_check(const uint8_t *frame, const struct reference *r);

/* Makes the IPv4 checksum of @f right, whose bytes are @frame, if it has a whole header. */
void reference_mend_header(uint8_t *frame, const struct reference_frame *f);

/* Makes them right, as a sender would. */
void reference_put_ip_check(uint8_t *frame, const struct reference *r);
void reference_put_l4_check(uint8_t *frame, const struct reference *r);

/* Where the transport checksum lies in the frame. */
size_t reference_l4_check_at(const struct reference *r);

uint16_t reference_get16(const uint8_t *byte);
uint32_t reference_get32(const uint8_t *byte);
void reference_put16(uint8_t *byte, uint16_t value);

#endif
