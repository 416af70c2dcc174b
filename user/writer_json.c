// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "writer.h"

#include <assert.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

struct json_writer {
	struct writer w;
	FILE *out;
	struct json_object *root;
	struct json_object *open[WRITER_DEPTH];
	size_t depth;
	int err;
};

/* Bytes of the UTF-8 sequence at @s, 0: none. Overlong forms and surrogates pass. */
static size_t sequence_length(const unsigned char *s)
{
	size_t length = *s < 0x80 ? 1 :
			*s < 0xc2 ? 0 :
			*s < 0xe0 ? 2 :
			*s < 0xf0 ? 3 :
			*s < 0xf5 ? 4 :
				    0;
	size_t i;

	for (i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* File names and arguments are bytes, JSON is UTF-8: what is not becomes '?'. */
static struct json_object *new_string(const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	unsigned char *s = (unsigned char *)copy;

	if (!copy)
		return NULL;
	while (*s) {
		size_t length = sequence_length(s);

		if (!length)
			*s = '?';
		s += length ? length : 1;
	}
	return json_object_new_string(copy);
}

/* Puts @value, which it owns from here on, into the innermost open object or list. */
static void add(struct json_writer *j, const char *key, struct json_object *value)
{
	struct json_object *into = j->depth ? j->open[j->depth - 1] : NULL;
	int failed = 0;

	if (!value)
		j->err = -ENOMEM;
	else if (!into && !j->root)
		j->root = value;
	else if (!into)
		failed = 1;
	else if (json_object_is_type(into, json_type_array))
		failed = json_object_array_add(into, value);
	else
		failed = json_object_object_add(into, key ? key : "", value);
	if (failed) {
		json_object_put(value);
		j->err = -ENOMEM;
	}
}

static void json_open(struct writer *w, const char *key, enum writer_kind kind)
{
	struct json_writer *j = (struct json_writer *)w;
	struct json_object *value;

	assert(j->depth < WRITER_DEPTH);
	value = kind == WRITER_LIST ? json_object_new_array() : json_object_new_object();
	add(j, key, value);
	/* After a failure the walk goes on, into nothing that is printed. */
	j->open[j->depth++] = j->err ? NULL : value;
}

static void json_close(struct writer *w)
{
	struct json_writer *j = (struct json_writer *)w;

	assert(j->depth);
	j->depth--;
}

static void json_string(struct writer *w, const char *key, const char *value)
{
	struct json_writer *j = (struct json_writer *)w;

	if (!j->err)
		add(j, key, new_string(value));
}

static void json_number(struct writer *w, const char *key, __u64 value)
{
	struct json_writer *j = (struct json_writer *)w;

	if (!j->err)
		add(j, key, json_object_new_uint64(value));
}

static void json_quantity(struct writer *w, const char *key, __u64 value, const char *shown)
{
	(void)shown;
	json_number(w, key, value);
}

static void json_note(struct writer *w, const char *key, const char *value)
{
	(void)w;
	(void)key;
	(void)value;
}

static int json_finish(struct writer *w)
{
	struct json_writer *j = (struct json_writer *)w;
	const char *text = NULL;
	int err = j->err;

	/* One line, so that every line of a repeated answer is a document. */
	if (!err)
		text = json_object_to_json_string_ext(
			j->root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!err && !text)
		err = -ENOMEM;
	if (!err) {
		errno = 0;
		if (fprintf(j->out, "%s\n", text) < 0 || fflush(j->out))
			err = errno ? -errno : -EIO;
	}
	json_object_put(j->root);
	free(j);
	return err;
}

static const struct writer_ops json_ops = {
	.open = json_open,
	.close = json_close,
	.string = json_string,
	.number = json_number,
	.quantity = json_quantity,
	.note = json_note,
	.finish = json_finish,
};

struct writer *writer_json(FILE *out)
{
	struct json_writer *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->w.ops = &json_ops;
	j->out = out;
	return &j->w;
}
