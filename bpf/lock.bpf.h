/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A lock in a word of a map. Unlike bpf_spin_lock() it leaves interrupts on, and its bucket may
 * have any layout; in return it can fail. It is the lowest bit of the word.
 */
#ifndef LOCK_BPF_H
#define LOCK_BPF_H

#include "compiler.h"
#include "natloop/abi.h"

#define LOCK_TRIES 256

/*
 * An atomic operation whose old value somebody wants. Only with it the instruction is a full
 * barrier (Documentation/bpf/standardization/instruction-set.rst, kernel/bpf: BPF_FETCH); clang
 * leaves it away where the value is not used.
 */
#define lock_ordered(operation)                                                                    \
	({                                                                                         \
		__u32 old_ = (operation);                                                          \
		compiler_forgets(old_);                                                            \
	})

/*
 * True if it is ours. It is not held for long, but its holder may be interrupted, by us too: then
 * there is no waiting.
 */
__subprogram int lock_take(__u32 *word)
{
	if (!word)
		return 0;
	for (int i = 0; i < LOCK_TRIES; i++) {
		/* A look first: writing would take the line away from its holder. */
		if (!(*(volatile __u32 *)word & NATLOOP_LOCKED) &&
		    !(__sync_fetch_and_or(word, NATLOOP_LOCKED) & NATLOOP_LOCKED))
			return 1;
	}
	return 0;
}

/* A full barrier: whoever takes it next sees what was written before. */
static __always_inline void lock_release(__u32 *word)
{
	lock_ordered(__sync_fetch_and_and(word, ~NATLOOP_LOCKED));
}

#endif
