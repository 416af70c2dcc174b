/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Incremental Internet checksums, RFC 1624. Pure. All values are 16-bit words as they lie in
 * memory: ones' complement sums do not care about byte order (RFC 1071 2.B).
 */
#ifndef CSUM_H
#define CSUM_H

#include "compiler.h"
#include "natloop/abi.h"

static __always_inline __u16 csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* Ones' complement sum of two addresses, not folded. */
static __always_inline __u32 csum_addrs(__be32 a, __be32 b)
{
	return (a & 0xffff) + (a >> 16) + (b & 0xffff) + (b >> 16);
}

/* new - old of both addresses. */
static __always_inline __u16 csum_addr_diff(const struct natloop_key *from, __be32 src, __be32 dst)
{
	__u16 old = csum_fold(csum_addrs(from->src, from->dst));
	__u16 new = csum_fold(csum_addrs(src, dst));

	return csum_fold(new + (__u16)~old);
}

/* As csum_addr_diff, of the ports; 0, and not its twin 0xffff, when they stay the same. */
static __always_inline __u16 csum_port_diff(const struct natloop_key *from, __be16 sport,
					    __be16 dport)
{
	__u16 old = csum_fold((__u32)from->sport + from->dport);
	__u16 new = csum_fold((__u32)sport + dport);

	return old == new ? 0 : csum_fold(new + (__u16)~old);
}

/* The checksum field after the covered words changed by @diff: HC' = ~(~HC + diff). */
static __always_inline __u16 csum_update(__u16 check, __u32 diff)
{
	return ~csum_fold((__u16)~check + diff);
}

/* What lowering the TTL by one does to the word it shares with the protocol number. */
static __always_inline __u16 csum_ttl_diff(void)
{
	return (__u16)~bpf_htons(0x0100);
}

/* UDP: 0 means "no checksum" and stays; a sum of 0 is sent as all ones (RFC 768). */
static __always_inline __u16 csum_update_udp(__u16 check, __u32 diff)
{
	if (!check)
		return 0;
	check = csum_update(check, diff);
	return check ? check : 0xffff;
}

#endif
