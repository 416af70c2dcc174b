// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "trace_words.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "number.h"

int trace_parse_end(const char *text, __be32 *addr, __be16 *port, struct problem *p)
{
	const char *colon = strchr(text, ':');
	char part[ADDRESS_TEXT_MAX];
	struct natloop_addr parsed;
	struct problem inner;
	unsigned int number = 0;

	/* Two colons are an IPv6 address: address_parse says what it thinks of them. */
	if (colon && (strchr(colon + 1, ':') || *text == '['))
		colon = NULL;
	if (colon && number_parse(colon + 1, 1, 65535, &number))
		return problem_usage(p, text, "give a port from 1 to 65535", "'%s' is not a port",
				     colon + 1);
	snprintf(part, sizeof(part), "%.*s", colon ? (int)(colon - text) : (int)strlen(text), text);
	if (address_parse(part, &parsed, &inner))
		return problem_usage(p, text, inner.remedy, "%s", inner.what);
	*addr = parsed.w[3];
	*port = htons((__u16)number);
	return 0;
}

int trace_parse_proto(const char *text, __u8 *ret, struct problem *p)
{
	char object[64];

	if (!text || !strcmp(text, "tcp")) {
		*ret = IPPROTO_TCP;
		return 0;
	}
	if (!strcmp(text, "udp")) {
		*ret = IPPROTO_UDP;
		return 0;
	}
	snprintf(object, sizeof(object), "--proto %s", text);
	return problem_usage(p, object, "give tcp or udp", "no such protocol");
}
