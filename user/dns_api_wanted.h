/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names -> the entries that a server needs to answer them as natloop does. Pure. */
#ifndef DNS_API_WANTED_H
#define DNS_API_WANTED_H

#include "dns_api_list.h"

/*
 * Appends to @ret the rewrites of AdGuard Home, one for each address; a type that the name has no
 * address for has an empty answer there (AdGuardHome internal/filtering/rewrites.go). @instance
 * goes into each. -ENOMEM, @ret is then half done.
 */
int dns_api_wanted_adguardhome(const struct dns_name *names, size_t count, const char *instance,
			       struct dns_api_list *ret);

/* The same for Pi-hole 6: hosts, and the lines of dns_export_pihole_lines(). */
int dns_api_wanted_pihole(const struct dns_name *names, size_t count, const char *instance,
			  struct dns_api_list *ret);

#endif
