/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All names that are, or are to be, in force. Pure. */
#ifndef DNS_NAMES_H
#define DNS_NAMES_H

#include "dns_settings.h"

#define DNS_NAMES_TEXT 256

struct dns_names {
	struct dns_name *name; /* room for NATLOOP_DNS_NAMES, in no order; NULL: none */
	size_t names;
	struct natloop_dns_config resolver;
};

/* Frees what it holds, and empties it. For cleanup attributes, too. */
void dns_names_free(struct dns_names *list);

/* The one with these letters, lower case; NULL: there is none. */
const struct dns_name *dns_names_find(const struct dns_names *list, const char *name);

/* Do the two lead to the same addresses, for as long? */
bool dns_name_same(const struct dns_name *a, const struct dns_name *b);

/* Is @name there, and the same? */
bool dns_names_has(const struct dns_names *list, const struct dns_name *name);

/* In place of the one of that name, or one more. -ENOSPC, -ENOMEM. */
int dns_names_put(struct dns_names *list, const struct dns_name *name);

/* false: it is not there. */
bool dns_names_drop(struct dns_names *list, const char *name);

/* All of @from; into an empty @ret, which is empty after a failure, too. -ENOMEM. */
int dns_names_copy(const struct dns_names *from, struct dns_names *ret);

/* What the file says, and nothing else; as dns_names_copy. */
int dns_names_of(const struct dns_settings *from, struct dns_names *ret);

/*
 * What is to be in force when the file says @ours, said @base when that was last put in force, and
 * @now is in force: what others changed stays so until the file changes in the same place, as with
 * forwards (settings_merge.h). A name of the file goes before one of others. The resolvers are one
 * thing. Into an empty @ret. -ENOSPC, -ENOMEM.
 */
int dns_names_merge(const struct dns_settings *base, const struct dns_settings *ours,
		    const struct dns_names *now, struct dns_names *ret);

/*
 * From the one to the other in words: "a.example.com 192.168.11.20 added, b.example.com deleted",
 * cut off with "..." where there is no room for more. "": nothing differs. Returns @buf.
 */
const char *dns_names_diff(const struct dns_names *from, const struct dns_names *to,
			   char buf[DNS_NAMES_TEXT]);

#endif
