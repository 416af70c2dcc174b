/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a resolver says to one question, as the check of the DNS cure needs it. Pure. */
#ifndef DNS_RESPONSE_H
#define DNS_RESPONSE_H

#include <arpa/nameser.h>
#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"

#define DNS_RESPONSE_ADDRESSES 16
#define DNS_TYPE_HTTPS 65 /* RFC 9460; glibc's headers have no name for it */

enum dns_kind {
	DNS_A,
	DNS_AAAA,
	DNS_HTTPS,
	DNS_KINDS
};

enum dns_outcome {
	DNS_SILENT,	/* no answer in time */
	DNS_UNREACHED,	/* the connection or the packet was refused, or there is no way there */
	DNS_UNREADABLE, /* no DNS message, or a broken one */
	DNS_ERROR,	/* .rcode says which */
	DNS_NXDOMAIN,
	DNS_EMPTY, /* NOERROR, but no such record */
	DNS_RECORDS,
};

struct dns_response {
	enum dns_outcome outcome;
	unsigned int rcode; /* as in the message, where there is one */
	bool truncated;	    /* a client asks again, over TCP */
	/* Where the aliases (CNAME) of the name end; "": there are none. */
	char alias[NS_MAXDNAME];
	/* Of A and AAAA; of HTTPS the address hints, perhaps none. Those beyond are left out. */
	unsigned int addresses;
	struct natloop_addr address[DNS_RESPONSE_ADDRESSES];
	/* Of HTTPS: another name, which a client goes to; "": none. */
	char target[NS_MAXDNAME];
};

/* The type of the question on the wire. */
int dns_kind_type(enum dns_kind kind);
/* "A", "AAAA", "HTTPS" */
const char *dns_kind_name(enum dns_kind kind);

/*
 * Reads an answer to a question of @kind: the records of the name that was asked for, or that its
 * aliases in the message lead to. Records of other names count for nothing, nor do malformed HTTPS
 * records, which a client must reject. What cannot be read is DNS_UNREADABLE.
 */
void dns_response_read(const unsigned char *message, size_t length, enum dns_kind kind,
		       struct dns_response *ret);

#endif
