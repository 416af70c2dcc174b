/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who owns a SNAT port: claimed by a client socket, shared by its flows, freed by the last. */
#ifndef BINDING_BPF_H
#define BINDING_BPF_H

#include "binding.h"
#include "config.bpf.h"
#include "lock.bpf.h"
#include "moved.bpf.h"
#include "packet.h"

enum binding_claim {
	BINDING_OURS,
	BINDING_TAKEN, /* by another socket */
	BINDING_FULL,  /* there is no room for this port, or for one more flow with it */
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

/*
 * @choice 0: the bucket of @snat, whose lock is needed to change anything there; 1: its neighbour,
 * for what finds the first one full. With both locks, then, the lower one first.
 */
static __always_inline struct natloop_bindings *binding_bucket(const struct natloop_snat *snat,
							       __u32 choice)
{
	const struct natloop_configs *configs = config_all();
	__u32 index;

	if (!configs)
		return NULL;
	index = (binding_hash(snat, configs->flow_seed) & configs->bucket_mask) ^ choice;
	return bpf_map_lookup_elem(&natloop_binding, &index);
}

/* The place for @snat in the bucket, @used or not; NULL: it has none. */
static __always_inline struct natloop_binding *
binding_in(struct natloop_bindings *bucket, const struct natloop_snat *snat, bool used)
{
	for (int i = 0; i < NATLOOP_BINDING_WAYS; i++) {
		struct natloop_binding *binding = &bucket->way[i];

		if ((!used || binding->flows) && binding_is_for(binding, snat))
			return binding;
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

/*
 * The place for @snat, wherever it is, if it is in use. It stays there as long as the caller has a
 * share in it. One that is not in use may just be given to another port, in two pieces on a 32-bit
 * CPU.
 */
static __always_inline struct natloop_binding *binding_find(const struct natloop_snat *snat)
{
	struct natloop_bindings *bucket = binding_bucket(snat, 0);
	struct natloop_binding *binding = bucket ? binding_in(bucket, snat, true) : NULL;

	if (binding || !bucket || !(bucket->flags & NATLOOP_SPILLED))
		return binding;
	bucket = binding_bucket(snat, 1);
	return bucket ? binding_in(bucket, snat, true) : NULL;
}

/*
 * @binding, the place for the port, for @socket, too. With its bucket's lock, so that meanwhile
 * flows may go, but none comes.
 */
static __always_inline enum binding_claim binding_share(struct natloop_binding *binding,
							const struct natloop_socket *socket)
{
	if (!binding_is_of(binding, socket))
		return BINDING_TAKEN;
	if (binding->flows == 0xffff)
		return BINDING_FULL;
	/* Also if the last flow has just gone: nobody else has come since. */
	lock_ordered(__sync_fetch_and_add(binding_word(binding), BINDING_FLOW));
	return BINDING_OURS;
}

/* The free place @binding becomes @socket's, with its bucket's lock. */
static __always_inline void binding_own(struct natloop_binding *binding,
					const struct natloop_socket *socket,
					const struct natloop_snat *snat)
{
	binding_set_snat(binding, snat);
	binding->client = socket->client;
	/* A full barrier: who sees that it is in use sees whose it is. */
	(void)__sync_lock_test_and_set(binding_word(binding), binding_count(socket->port, 1));
}

/* -1: nothing was changed, and more than this bucket must be looked at; else enum binding_claim. */
static __always_inline int binding_take(struct natloop_bindings *bucket,
					const struct natloop_socket *socket,
					const struct natloop_snat *snat)
{
	struct natloop_binding *binding;

	if (bucket->flags & NATLOOP_SPILLED)
		return -1;
	binding = binding_in(bucket, snat, false);
	if (binding && binding->flows)
		return binding_share(binding, socket);
	if (!binding)
		binding = binding_room(bucket);
	if (!binding)
		return -1;
	binding_own(binding, socket, snat);
	return BINDING_OURS;
}

/* The same in @own, the port's bucket, and its neighbour, with both locks. */
static __always_inline enum binding_claim binding_spill(struct natloop_bindings *own,
							struct natloop_bindings *other,
							const struct natloop_socket *socket,
							const struct natloop_snat *snat)
{
	struct natloop_binding *binding = binding_in(own, snat, false);

	/* Before anything is there, so that nobody looks in vain. */
	lock_ordered(__sync_fetch_and_or(&own->flags, NATLOOP_SPILLED));
	if (!binding)
		binding = binding_in(other, snat, false);
	if (binding && binding->flows)
		return binding_share(binding, socket);
	if (!binding)
		binding = binding_room(own);
	if (!binding)
		binding = binding_room(other);
	if (!binding)
		return BINDING_FULL;
	binding_own(binding, socket, snat);
	return BINDING_OURS;
}

/* binding_claim, when one bucket is not enough. */
__subprogram enum binding_claim binding_claim_spilled(const struct natloop_socket *socket,
						      __be16 port)
{
	struct natloop_bindings *own, *other, *low, *high;
	enum binding_claim claim = BINDING_BUSY;
	struct natloop_snat snat;

	if (!socket)
		return BINDING_BUSY;
	snat = binding_snat(socket, port);
	own = binding_bucket(&snat, 0);
	other = binding_bucket(&snat, 1);
	if (!own || !other)
		return BINDING_FULL;
	low = own < other ? own : other;
	high = own < other ? other : own;
	if (!lock_take(&low->flags))
		return BINDING_BUSY;
	if (lock_take(&high->flags)) {
		claim = binding_spill(own, other, socket, &snat);
		lock_release(&high->flags);
	}
	lock_release(&low->flags);
	return claim;
}

/* Take @port for @socket, or one more reference if the socket has it already. */
__subprogram enum binding_claim binding_claim(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_bindings *bucket;
	struct natloop_snat snat;
	int claim;

	if (!socket)
		return BINDING_BUSY;
	snat = binding_snat(socket, port);
	bucket = binding_bucket(&snat, 0);
	if (!bucket || !lock_take(&bucket->flags))
		return BINDING_BUSY;
	claim = binding_take(bucket, socket, &snat);
	lock_release(&bucket->flags);
	return claim < 0 ? binding_claim_spilled(socket, port) : (enum binding_claim)claim;
}

/* Does @socket own @port now? */
static __always_inline bool binding_owns(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_snat snat = binding_snat(socket, port);
	const struct natloop_binding *binding = binding_find(&snat);

	return binding && binding_is_of(binding, socket);
}

/*
 * One flow less uses @port of @socket; the last one frees it. A new flow of the socket may come
 * between that and forgetting where it moved to: either it or this finds the entry missing, and
 * makes it again.
 */
__subprogram int binding_release(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_binding *binding;
	struct natloop_snat snat;
	__be16 *moved;

	if (!socket)
		return 0;
	snat = binding_snat(socket, port);
	binding = binding_find(&snat);
	if (!binding || __sync_fetch_and_sub(binding_word(binding), BINDING_FLOW) !=
				binding_count(socket->port, 1))
		return 0;
	moved = moved_port(socket);
	if (!moved || *moved != port)
		return 0;
	moved_forget(socket);
	if (binding_owns(socket, port))
		moved_remember(socket, port);
	return 0;
}

#endif
