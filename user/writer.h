/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Output in several forms: a command walks what it has once and calls the writer, which makes text
 * for people or JSON for programs of it. Nothing is printed before writer_finish, so an answer is
 * whole or absent.
 *
 * As text, a list of objects becomes a table with the keys as titles, an object of objects a table
 * whose first column, titled with the outer key, holds the inner keys, and any other object one
 * line for each key.
 */
#ifndef WRITER_H
#define WRITER_H

#include <linux/types.h>
#include <stdio.h>

enum writer_kind {
	WRITER_OBJECT,
	WRITER_LIST,
};

struct writer;

struct writer_ops {
	void (*open)(struct writer *w, const char *key, enum writer_kind kind);
	void (*close)(struct writer *w);
	void (*string)(struct writer *w, const char *key, const char *value);
	void (*number)(struct writer *w, const char *key, __u64 value);
	void (*quantity)(struct writer *w, const char *key, __u64 value, const char *shown);
	void (*note)(struct writer *w, const char *key, const char *value);
	int (*finish)(struct writer *w);
};

/* Embedded at the head of each writer. */
struct writer {
	const struct writer_ops *ops;
};

/* Deepest nesting of objects and lists; more is a mistake of the caller. */
#define WRITER_DEPTH 8

/* A new writer on @out; writer_finish frees it. NULL: no memory. */
struct writer *writer_text(FILE *out);
struct writer *writer_json(FILE *out);

/*
 * Begins and ends an object or a list; all the rest stands within one outermost pair. @key is NULL
 * inside a list; outermost, only the text form looks at it. @key and @value are copied.
 */
static inline void writer_open(struct writer *w, const char *key, enum writer_kind kind)
{
	w->ops->open(w, key, kind);
}

static inline void writer_close(struct writer *w)
{
	w->ops->close(w);
}

static inline void writer_string(struct writer *w, const char *key, const char *value)
{
	w->ops->string(w, key, value);
}

static inline void writer_number(struct writer *w, const char *key, __u64 value)
{
	w->ops->number(w, key, value);
}

/* A number that people see as @shown, with its unit. */
static inline void writer_quantity(struct writer *w, const char *key, __u64 value,
				   const char *shown)
{
	w->ops->quantity(w, key, value, shown);
}

/* For people only: not part of the JSON. */
static inline void writer_note(struct writer *w, const char *key, const char *value)
{
	w->ops->note(w, key, value);
}

/* Prints, flushes and frees. A negative errno if memory ran out on the way or @out failed. */
static inline int writer_finish(struct writer *w)
{
	return w->ops->finish(w);
}

#endif
