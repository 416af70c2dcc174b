/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP (RFC 792). linux/icmp.h would do, but it pulls in the C library's socket headers, and those
 * do not compile for BPF. Pure.
 */
#ifndef ICMP_H
#define ICMP_H

#include "compiler.h"

enum icmp_type {
	ICMP_UNREACHABLE = 3,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
};

enum icmp_code {
	ICMP_TTL_IN_TRANSIT = 0,
	ICMP_HOST_UNREACHABLE = 1,
	ICMP_FRAG_NEEDED = 4,
	ICMP_PROHIBITED = 13, /* RFC 1812 5.2.7.1 */
};

struct icmp_header {
	__u8 type;
	__u8 code;
	__u16 checksum;
	__be16 unused;
	__be16 mtu; /* of FRAG_NEEDED (RFC 1191 4) */
};

/* The errors that quote a packet; redirect and source quench are not to be passed on. */
static __always_inline bool icmp_is_error(__u8 type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETER_PROBLEM;
}

#endif
