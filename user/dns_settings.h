/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* [dns] of the configuration file, and the addresses of --resolver. Pure. */
#ifndef DNS_SETTINGS_H
#define DNS_SETTINGS_H

#include <stddef.h>

#include "dns_name.h"
#include "natloop/dns.h"

#define DNS_SETTINGS_NAMES 64 /* of the file; 'natloopctl dns add' has NATLOOP_DNS_NAMES */
#define DNS_SETTINGS_RESOLVER "resolver"
#define DNS_SETTINGS_TEXT (DNS_NAME_MAX + 128) /* of a line */

struct dns_settings {
	struct dns_name name[DNS_SETTINGS_NAMES]; /* in the order of the file */
	size_t names;
	struct natloop_dns_config resolver;
};

/*
 * One line: "NAME = ADDR[,ADDR6] [TTL]" or "resolver = ADDR...|any", where @key is what stands
 * before the '='; commas or blanks between the words. A usage problem otherwise, @s as it was; so
 * with a name that is there already.
 */
int dns_settings_line(struct dns_settings *s, const char *key, const char *value,
		      struct problem *p);

/* Resolvers for no name: a usage problem. */
int dns_settings_check(const struct dns_settings *s, struct problem *p);

/*
 * "ADDR,ADDR" or "any", with commas or blanks between them, beside those that @ret has. A usage
 * problem otherwise, @ret as it was.
 */
int dns_resolvers_parse(const char *text, struct natloop_dns_config *ret, struct problem *p);

/* Those of @more beside those that @ret has; -ENOSPC: too many, @ret as it was. */
int dns_resolvers_add(struct natloop_dns_config *ret, const struct natloop_dns_config *more);

/* A line of the file for the name. Returns @buf. */
const char *dns_settings_name_line(const struct dns_name *name, char *buf, size_t size);

/*
 * A line of the file with those resolvers from @first on that it has room for; the first line, of
 * 0, has "any", too. Returns the first of the next line: config->resolvers, if there is none.
 */
__u32 dns_settings_resolver_line(const struct natloop_dns_config *config, __u32 first, char *buf,
				 size_t size);

#endif
