/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments that came before the first one of their datagram: kept in natloop_held, and put back
 * into the ingress of their interface. TC only.
 */
#ifndef FRAGMENT_HOLD_BPF_H
#define FRAGMENT_HOLD_BPF_H

#include "fragment_table.bpf.h"
#include "lookup.h"
#include "reenter.bpf.h"
#include "scratch.bpf.h"

#define FRAGMENT_TRIES 4 /* elements of natloop_held that may be busy just now */

_Static_assert(NATLOOP_HELD <= 256, "natloop_fragments.held has bytes");
_Static_assert((NATLOOP_HELD & (NATLOOP_HELD - 1)) == 0, "the search must survive a wrap");

static __always_inline bool fragment_seize(struct natloop_held *held)
{
	__u32 state = held->state;

	return state != NATLOOP_HELD_BUSY &&
	       __sync_val_compare_and_swap(&held->state, state, NATLOOP_HELD_BUSY) == state;
}

/* The oldest element of natloop_held -> *@index, to be written. NULL: others are at it. */
static __always_inline struct natloop_held *fragment_take(struct natloop_state *state, __u32 *index)
{
	for (int i = 0; i < FRAGMENT_TRIES; i++) {
		struct natloop_held *held;

		*index = __sync_fetch_and_add(&state->hold, 1) % NATLOOP_HELD;
		held = bpf_map_lookup_elem(&natloop_held, index);
		if (held && fragment_seize(held))
			return held;
	}
	return NULL;
}

/*
 * The fragment of datagram @owner in element @index of natloop_held, by way of @ctx, whose bytes it
 * overwrites.
 */
__subprogram int fragment_put_back(ctx_t *ctx, __u32 index, __u32 owner)
{
	struct natloop_held *held = bpf_map_lookup_elem(&natloop_held, &index);
	__u32 length;

	if (!held || held->state != NATLOOP_HELD_WAITING || held->owner != owner ||
	    !fragment_seize(held))
		return 0;
	length = held->length;
	if (held->owner == owner && length > ETH_HLEN && length <= NATLOOP_HELD_BYTES &&
	    reenter_as(ctx, held->frame, length))
		reenter(ctx);
	held->state = NATLOOP_HELD_FREE;
	return 1;
}

/*
 * All that was held, in the order in which it came; then @ctx is as it was. False: it is not any
 * more. A first fragment that is too long to be copied leaves the others where they are.
 */
static __always_inline bool fragment_put_back_all(ctx_t *ctx, const __u8 *held, __u32 holds,
						  __u32 owner)
{
	__u32 length = ctx->len;
	__u8 *byte = scratch();

	if (!byte || length <= ETH_HLEN || length > SCRATCH_FRAME ||
	    bpf_skb_load_bytes(ctx, 0, byte, length))
		return true;
	for (__u32 i = 0; i < NATLOOP_MAX_HOLDS && i < holds; i++)
		fragment_put_back(ctx, held[i], owner);
	return reenter_as(ctx, byte, length);
}

/*
 * Adds the held fragment @index to its datagram. NATLOOP_FRAGMENT_HELD: it waits;
 * NATLOOP_FRAGMENT_LIMIT: too many do; NATLOOP_OUTCOME_COUNT: the first one has come meanwhile.
 */
static __always_inline enum natloop_outcome fragment_wait(const struct hairpin *h,
							  struct natloop_frag_set *set,
							  const struct natloop_datagram *key,
							  __u32 index)
{
	enum natloop_outcome outcome = NATLOOP_FRAGMENT_HELD;
	struct natloop_fragments *d;

	bpf_spin_lock(&set->lock);
	d = fragment_open(h->cfg, h->now, set, key);
	if (d->state != NATLOOP_DATAGRAM_WAITING)
		outcome = NATLOOP_OUTCOME_COUNT;
	else if (d->holds >= NATLOOP_MAX_HOLDS)
		outcome = NATLOOP_FRAGMENT_LIMIT;
	else
		d->held[d->holds++] = index;
	bpf_spin_unlock(&set->lock);
	return outcome;
}

/* What the kernel would not take, or only as its own, need not wait for us. */
static __always_inline bool fragment_may_wait(const struct hairpin *h)
{
	enum natloop_outcome source = lookup_client(h->cfg, h->link->l3_ifindex, &h->pkt.tuple.src);

	/* The server may be elsewhere than in a LAN of this interface. */
	return source == NATLOOP_NEW_FLOW || source == NATLOOP_NOT_LAN;
}

/* Keeps the fragment until its first one comes. */
static __always_inline enum natloop_outcome fragment_hold(ctx_t *ctx, const struct hairpin *h,
							  struct natloop_state *state,
							  const struct natloop_datagram *key)
{
	__u32 index, length = ctx->len, hash = fragment_hash(state, key);
	struct natloop_frag_set *set = fragment_set(hash);
	enum natloop_outcome outcome = NATLOOP_FAULT;
	struct natloop_held *held;

	if (!fragment_may_wait(h))
		return NATLOOP_FRAGMENT;
	if (!set || length <= ETH_HLEN || length > NATLOOP_HELD_BYTES)
		return NATLOOP_FRAGMENT_LIMIT;
	held = fragment_take(state, &index);
	if (!held)
		return NATLOOP_FRAGMENT_LIMIT;
	held->length = length;
	held->owner = hash;
	if (compiler_keeps(&length, ETH_HLEN + 1, NATLOOP_HELD_BYTES) &&
	    !bpf_skb_load_bytes(ctx, 0, held->frame, length))
		outcome = NATLOOP_FRAGMENT_HELD;
	held->state = NATLOOP_HELD_WAITING;
	if (outcome == NATLOOP_FRAGMENT_HELD)
		outcome = fragment_wait(h, set, key, index);
	if (outcome == NATLOOP_FRAGMENT_HELD)
		return outcome;
	held->state = NATLOOP_HELD_FREE;
	if (outcome != NATLOOP_OUTCOME_COUNT)
		return outcome;
	/* The first one has just come, on another CPU. */
	reenter(ctx);
	return NATLOOP_FRAGMENT_HELD;
}

#endif
