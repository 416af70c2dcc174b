/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The data of an HTTPS or SVCB record (RFC 9460). Pure. */
#ifndef DNS_SVCB_H
#define DNS_SVCB_H

#include <arpa/nameser.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"

#define DNS_SVCB_HINTS 16

struct dns_svcb {
	__u16 priority;		  /* 0: an alias */
	char target[NS_MAXDNAME]; /* as text without a final dot; ".": the owner's own name */
	unsigned int hints;
	struct natloop_addr hint[DNS_SVCB_HINTS]; /* of ipv4hint (mapped), then of ipv6hint */
};

/*
 * Reads @length bytes of RDATA. An alias has no parameters: those that stand there are not looked
 * at (RFC 9460 2.4.2). Hints beyond DNS_SVCB_HINTS are left out. false, @ret untouched: malformed,
 * which a client must reject (2.2).
 */
bool dns_svcb_read(const unsigned char *rdata, size_t length, struct dns_svcb *ret);

#endif
