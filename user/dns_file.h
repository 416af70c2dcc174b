/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file of natloop's own among those that a DNS server reads: its text. Pure. */
#ifndef DNS_FILE_H
#define DNS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_export.h"

/* Whose the file is; its first line says it. */
struct dns_file_owner {
	const char *server; /* "dnsmasq" */
	const char *instance;
};

/*
 * The whole file: that line, and what dns_export_print() prints for the names, of which there may
 * be none. The caller frees @ret. Errors as there, and -ENOMEM.
 */
int dns_file_make(const struct dns_file_owner *owner, const struct dns_export *e,
		  const struct dns_name *names, size_t count, char **ret, struct problem *p);

/* Did dns_file_make() make it for that owner? A file without a byte is everybody's. */
bool dns_file_is_own(const struct dns_file_owner *owner, const char *byte, size_t length);

#endif
