/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words of 'trace'. Pure. */
#ifndef TRACE_WORDS_H
#define TRACE_WORDS_H

#include "natloop/abi.h"
#include "problem.h"

/*
 * "A" or "A:P" -> @addr (network order) and @port (network order, 0: none given). The address must
 * be IPv4. -EINVAL with a usage problem whose object is @text, and nothing is changed then.
 */
int trace_parse_end(const char *text, __be32 *addr, __be16 *port, struct problem *p);

/* "tcp", "udp", or NULL for tcp -> IPPROTO_*. */
int trace_parse_proto(const char *text, __u8 *ret, struct problem *p);

#endif
