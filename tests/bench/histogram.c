// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "histogram.h"

#include <math.h>
#include <stddef.h>

#define STEPS (UINT64_C(1) << HISTOGRAM_BITS)

/* Below 2 * STEPS each value has a cell of its own; above, the leading bits tell which one. */
static unsigned int shift_of(uint64_t value)
{
	unsigned int bits = 64 - __builtin_clzll(value | 1);

	return bits > HISTOGRAM_BITS + 1 ? bits - HISTOGRAM_BITS - 1 : 0;
}

static size_t cell_of(uint64_t value)
{
	unsigned int shift = shift_of(value);

	return ((size_t)shift << HISTOGRAM_BITS) + (value >> shift);
}

static double middle_of(size_t cell)
{
	unsigned int shift = cell < 2 * STEPS ? 0 : (cell >> HISTOGRAM_BITS) - 1;
	uint64_t low = (cell - ((uint64_t)shift << HISTOGRAM_BITS)) << shift;

	return low + ((UINT64_C(1) << shift) - 1) / 2.0;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	const uint64_t most = (UINT64_C(1) << HISTOGRAM_MOST) - 1;

	h->cell[cell_of(value < most ? value : most)]++;
	h->count++;
}

double histogram_percentile(const struct histogram *h, double share)
{
	double rank = ceil(share * h->count);
	uint64_t seen = 0, wanted = rank > 1 ? rank : 1;

	for (size_t i = 0; i < sizeof(h->cell) / sizeof(h->cell[0]); i++) {
		seen += h->cell[i];
		if (seen >= wanted)
			return middle_of(i);
	}
	return 0;
}
