/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What entries of a DNS server mean: the rules are AdGuard Home's, Pi-hole's and dnsmasq's. Pure.
 */
#ifndef DNS_API_MATCH_H
#define DNS_API_MATCH_H

#include "dns_api_list.h"

/*
 * Does @listed do what @wanted is for? Names regardless of case, addresses by value; a host line
 * may have other names, too. A line of dnsmasq only if it is the same text.
 */
bool dns_api_satisfies(const struct dns_api_entry *listed, const struct dns_api_entry *wanted);

/* Does @listed say what @name, and not only a wildcard above it, is answered with? */
bool dns_api_concerns(const struct dns_api_entry *listed, const char *name);

/* Of a rewrite: is its answer an IPv6 address? */
bool dns_api_is_v6(const struct dns_api_entry *rewrite);

#endif
