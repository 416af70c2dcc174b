// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_wanted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "dns_export.h"
#include "util.h"

/* What each entry of a name gets. */
struct target {
	struct dns_api_list *list;
	const struct dns_name *name;
	const char *instance;
};

static int add(const struct target *t, enum dns_api_kind kind, const char *text)
{
	struct dns_api_entry *entry = dns_api_list_add(t->list, kind, text);

	if (!entry)
		return -ENOMEM;
	memcpy(entry->name, t->name->name, sizeof(entry->name));
	snprintf(entry->instance, sizeof(entry->instance), "%s", t->instance);
	return 0;
}

static int add_addresses(const struct target *t, enum dns_api_kind kind)
{
	char addresses[2 * ADDRESS_TEXT_MAX], text[DNS_NAME_MAX + ADDRESS_TEXT_MAX];
	char *rest = addresses, *word;
	int err = 0;

	dns_name_addresses(t->name, addresses, sizeof(addresses));
	while (!err && (word = strsep(&rest, ","))) {
		if (kind == DNS_API_REWRITE)
			snprintf(text, sizeof(text), "%s %s", t->name->name, word);
		else
			snprintf(text, sizeof(text), "%s %s", word, t->name->name);
		err = add(t, kind, text);
	}
	return err;
}

int dns_api_wanted_adguardhome(const struct dns_name *names, size_t count, const char *instance,
			       struct dns_api_list *ret)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		const struct target t = { ret, &names[i], instance };

		err = add_addresses(&t, DNS_API_REWRITE);
	}
	return err;
}

static int add_lines(const struct target *t, const struct dns_name *names, size_t count,
		     size_t which)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	char *rest, *line;
	int err = 0;

	if (!out)
		return -ENOMEM;
	dns_export_pihole_lines(out, names, count, which);
	if (fclose(out))
		return -ENOMEM;
	rest = text;
	while (!err && (line = strsep(&rest, "\n")))
		err = *line ? add(t, DNS_API_LINE, line) : 0;
	return err;
}

int dns_api_wanted_pihole(const struct dns_name *names, size_t count, const char *instance,
			  struct dns_api_list *ret)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		const struct target t = { ret, &names[i], instance };

		if (names[i].name[0] != '*')
			err = add_addresses(&t, DNS_API_HOST);
		if (!err)
			err = add_lines(&t, names, count, i);
	}
	return err;
}
