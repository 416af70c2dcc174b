/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* json-c for text that others wrote: nothing need be there, or be of the type that is wanted. */
#ifndef IMPORT_JSON_H
#define IMPORT_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* The member @key; NULL: none, or @o is no object. */
static inline struct json_object *json_get(struct json_object *o, const char *key)
{
	struct json_object *member = NULL;

	if (!json_object_is_type(o, json_type_object))
		return NULL;
	json_object_object_get_ex(o, key, &member);
	return member;
}

/* A string as such; NULL: it is something else. */
static inline const char *json_string(struct json_object *o)
{
	return json_object_is_type(o, json_type_string) ? json_object_get_string(o) : NULL;
}

/* The member @key as a string, or "". */
static inline const char *json_text(struct json_object *o, const char *key)
{
	const char *text = json_string(json_get(o, key));

	return text ? text : "";
}

static inline bool json_is_list(struct json_object *o)
{
	return json_object_is_type(o, json_type_array);
}

/* Of a list; of anything else 0. */
static inline size_t json_length(struct json_object *o)
{
	return json_is_list(o) ? json_object_array_length(o) : 0;
}

/* NULL: @o is no list, or has no such element. */
static inline struct json_object *json_at(struct json_object *o, size_t i)
{
	return i < json_length(o) ? json_object_array_get_idx(o, i) : NULL;
}

/* The name of the first member of @o, with its value in @ret; "" if @o is no object or empty. */
static inline const char *json_first(struct json_object *o, struct json_object **ret)
{
	struct json_object_iterator at, end;

	*ret = NULL;
	if (!json_object_is_type(o, json_type_object))
		return "";
	at = json_object_iter_begin(o);
	end = json_object_iter_end(o);
	if (json_object_iter_equal(&at, &end))
		return "";
	*ret = json_object_iter_peek_value(&at);
	return json_object_iter_peek_name(&at);
}

#endif
