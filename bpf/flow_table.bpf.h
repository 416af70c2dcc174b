/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow table: how a flow is found, and how its place and its references are taken and given
 * back. Whoever only looks takes no lock: what a slot refers to is complete before the slot is
 * written, and stays what it is for a turn of the sweep after the slot was cleared.
 */
#ifndef FLOW_TABLE_BPF_H
#define FLOW_TABLE_BPF_H

#include <linux/errno.h>

#include "config.bpf.h"
#include "flow_table.h"
#include "lock.bpf.h"

struct flow_found {
	struct natloop_pair *pair;
	__u32 index; /* of @pair in natloop_flows */
	__u32 direction;
};

/* @choice 0: the bucket of @hash; 1: its neighbour, for what finds the first one full. */
static __always_inline struct natloop_bucket *flow_bucket(const struct natloop_configs *configs,
							  __u64 hash, __u32 choice)
{
	__u32 index = ((__u32)hash & configs->bucket_mask) ^ choice;

	return bpf_map_lookup_elem(&natloop_buckets, &index);
}

/* The flow of @slot, if @key, whose hash is @hash, is one of its tuples. */
static __always_inline bool flow_matches(__u32 slot, const struct natloop_key *key, __u64 hash,
					 struct flow_found *found)
{
	__u32 index = flow_ref_index(slot), direction = flow_ref_direction(slot);
	struct natloop_pair *pair;

	if (((slot ^ flow_tag(hash)) & ~FLOW_REF_MASK) || !slot)
		return false;
	pair = bpf_map_lookup_elem(&natloop_flows, &index);
	if (!pair || !flow_key_equal(&pair->key[direction], key))
		return false;
	found->pair = pair;
	found->index = index;
	found->direction = direction;
	return true;
}

/* The slot of the bucket that refers to @key's flow; 0: none does. */
static __always_inline __u32 flow_search_bucket(const struct natloop_bucket *bucket,
						const struct natloop_key *key, __u64 hash)
{
	struct flow_found found;

	for (int i = 1; i < NATLOOP_BUCKET_WORDS; i++) {
		__u32 slot = bucket->word[i];

		if (flow_matches(slot, key, hash, &found))
			return slot;
	}
	return 0;
}

/*
 * The slot that refers to @key's flow, wherever it is; 0: there is none. What went to the neighbour
 * stays there, even if the bucket has room again.
 */
__subprogram __u32 flow_search(const struct natloop_key *key, __u64 hash)
{
	const struct natloop_configs *configs = config_all();
	const struct natloop_bucket *bucket;
	__u32 slot = 0;

	if (!key || !configs)
		return 0;
	for (int choice = 0; choice < 2 && !slot; choice++) {
		bucket = flow_bucket(configs, hash, choice);
		if (!bucket)
			return 0;
		slot = flow_search_bucket(bucket, key, hash);
		if (!(bucket->word[NATLOOP_BUCKET_FLAGS] & NATLOOP_SPILLED))
			break;
	}
	return slot;
}

/* The flow that packets of @key belong to, and which direction they are. False: there is none. */
static __always_inline bool flow_find(const struct natloop_configs *configs,
				      const struct natloop_key *key, struct flow_found *found)
{
	__u64 hash = flow_hash(key, configs->flow_seed);
	const struct natloop_bucket *bucket = flow_bucket(configs, hash, 0);

	if (!bucket)
		return false;
	return flow_matches(bucket->word[flow_slot(hash)], key, hash, found) ||
	       flow_matches(flow_search(key, hash), key, hash, found);
}

/* A full barrier: what was written before is seen by whoever sees @value. */
static __always_inline void flow_publish(__u32 *at, __u32 value)
{
	(void)__sync_lock_test_and_set(at, value);
}

/*
 * @value into a free slot of the bucket, @at if that is free. False: none is. By compare and swap,
 * because a neighbour's lock does not keep others out.
 */
static __always_inline bool flow_put(struct natloop_bucket *bucket, __u32 at, __u32 value)
{
	for (int i = 0; i < NATLOOP_BUCKET_WORDS; i++) {
		if (at != NATLOOP_BUCKET_FLAGS && !bucket->word[at] &&
		    !__sync_val_compare_and_swap(&bucket->word[at], 0, value))
			return true;
		at = (at + 1) & (NATLOOP_BUCKET_WORDS - 1);
	}
	return false;
}

/*
 * Makes @key lead to @ref. 0; -EEXIST: it leads somewhere already; -E2BIG: its buckets are full;
 * -EBUSY: somebody else is at the bucket.
 */
__subprogram int flow_refer(const struct natloop_key *key, __u32 ref)
{
	const struct natloop_configs *configs = config_all();
	struct natloop_bucket *first, *second;
	int err = 0;
	__u64 hash;
	__u32 *flags;

	if (!key || !configs)
		return -EINVAL;
	hash = flow_hash(key, configs->flow_seed);
	first = flow_bucket(configs, hash, 0);
	second = flow_bucket(configs, hash, 1);
	if (!first || !second)
		return -EINVAL;
	flags = &first->word[NATLOOP_BUCKET_FLAGS];
	if (!lock_take(flags))
		return -EBUSY;
	ref |= flow_tag(hash);
	if (flow_search(key, hash)) {
		err = -EEXIST;
	} else if (!flow_put(first, flow_slot(hash), ref)) {
		/* The flag first, so that nobody looks in vain. */
		lock_ordered(__sync_fetch_and_or(flags, NATLOOP_SPILLED));
		err = flow_put(second, flow_slot(hash), ref) ? 0 : -E2BIG;
	}
	lock_release(flags);
	return err;
}

/* @key does not lead to @ref any more. No lock: nobody else writes a slot that is taken. */
__subprogram int flow_unrefer(const struct natloop_key *key, __u32 ref)
{
	const struct natloop_configs *configs = config_all();
	__u64 hash;

	if (!key || !configs)
		return -EINVAL;
	hash = flow_hash(key, configs->flow_seed);
	for (int choice = 0; choice < 2; choice++) {
		struct natloop_bucket *bucket = flow_bucket(configs, hash, choice);

		for (int i = 1; bucket && i < NATLOOP_BUCKET_WORDS; i++) {
			if ((bucket->word[i] & FLOW_REF_MASK) == ref)
				flow_publish(&bucket->word[i], 0);
		}
	}
	return 0;
}

/* A free element of natloop_flows -> *@index; NULL: all are taken. */
static __always_inline struct natloop_pair *flow_take(struct natloop_state *state, __u32 *index)
{
	struct natloop_pair *pair;

	if (!bpf_map_pop_elem(&natloop_free, index))
		return bpf_map_lookup_elem(&natloop_flows, index);
	*index = __sync_fetch_and_add(&state->fresh, 1);
	pair = bpf_map_lookup_elem(&natloop_flows, index);
	if (!pair)
		__sync_fetch_and_sub(&state->fresh, 1);
	return pair;
}

/*
 * That fails only in an NMI, where no program of ours runs (kernel/bpf/queue_stack_maps.c), since
 * the stack has room for every element.
 */
static __always_inline void flow_give_back(__u32 index)
{
	(void)bpf_map_push_elem(&natloop_free, &index, 0);
}

#endif
