/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who owns a SNAT port: claimed by a client socket, shared by its flows, freed by the last. */
#ifndef BINDING_BPF_H
#define BINDING_BPF_H

#include <linux/errno.h>

#include "compiler.h"
#include "maps.bpf.h"
#include "packet.h"
#include "state.bpf.h"

enum binding_claim {
	BINDING_OURS,
	BINDING_TAKEN,
	BINDING_DYING, /* its last flow is being removed at this instant */
	BINDING_FULL,
};

static __always_inline void binding_key(const struct natloop_socket *socket, __be16 port,
					struct natloop_snat *key)
{
	key->addr = socket->snat;
	key->port = port;
	key->proto = socket->proto;
	key->pad = 0;
}

static __always_inline bool binding_is_of(const struct natloop_binding *binding,
					  const struct natloop_socket *socket)
{
	return binding->port == socket->port && binding->client == socket->client;
}

static __always_inline void binding_count_moved(__s32 more)
{
	struct natloop_state *state = engine_state();

	if (state)
		__sync_fetch_and_add(&state->moved, more);
}

/* The port that @socket got instead of its own; NULL: it has its own. Most routers move none. */
static __always_inline __be16 *binding_moved(const struct natloop_socket *socket)
{
	const struct natloop_state *state = engine_state();

	return state && state->moved ? bpf_map_lookup_elem(&natloop_moved, socket) : NULL;
}

/* Take @port for @socket, or one more reference if the socket has it already. */
static __always_inline enum binding_claim binding_claim(const struct natloop_socket *socket,
							__be16 port)
{
	struct natloop_binding *binding, fresh = {
		.client = socket->client,
		.port = socket->port,
		.flows = 1,
	};
	struct natloop_snat key;
	long err;

	/* Not looked up first: most new flows are of a new socket. */
	binding_key(socket, port, &key);
	err = bpf_map_update_elem(&natloop_binding, &key, &fresh, BPF_NOEXIST);
	if (!err)
		return BINDING_OURS;
	binding = bpf_map_lookup_elem(&natloop_binding, &key);
	if (!binding)
		return err == -EEXIST ? BINDING_DYING : BINDING_FULL;
	if (!binding_is_of(binding, socket))
		return BINDING_TAKEN;
	/*
	 * 0: the last flow is just being removed. Another element under the key: that has happened
	 * between the look-up and here, and the count was somebody else's.
	 */
	if (__sync_fetch_and_add(&binding->flows, 1) == 0 ||
	    bpf_map_lookup_elem(&natloop_binding, &key) != binding) {
		__sync_fetch_and_sub(&binding->flows, 1);
		return BINDING_DYING;
	}
	return BINDING_OURS;
}

/*
 * One flow less uses @port of @socket; the last one frees it. False: the map was locked (before
 * 6.2 a program that interrupts another one on the same bucket gets -EBUSY), nothing was changed.
 */
static __always_inline bool binding_release(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_binding *binding;
	struct natloop_snat key;
	__be16 *moved;

	binding_key(socket, port, &key);
	binding = bpf_map_lookup_elem(&natloop_binding, &key);
	if (!binding || __sync_fetch_and_sub(&binding->flows, 1) != 1)
		return true;
	if (bpf_map_delete_elem(&natloop_binding, &key)) {
		__sync_fetch_and_add(&binding->flows, 1);
		return false;
	}
	moved = binding_moved(socket);
	if (moved && *moved == port && !bpf_map_delete_elem(&natloop_moved, socket))
		binding_count_moved(-1);
	return true;
}

#endif
