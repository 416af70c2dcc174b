/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clock that nobody sets, CLOCK_MONOTONIC. */
#ifndef CLOCK_H
#define CLOCK_H

#include <linux/types.h>
#include <stdint.h>

/* Milliseconds, for waiting. */
int64_t clock_ms(void);

/* Nanoseconds, as bpf_ktime_get_ns() gives them to the programs. */
__u64 clock_ns(void);

#endif
