// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "compare.h"

/* With more fields than this they are two frames, not one that differs. */
#define FIELDS_APART 8

static int fields_apart(const struct dissected *a, const struct dissected *b)
{
	int apart = 0;

	if (a->field[F_WIRE] != b->field[F_WIRE] ||
	    a->field[F_ETHERTYPE] != b->field[F_ETHERTYPE] ||
	    a->field[F_DMAC] != b->field[F_DMAC] || a->field[F_PROTO] != b->field[F_PROTO] ||
	    a->field[F_SEQ] != b->field[F_SEQ] || a->fragment != b->fragment)
		return FIELD_COUNT;
	for (int i = 0; i < FIELD_COUNT; i++)
		apart += a->field[i] != b->field[i];
	return apart;
}

static void add(struct differences *d, const struct difference *item)
{
	if (d->count == DIFFERENCES_MAX)
		__builtin_trap();
	d->item[d->count++] = *item;
}

static void add_fields(struct differences *d, const struct dissected *a, const struct dissected *b)
{
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (a->field[i] != b->field[i])
			add(d, &(struct difference){ FIELD, i, a, b });
	}
}

/* The closest pair of frames not yet @taken; false if none are close. */
static bool closest(const struct outputs *a, const struct outputs *b, const bool *a_taken,
		    const bool *b_taken, int *a_index, int *b_index)
{
	int best = FIELDS_APART + 1;

	for (int i = 0; i < a->frames; i++) {
		for (int k = 0; k < b->frames && !a_taken[i]; k++) {
			int apart =
				b_taken[k] ? FIELD_COUNT : fields_apart(&a->frame[i], &b->frame[k]);

			if (apart >= best)
				continue;
			best = apart;
			*a_index = i;
			*b_index = k;
		}
	}
	return best <= FIELDS_APART;
}

void compare(const struct outputs *reference, const struct outputs *other, struct differences *d)
{
	bool reference_taken[OUTPUTS_MAX] = {}, other_taken[OUTPUTS_MAX] = {};
	int i = 0, k = 0;

	d->count = 0;
	while (closest(reference, other, reference_taken, other_taken, &i, &k)) {
		reference_taken[i] = other_taken[k] = true;
		add_fields(d, &reference->frame[i], &other->frame[k]);
	}
	for (i = 0; i < reference->frames; i++) {
		if (!reference_taken[i])
			add(d, &(struct difference){ .kind = MISSING,
						     .reference = &reference->frame[i] });
	}
	for (k = 0; k < other->frames; k++) {
		if (!other_taken[k])
			add(d, &(struct difference){ .kind = EXTRA, .other = &other->frame[k] });
	}
}
