// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How much memory an instance takes, at most. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>

#include "attach.h"
#include "instance_parts.h"
#include "util.h"

#define MAPS_MAX 256
#define PROGRAM_MAPS_MAX 64

struct tally {
	__u32 seen[MAPS_MAX]; /* ids of the maps that are counted already */
	size_t count;
	__u64 bytes;
};

/* What the kernel says that the map takes now. */
static __u64 charged(int fd)
{
	__attribute__((cleanup(util_fclosep))) FILE *file = NULL;
	unsigned long long bytes = 0;
	char path[64], line[128];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	return bytes;
}

/*
 * One element that is allocated when it is inserted: behind the kernel's head of it (48 bytes for a
 * hash table, and 8 of the allocator, on 6.18) come key and value, and the allocator rounds up to
 * its next size.
 */
static __u64 element_size(const struct bpf_map_info *info)
{
	static const __u32 size[] = { 64, 96, 128, 192, 256, 512, 1024, 2048, 4096 };
	/* A trie's is 40, and it has as many nodes again that only branch, less one. */
	__u64 plain = 56 + ((info->key_size + 7) & ~7U) + ((info->value_size + 7) & ~7U);

	for (size_t i = 0; i < ARRAY_SIZE(size); i++)
		if (plain <= size[i])
			return size[i];
	return plain;
}

/* The buckets are a power of two, of 16 bytes each. */
static __u64 full_size(const struct bpf_map_info *info)
{
	__u64 buckets = 1;

	if (info->type == BPF_MAP_TYPE_LPM_TRIE)
		return (2 * (__u64)info->max_entries - 1) * element_size(info);
	while (buckets < info->max_entries)
		buckets *= 2;
	return buckets * 16 + info->max_entries * element_size(info);
}

static int add_map(struct tally *t, int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	__u64 now, full = 0;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	for (size_t i = 0; i < t->count; i++)
		if (t->seen[i] == info.id)
			return 0;
	if (t->count == MAPS_MAX)
		return -E2BIG;
	t->seen[t->count++] = info.id;
	now = charged(fd);
	if (info.map_flags & BPF_F_NO_PREALLOC)
		full = full_size(&info);
	t->bytes += full > now ? full : now;
	return 0;
}

/* Maps that a program has for itself. @fd -1: it is gone, and they with it. */
static int add_program(struct tally *t, int fd)
{
	__u32 id[PROGRAM_MAPS_MAX] = { 0 };
	struct bpf_prog_info info = {
		.nr_map_ids = ARRAY_SIZE(id),
		.map_ids = (__u64)(unsigned long)id,
	};
	__u32 size = sizeof(info);
	int err = 0;

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	for (__u32 i = 0; i < info.nr_map_ids && i < ARRAY_SIZE(id) && !err; i++) {
		_cleanup_close_ int map = bpf_map_get_fd_by_id(id[i]);

		if (map >= 0)
			err = add_map(t, map);
	}
	return err;
}

static int add_program_id(struct tally *t, __u32 id)
{
	_cleanup_close_ int fd = id ? bpf_prog_get_fd_by_id(id) : -1;

	return add_program(t, fd);
}

int instance_memory(const struct instance *inst, const struct instance_iface *list, size_t count,
		    __u64 *ret)
{
	struct tally t = { .count = 0 };
	int err = 0;

	for (int i = 0; i < DATAPLANE_MAPS && !err; i++)
		err = add_map(&t, inst->dp.map[i]);
	if (!err)
		err = add_program(&t, inst->dp.ctl);
	for (size_t i = 0; i < count && !err; i++) {
		__u32 dns = 0;

		err = attach_dns_find(list[i].ifindex, inst->dp.config_id, &dns);
		if (!err)
			err = add_program_id(&t, dns);
		if (!err)
			err = add_program_id(&t, list[i].iface.tc_id);
		if (!err)
			err = add_program_id(&t, list[i].iface.xdp_id);
	}
	*ret = t.bytes;
	return err;
}
