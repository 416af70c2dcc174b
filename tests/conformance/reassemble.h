/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Datagrams in pieces: sent in any order, and put together again from what came out. */
#ifndef CONFORMANCE_REASSEMBLE_H
#define CONFORMANCE_REASSEMBLE_H

#include "exchange.h"

#define PIECES_MAX 8

/* A datagram, and how it is cut; without DF. */
struct pieces {
	struct frame whole;
	int count;
	uint16_t offset[PIECES_MAX];
	uint16_t length[PIECES_MAX];
};

/* Cuts what @f has behind its IP header into pieces of @size bytes, a multiple of 8. */
struct pieces pieces_cut(const struct frame *f, uint16_t size);

void pieces_send(struct suite *s, const struct pieces *p, int number);

/* Sends all, in the order of the digits of @order: "201". */
void pieces_send_all(struct suite *s, const struct pieces *p, const char *order);

/*
 * Puts the datagram of this destination and IP ID together from the last collection. False if it
 * is not complete. Fails the case when fragments overlap, or differ in their headers.
 */
bool reassemble(struct suite *s, uint32_t dst, uint16_t id, struct wire *whole, const char *what);

/* The last collection is this datagram, in whatever pieces and with whatever IP ID (returned). */
uint16_t expect_datagram(struct suite *s, const struct frame *out, const char *what);

/* expect_datagram() for one of several in the collection: the one with this ID. */
void expect_datagram_id(struct suite *s, const struct frame *out, uint16_t id, const char *what);

#endif
