// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_state.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_json.h"

#define VERSION 1
#define DEPTH 8

struct dns_api_state {
	struct json_object *root;
};

void dns_api_state_free(struct dns_api_state *state)
{
	if (state)
		json_object_put(state->root);
	free(state);
}

static struct json_object *servers(const struct dns_api_state *state)
{
	return json_get(state->root, "servers");
}

static struct json_object *read_text(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
	struct json_object *o = NULL;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	if (length <= INT_MAX)
		o = json_tokener_parse_ex(tokener, text, (int)length);
	json_tokener_free(tokener);
	return o;
}

int dns_api_state_parse(const char *text, size_t length, struct dns_api_state **ret)
{
	static const char empty[] = "{\"version\":1,\"servers\":[]}";
	struct dns_api_state *state = calloc(1, sizeof(*state));
	struct json_object *version;

	if (!state)
		return -ENOMEM;
	state->root = length ? read_text(text, length) : read_text(empty, strlen(empty));
	version = json_get(state->root, "version");
	if (!json_object_is_type(version, json_type_int) ||
	    json_object_get_int(version) != VERSION || !json_is_list(servers(state))) {
		dns_api_state_free(state);
		return -EBADMSG;
	}
	*ret = state;
	return 0;
}

/* Where in the list of servers; its length: nowhere. */
static size_t find(const struct dns_api_state *state, const struct dns_api_whose *whose)
{
	size_t i = 0;

	while (i < json_length(servers(state)) &&
	       (strcmp(json_text(json_at(servers(state), i), "server"), whose->server) != 0 ||
		strcmp(json_text(json_at(servers(state), i), "url"), whose->url) != 0))
		i++;
	return i;
}

static int read_entry(struct json_object *o, struct dns_api_list *ret)
{
	const char *text = json_text(o, "text"), *name = json_text(o, "name");
	const char *instance = json_text(o, "instance");
	struct dns_api_entry *entry;
	enum dns_api_kind kind;

	if (!*text || !*name || strlen(name) >= sizeof(entry->name) ||
	    strlen(instance) >= sizeof(entry->instance) ||
	    dns_api_kind_parse(json_text(o, "kind"), &kind) || kind == DNS_API_CNAME)
		return -EBADMSG;
	entry = dns_api_list_add(ret, kind, text);
	if (!entry)
		return -ENOMEM;
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	snprintf(entry->instance, sizeof(entry->instance), "%s", instance);
	return 0;
}

int dns_api_state_get(const struct dns_api_state *state, const struct dns_api_whose *whose,
		      struct dns_api_list *ret)
{
	struct json_object *entries =
		json_get(json_at(servers(state), find(state, whose)), "entries");
	int err = 0;

	for (size_t i = 0; !err && i < json_length(entries); i++)
		err = read_entry(json_at(entries, i), ret);
	return err;
}

/* Takes @value over. */
static int set(struct json_object *o, const char *key, struct json_object *value)
{
	if (value && !json_object_object_add(o, key, value))
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

static int set_text(struct json_object *o, const char *key, const char *text)
{
	return set(o, key, json_object_new_string(text));
}

/* Takes @value over. */
static int append(struct json_object *list, struct json_object *value)
{
	if (!json_object_array_add(list, value))
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

static int append_entry(struct json_object *list, const struct dns_api_entry *entry)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return -ENOMEM;
	if (set_text(o, "kind", dns_api_kind_name(entry->kind)) ||
	    set_text(o, "text", entry->text) || set_text(o, "name", entry->name) ||
	    set_text(o, "instance", entry->instance)) {
		json_object_put(o);
		return -ENOMEM;
	}
	return append(list, o);
}

static int append_server(const struct dns_api_state *state, const struct dns_api_whose *whose,
			 const struct dns_api_list *list)
{
	struct json_object *o = json_object_new_object();
	struct json_object *entries;
	int err;

	if (!o)
		return -ENOMEM;
	entries = json_object_new_array();
	err = set_text(o, "server", whose->server);
	if (!err)
		err = set_text(o, "url", whose->url);
	if (err)
		json_object_put(entries);
	else
		err = set(o, "entries", entries);
	for (size_t i = 0; !err && i < list->count; i++)
		err = append_entry(entries, &list->entry[i]);
	if (!err)
		return append(servers(state), o);
	json_object_put(o);
	return err;
}

int dns_api_state_set(struct dns_api_state *state, const struct dns_api_whose *whose,
		      const struct dns_api_list *list)
{
	size_t place = find(state, whose);
	int err = list->count ? append_server(state, whose, list) : 0;

	if (!err && place < json_length(servers(state)) - (list->count ? 1 : 0))
		json_object_array_del_idx(servers(state), place, 1);
	return err;
}

char *dns_api_state_text(const struct dns_api_state *state)
{
	const char *text = json_object_to_json_string_ext(
		state->root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *ret = NULL;

	if (!text || asprintf(&ret, "%s\n", text) < 0)
		return NULL;
	return ret;
}
