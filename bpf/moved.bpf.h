/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which client sockets got another SNAT port than their own: most routers move none.
 *
 * The map is asked by a copy of the socket on our own stack: before kernel 6.2 what a global
 * function was given a pointer to is no key for the verifier ("R2 type=mem expected=fp").
 */
#ifndef MOVED_BPF_H
#define MOVED_BPF_H

#include <linux/errno.h>

#include "maps.bpf.h"
#include "state.bpf.h"

static __always_inline void moved_count(__s32 more)
{
	struct natloop_state *state = engine_state();

	if (state)
		__sync_fetch_and_add(&state->moved, more);
}

/* The port that @socket got; NULL: it has its own. */
static __always_inline __be16 *moved_port(const struct natloop_socket *socket)
{
	const struct natloop_state *state = engine_state();
	struct natloop_socket key = *socket;

	return state && state->moved ? bpf_map_lookup_elem(&natloop_moved, &key) : NULL;
}

/* Counted before it is there, so that nobody who reads 0 misses it. 0, or why not. */
static __always_inline long moved_remember(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_socket key = *socket;
	long err;

	moved_count(1);
	err = bpf_map_update_elem(&natloop_moved, &key, &port, BPF_NOEXIST);
	if (err)
		moved_count(-1);
	return err;
}

static __always_inline void moved_forget(const struct natloop_socket *socket)
{
	struct natloop_socket key = *socket;

	if (!bpf_map_delete_elem(&natloop_moved, &key))
		moved_count(-1);
}

#endif
