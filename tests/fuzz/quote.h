/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An ICMP error message (RFC 792) read slowly, and its translation looked over. */
#ifndef QUOTE_H
#define QUOTE_H

#include <stddef.h>
#include <stdint.h>

#include "natloop/outcome.h"

#define QUOTE_AT 8    /* offset of the quoted packet */
#define QUOTE_ENDS 12 /* bytes of source, destination, and both ports, as they lie in a packet */

struct quote {
	enum natloop_outcome stop; /* NATLOOP_OUTCOME_COUNT: it may be about a packet of a flow */
	size_t l4;		   /* offsets in the message */
	size_t check;		   /* of the transport checksum; 0: not quoted, or none */
	uint8_t proto;
	uint8_t ends[QUOTE_ENDS];
};

/* @length is 36 at the least. */
struct quote quote_read(const uint8_t *msg, size_t length);

/*
 * What is wrong with @after, the message @before whose quote was to get the addresses and ports
 * @ends; NULL: nothing. Sums that were right must be right, and what is wrong stays as wrong.
 */
const char *quote_wrong(const uint8_t *before, const uint8_t *after, size_t length,
			const struct quote *q, const uint8_t *ends);

/* The same of a transport checksum alone; @l4 and @check are offsets from the IPv4 header. */
const char *quote_wrong_check(const uint8_t *ip_before, const uint8_t *ip_after, size_t l4,
			      size_t check, uint8_t proto);

#endif
