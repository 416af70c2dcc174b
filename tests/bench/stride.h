/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In which order flows are visited. */
#ifndef STRIDE_H
#define STRIDE_H

#include <stdint.h>

static inline uint32_t stride_common_factor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * The step from one of @flows flows to the next one, modulo @flows: by the golden section, so that
 * flows in a row lie far apart and no cache foresees them, and all are visited.
 */
static inline uint32_t stride_of(uint32_t flows)
{
	uint32_t stride = (uint32_t)(flows * 0.6180339887);

	while (stride > 1 && stride_common_factor(flows, stride) != 1)
		stride--;
	return stride;
}

#endif
