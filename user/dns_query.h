/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The addresses of a host name, and for how long they hold. */
#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"

struct dns_answer {
	int err; /* 0, or as system_calls.resolve: -ENOENT, -EAGAIN, -EIO */
	bool ttl_known;
	__u32 ttl; /* seconds, the smallest on the way to the addresses */
	__u32 count;
	struct natloop_addr addr[NATLOOP_MAX_ADDRESSES]; /* IPv4, sorted */
};

/*
 * Asks as every program does (/etc/hosts, name servers: what nsswitch.conf says), and then a name
 * server for the TTL: getaddrinfo tells none. It is known if that answer has one of the addresses.
 * Takes as long as the resolver's time limits.
 */
void dns_query(const char *name, struct dns_answer *ret);

/*
 * Reads a name server's answer: the A records of the name that it was asked for, or that aliases
 * lead to from there, into @ret, at most NATLOOP_MAX_ADDRESSES, and the smallest TTL of them and of
 * those aliases. Records of other names count for nothing. Pure. false: not an answer with any.
 */
bool dns_parse(const unsigned char *message, size_t length, struct dns_answer *ret);

#endif
