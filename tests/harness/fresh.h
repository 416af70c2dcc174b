/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps that become what they were when they were made, and the proof that they did. By the type of
 * each map, not by its name: a map that is added later needs nothing here, and one of a type that
 * is not known here fails every test.
 */
#ifndef FRESH_H
#define FRESH_H

#include <stdint.h>

struct bpf_object;
struct fresh_map;

struct fresh {
	struct fresh_map *map;
	unsigned int maps;
};

/* What the maps of @obj have now is what fresh_restore gives them. One map counts once. */
void fresh_remember(struct fresh *f, const struct bpf_object *obj);
void fresh_forget(struct fresh *f);

/* A timer in a map is cancelled. */
void fresh_restore(const struct fresh *f);

/* In words: what is not, byte for byte, as it was remembered? NULL: all is. */
const char *fresh_difference(const struct fresh *f);

/* Nothing is left in a BPF_MAP_TYPE_HASH or BPF_MAP_TYPE_LRU_HASH. */
void fresh_empty_hash(int fd, const char *name);

#endif
