// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_key.h"

#include <stdio.h>
#include <string.h>

void dns_key_make(const char *name, struct natloop_dns_key *ret)
{
	bool wild = !strncmp(name, "*.", 2);
	const char *text = wild ? name + 1 : name;
	size_t length = strlen(text);

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < length; i++)
		ret->byte[i] = (__u8)text[length - 1 - i];
	/* All below begins with it; the name itself ends with the 0. */
	ret->bits = (__u32)(length + !wild) * 8;
}

void dns_key_name(const struct natloop_dns_key *key, char ret[DNS_NAME_MAX])
{
	size_t length = key->bits / 8, at = 0;
	bool wild = length && key->byte[length - 1];

	length -= !wild;
	if (wild)
		ret[at++] = '*';
	while (length && at < DNS_NAME_MAX - 1)
		ret[at++] = (char)key->byte[--length];
	ret[at] = '\0';
}
