// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_check_words.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "util.h"

#define LIST_MAX 1024

int dns_check_name(const char *text, char ret[HOSTNAME_MAX], struct problem *p)
{
	char name[HOSTNAME_MAX + 1];
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] >= 0x80)
			return problem_usage(p, text,
					     "give the name as the DNS has it, xn--... ('idn2 "
					     "NAME' prints it)",
					     "has letters beyond ASCII");
	if (length && length <= HOSTNAME_MAX && text[length - 1] == '.')
		length--;
	snprintf(name, sizeof(name), "%.*s", (int)(length <= HOSTNAME_MAX ? length : HOSTNAME_MAX),
		 text);
	if (!hostname_valid(name))
		return problem_usage(p, *text ? text : "name",
				     "give a name such as rustdesk.example.com", "is no host name");
	for (length = 0; name[length]; length++)
		ret[length] = (char)tolower((unsigned char)name[length]);
	ret[length] = '\0';
	return 0;
}

static bool parse(const char *text, struct natloop_addr *ret)
{
	struct in6_addr v6;
	struct in_addr v4;
	__u32 host;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		host = ntohl(v4.s_addr);
		*ret = address_from_v4(v4.s_addr);
		return host >> 24 && host < 0xe0000000;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1 || IN6_IS_ADDR_UNSPECIFIED(&v6) ||
	    IN6_IS_ADDR_MULTICAST(&v6) || IN6_IS_ADDR_LINKLOCAL(&v6) || IN6_IS_ADDR_V4MAPPED(&v6))
		return false;
	memcpy(ret, &v6, sizeof(*ret));
	return true;
}

int dns_check_addresses(const char *option, const char *text, struct natloop_addr *ret, size_t most,
			struct problem *p)
{
	char copy[LIST_MAX], *rest = copy, *word;
	struct natloop_addr found[NATLOOP_MAX_ADDRESSES];
	size_t count = 0, i;

	most = most < ARRAY_SIZE(found) ? most : ARRAY_SIZE(found);

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return problem_usage(p, option, "give fewer", "is too long");
	while ((word = strsep(&rest, ","))) {
		struct natloop_addr addr;
		char object[64];

		snprintf(object, sizeof(object), "%s %.40s", option, *word ? word : "''");
		if (!parse(word, &addr))
			return problem_usage(p, object,
					     "give IPv4 or IPv6 addresses, without a port",
					     "is no address of a host");
		for (i = 0; i < count && !address_equal(&found[i], &addr); i++)
			;
		if (i < count)
			continue;
		if (count == most)
			return problem_usage(p, option, "give fewer", "has more than %zu addresses",
					     most);
		found[count++] = addr;
	}
	memcpy(ret, found, count * sizeof(*found));
	return (int)count;
}
