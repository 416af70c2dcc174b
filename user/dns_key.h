/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A name as the data path looks it up. Pure. */
#ifndef DNS_KEY_H
#define DNS_KEY_H

#include "dns_name.h"
#include "natloop/dns.h"

/* @name is as dns_name_parse leaves it: lower case, maybe with "*." before it. */
void dns_key_make(const char *name, struct natloop_dns_key *ret);

/* The name that @key is of. */
void dns_key_name(const struct natloop_dns_key *key, char ret[DNS_NAME_MAX]);

#endif
