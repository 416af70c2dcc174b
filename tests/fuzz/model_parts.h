/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the model share. */
#ifndef MODEL_PARTS_H
#define MODEL_PARTS_H

#include "model.h"

#define MODEL_NONE NATLOOP_OUTCOME_COUNT
#define MODEL_MTU 1500 /* of both interfaces */

/* What the model knows of the frame in hand. */
struct verdict {
	struct prog_run *r;
	enum natloop_hook hook;
	const struct wire *in;
	const struct prog_result *result;
	struct reference ref;
	struct model_tuple tuple; /* of a later fragment: without ports */
};

/* Offset of the IPv4 header in what TC sends: it takes the tags off. */
size_t model_l3_after(const struct verdict *v);

struct model_tuple model_reversed(const struct model_tuple *t);
enum frame_interface model_interface_of(uint32_t address);
const struct model_entry *model_find(const struct model *m, const struct model_tuple *tuple);

/* MODEL_NONE: @address may open flows from @interface. */
enum natloop_outcome model_bad_source(uint32_t address, enum frame_interface interface);

/* IPv4 length over the MTU: the packet cannot be sent as it is. */
bool model_too_big(const struct verdict *v);

/* With its padding it is over the MTU: only TC can cut that off. */
bool model_padded(const struct verdict *v);

/* Fails unless the outcome is @outcome. */
void model_must_be(const struct verdict *v, enum natloop_outcome outcome);

/* Nothing of the packet was changed, or it is gone: as the outcome's fate says. */
void model_check_kept(const struct verdict *v);

/*
 * @outcome, whose fate is ANSWER: XDP left it to TC or dropped it; TC dropped it, or made it an
 * ICMP error that tells its sender.
 */
void model_check_answered(const struct verdict *v, enum natloop_outcome outcome);

/* Too big for the way: answered, cut, or dropped. */
void model_check_too_big(const struct verdict *v);

/* Sent, translated to @to, and nothing else changed. */
void model_check_sent(const struct verdict *v, const struct model_tuple *to);

/* An ICMP error that quotes a packet, in TC. */
void model_check_icmp(struct model *m, const struct verdict *v);

/* The first fragment of a datagram of @entry (NULL: of no flow) was seen. */
void model_note_first(struct model *m, const struct verdict *v, const struct model_entry *entry);
bool model_knows_datagram(const struct model *m, const struct verdict *v);

/* A fragment but the first, in TC. */
void model_check_later(struct model *m, const struct verdict *v);

#endif
