/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A name that the DNS cure answers, and with what. Pure. */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include <linux/types.h>
#include <stdbool.h>

#include "hostname.h"
#include "natloop/abi.h"
#include "problem.h"

#define DNS_NAME_MAX (HOSTNAME_MAX + 2) /* "*." before it */
#define DNS_NAME_DEFAULT_TTL 60
#define DNS_NAME_MOST_TTL 86400 /* seconds: a day; what is wrong is wrong that long */

struct dns_name {
	char name[DNS_NAME_MAX]; /* lower case; "*.example.com": all below it, but not itself */
	struct natloop_addr v4;	 /* mapped; zero: none, an answer without data */
	struct natloop_addr v6;	 /* the same */
	__u32 ttl;		 /* seconds */
};

/*
 * "rustdesk.example.com" or "*.example.com", with a final dot or not, "192.168.11.20" or
 * "192.168.11.20,fd00::20" or "fd00::20", and a number of seconds or NULL for the default. The
 * addresses are those of hosts: unicast, not loopback, not link-local (which means nothing without
 * an interface). No "*." of a whole top-level domain, unless networks use that for themselves (RFC
 * 6762 appendix G). A usage problem otherwise, @ret untouched.
 */
int dns_name_parse(const char *name, const char *addresses, const char *ttl, struct dns_name *ret,
		   struct problem *p);

/* Is @name, which may be a wildcard itself, below @wildcard, "*.example.com"? */
bool dns_name_is_below(const char *name, const char *wildcard);

/* "192.168.11.20,fd00::20"; returns @buf. */
const char *dns_name_addresses(const struct dns_name *name, char *buf, unsigned int size);

#endif
