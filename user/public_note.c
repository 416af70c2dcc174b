// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "public_note.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "address.h"
#include "util.h"

static const struct {
	__u32 net; /* host order */
	__u32 mask;
	const char *is;
} blocks[] = {
	{ 0x0a000000, 0xff000000, "is private (RFC 1918)" },	 /* 10.0.0.0/8 */
	{ 0xac100000, 0xfff00000, "is private (RFC 1918)" },	 /* 172.16.0.0/12 */
	{ 0xc0a80000, 0xffff0000, "is private (RFC 1918)" },	 /* 192.168.0.0/16 */
	{ 0x64400000, 0xffc00000, "is a carrier's (RFC 6598)" }, /* 100.64.0.0/10 */
};

/* NULL: a global address. */
static const char *not_global(const struct natloop_addr *addr)
{
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		if ((ntohl(addr->w[3]) & blocks[i].mask) == blocks[i].net)
			return blocks[i].is;
	return NULL;
}

bool public_note_lan(const struct natloop_config *config, __u32 which, char *buf, size_t size)
{
	char text[ADDRESS_TEXT_MAX], lan[ADDRESS_TEXT_MAX];

	if (which >= config->publics || which >= ARRAY_SIZE(config->address))
		return false;
	for (__u32 i = 0; i < config->lans && i < ARRAY_SIZE(config->lan); i++) {
		const struct prefix prefix = { config->lan[i].net, config->lan[i].mask };

		if (!config->lan[i].ifindex || !address_in_prefix(&config->address[which], &prefix))
			continue;
		snprintf(buf, size,
			 "public address %s is the router's own in %s, whose hosts are clients: an "
			 "uplink should not be attached, nor a LAN's address be public",
			 address_format(&config->address[which], text, sizeof(text)),
			 address_format_prefix(&prefix, lan, sizeof(lan)));
		return true;
	}
	return false;
}

bool public_note(const struct natloop_config *config, __u32 which, char *buf, size_t size)
{
	char text[ADDRESS_TEXT_MAX];

	for (__u32 i = 0; i < config->publics && i < ARRAY_SIZE(config->address); i++)
		if (!not_global(&config->address[i]))
			return false;
	if (which >= config->publics || which >= ARRAY_SIZE(config->address))
		return false;
	snprintf(buf, size,
		 "public address %s %s: behind another NAT (double NAT) clients dial that one's "
		 "address; give --public NAME",
		 address_format(&config->address[which], text, sizeof(text)),
		 not_global(&config->address[which]));
	return true;
}
