/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What natloop answers for a name, on the way of the questions of LAN clients. */
#ifndef DNS_WAY_H
#define DNS_WAY_H

#include "dns_name.h"
#include "dns_verdict.h"
#include "instance.h"
#include "natloop/dns.h"

struct dns_way {
	bool known; /* it answers for the name: */
	struct dns_name name;
	struct natloop_dns_config config;
};

/* Looks @name up among the names of @inst; without it @ret stays as it is. */
int dns_way_read(const struct instance *inst, const char *name, struct dns_way *ret,
		 struct problem *p);

/* Puts what a client gets in the place of what the resolvers said to this machine. */
void dns_way_answer(const struct dns_way *way, struct dns_resolver *resolver, size_t count);

#endif
