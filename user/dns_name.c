// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_name.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "number.h"
#include "util.h"

#define ADDRESSES_MAX 128

/*
 * Top-level domains that networks use for themselves: RFC 6762 appendix G, RFC 2606 2, and
 * .localdomain, the default of resolvers. "*.com" would take the Internet from the house.
 */
static bool is_private(const char *domain)
{
	static const char *const name[] = { "intranet", "internal",    "private", "corp",   "home",
					    "lan",	"localdomain", "test",	  "example" };

	for (size_t i = 0; i < ARRAY_SIZE(name); i++)
		if (hostname_same(domain, name[i]))
			return true;
	return false;
}

static int parse_name(const char *text, char ret[DNS_NAME_MAX], struct problem *p)
{
	size_t i, length = strlen(text);
	char copy[DNS_NAME_MAX + 1];
	const char *host;

	/* As the DNS writes a name that is complete. */
	if (length && length <= DNS_NAME_MAX && text[length - 1] == '.') {
		snprintf(copy, sizeof(copy), "%.*s", (int)length - 1, text);
		text = copy;
	}
	host = strncmp(text, "*.", 2) ? text : text + 2;
	if (!hostname_valid(host))
		return problem_usage(
			p, *text ? text : "name",
			"give a name such as rustdesk.example.com, or *.example.com for "
			"all below it",
			"is no host name");
	if (host != text && !strchr(host, '.') && !is_private(host))
		return problem_usage(p, text, "name what is yours, as in *.example.com",
				     "would answer for a whole top-level domain");
	/* The whole name is one, too (RFC 1035 2.3.4): below it a label and a dot at least. */
	if (strlen(text) >= HOSTNAME_MAX)
		return problem_usage(p, text, "give a shorter one",
				     "leaves no room for a name below it");
	for (i = 0; text[i]; i++)
		ret[i] = (char)tolower((unsigned char)text[i]);
	ret[i] = '\0';
	return 0;
}

static bool is_host_v6(const struct in6_addr *a)
{
	return !IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_LOOPBACK(a) &&
	       !IN6_IS_ADDR_MULTICAST(a) && !IN6_IS_ADDR_LINKLOCAL(a) && !IN6_IS_ADDR_V4MAPPED(a);
}

static int parse_v6(const char *text, struct natloop_addr *ret, struct problem *p)
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, text, &a) != 1)
		return problem_usage(p, text, "give IPv4,IPv6, or one of them",
				     "is no address of either family");
	if (!is_host_v6(&a))
		return problem_usage(p, text, "give the server's global or unique local address",
				     "is not the address of a host that others reach");
	memcpy(ret, &a, sizeof(*ret));
	return 0;
}

/* One of each family at most. */
static int add_address(const char *text, struct dns_name *ret, struct problem *p)
{
	bool v6 = strchr(text, ':');
	struct natloop_addr *place = v6 ? &ret->v6 : &ret->v4;

	if (!*text)
		return problem_usage(p, "ADDR", "give IPv4,IPv6, or one of them", "is missing");
	if (!address_is_zero(place))
		return problem_usage(p, text, "give one IPv4 and one IPv6 address at most",
				     "is a second address of its family");
	return v6 ? parse_v6(text, place, p) : address_parse_host(text, place, p);
}

static int parse_addresses(const char *text, struct dns_name *ret, struct problem *p)
{
	char copy[ADDRESSES_MAX], *rest = copy, *word;
	int err = 0;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return problem_usage(p, "ADDR", "give IPv4,IPv6, or one of them", "is too long");
	while (!err && (word = strsep(&rest, ",")))
		err = add_address(word, ret, p);
	return err;
}

int dns_name_parse(const char *name, const char *addresses, const char *ttl, struct dns_name *ret,
		   struct problem *p)
{
	struct dns_name found = { .ttl = DNS_NAME_DEFAULT_TTL };
	int err = parse_name(name, found.name, p);

	if (!err)
		err = parse_addresses(addresses, &found, p);
	if (err)
		return err;
	if (ttl && number_parse(ttl, 0, DNS_NAME_MOST_TTL, &found.ttl))
		return problem_usage(p, *ttl ? ttl : "TTL", "give seconds, 0 to 86400",
				     "is no TTL");
	*ret = found;
	return 0;
}

bool dns_name_is_below(const char *name, const char *wildcard)
{
	const char *rest = wildcard + 1; /* ".example.com" */
	size_t length = strlen(name), rest_length = strlen(rest);

	return length > rest_length && hostname_same(name + length - rest_length, rest);
}

const char *dns_name_addresses(const struct dns_name *name, char *buf, unsigned int size)
{
	char v4[ADDRESS_TEXT_MAX] = "", v6[ADDRESS_TEXT_MAX] = "";
	bool both = !address_is_zero(&name->v4) && !address_is_zero(&name->v6);

	if (!address_is_zero(&name->v4))
		address_format(&name->v4, v4, sizeof(v4));
	if (!address_is_zero(&name->v6))
		address_format(&name->v6, v6, sizeof(v6));
	snprintf(buf, size, "%s%s%s", v4, both ? "," : "", v6);
	return buf;
}
