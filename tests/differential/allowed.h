/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The differences between nftables and natloop that are right, all of them, and why. */
#ifndef ALLOWED_H
#define ALLOWED_H

#include "compare.h"

/* One step as the reference and one other system have it. */
struct context {
	const struct train *train;
	int number; /* of the step */
	const struct step *step;
	/* What was sent into the other system; into the reference it is the same but for ports. */
	const struct outputs *in;
	/* After the step. */
	const struct play *reference_play;
	const struct play *other_play;
	const struct outputs *reference;
	const struct outputs *other;
};

struct allowance {
	const char *name;
	/* Why it is right, and where that is written. */
	const char *reason;
	const char *source;
	bool (*applies)(const struct context *c, const struct difference *d);
};

extern const struct allowance allowances[];
extern const int allowance_count;

/* The index of the first allowance that explains the difference, or -1. */
int allowed(const struct context *c, const struct difference *d);

#endif
