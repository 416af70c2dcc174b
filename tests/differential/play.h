/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A train as one system sees it: what the hosts got from it decides what they send. */
#ifndef PLAY_H
#define PLAY_H

#include "reassemble.h"
#include "train.h"

enum side {
	CLIENT_SIDE,
	SERVER_SIDE,
	SIDES
};

struct seen {
	/* The server got a packet, and this is whom it answers. */
	bool known;
	uint32_t address;
	uint16_t port;
	/* The last packet that each side got. */
	bool any[SIDES];
	int step[SIDES]; /* of which step it is */
	struct wire got[SIDES];
};

struct play {
	struct seen seen[CONVERSATIONS_MAX];
};

/* The frames of a step, in order; none if there is nothing to complain about. */
int play_step(const struct play *play, const struct train *t, const struct step *s,
	      struct wire *frames);

/* Is this a step that both can take? A complaint must be about the same packet, and a server
 * answers in both or in none. */
bool play_together(const struct play *a, const struct play *b, const struct step *s);

/* What the hosts learn from what came out. */
void play_learn(struct play *play, const struct train *t, const struct step *s,
		const struct outputs *o);

#endif
