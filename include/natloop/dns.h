/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between natloop_dns and the controller. The maps are made with the first name, and
 * are no part of NATLOOP_ABI: an instance without them answers no questions.
 */
#ifndef NATLOOP_DNS_H
#define NATLOOP_DNS_H

#include <linux/types.h>

#include "natloop/config.h"

#define NATLOOP_DNS_NAMES 1024
#define NATLOOP_DNS_RESOLVERS 16
#define NATLOOP_DNS_TEXT 253 /* longest name as text, RFC 1035 2.3.4 */

/*
 * Key of natloop_names: the name as text, lower case, from its last character to its first,
 * "moc.elpmaxe.ksedtsur", and then a byte of 0: that name alone; for "*.example.com" it is
 * "moc.elpmaxe." without the 0, which begins the keys of all names below. The longest match is the
 * name itself, or else the longest wildcard above it, however many exact names lie between (other
 * than RFC 4592: what is above all names of a user's own is to hold for all of them).
 */
struct natloop_dns_key {
	__u32 bits; /* of byte[] that count: the prefix length of BPF_MAP_TYPE_LPM_TRIE */
	__u8 byte[256];
};

struct natloop_dns_value {
	struct natloop_addr v4; /* mapped; zero: none */
	struct natloop_addr v6; /* the same */
	__u32 ttl;		/* seconds */
	__u32 pad;
};

/* natloop_dns_config: one element. */
struct natloop_dns_config {
	__u32 any; /* questions to any address */
	__u32 resolvers;
	struct natloop_addr resolver[NATLOOP_DNS_RESOLVERS]; /* besides the router's own */
};

/* What became of a UDP packet to port 53: X(NAME, name, help). */
#define NATLOOP_DNS_OUTCOMES(X)                                                                    \
	X(A, a, "answered with the IPv4 address")                                                  \
	X(AAAA, aaaa, "answered with the IPv6 address")                                            \
	X(NODATA, nodata, "answered: the name has no such record")                                 \
	X(OTHER_NAME, other_name, "passed: a name that is not configured")                         \
	X(OTHER_TARGET, other_target, "passed: to another resolver")                               \
	X(NOT_LAN, not_lan, "passed: not from the LAN")                                            \
	X(FORWARDED, forwarded, "passed: port 53 of the public address is forwarded")              \
	X(UNUSUAL, unusual, "passed: no plain question")                                           \
	X(CHECKSUM, checksum, "passed: wrong checksum")                                            \
	X(FAULT, fault, "dropped: the kernel could not turn the packet around")

enum natloop_dns_outcome {
#define X(NAME, name, help) NATLOOP_DNS_##NAME,
	NATLOOP_DNS_OUTCOMES(X)
#undef X
	NATLOOP_DNS_OUTCOME_COUNT
};

/* natloop_dns_stats: one element, per CPU. */
struct natloop_dns_counts {
	__u64 packets[NATLOOP_DNS_OUTCOME_COUNT];
};

#endif
