/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The time in ticks, see NATLOOP_TICK_SHIFT. */
#ifndef CLOCK_BPF_H
#define CLOCK_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "natloop/abi.h"

/* The coarse clock: a read of memory where the exact one reads the hardware. */
static __always_inline __u32 clock_ticks(void)
{
	return bpf_ktime_get_coarse_ns() >> NATLOOP_TICK_SHIFT;
}

#endif
