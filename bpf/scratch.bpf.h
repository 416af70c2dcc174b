/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Room for a copy of a packet: the stack has 512 bytes. One function at a time uses it. */
#ifndef SCRATCH_BPF_H
#define SCRATCH_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define SCRATCH_FRAME 9216 /* longest frame that is copied: jumbo frames */
#define SCRATCH_PIECE 4096 /* longest piece that is taken out of one at any offset */

struct scratch {
	__u8 byte[SCRATCH_FRAME + SCRATCH_PIECE];
};

/* Not pinned, not shared: a program is never interrupted by itself on its CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} natloop_scratch SEC(".maps");

/* NULL only to please the verifier. */
static __always_inline __u8 *scratch(void)
{
	__u32 key = 0;
	struct scratch *s = bpf_map_lookup_elem(&natloop_scratch, &key);

	return s ? s->byte : NULL;
}

#define SCRATCH_SUM_STEP 512 /* bpf_csum_diff takes no more at once before 6.13 */

/*
 * Ones' complement sum of the @length bytes from @byte, which points into the scratch, added to
 * @sum. Up to SCRATCH_SUM_STEP * @steps bytes, @steps being a constant; the 3 bytes behind @length
 * become 0.
 */
static __always_inline __u32 scratch_sum(__u8 *byte, __u32 length, int steps, __u32 sum)
{
	if (length > SCRATCH_FRAME)
		return 0;
	for (int i = 0; i < 3; i++)
		byte[length + i] = 0;
	length = (length + 3) & ~3u;
	for (int i = 0; i < steps; i++) {
		__u32 at = i * SCRATCH_SUM_STEP, n;

		if (at >= length)
			break;
		n = length - at;
		if (n > SCRATCH_SUM_STEP)
			n = SCRATCH_SUM_STEP;
		sum = bpf_csum_diff(NULL, 0, (__be32 *)(byte + at), n, sum);
	}
	return sum;
}

#endif
