/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is sent to Pi-hole 6. Pure. */
#ifndef DNS_API_PIHOLE_H
#define DNS_API_PIHOLE_H

#include "dns_api_compare.h"

#define DNS_PIHOLE_PATH 1024

/*
 * The path of an element of dns.hosts, which may hold any byte. ?restart=false: hosts are taken up
 * without. -ENAMETOOLONG
 */
int dns_pihole_host_path(const char *text, char ret[DNS_PIHOLE_PATH]);

/*
 * The body of the PATCH that makes @plan's changes in @now, what is listed: each of dns.hosts and
 * misc.dnsmasq_lines that changes, whole, the others' elements as and where they are. The caller
 * frees it. NULL: no memory.
 */
char *dns_pihole_patch(const struct dns_api_list *now, const struct dns_api_plan *plan);

#endif
