/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A whole map, read into memory, and looked up there. */
#ifndef TABLE_H
#define TABLE_H

#include "prog_run.h"

struct table {
	unsigned int count;
	size_t key_size;
	size_t value_size;
	char *key;
	char *value;
	unsigned int *order; /* of the keys; a flood leaves too many to look through them all */
};

struct table table_read(const struct prog_run *r, const char *name, size_t key_size,
			size_t value_size);

/* An empty one for up to @most elements; after the last table_add, sort it. */
struct table table_new(unsigned int most, size_t key_size, size_t value_size);
void table_add(struct table *t, const void *key, const void *value);
void table_sort(struct table *t);

void table_free(struct table *t);

void *table_key(const struct table *t, unsigned int i);
void *table_value(const struct table *t, unsigned int i);

/* NULL if there is none. */
void *table_find(const struct table *t, const void *key);

/* How often @key is there: more than once only in a table made by table_add. */
unsigned int table_times(const struct table *t, const void *key);

#endif
