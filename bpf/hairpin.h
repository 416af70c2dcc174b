/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the engine knows of the packet in hand. Pure. */
#ifndef HAIRPIN_H
#define HAIRPIN_H

#include "packet.h"

struct hairpin {
	const struct natloop_configs *all;
	const struct natloop_config *cfg; /* the active one of them */
	const struct natloop_link *link;  /* what the arrival interface and tags mean */
	struct packet pkt;
	__u32 now; /* ticks */
	__u16 mtu; /* of the way that the packet is too big for */
};

/* Who has the packet after @outcome? */
static __always_inline enum natloop_fate hairpin_fate(enum natloop_outcome outcome)
{
	switch (outcome) {
#define X(NAME, name, FATE, help)                                                                  \
	case NATLOOP_##NAME:                                                                       \
		return NATLOOP_FATE_##FATE;
		NATLOOP_OUTCOMES(X)
#undef X
	case NATLOOP_OUTCOME_COUNT:
		break;
	}
	return NATLOOP_FATE_PASS;
}

#endif
