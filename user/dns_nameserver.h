/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The "nameserver" lines of resolv.conf(5) that c-ares 1.18 leaves out: link-local ones. Pure. */
#ifndef DNS_NAMESERVER_H
#define DNS_NAMESERVER_H

#include <net/if.h>
#include <stdbool.h>

#include "natloop/abi.h"

enum dns_nameserver {
	DNS_NAMESERVER_NONE, /* another line */
	DNS_NAMESERVER_LINK_LOCAL,
	DNS_NAMESERVER_OTHER, /* an address of any other kind, or no address */
};

/*
 * What @line is. Of "nameserver fe80::1%eth0" fills @addr and @device, which is a name or an
 * interface's index; without one no question can be sent there, and it counts as OTHER.
 */
enum dns_nameserver dns_nameserver_read(const char *line, struct natloop_addr *addr,
					char device[IF_NAMESIZE]);

#endif
