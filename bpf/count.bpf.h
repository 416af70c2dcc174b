/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The counters of outcomes. */
#ifndef COUNT_BPF_H
#define COUNT_BPF_H

#include "maps.bpf.h"

static __always_inline void count(enum natloop_hook hook, enum natloop_outcome outcome, __u32 bytes)
{
	__u32 key = hook;
	struct natloop_counts *counts = bpf_map_lookup_elem(&natloop_stats, &key);

	if (!counts || outcome >= NATLOOP_OUTCOME_COUNT)
		return;
	counts->outcome[outcome].packets++;
	counts->outcome[outcome].bytes += bytes;
}

#endif
