/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names that an instance answers DNS questions for, and natloop_dns on its interfaces. */
#ifndef INSTANCE_DNS_H
#define INSTANCE_DNS_H

#include "dns_names.h"
#include "instance.h"
#include "natloop/dns.h"

/*
 * Adds the name, or changes what it leads to, and the resolvers of @more to those that are answered
 * for besides the router. The first name attaches natloop_dns to every interface with an Ethernet
 * header; -EOPNOTSUPP when there is none. All or nothing.
 */
int instance_dns_add(struct instance *inst, const struct dns_name *name,
		     const struct natloop_dns_config *more, struct problem *p);

/* -ENOENT: it is not there. The last name takes natloop_dns with it, and the resolvers. */
int instance_dns_delete(struct instance *inst, const char *name, struct problem *p);

/*
 * The names follow the file: dns_names_merge with what is in force. What that changes into @ret, as
 * dns_names_diff.
 */
int instance_dns_follow(struct instance *inst, const struct dns_settings *base,
			const struct settings *ours, char ret[DNS_NAMES_TEXT], struct problem *p);

/* All that is known; the caller frees names. */
struct instance_dns {
	struct dns_name *name; /* in alphabetical order */
	size_t names;
	struct natloop_dns_config config;
	struct natloop_dns_counts counts;
};
int instance_dns_list(const struct instance *inst, struct instance_dns *ret, struct problem *p);

#endif
