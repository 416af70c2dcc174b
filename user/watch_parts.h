/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of watch share. */
#ifndef WATCH_PARTS_H
#define WATCH_PARTS_H

#include <stdint.h>

#include "instance.h"
#include "watch.h"
#include "watch_forwards.h"
#include "watch_timing.h"

struct mnl_socket;

#define WATCH_REMOVED (-1)

struct watch {
	const struct env *env;
	const struct settings *options;
	struct settings wish; /* the options over the file: what is asked for now */
	struct settings base; /* what it was when last put in force; see settings_merge.h */
	bool file_there;      /* was the file there when it was last read? */

	/*
	 * Of each of wish.interface: that it was attached as; 0: it is not there; WATCH_REMOVED:
	 * its program is not there.
	 */
	int attached[SETTINGS_MAX_INTERFACES];
	enum settings_mode mode; /* in which they were attached */

	struct watch_forwards imported;

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
/* A descriptor of inotify that is readable when an instance goes; -1: there is none. */
int watch_open_pins(const struct env *env);
/*
 * Takes what is to be read from @pins. Returns whether @lock is the lock of the instance still: not
 * if that was detached, whatever was attached since.
 */
bool watch_lock_heard(const struct env *env, int lock, int pins);

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

/* What an event may be about. */
enum watch_event {
	WATCH_NETWORK = 1,  /* addresses, links, routes, policy rules */
	WATCH_PROGRAMS = 2, /* programs on interfaces */
	WATCH_RULES = 4,    /* rules of nf_tables */
	WATCH_ELEMENTS = 8, /* elements of a set that imported forwards use */
};

/* Take all messages that are there: bits of enum watch_event. */
unsigned int watch_drain_route(struct mnl_socket *nl);
unsigned int watch_drain_nftables(struct mnl_socket *nl, struct watch_forwards *f);

/* A descriptor of inotify for the file of @env, or -1: its directory cannot be watched. */
int watch_open_file(const struct env *env);
/*
 * Takes all that is there. Returns whether the file itself may have changed. *@fd is closed, and
 * -1, when the directory went.
 */
bool watch_drain_file(int *fd, const struct env *env);

/* --- programs that somebody removed; see watch_programs.c ----------------------------------- */

struct watch_programs {
	struct burst events;
	unsigned int removals; /* in a row */
	int64_t from;	       /* not to be put back before */
};

/* When to look for them. */
int64_t watch_programs_due(const struct watch_programs *programs);
/*
 * Looks, if it is time, and has watch_apply attach again what misses one: an interface that
 * somebody detached has no record, and is none of them. Returns whether there is any. Whoever
 * removes programs again and again has them put back after 1, 2, 4 ... 60 seconds.
 */
bool watch_programs_look(struct watch_programs *programs, struct watch *w, int64_t now);

/* --- what is said; see watch_say.c ---------------------------------------------------------- */

/* To the service manager, behind @state, lines such as "READY=1\n": how it is. @p may be empty. */
void watch_show_status(const struct watch *w, const struct problem *p, const char *state);
void watch_say_ready(struct watch *w);
void watch_say_reloading(void);

#endif
