/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What two systems made of the same step, field by field. */
#ifndef COMPARE_H
#define COMPARE_H

#include "play.h"

enum difference_kind {
	MISSING, /* only the reference has this frame */
	EXTRA,	 /* only the other one has it */
	FIELD,	 /* the frame is the same but for this field */
};

struct difference {
	enum difference_kind kind;
	enum field field;
	const struct dissected *reference;
	const struct dissected *other;
};

#define DIFFERENCES_MAX 128

struct differences {
	int count;
	struct difference item[DIFFERENCES_MAX];
};

/* Frames may come in any order: in a step with one frame there is hardly more than one. */
void compare(const struct outputs *reference, const struct outputs *other, struct differences *d);

#endif
