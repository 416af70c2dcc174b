// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_way.h"

#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "hostname.h"
#include "instance_dns.h"

/* What natloop answers for the name. The longest wildcard wins, as in the data path. */
int dns_way_read(const struct instance *inst, const char *name, struct dns_way *ret,
		 struct problem *p)
{
	struct instance_dns dns = {};
	size_t best = 0;
	int err = instance_dns_list(inst, &dns, p);

	for (size_t i = 0; !err && i < dns.names; i++) {
		const char *entry = dns.name[i].name;
		bool wildcard = *entry == '*';
		size_t rank = wildcard ? strlen(entry) : DNS_NAME_MAX;

		if (rank <= best ||
		    !(wildcard ? dns_name_is_below(name, entry) : hostname_same(name, entry)))
			continue;
		best = rank;
		ret->known = true;
		ret->name = dns.name[i];
		ret->config = dns.config;
	}
	free(dns.name);
	return err;
}

static bool is_own(const struct ifaddrs *list, const struct natloop_addr *a)
{
	for (; list; list = list->ifa_next) {
		const struct sockaddr *sa = list->ifa_addr;
		struct natloop_addr own;

		if (!sa || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6))
			continue;
		own = address_from_sockaddr(sa);
		if (address_equal(&own, a))
			return true;
	}
	return false;
}

/* Not of loopback: LAN clients cannot ask that of this machine. */
static bool answers_for(const struct natloop_dns_config *config, const struct ifaddrs *own,
			const struct natloop_addr *a)
{
	if (address_is_loopback(a))
		return false;
	for (__u32 i = 0; i < config->resolvers && i < NATLOOP_DNS_RESOLVERS; i++)
		if (address_equal(&config->resolver[i], a))
			return true;
	return config->any || is_own(own, a);
}

static void set_reply(struct dns_response *r, const struct natloop_addr *a)
{
	memset(r, 0, sizeof(*r));
	r->outcome = address_is_zero(a) ? DNS_EMPTY : DNS_RECORDS;
	if (!address_is_zero(a))
		r->address[r->addresses++] = *a;
}

/*
 * On the router itself questions do not come in by a LAN interface, where natloop answers those of
 * clients: what it says then is put in the place of what the resolver says.
 */
void dns_way_answer(const struct dns_way *way, struct dns_resolver *resolver, size_t count)
{
	static const struct natloop_addr none;
	struct ifaddrs *own = NULL;

	if (!way->known || getifaddrs(&own))
		return;
	for (size_t i = 0; i < count; i++) {
		struct dns_resolver *r = &resolver[i];

		if (!answers_for(&way->config, own, &r->addr))
			continue;
		r->on_way = true;
		set_reply(&r->reply[DNS_UDP][DNS_A], &way->name.v4);
		set_reply(&r->reply[DNS_UDP][DNS_AAAA], &way->name.v6);
		set_reply(&r->reply[DNS_UDP][DNS_HTTPS], &none);
	}
	freeifaddrs(own);
}
