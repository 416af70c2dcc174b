/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Configuration of DNS servers that makes them answer names as natloop would. Pure but for @out. */
#ifndef DNS_EXPORT_H
#define DNS_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "dns_name.h"
#include "problem.h"

enum dns_server {
	DNS_ADGUARDHOME,
	DNS_PIHOLE,
	DNS_DNSMASQ,
	DNS_UNBOUND,
	DNS_HOSTS,
};

struct dns_export {
	enum dns_server server;
	/* Schema of AdGuard Home's file (10 to 34), or Pi-hole 5 or 6; else 0. */
	unsigned int version;
	/*
	 * For a dnsmasq or unbound that only passes queries on to the server that has the names:
	 * lets their private addresses through its rebind protection.
	 */
	bool forwarder;
};

/*
 * "adguardhome", "pihole", "dnsmasq", "unbound" or "hosts"; @version as typed, NULL: the newest
 * that is known. A usage problem if there is no such server, or it has no such version or no
 * forwarder mode; then @ret is untouched.
 */
int dns_export_parse(const char *server, const char *version, bool forwarder,
		     struct dns_export *ret, struct problem *p);

/*
 * Prints the configuration for @names to @out. Nothing is printed and -EOPNOTSUPP returned, with
 * the name and the reason, if the server cannot answer one of them as natloop does: a hosts file
 * has no wildcards, unbound answers all below a wildcard alike. A failed write is the caller's
 * to see, by ferror(@out).
 *
 * What each server needs was tried with dnsmasq 2.90 and unbound 1.17; for the others it is what
 * their sources say (AdGuard Home internal/filtering, Pi-hole FTL src/config).
 */
int dns_export_print(FILE *out, const struct dns_export *e, const struct dns_name *names,
		     size_t count, struct problem *p);

/*
 * Of these, the lines for dnsmasq within Pi-hole 6 (misc.dnsmasq_lines) that @names[@which] needs
 * beside its entry in dns.hosts, one a line; of a wildcard, which has no such entry, all it needs.
 * The others matter, too: what is below a wildcard needs less.
 */
void dns_export_pihole_lines(FILE *out, const struct dns_name *names, size_t count, size_t which);

#endif
