// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "util.h"

#define SEPARATORS ", \t"
#define RESOLVERS_TEXT 1024
#define LINE_TEXT 256
#define RESOLVERS_OF_LINE 4 /* of IPv6: 175 of the 198 characters that a line may have */
#define LINE_REMEDY "write NAME = ADDR[,ADDR6] [TTL]"

static bool has_resolver(const struct natloop_dns_config *config, const struct natloop_addr *a)
{
	for (__u32 i = 0; i < config->resolvers; i++)
		if (address_equal(&config->resolver[i], a))
			return true;
	return false;
}

int dns_resolvers_add(struct natloop_dns_config *ret, const struct natloop_dns_config *more)
{
	struct natloop_dns_config all = *ret;

	all.any |= more->any;
	for (__u32 i = 0; i < more->resolvers; i++) {
		if (has_resolver(&all, &more->resolver[i]))
			continue;
		if (all.resolvers == NATLOOP_DNS_RESOLVERS)
			return -ENOSPC;
		all.resolver[all.resolvers++] = more->resolver[i];
	}
	*ret = all;
	return 0;
}

static int parse_resolver(const char *text, struct natloop_dns_config *ret, struct problem *p)
{
	struct natloop_dns_config one = { .resolvers = 1 };
	struct natloop_addr *a = &one.resolver[0];
	struct problem inner;

	if (!strcmp(text, "any")) {
		one = (struct natloop_dns_config){ .any = 1 };
	} else if (strchr(text, ':')) {
		if (inet_pton(AF_INET6, text, a) != 1 || address_is_v4(a) || address_is_zero(a))
			return problem_usage(p, text, "give the address of a resolver, or 'any'",
					     "is no IPv6 address");
	} else if (address_parse_host(text, a, &inner)) {
		return problem_usage(p, text, "give the address of a resolver, or 'any'", "%s",
				     inner.what);
	}
	if (dns_resolvers_add(ret, &one))
		return problem_usage(p, text, "give 'any'", "more than %d resolvers",
				     NATLOOP_DNS_RESOLVERS);
	return 0;
}

int dns_resolvers_parse(const char *text, struct natloop_dns_config *ret, struct problem *p)
{
	struct natloop_dns_config all = *ret;
	char copy[RESOLVERS_TEXT], *rest = NULL;
	bool any = false;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return problem_usage(p, "resolver", "give 'any'", "is too long");
	for (char *word = strtok_r(copy, SEPARATORS, &rest); word;
	     word = strtok_r(NULL, SEPARATORS, &rest)) {
		int err = parse_resolver(word, &all, p);

		if (err)
			return err;
		any = true;
	}
	if (!any)
		return problem_usage(p, "resolver", "give the address of a resolver, or 'any'",
				     "is empty");
	*ret = all;
	return 0;
}

/* Addresses have a dot or a colon in them, a TTL has not. */
static int parse_line(const char *name, const char *value, struct dns_name *ret, struct problem *p)
{
	char copy[LINE_TEXT], addresses[LINE_TEXT] = "", *rest = NULL;
	const char *ttl = NULL;

	if (snprintf(copy, sizeof(copy), "%s", value) >= (int)sizeof(copy))
		return problem_usage(p, name, LINE_REMEDY, "is too long");
	for (char *word = strtok_r(copy, SEPARATORS, &rest); word;
	     word = strtok_r(NULL, SEPARATORS, &rest)) {
		size_t at = strlen(addresses);

		if (ttl)
			return problem_usage(p, word, LINE_REMEDY, "stands behind the TTL");
		if (*addresses && !strpbrk(word, ".:"))
			ttl = word;
		else
			snprintf(addresses + at, sizeof(addresses) - at, "%s%s", at ? "," : "",
				 word);
	}
	return dns_name_parse(name, addresses, ttl, ret, p);
}

int dns_settings_line(struct dns_settings *s, const char *key, const char *value, struct problem *p)
{
	struct dns_name name;
	int err;

	if (!strcmp(key, DNS_SETTINGS_RESOLVER))
		return dns_resolvers_parse(value, &s->resolver, p);
	err = parse_line(key, value, &name, p);
	if (err)
		return err;
	for (size_t i = 0; i < s->names; i++)
		if (!strcmp(s->name[i].name, name.name))
			return problem_usage(p, name.name, "keep one of the two", "is given twice");
	if (s->names == ARRAY_SIZE(s->name))
		return problem_usage(p, name.name, "use '*.example.com', or 'natloopctl dns add'",
				     "more than %zu names", ARRAY_SIZE(s->name));
	s->name[s->names++] = name;
	return 0;
}

int dns_settings_check(const struct dns_settings *s, struct problem *p)
{
	if (s->names || (!s->resolver.any && !s->resolver.resolvers))
		return 0;
	return problem_usage(p, "resolver", "give a name in [dns], too, or delete the line",
			     "there is no name to answer for");
}

const char *dns_settings_name_line(const struct dns_name *name, char *buf, size_t size)
{
	char addresses[2 * ADDRESS_TEXT_MAX];

	snprintf(buf, size, "%s = %s %u", name->name,
		 dns_name_addresses(name, addresses, sizeof(addresses)), name->ttl);
	return buf;
}

__u32 dns_settings_resolver_line(const struct natloop_dns_config *config, __u32 first, char *buf,
				 size_t size)
{
	char text[ADDRESS_TEXT_MAX];
	__u32 i;

	snprintf(buf, size, DNS_SETTINGS_RESOLVER " =%s", config->any && !first ? " any" : "");
	for (i = first; i < config->resolvers && i - first < RESOLVERS_OF_LINE; i++) {
		size_t at = strlen(buf);

		snprintf(buf + at, size - at, " %s",
			 address_format(&config->resolver[i], text, sizeof(text)));
	}
	return i;
}
