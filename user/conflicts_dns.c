// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two cures for one RustDesk server: some clients come by the translation and others by a name that
 * leads to the server itself. hbbs then sees them by addresses of two kinds, takes them for peers
 * in different networks, and tells one of them an address that does not lead to the other. With one
 * cure for all they connect to each other directly.
 */
#include <linux/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "conflicts_parts.h"
#include "forward_text.h"
#include "settings.h"

/* Of hbbs: NAT test, registration and hole punching. The relay's does not matter to it. */
#define RUSTDESK_FIRST 21115
#define RUSTDESK_LAST 21116

static bool overlaps(__u16 first, __u16 count)
{
	return first <= RUSTDESK_LAST && first + count >= RUSTDESK_FIRST;
}

/* By what clients dial, or by what the server listens on. */
static bool is_rustdesk(const struct natloop_forward *f)
{
	__u16 count = (__u16)(f->last - f->first);

	return overlaps(f->first, count) || overlaps(f->server_first, count);
}

/* " SPEC SPEC": those of RustDesk that lead to @server. */
static void list_forwards(const struct natloop_config *config, const struct natloop_addr *server,
			  char *buf, size_t size)
{
	char text[FORWARD_TEXT_MAX + 1] = " ";

	buf[0] = '\0';
	for (__u32 i = 0; i < config->forwards; i++) {
		const struct natloop_forward *f = &config->forward[i];
		struct natloop_forward plain = *f;
		size_t at = strlen(buf);

		if (!is_rustdesk(f) || !address_equal(&f->server, server))
			continue;
		memset(&plain.snat, 0, sizeof(plain.snat));
		(void)forward_format(&plain, text + 1, sizeof(text) - 1);
		/* One that is cut is another one. */
		if (at + strlen(text) < size)
			memcpy(buf + at, text, strlen(text) + 1);
	}
}

static const char *in_file(const struct natloop_config *config, unsigned int key)
{
	return config->from_file & 1U << key ? " and its line in the file" : "";
}

bool conflicts_of_name(const struct natloop_config *config, const struct dns_name *name,
		       struct conflict *ret)
{
	char forwards[192], server[ADDRESS_TEXT_MAX];

	if (address_is_zero(&name->v4))
		return false;
	list_forwards(config, &name->v4, forwards, sizeof(forwards));
	if (!*forwards)
		return false;
	ret->id = "mixed-cures";
	snprintf(ret->object, sizeof(ret->object), "%.63s", name->name);
	snprintf(ret->what, sizeof(ret->what),
		 "leads clients to %s, while the RustDesk forwards to it are reflected: those of "
		 "the one and of the other cannot connect directly",
		 address_format(&name->v4, server, sizeof(server)));
	snprintf(ret->remedy, sizeof(ret->remedy),
		 "drop the name%s: natloopctl dns del '%s'; or the forwards: natloopctl forward "
		 "del%s",
		 in_file(config, SETTINGS_DNS), name->name, forwards);
	return true;
}

void conflicts_dns(const struct dns_names *names, struct conflict_search *search)
{
	struct conflict c;

	for (size_t i = 0; i < names->names; i++)
		if (conflicts_of_name(search->config, &names->name[i], &c))
			conflict_add(search, c.object, c.remedy, "%s", c.what);
}
