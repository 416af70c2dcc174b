// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "view_dns.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "address.h"

static const char *const count_name[] = {
#define X(NAME, name, help) [NATLOOP_DNS_##NAME] = #name,
	NATLOOP_DNS_OUTCOMES(X)
#undef X
};

static void write_address(struct writer *w, const char *key, const struct natloop_addr *a)
{
	char text[ADDRESS_TEXT_MAX] = "";

	if (address_is_v4(a))
		address_format(a, text, sizeof(text));
	else if (!address_is_zero(a))
		inet_ntop(AF_INET6, a, text, sizeof(text));
	writer_string(w, key, text);
}

static void write_names(struct writer *w, const struct instance_dns *dns)
{
	writer_open(w, "names", WRITER_LIST);
	for (size_t i = 0; i < dns->names; i++) {
		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, "name", dns->name[i].name);
		write_address(w, "ipv4", &dns->name[i].v4);
		write_address(w, "ipv6", &dns->name[i].v6);
		writer_number(w, "ttl", dns->name[i].ttl);
		writer_close(w);
	}
	writer_close(w);
}

void view_dns(struct writer *w, const struct instance_dns *dns)
{
	writer_open(w, NULL, WRITER_OBJECT);
	write_names(w, dns);
	writer_open(w, "resolvers", WRITER_LIST);
	writer_string(w, NULL, "router");
	if (dns->config.any)
		writer_string(w, NULL, "any");
	for (__u32 i = 0; i < dns->config.resolvers; i++)
		write_address(w, NULL, &dns->config.resolver[i]);
	writer_close(w);
	writer_open(w, "packets", WRITER_OBJECT);
	for (int i = 0; i < NATLOOP_DNS_OUTCOME_COUNT; i++)
		writer_number(w, count_name[i], dns->counts.packets[i]);
	writer_close(w);
	writer_close(w);
}

void view_dns_short(struct writer *w, const char *key, const struct instance_dns *dns)
{
	char text[DNS_NAME_MAX + 2 * ADDRESS_TEXT_MAX], addresses[2 * ADDRESS_TEXT_MAX];

	writer_open(w, key, WRITER_LIST);
	for (size_t i = 0; i < dns->names; i++) {
		snprintf(text, sizeof(text), "%s %s", dns->name[i].name,
			 dns_name_addresses(&dns->name[i], addresses, sizeof(addresses)));
		writer_string(w, NULL, text);
	}
	writer_close(w);
	if (dns->names)
		writer_note(w, "",
			    "over UDP only: TCP, DoT and DoH go on to the resolver, and need "
			    "the translation");
}
