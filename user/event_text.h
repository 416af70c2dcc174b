/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events as lines for people, and as JSON. Pure. */
#ifndef EVENT_TEXT_H
#define EVENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"
#include "writer.h"

struct event_shown {
	const struct natloop_event *event;
	__u64 time;	       /* of the day, ns since 1970 */
	const char *interface; /* name of event->ifindex; "": none */
	/*
	 * Also where the client wanted to go: the public address and port that it dialled, and the
	 * server. RFC 6888 REQ-12: who runs a NAT for others should not keep that. Of a packet it
	 * is always shown.
	 */
	bool destinations;
};

#define EVENT_LINE_MAX 320

/* One line without a newline, into @buf. The time is local time. Returns @buf. */
const char *event_line(const struct event_shown *shown, char *buf, size_t size);

/* An object of the same; the time as in RFC 3339, in UTC. Any kind has "time" and "event". */
void event_write(struct writer *w, const struct event_shown *shown);

/* "outcome" of enum natloop_outcome as 'stats' calls it, and what it means. "?": none. */
const char *event_outcome_name(unsigned int outcome);
const char *event_outcome_help(unsigned int outcome);

#endif
