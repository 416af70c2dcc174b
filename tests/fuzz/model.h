/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs must do with a frame, thought out a second time: from the frame as the slow
 * reference reads it, the configuration of world_configure(), and the flows that were seen to be
 * made. It knows nothing of time, and chooses no ports: it takes the ones it sees, and checks them.
 */
#ifndef MODEL_H
#define MODEL_H

#include "prog_run.h"
#include "reference.h"

#define MODEL_MAX_FLOWS 512
#define MODEL_MAX_DATAGRAMS 4096
#define MODEL_MAX_OURS 64 /* flows that one identification is seen of */

/* Addresses and ports of a packet, host order. */
struct model_tuple {
	uint32_t src, dst;
	uint16_t sport, dport;
	uint8_t proto;
};

/* One direction of a flow. */
struct model_entry {
	struct model_tuple from, to;
	bool to_server;
	uint8_t mac[6]; /* of the frame that made the flow */
};

/* A datagram that comes in fragments: all that its first fragments, there may be several, were. */
struct model_datagram {
	uint32_t src, dst;
	enum frame_interface interface;
	uint16_t id;
	uint8_t proto;
	bool foreign;
	const struct model_entry *ours[MODEL_MAX_OURS];
	unsigned int count;
};

struct model {
	struct model_entry entry[2 * MODEL_MAX_FLOWS];
	int entries;
	struct model_datagram datagram[MODEL_MAX_DATAGRAMS];
	int datagrams;
	unsigned long outcomes[NATLOOP_HOOK_COUNT][NATLOOP_OUTCOME_COUNT];
};

void model_clear(struct model *m);

/* Fails unless @result is what @hook may make of @in; notes a flow that was made. */
void model_check(struct model *m, struct prog_run *r, enum natloop_hook hook, const struct wire *in,
		 const struct prog_result *result);

#endif
