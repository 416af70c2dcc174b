/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of watch share. */
#ifndef WATCH_PARTS_H
#define WATCH_PARTS_H

#include <stdint.h>

#include "instance.h"
#include "watch.h"
#include "watch_timing.h"

struct mnl_socket;

struct watch {
	const struct env *env;
	const struct settings *options;
	struct settings wish; /* the options over the file: what is asked for now */
	struct settings base; /* what it was when last put in force; see settings_merge.h */
	bool file_there;      /* was the file there when it was last read? */

	/* Of each of wish.interface: that it was attached as; 0: it is not there. */
	int attached[SETTINGS_MAX_INTERFACES];
	enum settings_mode mode; /* in which they were attached */

	bool detached;	       /* the instance was not there when it was last looked for */
	unsigned int failures; /* in a row */
	int64_t retry_at;
	struct problem last; /* the one reported last, as long as it is not overcome */
};

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t watch_now(void);

/* One line of log, or with --json one object on standard output. @data is a struct watch. */
void watch_say(void *data, const char *object, const char *text);

/*
 * Only one process may watch an instance. Makes its directory of pins if there is none, and locks
 * it; another lock than that of the commands, which is held only while one of them works. @ret is
 * to be closed at the end. -EBUSY with a problem that names the other one.
 */
int watch_lock(const struct env *env, int *ret, struct problem *p);

/*
 * Reads the file again, into wish; with the forwards that are imported. On failure @w is as it was.
 */
int watch_read_settings(struct watch *w, struct problem *p);

/* The same when watch runs already. */
int watch_reload(struct watch *w, struct problem *p);

/* Attaches for the first time, with wish. */
int watch_attach(struct watch *w, struct problem *p);

/*
 * Puts wish in force on the system as it is now, attaches what came back, and says what changed.
 * Failures are reported here, once, and counted; retry_at tells when to try again. With
 * @w->detached set afterwards there is no instance any more.
 */
int watch_apply(struct watch *w);

/* --- what tells of changes; see watch_events.c ---------------------------------------------- */

/* Opens a socket that hears of links, addresses, routes and rules. */
int watch_open_route(struct mnl_socket **ret, struct problem *p);
/* The same for nf_tables; *@ret is NULL afterwards where the kernel has none. */
void watch_open_nftables(struct mnl_socket **ret);
/* Takes all messages that are there. Returns whether there was any, or some were lost. */
bool watch_drain(struct mnl_socket *nl);

/* A descriptor of inotify for the file of @env, or -1: its directory cannot be watched. */
int watch_open_file(const struct env *env);
/* Takes all that is there. Returns whether the file itself may have changed. */
bool watch_drain_file(int fd, const struct env *env);

/* --- forwards that are imported; see watch_forwards.c --------------------------------------- */

/* Fills in what the router's own rules forward, if @s names no forward and this build can. */
int watch_import_forwards(struct settings *s, struct problem *p);
/* Are they? Then rule changes matter. */
bool watch_imports_forwards(const struct settings *s);
/* Are there rules whose changes nobody tells of? */
bool watch_must_poll_forwards(void);

#endif
