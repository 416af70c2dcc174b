/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which datagrams in fragments are known, whose they are, and which bytes of them have come:
 * natloop_frags. TC only.
 */
#ifndef FRAGMENT_TABLE_BPF_H
#define FRAGMENT_TABLE_BPF_H

#include "flow.bpf.h"
#include "fragment.h"
#include "fragment_age.h"
#include "hairpin.h"

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
	fragment_uncover(&d->cover);
	return d;
}

/* What fragment_account is told of a fragment, and what it tells. */
struct fragment_noted {
	struct natloop_datagram key;
	struct fragment_span span;
	__u32 now;
	__be16 id; /* out: the new identification; unchanged if the datagram is unknown */
};

/*
 * Notes the bytes of a fragment, whosever it is, so that a datagram that is complete makes room. An
 * enum fragment_fit.
 */
__subprogram int fragment_account(const struct natloop_config *cfg, struct fragment_noted *note)
{
	enum fragment_fit fit = FRAGMENT_FITS;
	struct natloop_state *state = engine_state();
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

#endif
