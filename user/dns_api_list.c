// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static const char *const kinds[] = {
	[DNS_API_REWRITE] = "rewrite",
	[DNS_API_HOST] = "host",
	[DNS_API_LINE] = "line",
	[DNS_API_CNAME] = "cname",
};

const char *dns_api_kind_name(enum dns_api_kind kind)
{
	return kinds[kind];
}

int dns_api_kind_parse(const char *text, enum dns_api_kind *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(text, kinds[i]) != 0)
			continue;
		*ret = (enum dns_api_kind)i;
		return 0;
	}
	return -EINVAL;
}

struct dns_api_entry *dns_api_list_add(struct dns_api_list *list, enum dns_api_kind kind,
				       const char *text)
{
	struct dns_api_entry *larger;
	char *copy = strdup(text);

	if (!copy)
		return NULL;
	/* Doubles: lists of block lists' size are possible. */
	if (!(list->count & (list->count - 1))) {
		size_t room = list->count ? 2 * list->count : 1;

		larger = reallocarray(list->entry, room, sizeof(*larger));
		if (!larger) {
			free(copy);
			return NULL;
		}
		list->entry = larger;
	}
	list->entry[list->count] = (struct dns_api_entry){ .kind = kind, .text = copy };
	return &list->entry[list->count++];
}

int dns_api_list_copy(struct dns_api_list *list, const struct dns_api_entry *entry)
{
	struct dns_api_entry *new = dns_api_list_add(list, entry->kind, entry->text);

	if (!new)
		return -ENOMEM;
	new->off = entry->off;
	memcpy(new->name, entry->name, sizeof(new->name));
	memcpy(new->instance, entry->instance, sizeof(new->instance));
	return 0;
}

void dns_api_list_free(struct dns_api_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->entry[i].text);
	free(list->entry);
	*list = (struct dns_api_list){ .count = 0 };
}

size_t dns_api_list_has(const struct dns_api_list *list, const struct dns_api_entry *entry)
{
	size_t found = 0;

	for (size_t i = 0; i < list->count; i++)
		found += list->entry[i].kind == entry->kind &&
			 !strcmp(list->entry[i].text, entry->text);
	return found;
}
