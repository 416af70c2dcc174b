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
#include "scratch.bpf.h"

#define FRAGMENT_TRIES 8 /* elements of natloop_held that are looked at for a free one */

static __always_inline void fragment_key(const struct hairpin *h, struct natloop_datagram *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	key->src = h->pkt.tuple.src;
	key->dst = h->pkt.tuple.dst;
	key->ifindex = h->link->l3_ifindex;
	key->id = h->pkt.id;
	key->proto = h->pkt.tuple.proto;
}

static __always_inline void fragment_reset(struct natloop_fragments *d, __u32 now)
{
	d->since = now;
	d->state = NATLOOP_DATAGRAM_WAITING;
	d->holds = 0;
	d->cover.length = 0;
	d->cover.covered = 0;
	d->cover.ranges = 0;
}

/* The datagram of @key, made if there is none; NULL: no room. */
static __always_inline struct natloop_fragments *fragment_open(const struct hairpin *h,
							       const struct natloop_datagram *key)
{
	struct natloop_fragments *d = bpf_map_lookup_elem(&natloop_frags, key), *fresh;

	if (d) {
		bpf_spin_lock(&d->lock);
		if (fragment_stale(h->cfg, d, h->now))
			fragment_reset(d, h->now);
		bpf_spin_unlock(&d->lock);
		return d;
	}
	fresh = (void *)scratch();
	if (!fresh)
		return NULL;
	__builtin_memset(fresh, 0, sizeof(*fresh));
	fresh->since = h->now;
	bpf_map_update_elem(&natloop_frags, key, fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&natloop_frags, key);
}

/* A free element of natloop_held -> *@index, taken. NULL: none was found in a few tries. */
static __always_inline struct natloop_held *fragment_take(__u32 now, __u32 *index)
{
	struct natloop_state *state = flow_state();

	if (!state)
		return NULL;
	for (int i = 0; i < FRAGMENT_TRIES; i++) {
		struct natloop_held *held;
		__u32 taken;

		*index = __sync_fetch_and_add(&state->hold, 1) % NATLOOP_HELD;
		held = bpf_map_lookup_elem(&natloop_held, index);
		if (!held)
			return NULL;
		taken = held->taken;
		if (taken && (__s32)(now - taken) <= (__s32)FRAGMENT_HOLD_TICKS)
			continue;
		if (__sync_val_compare_and_swap(&held->taken, taken, now | 1) == taken)
			return held;
	}
	return NULL;
}

/* Back into the ingress of the interface, where the datagram is known now. */
static __always_inline void fragment_again(ctx_t *ctx)
{
	bpf_clone_redirect(ctx, ctx->ifindex, BPF_F_INGRESS);
}

/* The fragment in element @index of natloop_held, by way of @ctx, whose bytes it overwrites. */
__subprogram int fragment_put_back(ctx_t *ctx, __u32 index)
{
	struct natloop_held *held = bpf_map_lookup_elem(&natloop_held, &index);
	__u32 length;

	if (!held || !held->taken)
		return 0;
	length = held->length;
	if (length < ETH_HLEN || length > NATLOOP_HELD_BYTES)
		return 0;
	if (!bpf_skb_change_tail(ctx, length, 0) &&
	    !bpf_skb_store_bytes(ctx, 0, held->frame, length, BPF_F_RECOMPUTE_CSUM))
		fragment_again(ctx);
	held->taken = 0;
	return 1;
}

/* All that was held, in the order in which it came; then @ctx is as it was. */
static __always_inline bool fragment_put_back_all(ctx_t *ctx, const __u8 *held, __u32 holds)
{
	__u32 length = ctx->len;
	__u8 *byte = scratch();

	if (!byte || length < ETH_HLEN || length > SCRATCH_FRAME ||
	    bpf_skb_load_bytes(ctx, 0, byte, length))
		return false;
	for (__u32 i = 0; i < NATLOOP_MAX_HOLDS && i < holds; i++)
		fragment_put_back(ctx, held[i]);
	return !bpf_skb_change_tail(ctx, length, 0) &&
	       !bpf_skb_store_bytes(ctx, 0, byte, length, BPF_F_RECOMPUTE_CSUM);
}

/* Keeps the fragment until its first one comes. */
static __always_inline enum natloop_outcome fragment_hold(ctx_t *ctx, const struct hairpin *h,
							  const struct natloop_datagram *key)
{
	struct natloop_fragments *d;
	__u32 index, length = ctx->len;
	struct natloop_held *held;
	__u8 state, holds;

	if (length < ETH_HLEN || length > NATLOOP_HELD_BYTES)
		return NATLOOP_FRAGMENT_LIMIT;
	d = fragment_open(h, key);
	held = d ? fragment_take(h->now, &index) : NULL;
	if (!held)
		return NATLOOP_FRAGMENT_LIMIT;
	held->length = length;
	if (bpf_skb_load_bytes(ctx, 0, held->frame, length)) {
		held->taken = 0;
		return NATLOOP_FAULT;
	}
	bpf_spin_lock(&d->lock);
	state = d->state;
	holds = d->holds;
	if (state == NATLOOP_DATAGRAM_WAITING && holds < NATLOOP_MAX_HOLDS) {
		d->held[holds] = index;
		d->holds = holds + 1;
	}
	bpf_spin_unlock(&d->lock);
	if (state == NATLOOP_DATAGRAM_WAITING && holds < NATLOOP_MAX_HOLDS)
		return NATLOOP_FRAGMENT_HELD;
	held->taken = 0;
	if (state == NATLOOP_DATAGRAM_WAITING)
		return NATLOOP_FRAGMENT_LIMIT;
	/* The first one came at this instant, on another CPU. */
	fragment_again(ctx);
	return NATLOOP_FRAGMENT_HELD;
}

/*
 * A fragment but the first. NATLOOP_OUTCOME_COUNT: its datagram is ours, and h->pkt has its ports
 * now; else what has become of it.
 */
static __attribute__((noinline)) enum natloop_outcome fragment_later(ctx_t *ctx, struct hairpin *h)
{
	enum natloop_datagram_state state = NATLOOP_DATAGRAM_WAITING;
	struct natloop_datagram key;
	struct natloop_fragments *d;

	fragment_key(h, &key);
	d = bpf_map_lookup_elem(&natloop_frags, &key);
	if (d) {
		bpf_spin_lock(&d->lock);
		if (!fragment_stale(h->cfg, d, h->now))
			state = d->state;
		h->pkt.tuple.sport = d->sport;
		h->pkt.tuple.dport = d->dport;
		bpf_spin_unlock(&d->lock);
	}
	switch (state) {
	case NATLOOP_DATAGRAM_WAITING:
		return fragment_hold(ctx, h, &key);
	case NATLOOP_DATAGRAM_FOREIGN:
		return NATLOOP_FRAGMENT;
	case NATLOOP_DATAGRAM_REFUSED:
		return NATLOOP_FRAGMENT_REFUSED;
	case NATLOOP_DATAGRAM_OURS:
		break;
	}
	return NATLOOP_OUTCOME_COUNT;
}

/*
 * The first fragment of a datagram, about which @known has been found out: remembers that, and puts
 * back what was held. NATLOOP_OUTCOME_COUNT: go on with it. Where there is no room to remember it,
 * the others will be taken for those of an unknown datagram.
 */
static __attribute__((noinline)) enum natloop_outcome
fragment_first(ctx_t *ctx, const struct hairpin *h, enum natloop_datagram_state known)
{
	struct natloop_state *state = flow_state();
	__u8 held[NATLOOP_MAX_HOLDS];
	struct natloop_datagram key;
	struct natloop_fragments *d;
	__u32 holds, id;

	fragment_key(h, &key);
	d = fragment_open(h, &key);
	if (!d || !state)
		return NATLOOP_OUTCOME_COUNT;
	id = __sync_fetch_and_add(&state->ip_id, 1);
	bpf_spin_lock(&d->lock);
	/* It may come twice, or have been cut: then the bytes that came before count on. */
	if (d->state != NATLOOP_DATAGRAM_OURS || known != NATLOOP_DATAGRAM_OURS) {
		d->state = known;
		d->since = h->now;
		d->id = bpf_htons(id);
		d->sport = h->pkt.tuple.sport;
		d->dport = h->pkt.tuple.dport;
		d->cover.length = 0;
		d->cover.covered = 0;
		d->cover.ranges = 0;
	}
	holds = d->holds;
	d->holds = 0;
	__builtin_memcpy(held, d->held, sizeof(held));
	bpf_spin_unlock(&d->lock);
	if (holds && !fragment_put_back_all(ctx, held, holds))
		return NATLOOP_FAULT;
	return NATLOOP_OUTCOME_COUNT;
}

/*
 * A fragment of ours that is about to be sent: its bytes are noted, and h->pkt gets the new
 * identification. NATLOOP_OUTCOME_COUNT: send it; else why not.
 */
static __attribute__((noinline)) enum natloop_outcome fragment_account(struct hairpin *h)
{
	struct fragment_span span = fragment_span(&h->pkt);
	struct natloop_datagram key;
	struct natloop_fragments *d;
	enum fragment_fit fit;
	bool complete;

	h->pkt.new_id = h->pkt.id;
	fragment_key(h, &key);
	d = bpf_map_lookup_elem(&natloop_frags, &key);
	if (!d)
		return NATLOOP_OUTCOME_COUNT;
	bpf_spin_lock(&d->lock);
	fit = fragment_note(&d->cover, &span);
	complete = fragment_complete(&d->cover);
	/* As RFC 5722 4 has it, and the kernel (net/ipv4/ip_fragment.c): none of it, then. */
	if (fit == FRAGMENT_OVERLAPS || fit == FRAGMENT_ENDLESS)
		d->state = NATLOOP_DATAGRAM_REFUSED;
	h->pkt.new_id = d->id;
	bpf_spin_unlock(&d->lock);
	if (fit == FRAGMENT_ENDLESS)
		return NATLOOP_FRAGMENT_ENDLESS;
	if (fit != FRAGMENT_FITS)
		return NATLOOP_FRAGMENT_OVERLAP;
	if (complete)
		bpf_map_delete_elem(&natloop_frags, &key);
	return NATLOOP_OUTCOME_COUNT;
}

#endif
