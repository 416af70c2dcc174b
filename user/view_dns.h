/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names that are answered, for people and programs. */
#ifndef VIEW_DNS_H
#define VIEW_DNS_H

#include "instance_dns.h"
#include "writer.h"

/* An object: names, resolvers, packets. */
void view_dns(struct writer *w, const struct instance_dns *dns);

/* A list of lines "NAME ADDRESSES", and what is not covered. */
void view_dns_short(struct writer *w, const char *key, const struct instance_dns *dns);

#endif
