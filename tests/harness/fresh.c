// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fresh.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define HASH_BATCH 4096

static char difference[96];

struct fresh_map {
	struct bpf_map_info info;
	int fd;
	size_t bytes;	       /* of an array: of all its elements, on all CPUs */
	unsigned char *mapped; /* of an array that can be mapped */
	unsigned char *first;  /* of an array: what it had; NULL: zeros */
};

static bool is_array(const struct fresh_map *m)
{
	return m->info.type == BPF_MAP_TYPE_ARRAY || m->info.type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static bool is_hash(const struct fresh_map *m)
{
	return m->info.type == BPF_MAP_TYPE_HASH || m->info.type == BPF_MAP_TYPE_LRU_HASH;
}

static bool is_ring(const struct fresh_map *m)
{
	return m->info.type == BPF_MAP_TYPE_RINGBUF;
}

static int ring_skip(void *count, void *data, size_t size)
{
	(void)data, (void)size;
	++*(unsigned int *)count;
	return 0;
}

/* Takes all out of it. How many there were. */
static unsigned int ring_empty(const struct fresh_map *m)
{
	unsigned int count = 0;
	struct ring_buffer *ring = ring_buffer__new(m->fd, ring_skip, &count, NULL);

	CHECK(ring && ring_buffer__consume(ring) >= 0, "%s cannot be emptied: %m", m->info.name);
	ring_buffer__free(ring);
	return count;
}

/* Bytes of one element as bpf_map_lookup_batch has it, or the mapping. */
static size_t element_bytes(const struct fresh_map *m)
{
	size_t rounded = (m->info.value_size + 7) / 8 * 8;

	if (m->info.type == BPF_MAP_TYPE_PERCPU_ARRAY)
		return rounded * libbpf_num_possible_cpus();
	return m->info.map_flags & BPF_F_MMAPABLE ? rounded : m->info.value_size;
}

/* A copy of what the array has. To be freed. */
static unsigned char *array_read(const struct fresh_map *m)
{
	uint32_t *keys = calloc(m->info.max_entries, sizeof(*keys));
	unsigned char *values = calloc(1, m->bytes);
	uint32_t count = m->info.max_entries, batch = 0;

	CHECK(keys && values, "out of memory");
	CHECK((!bpf_map_lookup_batch(m->fd, NULL, &batch, keys, values, &count, NULL) ||
	       errno == ENOENT) &&
		      count == m->info.max_entries,
	      "%s: %u of %u elements read: %m", m->info.name, count, m->info.max_entries);
	free(keys);
	return values;
}

/* Also where nothing differs: a user's update is what ends a timer (kernel/bpf/arraymap.c). */
static void array_write(const struct fresh_map *m)
{
	uint32_t *keys = calloc(m->info.max_entries, sizeof(*keys));
	unsigned char *zeros = calloc(1, m->bytes);
	uint32_t count = m->info.max_entries;

	CHECK(keys && zeros, "out of memory");
	for (uint32_t i = 0; i < count; i++)
		keys[i] = i;
	CHECK(!bpf_map_update_batch(m->fd, keys, m->first ? m->first : zeros, &count, NULL) &&
		      count == m->info.max_entries,
	      "%s: %u of %u elements written: %m", m->info.name, count, m->info.max_entries);
	free(zeros);
	free(keys);
}

/* How many bytes of @now are as they were, from the first one on. */
static size_t array_same(const struct fresh_map *m, const unsigned char *now)
{
	size_t same = 0;

	if (m->first && !memcmp(now, m->first, m->bytes))
		return m->bytes;
	/* All zeros: the first one is, and each is like the one before it. */
	if (!m->first && !now[0] && !memcmp(now, now + 1, m->bytes - 1))
		return m->bytes;
	while (same < m->bytes && now[same] == (m->first ? m->first[same] : 0))
		same++;
	return same;
}

static void array_remember(struct fresh_map *m)
{
	unsigned char *read;

	m->bytes = element_bytes(m) * m->info.max_entries;
	if (m->info.map_flags & BPF_F_MMAPABLE) {
		m->mapped = mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
		CHECK(m->mapped != MAP_FAILED, "%s cannot be mapped: %m", m->info.name);
	}
	read = m->mapped ? NULL : array_read(m);
	if (array_same(m, m->mapped ? m->mapped : read) == m->bytes) {
		free(read);
		return;
	}
	m->first = read ? read : malloc(m->bytes);
	CHECK(m->first, "out of memory");
	if (m->mapped)
		memcpy(m->first, m->mapped, m->bytes);
}

static void array_restore(const struct fresh_map *m)
{
	if (!m->mapped)
		array_write(m);
	else if (m->first)
		memcpy(m->mapped, m->first, m->bytes);
	else
		memset(m->mapped, 0, m->bytes);
}

static const char *array_difference(const struct fresh_map *m)
{
	unsigned char *read = m->mapped ? NULL : array_read(m);
	size_t same = array_same(m, m->mapped ? m->mapped : read);

	free(read);
	if (same == m->bytes)
		return NULL;
	snprintf(difference, sizeof(difference), "%s: byte %zu of element %zu is not as it was",
		 m->info.name, same % element_bytes(m), same / element_bytes(m));
	return difference;
}

/* They had none. */
static const char *elements_difference(const struct fresh_map *m)
{
	char *room = calloc(1, m->info.key_size + m->info.value_size);
	bool some;

	CHECK(room, "out of memory");
	if (is_ring(m))
		some = ring_empty(m);
	else
		some = is_hash(m) ? !bpf_map_get_next_key(m->fd, NULL, room) :
				    !bpf_map_lookup_elem(m->fd, NULL, room);
	free(room);
	if (!some)
		return NULL;
	snprintf(difference, sizeof(difference), "%s: there are elements", m->info.name);
	return difference;
}

void fresh_empty_hash(int fd, const char *name)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info), batch = 0, count;
	char *keys, *values;
	void *from = NULL;
	int err;

	CHECK(!bpf_obj_get_info_by_fd(fd, &info, &size), "%s: no info: %m", name);
	keys = calloc(HASH_BATCH, info.key_size);
	values = calloc(HASH_BATCH, info.value_size);
	CHECK(keys && values, "out of memory");
	do {
		count = HASH_BATCH;
		err = bpf_map_lookup_and_delete_batch(fd, from, &batch, keys, values, &count, NULL);
		from = &batch;
	} while (!err);
	CHECK(errno == ENOENT, "%s cannot be cleared: %m", name);
	free(keys);
	free(values);
}

/* False: there was none. */
static bool stack_pop(const struct fresh_map *m)
{
	char *value = calloc(1, m->info.value_size);
	bool had;

	CHECK(value, "out of memory");
	had = !bpf_map_lookup_and_delete_elem(m->fd, NULL, value);
	free(value);
	return had;
}

static bool is_known(const struct fresh *f, uint32_t id)
{
	for (unsigned int i = 0; i < f->maps; i++) {
		if (f->map[i].info.id == id)
			return true;
	}
	return false;
}

void fresh_remember(struct fresh *f, const struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, obj) {
		struct fresh_map m = { .fd = bpf_map__fd(map) };
		__u32 size = sizeof(m.info);

		CHECK(!bpf_obj_get_info_by_fd(m.fd, &m.info, &size), "%s: no info: %m",
		      bpf_map__name(map));
		/* Nobody can write to what a program only reads. */
		if (is_known(f, m.info.id) || m.info.map_flags & BPF_F_RDONLY_PROG)
			continue;
		CHECK(is_array(&m) || is_hash(&m) || is_ring(&m) ||
			      m.info.type == BPF_MAP_TYPE_STACK,
		      "%s is of type %u, which tests/harness/fresh.c cannot make fresh again",
		      m.info.name, m.info.type);
		if (is_array(&m))
			array_remember(&m);
		f->map = realloc(f->map, (f->maps + 1) * sizeof(m));
		CHECK(f->map, "out of memory");
		f->map[f->maps++] = m;
	}
}

void fresh_forget(struct fresh *f)
{
	for (unsigned int i = 0; i < f->maps; i++) {
		if (f->map[i].mapped)
			munmap(f->map[i].mapped, f->map[i].bytes);
		free(f->map[i].first);
	}
	free(f->map);
	*f = (struct fresh){};
}

static void restore(const struct fresh_map *m)
{
	if (is_array(m))
		array_restore(m);
	else if (is_hash(m))
		fresh_empty_hash(m->fd, m->info.name);
	else if (is_ring(m))
		ring_empty(m);
	else
		while (stack_pop(m))
			;
}

void fresh_restore(const struct fresh *f)
{
	/* Once more for what a timer has still done until it was ended. */
	for (int turn = 0; turn < 2; turn++) {
		for (unsigned int i = 0; i < f->maps; i++)
			restore(&f->map[i]);
	}
}

const char *fresh_difference(const struct fresh *f)
{
	const char *words = NULL;

	for (unsigned int i = 0; i < f->maps && !words; i++)
		words = is_array(&f->map[i]) ? array_difference(&f->map[i]) :
					       elements_difference(&f->map[i]);
	return words;
}
