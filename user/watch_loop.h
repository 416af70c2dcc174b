/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What watch waits for, and how it begins. */
#ifndef WATCH_LOOP_H
#define WATCH_LOOP_H

#include "watch_conflicts.h"
#include "watch_parts.h"

/* A bit beside those of enum watch_event: flow tables of nf_tables, which may be in the way. */
#define WATCH_FLOWTABLES 16

struct loop {
	struct watch w;
	int lock;
	int signals;
	int file;
	int pins;
	struct mnl_socket *route;
	struct mnl_socket *nftables;
	struct burst network;
	struct burst forwards;
	struct burst edited;
	struct watch_programs programs;
	struct burst conflicts;
	struct watch_conflicts found;
	int64_t conflicts_begun;
	int64_t conflicts_from; /* not before */
	int64_t conflicts_at;	/* at the latest */
	int64_t poll_at;
	int64_t names_at;
	int64_t file_at;       /* when to look whether its directory is there again */
	struct problem unread; /* what was wrong with the file when it was last read */
	bool hup;
	bool reloading; /* which is not done yet */
	bool stop;
};

/* All until the first attach is done; .stop: it was asked to end before. */
int watch_begin(struct loop *l, struct problem *p);

/*
 * To be called before the lock of watch_lock is given back: removes the directory that it has made,
 * if nothing was attached in it.
 */
void watch_lock_clear(const struct env *env);

/* Takes the signals that came: .hup, .stop. */
void watch_take_signals(struct loop *l);

/* Where forwards are those of the rules: has them read again. */
void watch_read_rules(struct loop *l);
/* Takes what has been read. Returns whether there are others than before. */
bool watch_take_rules(struct loop *l);

/* Listens to the file's directory, unless it does. Returns whether it does now; else .file_at. */
bool watch_listen_file(struct loop *l);

#endif
