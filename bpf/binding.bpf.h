/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who owns a SNAT port: claimed by a client socket, shared by its flows, freed by the last. */
#ifndef BINDING_BPF_H
#define BINDING_BPF_H

#include "binding.h"
#include "config.bpf.h"
#include "lock.bpf.h"
#include "packet.h"
#include "state.bpf.h"

enum binding_claim {
	BINDING_OURS,
	BINDING_TAKEN, /* by another socket; or there is no room for this port */
	BINDING_BUSY,  /* somebody else is at its bucket */
};

static __always_inline struct natloop_snat binding_snat(const struct natloop_socket *socket,
							__be16 port)
{
	return (struct natloop_snat){
		.addr = socket->snat,
		.port = port,
		.proto = socket->proto,
	};
}

static __always_inline struct natloop_bindings *binding_bucket(const struct natloop_snat *snat)
{
	const struct natloop_configs *configs = config_all();
	__u32 index;

	if (!configs)
		return NULL;
	index = binding_hash(snat, configs->flow_seed) & configs->bucket_mask;
	return bpf_map_lookup_elem(&natloop_binding, &index);
}

/* The place for @snat in its bucket, in use or not; NULL: it has none. */
static __always_inline struct natloop_binding *binding_find(struct natloop_bindings *bucket,
							    const struct natloop_snat *snat)
{
	for (int i = 0; i < NATLOOP_BINDING_WAYS; i++) {
		if (binding_is_for(&bucket->way[i], snat))
			return &bucket->way[i];
	}
	return NULL;
}

static __always_inline struct natloop_binding *binding_room(struct natloop_bindings *bucket)
{
	for (int i = 0; i < NATLOOP_BINDING_WAYS; i++) {
		if (!bucket->way[i].flows)
			return &bucket->way[i];
	}
	return NULL;
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

/* With the bucket's lock, so that meanwhile flows may go, but none comes. */
static __always_inline enum binding_claim binding_take(struct natloop_bindings *bucket,
						       const struct natloop_socket *socket,
						       const struct natloop_snat *snat)
{
	struct natloop_binding *binding = binding_find(bucket, snat);

	if (binding && binding_is_of(binding, socket)) {
		if (binding->flows == 0xffff)
			return BINDING_TAKEN;
		/* Also if the last flow has just gone: nobody else has come since. */
		__sync_fetch_and_add(binding_word(binding), BINDING_FLOW);
		return BINDING_OURS;
	}
	if (binding && binding->flows)
		return BINDING_TAKEN;
	if (!binding)
		binding = binding_room(bucket);
	if (!binding)
		return BINDING_TAKEN;
	binding_set_snat(binding, snat);
	binding->client = socket->client;
	/* A full barrier: who sees that it is in use sees whose it is. */
	(void)__sync_lock_test_and_set(binding_word(binding), binding_count(socket->port, 1));
	return BINDING_OURS;
}

/* Take @port for @socket, or one more reference if the socket has it already. */
__subprogram enum binding_claim binding_claim(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_bindings *bucket;
	enum binding_claim claim;
	struct natloop_snat snat;

	if (!socket)
		return BINDING_BUSY;
	snat = binding_snat(socket, port);
	bucket = binding_bucket(&snat);
	if (!bucket || !lock_take(&bucket->lock))
		return BINDING_BUSY;
	claim = binding_take(bucket, socket, &snat);
	lock_release(&bucket->lock);
	return claim;
}

/* Does @socket own @port now? */
static __always_inline bool binding_owns(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_snat snat = binding_snat(socket, port);
	struct natloop_bindings *bucket = binding_bucket(&snat);
	const struct natloop_binding *binding = bucket ? binding_find(bucket, &snat) : NULL;

	return binding && binding_is_of(binding, socket);
}

/* One flow less uses @port of @socket; the last one frees it. */
static __always_inline void binding_release(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_snat snat = binding_snat(socket, port);
	struct natloop_bindings *bucket = binding_bucket(&snat);
	struct natloop_binding *binding = bucket ? binding_find(bucket, &snat) : NULL;
	__u32 last = binding_count(socket->port, 1);
	__be16 *moved;

	if (!binding || __sync_fetch_and_sub(binding_word(binding), BINDING_FLOW) != last)
		return;
	moved = binding_moved(socket);
	if (moved && *moved == port && !bpf_map_delete_elem(&natloop_moved, socket))
		binding_count_moved(-1);
}

#endif
