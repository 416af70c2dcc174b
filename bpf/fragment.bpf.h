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

#include "fragment_hold.bpf.h"
#include "fragment_table.bpf.h"

/* fragment_account for the packet in hand; h->pkt gets the new identification, if there is one. */
static __attribute__((noinline)) enum fragment_fit fragment_seen(ctx_t *ctx, struct hairpin *h)
{
	struct fragment_noted note = {
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
	struct natloop_state *state = engine_state();
	/* For the stack: no other path takes more of it. */
	struct natloop_datagram *key = (void *)scratch();
	struct natloop_frag_set *set;
	struct natloop_fragments *d;

	if (!state || !key)
		return NATLOOP_FAULT;
	fragment_key(ctx, h, key);
	set = fragment_set(fragment_hash(state, key));
	if (!set)
		return NATLOOP_FAULT;
	bpf_spin_lock(&set->lock);
	d = fragment_find(h->cfg, h->now, set, key);
	if (d) {
		owner = d->state;
		h->pkt.tuple.sport = d->sport;
		h->pkt.tuple.dport = d->dport;
	}
	bpf_spin_unlock(&set->lock);
	switch (owner) {
	case NATLOOP_DATAGRAM_WAITING:
		return fragment_hold(ctx, h, state, key);
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
		fragment_uncover(&d->cover);
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
	struct natloop_state *state = engine_state();
	/* Behind the frame that is to be copied there; on the stack it would be too much. */
	__u8 *held = scratch();
	struct natloop_frag_set *set;
	__u32 holds, hash;

	if (!cfg || !s || !state || !held)
		return 0;
	held += SCRATCH_FRAME;
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
	/* In the scratch, for the stack: what is called reads it before it uses that itself. */
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
