/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the pure headers need so that both the BPF target and the host compile them. */
#ifndef COMPILER_H
#define COMPILER_H

#include <bpf/bpf_endian.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/*
 * A function that the verifier checks once, by itself, and not again on every path that calls it
 * (a "global function"): it needs external linkage, returns a scalar, and must expect NULL for each
 * pointer. The stack of all functions on one call path together is still limited to 512 bytes.
 */
#ifdef __bpf__
#define __subprogram __attribute__((noinline))
#else
#define __subprogram static inline
#endif

/* The compiler must take the value as it is, and check it again where it is told to. */
#define compiler_forgets(value) asm volatile("" : "+r"(value))

/*
 * Is *@value from @least to @most (below 2^31)? To be asked right before the value bounds an access
 * to memory, however often it was asked before, because of what kernel 6.1's verifier does not
 * know: the bounds of 32 bits that the compiler spilled; the bounds of one register from a
 * comparison of another, which is what the compiler makes of two comparisons (hence one after the
 * other); and anything from "not 0", which is what it makes of "at least 1" (hence signed).
 */
static __always_inline bool compiler_keeps(__u32 *value, __u32 least, __u32 most)
{
	compiler_forgets(*value);
	if ((__s32)*value < (__s32)least)
		return false;
	compiler_forgets(*value);
	return *value <= most;
}

#endif
