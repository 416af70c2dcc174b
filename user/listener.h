/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Listening to a running instance: the lease that switches its events on, and the ring that they
 * come by. One process at a time listens to an instance. Its lock is not held meanwhile.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "command.h"
#include "natloop/abi.h"
#include "problem.h"

struct listener;

struct listener_wish {
	enum natloop_listening what; /* FLOWS or PACKETS */
	__be32 client;		     /* of PACKETS */
};

/* Events that were not told, since it was last asked. */
struct listener_missed {
	__u64 lost; /* faster than they were read */
	__u64 held; /* beyond the rate, see NATLOOP_EVENT_INTERVAL_NS */
};

/*
 * Takes the lease, for a listener to be closed. With a problem: as instance_open; -EBUSY when
 * another process listens, which takes up to LISTENER_LEASE_S seconds to tell from one that was
 * killed.
 */
int listener_open(const struct env *env, const struct listener_wish *wish, struct listener **ret,
		  struct problem *p);

/* Gives the lease back. NULL: nothing. */
void listener_close(struct listener *l);

/* Readable when there are events. */
int listener_fd(const struct listener *l);

#define LISTENER_LEASE_S 3
#define LISTENER_RENEW_MS 1000 /* listener_renew must be called so often */

/*
 * For another LISTENER_LEASE_S seconds. With a problem: -ENOENT when the instance was detached (and
 * perhaps attached again: that is another one); -EBUSY when this process was stopped for so long
 * that another took the lease.
 */
int listener_renew(struct listener *l, struct problem *p);

/*
 * Hands events to @take, the oldest first, until there is none, or they are so many that the caller
 * should look after other things first, or @take returns a negative errno, which is returned then.
 */
int listener_read(struct listener *l, int (*take)(const struct natloop_event *e, void *data),
		  void *data);

struct listener_missed listener_missed(struct listener *l);

#endif
