// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "number.h"
#include "util.h"

#define ADDRESS_REMEDY "write four decimal numbers without leading zeros, like 192.168.11.20"

/* What an address of one host cannot be. Host order. */
static const struct {
	__u32 net;
	__u32 mask;
	const char *what;
} never_a_host[] = {
	{ 0x00000000, 0xff000000, "0.0.0.0/8 is no host's address" },
	{ 0x7f000000, 0xff000000, "a loopback address" },
	{ 0xe0000000, 0xf0000000, "a multicast address" },
	{ 0xf0000000, 0xf0000000, "a broadcast or reserved address (240.0.0.0/4)" },
};

struct natloop_addr address_from_v4(__be32 v4)
{
	struct natloop_addr a = { { 0, 0, htonl(0xffff), v4 } };

	return a;
}

struct natloop_addr address_from_sockaddr(const struct sockaddr *sa)
{
	struct natloop_addr ret = {};

	if (sa->sa_family == AF_INET)
		return address_from_v4(((const struct sockaddr_in *)sa)->sin_addr.s_addr);
	if (sa->sa_family == AF_INET6)
		memcpy(&ret, &((const struct sockaddr_in6 *)sa)->sin6_addr, sizeof(ret));
	return ret;
}

bool address_is_v4(const struct natloop_addr *a)
{
	return !a->w[0] && !a->w[1] && a->w[2] == htonl(0xffff);
}

bool address_is_loopback(const struct natloop_addr *a)
{
	if (address_is_v4(a))
		return ntohl(a->w[3]) >> 24 == 127;
	return !a->w[0] && !a->w[1] && !a->w[2] && a->w[3] == htonl(1);
}

bool address_is_carriers(const struct natloop_addr *a)
{
	return address_is_v4(a) && (ntohl(a->w[3]) & 0xffc00000) == 0x64400000;
}

bool address_is_zero(const struct natloop_addr *a)
{
	return !a->w[0] && !a->w[1] && !a->w[2] && !a->w[3];
}

bool address_equal(const struct natloop_addr *a, const struct natloop_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

int address_parse(const char *text, struct natloop_addr *ret, struct problem *p)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		*ret = address_from_v4(v4.s_addr);
		return 0;
	}
	if (!*text)
		return problem_usage(p, text, ADDRESS_REMEDY, "the address is empty");
	if (*text == '[' || inet_pton(AF_INET6, text, &v6) == 1)
		return problem_usage(p, text, "give the IPv4 address",
				     "IPv6 addresses are not supported yet");
	return problem_usage(p, text, ADDRESS_REMEDY, "not an IPv4 address");
}

int address_parse_host(const char *text, struct natloop_addr *ret, struct problem *p)
{
	struct natloop_addr addr = { { 0 } };
	__u32 host;
	size_t i;
	int err;

	err = address_parse(text, &addr, p);
	if (err)
		return err;
	host = ntohl(addr.w[3]);
	for (i = 0; i < ARRAY_SIZE(never_a_host); i++)
		if ((host & never_a_host[i].mask) == never_a_host[i].net)
			return problem_usage(p, text, "give the address of one host", "%s",
					     never_a_host[i].what);
	*ret = addr;
	return 0;
}

int address_parse_prefix(const char *text, struct prefix *ret, struct problem *p)
{
	char right[ADDRESS_TEXT_MAX];
	char net[ADDRESS_TEXT_MAX];
	unsigned int length = 32;
	struct problem inner;
	struct prefix prefix = { 0 };
	const char *slash;
	size_t i;
	int err;

	slash = strchr(text, '/');
	if (slash && number_parse(slash + 1, 0, 32, &length))
		return problem_usage(p, text, "write it like 192.168.11.0/24",
				     "the prefix length is not a number from 0 to 32");
	snprintf(net, sizeof(net), "%.*s", slash ? (int)(slash - text) : (int)strlen(text), text);
	err = address_parse(net, &prefix.net, &inner);
	if (err)
		return problem_usage(p, text, inner.remedy, "%s", inner.what);

	prefix.mask = address_mask_v4(length);
	if (!address_in_prefix(&prefix.net, &prefix)) {
		for (i = 0; i < ARRAY_SIZE(prefix.net.w); i++)
			prefix.net.w[i] &= prefix.mask.w[i];
		address_format_prefix(&prefix, right, sizeof(right));
		snprintf(inner.remedy, sizeof(inner.remedy), "write %s, or a longer prefix", right);
		return problem_usage(p, text, inner.remedy,
				     "the address has bits set beyond the prefix length");
	}
	*ret = prefix;
	return 0;
}

const char *address_format(const struct natloop_addr *a, char *buf, size_t size)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address_is_v4(a))
		inet_ntop(AF_INET, &a->w[3], text, sizeof(text));
	else
		inet_ntop(AF_INET6, a->w, text, sizeof(text));
	snprintf(buf, size, "%s", text);
	return buf;
}

const char *address_format_port(const struct natloop_addr *a, __be16 port, char *buf, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	address_format(a, text, sizeof(text));
	snprintf(buf, size, address_is_v4(a) ? "%s:%u" : "[%s]:%u", text, ntohs(port));
	return buf;
}

const char *address_format_prefix(const struct prefix *prefix, char *buf, size_t size)
{
	bool v4 = address_is_v4(&prefix->net) && prefix->mask.w[2] == htonl(0xffffffff);
	char text[INET6_ADDRSTRLEN];
	unsigned int length = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefix->mask.w); i++)
		length += (unsigned int)__builtin_popcount(prefix->mask.w[i]);
	address_format(&prefix->net, text, sizeof(text));
	snprintf(buf, size, "%s/%u", text, v4 ? length - 96 : length);
	return buf;
}

struct natloop_addr address_mask_v4(unsigned int length)
{
	struct natloop_addr mask = { { 0xffffffff, 0xffffffff, 0xffffffff, 0 } };

	if (length > 32)
		length = 32;
	/* Shifting 32 bits by 32 is undefined. */
	if (length)
		mask.w[3] = htonl(0xffffffffU << (32 - length));
	return mask;
}

bool address_in_prefix(const struct natloop_addr *a, const struct prefix *prefix)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(a->w); i++)
		if ((a->w[i] & prefix->mask.w[i]) != prefix->net.w[i])
			return false;
	return true;
}
