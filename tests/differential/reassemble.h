/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the hosts make of fragments that come out of a router. */
#ifndef REASSEMBLE_H
#define REASSEMBLE_H

#include "dissect.h"

#define OUTPUTS_MAX 64

/* What came out of a system in one step. */
struct outputs {
	int wires;
	struct wire wire[OUTPUTS_MAX];
	/* Whole frames and datagrams, and the fragments of those that stay incomplete. */
	int frames;
	struct dissected frame[OUTPUTS_MAX];
	int datagrams;
	struct wire datagram[OUTPUTS_MAX];
};

/* Makes frame[] from wire[]. */
void reassemble(struct outputs *o);

#endif
