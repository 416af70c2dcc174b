// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_nameserver.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum dns_nameserver dns_nameserver_read(const char *line, struct natloop_addr *addr,
					char device[IF_NAMESIZE])
{
	char word[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE], *scope;
	struct in6_addr v6;

	/* As wide as word, without its NUL. */
	if (sscanf(line, "nameserver%*1[ \t]%62s", word) != 1)
		return DNS_NAMESERVER_NONE;
	scope = strchr(word, '%');
	if (!scope)
		return DNS_NAMESERVER_OTHER;
	*scope++ = '\0';
	for (const char *c = scope; *c; c++)
		if (!isgraph((unsigned char)*c))
			return DNS_NAMESERVER_OTHER;
	if (inet_pton(AF_INET6, word, &v6) != 1 || !IN6_IS_ADDR_LINKLOCAL(&v6) || !*scope ||
	    strlen(scope) >= IF_NAMESIZE)
		return DNS_NAMESERVER_OTHER;
	memcpy(addr, &v6, sizeof(*addr));
	snprintf(device, IF_NAMESIZE, "%s", scope);
	return DNS_NAMESERVER_LINK_LOCAL;
}
