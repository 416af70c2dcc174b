/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which bucket a SNAT port's binding is in, and how its flows are counted. Pure. */
#ifndef BINDING_H
#define BINDING_H

#include "hash.h"
#include "natloop/abi.h"

typedef __u64 __attribute__((may_alias)) binding_snat_word;
typedef __u32 __attribute__((may_alias)) binding_word_t;

/* With @seed secret nobody can choose ports that share a bucket. */
static __always_inline __u32 binding_hash(const struct natloop_snat *snat, __u64 seed)
{
	__u64 word;

	__builtin_memcpy(&word, snat, sizeof(word));
	return hash_words(word, 0, seed) >> 32;
}

static __always_inline bool binding_is_for(const struct natloop_binding *binding,
					   const struct natloop_snat *snat)
{
	__u64 x, y;

	__builtin_memcpy(&x, &binding->snat, sizeof(x));
	__builtin_memcpy(&y, snat, sizeof(y));
	return x == y;
}

/* In one piece: who looks meanwhile sees the old port or the new one, no mixture. */
static __always_inline void binding_set_snat(struct natloop_binding *binding,
					     const struct natloop_snat *snat)
{
	__u64 word;

	__builtin_memcpy(&word, snat, sizeof(word));
	*(volatile binding_snat_word *)&binding->snat = word;
}

static __always_inline bool binding_is_of(const struct natloop_binding *binding,
					  const struct natloop_socket *socket)
{
	return binding->flows && binding->port == socket->port && binding->client == socket->client;
}

/*
 * Port and number of flows as one word: BPF's atomic instructions have no smaller operands. The
 * count is in the half at the higher address.
 */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BINDING_FLOW 0x10000u
#else
#define BINDING_FLOW 1u
#endif

static __always_inline binding_word_t *binding_word(struct natloop_binding *binding)
{
	return (binding_word_t *)&binding->port;
}

/* What the word is for @flows flows of a socket with @port. */
static __always_inline __u32 binding_count(__be16 port, __u16 flows)
{
	__u16 half[2] = { port, flows };
	__u32 word;

	__builtin_memcpy(&word, half, sizeof(word));
	return word;
}

#endif
