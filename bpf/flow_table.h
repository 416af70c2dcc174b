/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which bucket and slot of the flow table a tuple belongs to. Pure. */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "hash.h"
#include "packet.h"

/* @tuple as it lies in the flow table. */
static __always_inline struct natloop_key flow_key(const struct natloop_tuple *tuple)
{
	return (struct natloop_key){
		.src = tuple->src.w[3],
		.dst = tuple->dst.w[3],
		.sport = tuple->sport,
		.dport = tuple->dport,
		.proto = tuple->proto,
	};
}

static __always_inline struct natloop_tuple flow_tuple(const struct natloop_key *key)
{
	return (struct natloop_tuple){
		.src = packet_addr_v4(key->src),
		.dst = packet_addr_v4(key->dst),
		.sport = key->sport,
		.dport = key->dport,
		.proto = key->proto,
	};
}

static __always_inline bool flow_key_equal(const struct natloop_key *a, const struct natloop_key *b)
{
	__u64 x[2], y[2];

	__builtin_memcpy(x, a, sizeof(x));
	__builtin_memcpy(y, b, sizeof(y));
	return x[0] == y[0] && x[1] == y[1];
}

/*
 * With @seed secret nobody can tell which tuples share a bucket, and who guessed it would shut
 * himself out.
 */
static __always_inline __u64 flow_hash(const struct natloop_key *key, __u64 seed)
{
	__u64 word[2];

	__builtin_memcpy(word, key, sizeof(word));
	return hash_words(word[0], word[1], seed);
}

/* The slot of the bucket that the tuple takes if it is free: there it is looked for first. */
static __always_inline __u32 flow_slot(__u64 hash)
{
	__u32 at = hash >> 32 & (NATLOOP_BUCKET_WORDS - 1);

	return at == NATLOOP_BUCKET_FLAGS ? at + 1 : at;
}

/* What a slot has above its reference. */
static __always_inline __u32 flow_tag(__u64 hash)
{
	return hash >> (32 + NATLOOP_REF_BITS) << NATLOOP_REF_BITS;
}

#define FLOW_REF_MASK ((1u << NATLOOP_REF_BITS) - 1)

/* Reference to direction @direction of element @index of natloop_flows; never 0. */
static __always_inline __u32 flow_ref(__u32 index, __u32 direction)
{
	return (index << 1 | direction) + 1;
}

static __always_inline __u32 flow_ref_index(__u32 slot)
{
	return ((slot & FLOW_REF_MASK) - 1) >> 1;
}

static __always_inline __u32 flow_ref_direction(__u32 slot)
{
	return (slot - 1) & 1;
}

#endif
