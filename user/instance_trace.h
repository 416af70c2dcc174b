/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The attached programs run on a frame of our own, and the flow table looked into. */
#ifndef INSTANCE_TRACE_H
#define INSTANCE_TRACE_H

#include "instance.h"
#include "trace_frame.h"

/*
 * Until instance_trace_end: what is run here is no event for who listens. @flow is the tuple of the
 * client's packets.
 */
void instance_trace_begin(struct instance *inst, const struct natloop_key *flow);
void instance_trace_end(struct instance *inst);

/*
 * Runs the program with the id @program of @hook on @in, as if it came in on @ifindex. *@outcome is
 * NATLOOP_OUTCOME_COUNT if the program did not tell. 0 or a negative errno: the kernel did not run
 * it.
 */
struct instance_trace_run {
	enum natloop_hook hook;
	__u32 program;
	__u32 ifindex;
	const struct trace_head *head; /* of @in */
	const struct trace_frame *in;
};
int instance_trace_run(struct instance *inst, const struct instance_trace_run *run,
		       struct trace_frame *out, unsigned int *outcome);

/* Do the packets of the program @id have no Ethernet header? BPF_PROG_RUN makes none such. */
bool instance_trace_is_layer3(__u32 id);

/*
 * The flow whose client sends @key. 1: found, *@ret is a copy, *@index its place; 0: there is none;
 * or a negative errno.
 */
int instance_trace_find(const struct instance *inst, const struct natloop_key *key,
			struct natloop_pair *ret, __u32 *index);

/* Does the socket, @key's source, have any flow? 1, 0, or a negative errno. */
int instance_trace_uses(const struct instance *inst, const struct natloop_key *key);

/*
 * What a packet of ours has changed in the flow at @index (time, counts, flags of both directions,
 * and that one that had timed out lives again) becomes as it was in @before, where no other packet
 * came meanwhile. 0 or a negative errno.
 */
int instance_trace_restore(const struct instance *inst, __u32 index,
			   const struct natloop_pair *before);

/* Removes the flow with all that belongs to it. 0 or a negative errno. */
int instance_trace_remove(struct instance *inst, const struct natloop_pair *pair);

#endif
