/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sum of ones' complement that checksums are made of, for the BPF programs here. */
#ifndef FOLD_H
#define FOLD_H

#include <linux/types.h>

#include <bpf/bpf_helpers.h>

/* The 16 bits that @sum, of numbers of 16 bits, comes to; what a checksum field has is ~fold(). */
static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

#endif
