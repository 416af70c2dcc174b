// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

void dns_names_free(struct dns_names *list)
{
	free(list->name);
	*list = (struct dns_names){ .names = 0 };
}

bool dns_name_same(const struct dns_name *a, const struct dns_name *b)
{
	return !strcmp(a->name, b->name) && a->ttl == b->ttl && address_equal(&a->v4, &b->v4) &&
	       address_equal(&a->v6, &b->v6);
}

/* ->names: it is not there. */
static size_t index_of(const struct dns_names *list, const char *name)
{
	size_t i = 0;

	while (i < list->names && strcmp(list->name[i].name, name) != 0)
		i++;
	return i;
}

const struct dns_name *dns_names_find(const struct dns_names *list, const char *name)
{
	size_t i = index_of(list, name);

	return i < list->names ? &list->name[i] : NULL;
}

bool dns_names_has(const struct dns_names *list, const struct dns_name *name)
{
	const struct dns_name *found = dns_names_find(list, name->name);

	return found && dns_name_same(found, name);
}

static bool file_has(const struct dns_settings *file, const struct dns_name *name)
{
	for (size_t i = 0; i < file->names; i++)
		if (dns_name_same(&file->name[i], name))
			return true;
	return false;
}

int dns_names_put(struct dns_names *list, const struct dns_name *name)
{
	size_t i = index_of(list, name->name);

	if (!list->name)
		list->name = calloc(NATLOOP_DNS_NAMES, sizeof(*list->name));
	if (!list->name)
		return -ENOMEM;
	if (i == NATLOOP_DNS_NAMES)
		return -ENOSPC;
	list->name[i] = *name;
	list->names += i == list->names;
	return 0;
}

bool dns_names_drop(struct dns_names *list, const char *name)
{
	size_t i = index_of(list, name);

	if (i == list->names)
		return false;
	list->name[i] = list->name[--list->names];
	return true;
}

static int put_all(const struct dns_name *name, size_t count, struct dns_names *ret)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = dns_names_put(ret, &name[i]);
	if (err)
		dns_names_free(ret);
	return err;
}

int dns_names_copy(const struct dns_names *from, struct dns_names *ret)
{
	ret->resolver = from->resolver;
	return put_all(from->name, from->names, ret);
}

int dns_names_of(const struct dns_settings *from, struct dns_names *ret)
{
	ret->resolver = from->resolver;
	return put_all(from->name, from->names, ret);
}

static bool same_resolvers(const struct natloop_dns_config *a, const struct natloop_dns_config *b)
{
	return !memcmp(a, b, sizeof(*a));
}

int dns_names_merge(const struct dns_settings *base, const struct dns_settings *ours,
		    const struct dns_names *now, struct dns_names *ret)
{
	bool same = same_resolvers(&base->resolver, &ours->resolver);
	int err = 0;

	ret->resolver = same ? now->resolver : ours->resolver;
	for (size_t i = 0; i < now->names && !err; i++)
		if (!file_has(base, &now->name[i]) || file_has(ours, &now->name[i]))
			err = dns_names_put(ret, &now->name[i]);
	for (size_t i = 0; i < ours->names && !err; i++)
		if (!file_has(base, &ours->name[i]))
			err = dns_names_put(ret, &ours->name[i]);
	if (err)
		dns_names_free(ret);
	return err;
}

/* Once there is no room nothing more is said. */
static void say(char buf[DNS_NAMES_TEXT], const char *name, const char *what)
{
	char text[DNS_NAMES_TEXT];
	size_t at = strlen(buf);

	if (at >= 3 && !strcmp(buf + at - 3, "..."))
		return;
	snprintf(text, sizeof(text), "%s%.*s %s", at ? ", " : "", DNS_NAMES_TEXT / 2, name, what);
	/* "..." must always fit behind it. */
	if (at + strlen(text) + 5 < DNS_NAMES_TEXT)
		snprintf(buf + at, DNS_NAMES_TEXT - at, "%s", text);
	else
		snprintf(buf + at, DNS_NAMES_TEXT - at, "%s...", at ? " " : "");
}

const char *dns_names_diff(const struct dns_names *from, const struct dns_names *to,
			   char buf[DNS_NAMES_TEXT])
{
	buf[0] = '\0';
	for (size_t i = 0; i < to->names; i++) {
		char addresses[2 * ADDRESS_TEXT_MAX], text[3 * ADDRESS_TEXT_MAX];

		if (dns_names_has(from, &to->name[i]))
			continue;
		dns_name_addresses(&to->name[i], addresses, sizeof(addresses));
		snprintf(text, sizeof(text), "%s %s", addresses,
			 dns_names_find(from, to->name[i].name) ? "changed" : "added");
		say(buf, to->name[i].name, text);
	}
	for (size_t i = 0; i < from->names; i++)
		if (!dns_names_find(to, from->name[i].name))
			say(buf, from->name[i].name, "deleted");
	if (!same_resolvers(&from->resolver, &to->resolver) && to->names)
		say(buf, "resolvers", "changed");
	return buf;
}
