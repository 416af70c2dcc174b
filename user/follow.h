/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Prints the events of a running instance, until the user ends it. */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>

#include "listener.h"

/*
 * Prints each event on @env's out as a line, or as one JSON object a line, and how many were
 * missed. @destinations as in struct event_shown. 0 when SIGINT, SIGTERM or SIGHUP came, or nobody
 * reads the output any more; else the problems of listener_open and listener_renew.
 */
int follow(const struct env *env, const struct listener_wish *wish, bool destinations,
	   struct problem *p);

#endif
