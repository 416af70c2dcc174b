/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The URL of a DNS server's web interface, as typed. Pure. */
#ifndef DNS_API_URL_H
#define DNS_API_URL_H

#include <netinet/in.h>
#include <stdbool.h>

#include "problem.h"

#define DNS_API_URL_MAX 320

struct dns_api_url {
	bool tls;
	/*
	 * "http://pi.hole:8080/base": scheme and host in lower case, no slash at the end, and no
	 * port that is the scheme's.
	 */
	char text[DNS_API_URL_MAX];
};

/*
 * http or https, a host (IPv6 in brackets), a port and a path if need be. A usage problem for all
 * else; with a user or a password in it, that is not repeated.
 */
int dns_api_url_parse(const char *text, struct dns_api_url *ret, struct problem *p);

/*
 * May a password go to that address unencrypted? Loopback, link-local, RFC 1918 and fc00::/7 (RFC
 * 4193); IPv4 mapped.
 */
bool dns_api_url_is_private(const struct in6_addr *a);

#endif
