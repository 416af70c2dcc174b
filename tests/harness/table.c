// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "table.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

void *table_key(const struct table *t, unsigned int i)
{
	return t->key + i * t->key_size;
}

void *table_value(const struct table *t, unsigned int i)
{
	return t->value + i * t->value_size;
}

static int compare_keys(const void *a, const void *b, void *table)
{
	const struct table *t = table;

	return memcmp(table_key(t, *(const unsigned int *)a),
		      table_key(t, *(const unsigned int *)b), t->key_size);
}

void table_sort(struct table *t)
{
	t->order = calloc(t->count + 1, sizeof(*t->order));
	CHECK(t->order, "out of memory");
	for (unsigned int i = 0; i < t->count; i++)
		t->order[i] = i;
	qsort_r(t->order, t->count, sizeof(*t->order), compare_keys, t);
}

/* Place in the order of the first key that is not below @key. */
static unsigned int table_place(const struct table *t, const void *key)
{
	unsigned int low = 0, high = t->count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (memcmp(table_key(t, t->order[middle]), key, t->key_size) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

unsigned int table_times(const struct table *t, const void *key)
{
	unsigned int first = table_place(t, key), i = first;

	while (i < t->count && !memcmp(table_key(t, t->order[i]), key, t->key_size))
		i++;
	return i - first;
}

void *table_find(const struct table *t, const void *key)
{
	return table_times(t, key) ? table_value(t, t->order[table_place(t, key)]) : NULL;
}

struct table table_read(const struct prog_run *r, const char *name, size_t key_size,
			size_t value_size)
{
	struct table t = { .key_size = key_size, .value_size = value_size };
	int fd = prog_run_map(r, name);
	unsigned int room = 0;
	void *previous = NULL;

	CHECK(fd >= 0, "no map %s", name);
	for (;; t.count++) {
		if (t.count == room) {
			room = room ? room * 2 : 64;
			t.key = realloc(t.key, room * key_size);
			t.value = realloc(t.value, room * value_size);
			CHECK(t.key && t.value, "out of memory");
			previous = t.count ? t.key + (t.count - 1) * key_size : NULL;
		}
		if (bpf_map_get_next_key(fd, previous, t.key + t.count * key_size))
			break;
		previous = t.key + t.count * key_size;
		CHECK(!bpf_map_lookup_elem(fd, previous, t.value + t.count * value_size),
		      "%s: an element vanished while it was read", name);
	}
	table_sort(&t);
	return t;
}

struct table table_new(unsigned int most, size_t key_size, size_t value_size)
{
	struct table t = { .key_size = key_size, .value_size = value_size };

	t.key = calloc(most + 1, key_size);
	t.value = calloc(most + 1, value_size);
	CHECK(t.key && t.value, "out of memory");
	return t;
}

void table_add(struct table *t, const void *key, const void *value)
{
	memcpy(table_key(t, t->count), key, t->key_size);
	memcpy(table_value(t, t->count), value, t->value_size);
	t->count++;
}

void table_free(struct table *t)
{
	free(t->key);
	free(t->value);
	free(t->order);
}
