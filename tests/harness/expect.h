/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet in, and what must come out: outcome, verdict, and the whole packet. */
#ifndef EXPECT_H
#define EXPECT_H

#include "prog_run.h"

/*
 * @in is sent as @out, which leaves by out->interface. XDP sends the VLAN tags back with the frame;
 * TC takes them off, because the layer 3 interface puts its own on: so does this function.
 */
void expect_sent(struct prog_run *r, const struct frame *in, const struct frame *out,
		 enum natloop_outcome outcome);

/* As expect_sent, for bytes that frame_write() does not write. */
void expect_sent_wire(struct prog_run *r, const struct wire *in, const struct wire *out,
		      enum natloop_outcome outcome);

/* Not sent: the verdict that @outcome's fate says, and for PASS and DEFER the packet as it was. */
void expect_kept(struct prog_run *r, const struct frame *in, enum natloop_outcome outcome);
void expect_kept_wire(struct prog_run *r, const struct wire *in, enum natloop_outcome outcome);

/*
 * Refused with @outcome, whose fate is ANSWER: XDP leaves it to TC as it came, TC sends back an
 * ICMP error that quotes it, from the router's address on that LAN. @mtu is that of TOO_BIG, else
 * 0. The rates are reset before.
 */
void expect_answered(struct prog_run *r, const struct frame *in, enum natloop_outcome outcome,
		     uint16_t mtu);

/* The ICMP error itself. */
void answer_write(const struct frame *in, enum natloop_outcome outcome, uint16_t mtu,
		  struct wire *w);

/* Fails with a hex dump, and leaves a capture of the packets in build/tests/failed. */
void expect_packet(struct prog_run *r, const struct wire *in, const struct wire *expected,
		   const struct wire *got);

/* The same without failing: true if they are equal. */
bool wire_equal(const struct wire *a, const struct wire *b);

/* The verdict of @hook for a packet that came in at @in and leaves at @out. */
int verdict_sent(enum natloop_hook hook, enum frame_interface in, enum frame_interface out);
int verdict_kept(enum natloop_hook hook, enum natloop_fate fate);

#endif
