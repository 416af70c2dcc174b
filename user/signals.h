/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The signals by which a user or the system ends a command: SIGHUP, SIGINT, SIGTERM. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* All of them. */
void signals_ending(sigset_t *ret);

/* From here on they wait until the program ends. What it starts by program_run() they end still. */
void signals_hold(void);

/* Has one come that waits so? */
bool signals_waiting(void);

#endif
