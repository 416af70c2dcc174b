/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the allowances ask about a difference. */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "allowed.h"

/* Made by the router's own stack, not passed on: it has none of the IP IDs that were sent. */
bool is_answer(const struct context *c, const struct dissected *d);
bool is_icmp_answer(const struct context *c, const struct dissected *d, int type, int code);
bool is_reset_answer(const struct context *c, const struct dissected *d);

/*
 * One of the packets that were sent, translated as it must be, and nothing else about it changed:
 * checksums are wrong by as much as they were.
 */
bool is_translation(const struct context *c, const struct dissected *d);

/* A fragment of one that was sent, on its way to the right host. */
bool is_translated_piece(const struct context *c, const struct dissected *d);

/* The transport checksum of what was sent is wrong. */
bool sent_wrong_checksum(const struct context *c);

/* Does another client socket of the train have that port? */
bool wants_same_port(const struct train *t, int conversation);

/* Of the step's conversation before: an RST; a segment that may have changed only one's state. */
bool after_reset(const struct context *c);
bool after_uncounted(const struct context *c);

#endif
