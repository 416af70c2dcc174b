/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hash of natloop's own tables. Pure. */
#ifndef HASH_H
#define HASH_H

#include "compiler.h"

/*
 * Of two words; both halves of the result may be used. Three multiplications, where the kernel's
 * hash tables spend most of a look-up. With two, a million flows of few clients and ports filled
 * some buckets and left others empty, and with some seeds nine times as many SNAT ports found no
 * room (test_flow_table, test_binding). The constants are odd; the first is 2^64 / golden ratio,
 * the others have half of their bits set.
 */
static __always_inline __u64 hash_words(__u64 a, __u64 b, __u64 seed)
{
	__u64 h = (a ^ seed) * 0x9e3779b97f4a7c15ULL;

	h = (h ^ h >> 32 ^ b) * 0xd6e8feb86659fd93ULL;
	h = (h ^ h >> 29) * 0xa3b195354a39b70dULL;
	return h ^ h >> 32;
}

#endif
