/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments in any order (RFC 4787 REQ-14). TC only; XDP leaves them to it.
 *
 * Only the first fragment has the ports. What it showed is remembered in natloop_frags for the
 * others. One that comes before it is held in natloop_held, and put back into the ingress of its
 * interface behind the first one: there it finds the datagram known, whosever it is, and goes the
 * way of any other fragment.
 */
#ifndef FRAGMENT_BPF_H
#define FRAGMENT_BPF_H

#include "flow.bpf.h"
#include "fragment.h"
#include "fragment_age.h"
#include "hairpin.h"
#include "lookup.h"
#include "reenter.bpf.h"
#include "scratch.bpf.h"

#define FRAGMENT_TRIES 4 /* elements of natloop_held that may be busy just now */

_Static_assert(NATLOOP_HELD <= 256, "natloop_fragments.held has bytes");
_Static_assert((NATLOOP_HELD & (NATLOOP_HELD - 1)) == 0, "the search must survive a wrap");
_Static_assert((NATLOOP_FRAG_WAYS & (NATLOOP_FRAG_WAYS - 1)) == 0, "the mask needs 2^n");

/* Held fragments come in again with the tags of the first one: so they must have the same. */
static __always_inline void fragment_key(ctx_t *ctx, const struct hairpin *h,
					 struct natloop_datagram *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	key->src = h->pkt.tuple.src;
	key->dst = h->pkt.tuple.dst;
	key->ifindex = ctx->ifindex;
	key->l3_ifindex = h->link->l3_ifindex;
	key->id = h->pkt.id;
	key->proto = h->pkt.tuple.proto;
}

static __always_inline __u32 fragment_mix(__u32 hash, __u32 word)
{
	hash = (hash ^ word) * 0x9e3779b1; /* 2^32 over the golden ratio */
	return hash ^ hash >> 15;
}

/* Cannot be foretold by who chooses the identifications. */
static __always_inline __u32 fragment_hash(struct natloop_state *state,
					   const struct natloop_datagram *key)
{
	__u32 hash;

	if (!state->seed)
		__sync_val_compare_and_swap(&state->seed, 0, bpf_get_prandom_u32() | 1);
	hash = state->seed;
	for (int i = 0; i < 4; i++) {
		hash = fragment_mix(hash, key->src.w[i]);
		hash = fragment_mix(hash, key->dst.w[i]);
	}
	hash = fragment_mix(hash, key->ifindex);
	hash = fragment_mix(hash, key->l3_ifindex);
	hash = fragment_mix(hash, (__u32)key->id << 16 | key->proto);
	return fragment_mix(hash, state->seed);
}

static __always_inline struct natloop_frag_set *fragment_set(__u32 hash)
{
	__u32 index = hash % NATLOOP_FRAG_SETS;

	return bpf_map_lookup_elem(&natloop_frags, &index);
}

/* Without branches: each would be one more path for the verifier, in each way of the set. */
static __always_inline bool fragment_same(const struct natloop_datagram *a,
					  const struct natloop_datagram *b)
{
	const __u64 *x = (const void *)a, *y = (const void *)b;
	__u64 differ = 0;

	for (unsigned int i = 0; i < sizeof(*a) / sizeof(*x); i++)
		differ |= x[i] ^ y[i];
	return !differ;
}

/*
 * The datagram of @key in @set, whose lock is held; NULL: there is none, or it is too old to be
 * meant. The index goes through memory, because the verifier would walk all that follows once for
 * each value that it knows.
 */
static __always_inline struct natloop_fragments *fragment_find(const struct natloop_config *cfg,
							       __u32 now,
							       struct natloop_frag_set *set,
							       const struct natloop_datagram *key)
{
	struct natloop_fragments *d;

	set->found = NATLOOP_FRAG_WAYS;
	for (int i = 0; i < NATLOOP_FRAG_WAYS; i++) {
		if (fragment_same(&set->way[i].key, key))
			set->found = i;
	}
	if (set->found >= NATLOOP_FRAG_WAYS)
		return NULL;
	d = &set->way[set->found & (NATLOOP_FRAG_WAYS - 1)];
	return fragment_stale(cfg, d, now) ? NULL : d;
}

/* The same, made in the place of the oldest if there is none. */
static __always_inline struct natloop_fragments *fragment_open(const struct natloop_config *cfg,
							       __u32 now,
							       struct natloop_frag_set *set,
							       const struct natloop_datagram *key)
{
	struct natloop_fragments *d = fragment_find(cfg, now, set, key);

	if (d)
		return d;
	/* One that is too old is under its key still. */
	if (set->found >= NATLOOP_FRAG_WAYS)
		set->found = set->next++;
	d = &set->way[set->found & (NATLOOP_FRAG_WAYS - 1)];
	d->key = *key;
	d->since = now;
	d->state = NATLOOP_DATAGRAM_WAITING;
	d->holds = 0;
	d->cover.length = 0;
	d->cover.covered = 0;
	d->cover.ranges = 0;
	return d;
}

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
	if (!bpf_skb_load_bytes(ctx, 0, held->frame, length))
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

/* What fragment_account is told of a fragment, and what it tells. */
struct fragment_note {
	struct natloop_datagram key;
	struct fragment_span span;
	__u32 now;
	__be16 id; /* out: the new identification; unchanged if the datagram is unknown */
};

/*
 * Notes the bytes of a fragment, whosever it is, so that a datagram that is complete makes room. An
 * enum fragment_fit.
 */
__subprogram int fragment_account(const struct natloop_config *cfg, struct fragment_note *note)
{
	enum fragment_fit fit = FRAGMENT_FITS;
	struct natloop_state *state = flow_state();
	struct natloop_frag_set *set;
	struct natloop_fragments *d;

	if (!cfg || !note || !state)
		return fit;
	set = fragment_set(fragment_hash(state, &note->key));
	if (!set)
		return fit;
	bpf_spin_lock(&set->lock);
	d = fragment_find(cfg, note->now, set, &note->key);
	if (d) {
		note->id = d->id;
		fit = fragment_note(&d->cover, &note->span);
		/* As RFC 5722 4 has it, and the kernel (net/ipv4/ip_fragment.c): none, then. */
		if ((fit == FRAGMENT_OVERLAPS || fit == FRAGMENT_ENDLESS) &&
		    d->state == NATLOOP_DATAGRAM_OURS)
			d->state = NATLOOP_DATAGRAM_REFUSED;
		if (fragment_complete(&d->cover))
			__builtin_memset(&d->key, 0, sizeof(d->key));
	}
	bpf_spin_unlock(&set->lock);
	return fit;
}

/* The same for the packet in hand; h->pkt gets the new identification, if there is one. */
static __attribute__((noinline)) enum fragment_fit fragment_seen(ctx_t *ctx, struct hairpin *h)
{
	struct fragment_note note = {
		.span = fragment_span(&h->pkt),
		.now = h->now,
		.id = h->pkt.id,
	};
	enum fragment_fit fit;

	fragment_key(ctx, h, &note.key);
	fit = fragment_account(h->cfg, &note);
	h->pkt.new_id = note.id;
	return fit;
}

/*
 * A fragment of ours that is about to be sent. NATLOOP_OUTCOME_COUNT: h->pkt has the new
 * identification, send it; else why not.
 */
static __always_inline enum natloop_outcome fragment_send(ctx_t *ctx, struct hairpin *h)
{
	enum fragment_fit fit = fragment_seen(ctx, h);

	if (fit == FRAGMENT_ENDLESS)
		return NATLOOP_FRAGMENT_ENDLESS;
	return fit == FRAGMENT_FITS ? NATLOOP_OUTCOME_COUNT : NATLOOP_FRAGMENT_OVERLAP;
}

/*
 * A fragment but the first. NATLOOP_OUTCOME_COUNT: its datagram is ours, and h->pkt has its ports
 * now; else what has become of it.
 */
static __attribute__((noinline)) enum natloop_outcome fragment_later(ctx_t *ctx, struct hairpin *h)
{
	enum natloop_datagram_state owner = NATLOOP_DATAGRAM_WAITING;
	struct natloop_state *state = flow_state();
	struct natloop_frag_set *set;
	struct natloop_datagram key;
	struct natloop_fragments *d;

	if (!state)
		return NATLOOP_FAULT;
	fragment_key(ctx, h, &key);
	set = fragment_set(fragment_hash(state, &key));
	if (!set)
		return NATLOOP_FAULT;
	bpf_spin_lock(&set->lock);
	d = fragment_find(h->cfg, h->now, set, &key);
	if (d) {
		owner = d->state;
		h->pkt.tuple.sport = d->sport;
		h->pkt.tuple.dport = d->dport;
	}
	bpf_spin_unlock(&set->lock);
	switch (owner) {
	case NATLOOP_DATAGRAM_WAITING:
		return fragment_hold(ctx, h, state, &key);
	case NATLOOP_DATAGRAM_FOREIGN:
		return NATLOOP_FRAGMENT;
	case NATLOOP_DATAGRAM_REFUSED:
		return NATLOOP_FRAGMENT_REFUSED;
	case NATLOOP_DATAGRAM_OURS:
		break;
	}
	return NATLOOP_OUTCOME_COUNT;
}

/* The identification of the next datagram to the server or client @key is from (RFC 7739 5.3). */
static __always_inline __be16 fragment_id(struct natloop_state *state,
					  const struct natloop_datagram *key)
{
	__u32 hash = fragment_mix(state->seed, key->src.w[3]);

	hash = fragment_mix(fragment_mix(hash, key->dst.w[3]), key->proto);
	return bpf_htons(hash + __sync_fetch_and_add(&state->ip_id, 1));
}

/* Whose is a datagram whose first fragment met @found? */
static __always_inline enum natloop_datagram_state fragment_owner(const struct packet *pkt,
								  enum natloop_outcome found)
{
	switch (hairpin_fate(found)) {
	case NATLOOP_FATE_SEND:
		return pkt->tiny ? NATLOOP_DATAGRAM_REFUSED : NATLOOP_DATAGRAM_OURS;
	case NATLOOP_FATE_PASS:
		return NATLOOP_DATAGRAM_FOREIGN;
	case NATLOOP_FATE_HOLD: /* it comes again, in pieces */
		return NATLOOP_DATAGRAM_WAITING;
	default:
		return NATLOOP_DATAGRAM_REFUSED;
	}
}

/* What fragment_settle is told of a first fragment. */
struct fragment_settled {
	struct natloop_datagram key;
	__u32 now;
	__be16 sport;
	__be16 dport;
	__u8 owner; /* enum natloop_datagram_state */
};

static __always_inline __u32 fragment_settle_in(const struct fragment_settled *s,
						struct natloop_state *state,
						struct natloop_fragments *d, __u8 *held)
{
	__u32 holds = d->holds;

	/* It may come twice, or have been cut: then the bytes that came before count on. */
	if (d->state != NATLOOP_DATAGRAM_OURS || s->owner != NATLOOP_DATAGRAM_OURS) {
		d->state = s->owner;
		d->since = s->now;
		d->id = s->owner == NATLOOP_DATAGRAM_OURS ? fragment_id(state, &s->key) : 0;
		d->sport = s->sport;
		d->dport = s->dport;
		d->cover.length = 0;
		d->cover.covered = 0;
		d->cover.ranges = 0;
	}
	d->holds = 0;
	__builtin_memcpy(held, d->held, NATLOOP_MAX_HOLDS);
	return holds;
}

/*
 * Remembers whose a datagram is, and puts back what was held of it. 0; -1: @ctx is not any more
 * what it was. A global function: it is verified once, and not for each outcome that leads here.
 */
__subprogram int fragment_settle(ctx_t *ctx, const struct natloop_config *cfg,
				 const struct fragment_settled *s)
{
	struct natloop_state *state = flow_state();
	__u8 held[NATLOOP_MAX_HOLDS];
	struct natloop_frag_set *set;
	__u32 holds, hash;

	if (!cfg || !s || !state)
		return 0;
	hash = fragment_hash(state, &s->key);
	set = fragment_set(hash);
	if (!set)
		return 0;
	bpf_spin_lock(&set->lock);
	holds = fragment_settle_in(s, state, fragment_open(cfg, s->now, set, &s->key), held);
	bpf_spin_unlock(&set->lock);
	return !holds || fragment_put_back_all(ctx, held, holds, hash) ? 0 : -1;
}

/*
 * The first fragment of a datagram, which met @found. NATLOOP_OUTCOME_COUNT: go on with it.
 */
static __attribute__((noinline)) enum natloop_outcome fragment_first(ctx_t *ctx, struct hairpin *h,
								     enum natloop_outcome found)
{
	/* In the scratch, for the stack of what is called; that needs it no more when it uses that.
	 */
	struct fragment_settled *s = (void *)scratch();

	if (!s)
		return NATLOOP_FAULT;
	s->owner = fragment_owner(&h->pkt, found);
	if (s->owner == NATLOOP_DATAGRAM_WAITING)
		return NATLOOP_OUTCOME_COUNT;
	s->now = h->now;
	s->sport = h->pkt.tuple.sport;
	s->dport = h->pkt.tuple.dport;
	fragment_key(ctx, h, &s->key);
	return fragment_settle(ctx, h->cfg, s) ? NATLOOP_FAULT : NATLOOP_OUTCOME_COUNT;
}

#endif
