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

/* Of what was tried and failed: when it is tried again, at the latest. */
struct watch_retry {
	unsigned int failures; /* in a row; 0: the rest means nothing */
	int64_t at;
	__u64 look; /* of the interface when it was tried: with another one it is worth a try */
	int err;
	struct problem told;
};

/* One that held names, or that is attached because an earlier one did. */
struct watch_interface {
	char name[IFNAMSIZ];
	int ifindex;  /* that it was attached as; 0: it is not */
	bool missing; /* told already */
	bool removed; /* it is there, but somebody has removed the program */
	struct watch_retry retry;
};

struct watch {
	const struct env *env;
	const struct settings *options;
	struct settings wish; /* the options over the file: what is asked for now */
	struct settings held; /* the last wish that could be done: the one that is followed */
	struct settings base; /* what held was when last put in force; see settings_merge.h */
	struct dns_settings dns_base; /* of held, when its names were last put in force */
	bool file_there;	      /* was the file there when it was last read? */

	struct watch_interface interface[2 * SETTINGS_MAX_INTERFACES];
	size_t interfaces;
	struct watch_retry mode_retry; /* of those that get another mode */
	/* Public specs of which it was told that they lead to no address. */
	char silent[SETTINGS_MAX_PUBLICS][256];
	size_t silents;

	struct watch_forwards imported;

	bool detached;	       /* the instance was not there when it was last looked for */
	unsigned int failures; /* in a row */
	int64_t retry_at;
	struct problem last;	 /* what keeps it from being up to date, if there are failures */
	struct problem refused;	 /* of wish, as told */
	struct problem told;	 /* of held */
	struct problem dns_told; /* of its names */
};

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

/* Are the router's rules asked for, by wish or by held? */
bool watch_follows_rules(const struct watch *w);

/* Takes the imported forwards that are known now into wish, and into held, where they are such. */
void watch_renew_forwards(struct watch *w);

/*
 * Attaches for the first time, with wish, on the interfaces that are there; at least one must be.
 * watch_apply is due at once afterwards.
 */
int watch_attach(struct watch *w, struct problem *p);

/*
 * Puts wish in force on the system as it is now, attaches what came back, and says what changed.
 * A wish that cannot be done is refused as a whole, and the last one that could stays. Failures are
 * reported here, once, and counted; retry_at tells when to try again, but it may be called at any
 * time: what costs much is not tried again before. With @w->detached set afterwards there is no
 * instance any more.
 */
int watch_apply(struct watch *w);

/*
 * Puts the names of held in force, if they are others than before, and says what changed; see
 * watch_dns.c. A failure is reported, and tried again each time.
 */
int watch_dns_apply(struct watch *w, struct problem *p);

/* Reports a problem unless it is the one in @told, where it is put. */
void watch_report(const struct watch *w, struct problem *told, int err, const struct problem *p);

/* instance_open. Sets @w->detached. */
int watch_open_running(struct watch *w, struct instance **ret, struct problem *p);

/* --- its interfaces; see watch_interfaces.c ------------------------------------------------- */

/*
 * Looks which interfaces of held are there, says what went and what is missing, and makes those
 * that are still what was attached the interfaces of base.
 */
void watch_interfaces_look(struct watch *w);

/* @wish as far as the system is there for it: without interfaces that are not. */
void watch_interfaces_there(const struct settings *wish, struct settings *ret);

/* Which of held are attached, as the instance has it recorded. */
void watch_interfaces_note(struct watch *w);

/*
 * Attaches to the running instance what @ours names and has not been attached yet, or not in this
 * mode. What failed is tried again after a while (1, 2, 4 ... 60 s), or when its interface looks
 * otherwise. The first error, with its problem, which has been reported.
 */
int watch_interfaces_attach(struct watch *w, const struct settings *ours, struct problem *p);

/* When something is to be tried again; WATCH_NEVER: nothing failed. */
int64_t watch_interfaces_due(const struct watch *w);

/*
 * Detaches what held names no more, once natloop is on one interface that it does name. What cannot
 * be detached stays, and is told.
 */
void watch_interfaces_drop(struct watch *w);

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
