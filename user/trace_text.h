/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a trace found, step by step, and what follows from it. Pure. */
#ifndef TRACE_TEXT_H
#define TRACE_TEXT_H

#include <stddef.h>

#include "trace.h"

#define TRACE_SAYS_MAX 320

enum trace_result {
	TRACE_THROUGH,	  /* and the answer, too */
	TRACE_UNRESOLVED, /* the same, if the server answers ARP */
	TRACE_NO_RETURN,  /* the answer does not come back */
	TRACE_STOPPED,	  /* the packet itself does not get through */
};

enum trace_result trace_result(const struct trace *t);
/* "through", "unresolved", "no_return", "stopped" */
const char *trace_result_name(enum trace_result result);

struct trace_step {
	const char *packet; /* "client", "answer" */
	const char *step;   /* "sent", "address", "forward", ... */
	char says[TRACE_SAYS_MAX];
};

#define TRACE_STEPS_MAX 24

/* The steps in their order. Returns how many. */
size_t trace_steps(const struct trace *t, struct trace_step step[TRACE_STEPS_MAX]);

/* The result as a sentence, and what to do next; both into @buf, which is returned. */
const char *trace_says(const struct trace *t, char buf[TRACE_SAYS_MAX]);
const char *trace_next(const struct trace *t, char buf[TRACE_SAYS_MAX]);

#endif
