/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Host names among the public addresses: asked for again and again, each by a child process, since
 * a resolver may take many seconds. The last good answer stays.
 */
#ifndef WATCH_NAMES_H
#define WATCH_NAMES_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "settings.h"

/*
 * The names are those public specs of @s and @other that may be host names, and are no address and
 * no interface, also not one that watch_names_note has seen. Answers to names that were there
 * before are kept.
 */
void watch_names_set(const struct settings *s, const struct settings *other);

/* Remembers which public specs are interfaces now: when they are gone, they are no names. */
void watch_names_note(const struct settings *s);

/* As system_calls.resolve, from the last answers. -EAGAIN: none yet; -ENOENT: not one of them. */
int watch_names_resolve(const char *name, struct natloop_addr *ret, size_t max);

/* Starts the questions that are due at @now (milliseconds). Returns when the next one will be. */
int64_t watch_names_start(int64_t now);

/* All are to be asked again at once. */
void watch_names_now(void);

/* What to poll for answers: fills at most @max, returns how many. */
size_t watch_names_poll(struct pollfd *fds, size_t max);

/*
 * Takes the answers that are there. @say gets one line when a name cannot be resolved any more, and
 * one when it can again. Returns whether an answer is another one than before.
 */
bool watch_names_take(int64_t now, void (*say)(void *data, const char *object, const char *text),
		      void *data);

/* Is there a name without any answer yet, good or bad? */
bool watch_names_waiting(void);

/* Ends all questions. */
void watch_names_close(void);

#endif
