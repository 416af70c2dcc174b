/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Entries of a DNS server with an HTTP API: what it lists, what it is to have, what is natloop's.
 */
#ifndef DNS_API_LIST_H
#define DNS_API_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_name.h"

#define DNS_API_INSTANCE 33 /* as main.c allows them, and the NUL */

enum dns_api_kind {
	DNS_API_REWRITE, /* AdGuard Home; text: "NAME ANSWER" */
	DNS_API_HOST,	 /* Pi-hole, dns.hosts: "ADDRESS NAME [NAME]..." */
	DNS_API_LINE,	 /* Pi-hole, misc.dnsmasq_lines: a line of dnsmasq.conf */
	DNS_API_CNAME,	 /* Pi-hole, dns.cnameRecords: "NAME,TARGET"; never natloop's */
};

struct dns_api_entry {
	enum dns_api_kind kind;
	char *text; /* just as the server has it */
	bool off;   /* it is there, but switched off */
	/* Empty in the list of a server: for which name, and of which instance, natloop has it. */
	char name[DNS_NAME_MAX];
	char instance[DNS_API_INSTANCE]; /* "": given on the command line */
};

struct dns_api_list {
	struct dns_api_entry *entry;
	size_t count;
};

/* "rewrite", "host", "line", "cname" */
const char *dns_api_kind_name(enum dns_api_kind kind);
/* -EINVAL: no such kind; @ret is left alone. */
int dns_api_kind_parse(const char *text, enum dns_api_kind *ret);

/* Appends a copy; NULL: no memory, and @list is as it was. The next one moves it. */
struct dns_api_entry *dns_api_list_add(struct dns_api_list *list, enum dns_api_kind kind,
				       const char *text);
/* The same with all fields of @entry. -ENOMEM */
int dns_api_list_copy(struct dns_api_list *list, const struct dns_api_entry *entry);
void dns_api_list_free(struct dns_api_list *list);

/* How many of @list are of that kind and text, to the byte. */
size_t dns_api_list_has(const struct dns_api_list *list, const struct dns_api_entry *entry);

#endif
