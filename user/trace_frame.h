/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The made-up packet of 'trace': written as a frame, and read again as it left. Pure. */
#ifndef TRACE_FRAME_H
#define TRACE_FRAME_H

#include <stdbool.h>

#include "natloop/abi.h"

#define TRACE_FRAME_MAX 1024 /* an ICMP error about the packet fits, too */

struct trace_frame {
	__u32 length;
	__u8 byte[TRACE_FRAME_MAX];
};

/* What stands in its headers. TCP has no options, and neither protocol a payload. */
struct trace_head {
	struct natloop_key key;
	__u8 dmac[6];
	__u8 smac[6];
	__u16 vlan[2]; /* ids, outer first, host order; 0: no tag */
	__be16 id;     /* IPv4 identification */
	__u8 ttl;
	__u8 tcp_flags;
	bool intact; /* read: all checksums are right */
};

void trace_frame_write(const struct trace_head *head, struct trace_frame *ret);

/* False: not an IPv4 packet, or not whole. The ports of ICMP are 0. */
bool trace_frame_read(const struct trace_frame *frame, struct trace_head *ret);

#endif
