/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A frame in, and exactly what must come out: whole frames, byte for byte. */
#ifndef CONFORMANCE_EXCHANGE_H
#define CONFORMANCE_EXCHANGE_H

#include "frame_icmp.h"
#include "suite.h"

void send_wire(struct suite *s, const struct wire *w);
void send_frame(struct suite *s, const struct frame *f);

/* Everything that came out, to s->got and s->count. */
void collect(struct suite *s);

/* Two frames are the same, byte for byte. @what names them in the sentence. */
void expect_same(struct suite *s, const struct wire *expected, const struct wire *got,
		 const char *what);

/* The last collection is this one frame. */
void expect_one(struct suite *s, const struct wire *expected, const char *what);

/* The last collection is one frame without a fault, which is returned. */
const struct wire *expect_any(struct suite *s, const char *what);

/* The last collection is empty. */
void expect_none(struct suite *s, const char *what);

/* Sends, collects, and expects this. */
void expect_sent(struct suite *s, const struct frame *in, const struct frame *out,
		 const char *what);
void expect_sent_icmp(struct suite *s, const struct frame_icmp *in, const struct frame_icmp *out,
		      const char *what);
void expect_kept(struct suite *s, const struct frame *in, const char *what);
void expect_kept_icmp(struct suite *s, const struct frame_icmp *in, const char *what);

/* One of the addresses of the router. */
bool is_router(uint32_t address);

/*
 * The last collection is one ICMP error of the router's own, back to the sender of @about, which it
 * quotes as it was sent. Returns the second word of its ICMP header.
 */
uint32_t expect_own_icmp(struct suite *s, uint8_t type, uint8_t code, const struct frame *about,
			 const char *what);

#endif
