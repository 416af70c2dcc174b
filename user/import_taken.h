/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What earlier rules took, of the packets that would come to a rule. Pure. */
#ifndef IMPORT_TAKEN_H
#define IMPORT_TAKEN_H

#include "import_rules.h"

#define IMPORT_MOST_NEEDS 16

/* Conditions that all hold. They are others' memory. */
struct import_needs {
	const struct import_condition *of[IMPORT_MOST_NEEDS];
	size_t count;
	bool unknown; /* there are others, which are not understood */
};

/* How far packets are led away. */
enum import_reach {
	IMPORT_RETURNED, /* from the rest of this chain */
	IMPORT_ACCEPTED, /* from the rest of this base chain, and of what it calls */
	IMPORT_GONE,	 /* from all base chains behind, too */
};

struct import_taken {
	struct import_scope scope;
	struct import_needs needs;
	/* Where they are sent; NULL: to no server that a later rule could name, too. */
	const struct import_target *target;
	const char *text; /* of the rule */
	enum import_reach reach;
	bool whole;		  /* it asks for no protocol and no port */
	struct import_piece hull; /* of .scope; import_takings_add sets it */
};

/* All zeros at first. */
struct import_takings {
	struct import_taken *taken;
	size_t count;
	size_t room;
	size_t compared; /* pieces of scopes, with others */
	bool too_many;	 /* not all could be kept, or compared */
};

/* Frees what @t holds. */
void import_takings_free(struct import_takings *t);

/* Adds a condition, unless it is none. */
void import_needs_add(struct import_needs *needs, const struct import_condition *c);

/* Adds @taken, unless it takes nothing; what it holds is taken over, also on -ENOMEM. */
int import_takings_add(struct import_takings *t, struct import_taken *taken);

/* Behind a chain: of those from number @from on, forgets what leads no further than @most. */
void import_takings_end(struct import_takings *t, size_t from, enum import_reach most);

/* Takes out of @scope what surely does not come here, where @needs hold. -ENOMEM. */
int import_takings_cut_sure(struct import_takings *t, const struct import_needs *needs,
			    struct import_scope *scope);

/*
 * Takes out of @scope all that may not come here, or not all of it, unless it is sent to the same
 * place as @target; @rule's .skipped says which rules take it. -ENOMEM.
 */
int import_takings_cut(struct import_takings *t, const struct import_needs *needs,
		       const struct import_target *target, struct import_scope *scope,
		       struct import_rule *rule);

#endif
