/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and prefixes as text. Pure. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"
#include "problem.h"
#include "settings.h"

#define ADDRESS_TEXT_MAX 64 /* "[v6]:65535" fits, and the NUL */

/* IPv4 in network order -> mapped address. */
struct natloop_addr address_from_v4(__be32 v4);
struct sockaddr;
/* That of AF_INET or AF_INET6; zero of any other family. */
struct natloop_addr address_from_sockaddr(const struct sockaddr *sa);
/* An IPv4 address, mapped. */
bool address_is_v4(const struct natloop_addr *a);
/* 127.0.0.0/8 or ::1 */
bool address_is_loopback(const struct natloop_addr *a);
/* 100.64.0.0/10: a provider's own, behind its NAT (RFC 6598). */
bool address_is_carriers(const struct natloop_addr *a);
/* All 16 bytes are zero, as in a field that was never set; the mapped 0.0.0.0 is not. */
bool address_is_zero(const struct natloop_addr *a);
/* The same address of the same family. */
bool address_equal(const struct natloop_addr *a, const struct natloop_addr *b);

/*
 * "192.168.11.2" -> @ret. Only IPv4 for now: an IPv6 address is refused with a sentence that says
 * so. -EINVAL and @p (usage) otherwise.
 */
int address_parse(const char *text, struct natloop_addr *ret, struct problem *p);

/*
 * The same, for an address that names one host: also refuses 0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4
 * and 240.0.0.0/4 (255.255.255.255 among them).
 */
int address_parse_host(const char *text, struct natloop_addr *ret, struct problem *p);

/* "192.168.11.0/24" or a bare address (/32). Set host bits are a usage problem. */
int address_parse_prefix(const char *text, struct prefix *ret, struct problem *p);

/* "A" and "A:P" (port in network order). Return @buf. */
const char *address_format(const struct natloop_addr *a, char *buf, size_t size);
const char *address_format_port(const struct natloop_addr *a, __be16 port, char *buf, size_t size);
/* "192.168.11.0/24" */
const char *address_format_prefix(const struct prefix *prefix, char *buf, size_t size);

/* The mask of an IPv4 prefix length, mapped. */
struct natloop_addr address_mask_v4(unsigned int length);
/* @prefix->net has no bits outside its mask, as address_parse_prefix makes it. */
bool address_in_prefix(const struct natloop_addr *a, const struct prefix *prefix);

#endif
