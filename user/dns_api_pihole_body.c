// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "dns_api_pihole.h"

#define BEFORE "/api/config/dns/hosts/"
#define AFTER "?restart=false"
/* RFC 3986 2.3 */
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

int dns_pihole_host_path(const char *text, char ret[DNS_PIHOLE_PATH])
{
	char *at = ret + sprintf(ret, BEFORE);

	for (; *text; text++) {
		if (at + 3 + sizeof(AFTER) > ret + DNS_PIHOLE_PATH)
			return -ENAMETOOLONG;
		if (strchr(UNRESERVED, *text))
			*at++ = *text;
		else
			at += sprintf(at, "%%%02X", (unsigned char)*text);
	}
	memcpy(at, AFTER, sizeof(AFTER));
	return 0;
}

static bool changes(const struct dns_api_plan *plan, enum dns_api_kind kind)
{
	for (size_t i = 0; i < plan->changes; i++)
		if (plan->change[i].kind == kind)
			return true;
	return false;
}

static bool is_deleted(const struct dns_api_plan *plan, const struct dns_api_entry *entry)
{
	for (size_t i = 0; i < plan->changes; i++) {
		const struct dns_api_entry *was = plan->change[i].was;

		if (was && was->kind == entry->kind && !strcmp(was->text, entry->text))
			return true;
	}
	return false;
}

static int append(struct json_object *list, const char *text)
{
	struct json_object *o = json_object_new_string(text);

	if (o && !json_object_array_add(list, o))
		return 0;
	json_object_put(o);
	return -ENOMEM;
}

static int fill(struct json_object *list, const struct dns_api_list *now,
		const struct dns_api_plan *plan, enum dns_api_kind kind)
{
	int err = 0;

	for (size_t i = 0; !err && i < now->count; i++)
		if (now->entry[i].kind == kind && !is_deleted(plan, &now->entry[i]))
			err = append(list, now->entry[i].text);
	for (size_t i = 0; !err && i < plan->changes; i++) {
		const struct dns_api_entry *is = plan->change[i].is;

		/* Somebody may have added it since. */
		if (is && is->kind == kind && !dns_api_list_has(now, is))
			err = append(list, is->text);
	}
	return err;
}

/* Puts {@part: {@key: [...]}} into @config. */
static int add_part(struct json_object *config, const char *part, const char *key,
		    struct json_object **ret)
{
	struct json_object *o = json_object_new_object();

	*ret = json_object_new_array();
	if (!o || !*ret || json_object_object_add(o, key, *ret)) {
		json_object_put(*ret);
		json_object_put(o);
		return -ENOMEM;
	}
	if (!json_object_object_add(config, part, o))
		return 0;
	json_object_put(o);
	return -ENOMEM;
}

static int make_body(struct json_object *root, const struct dns_api_list *now,
		     const struct dns_api_plan *plan)
{
	struct json_object *config = json_object_new_object(), *list;
	int err = 0;

	if (!config || json_object_object_add(root, "config", config)) {
		json_object_put(config);
		return -ENOMEM;
	}
	if (changes(plan, DNS_API_HOST)) {
		err = add_part(config, "dns", "hosts", &list);
		if (!err)
			err = fill(list, now, plan, DNS_API_HOST);
	}
	if (!err && changes(plan, DNS_API_LINE)) {
		err = add_part(config, "misc", "dnsmasq_lines", &list);
		if (!err)
			err = fill(list, now, plan, DNS_API_LINE);
	}
	return err;
}

char *dns_pihole_patch(const struct dns_api_list *now, const struct dns_api_plan *plan)
{
	struct json_object *root = json_object_new_object();
	char *ret = NULL;

	if (root && !make_body(root, now, plan))
		ret = strdup(json_object_to_json_string(root));
	json_object_put(root);
	return ret;
}
