/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What rate.bpf.c sends and what it counts: its global variables, filled in by rate.c. */
#ifndef RATE_PLAN_H
#define RATE_PLAN_H

#include <linux/types.h>

/*
 * Flow i is socket i % RATE_SOCKETS, dialling the public port i / RATE_SOCKETS. A socket has a port
 * that no other one has, so that no system ever needs to choose another; sockets are spread over
 * RATE_CLIENTS addresses.
 */
#define RATE_SOCKETS 50000
#define RATE_DIALS 100
#define RATE_CLIENTS 128
#define RATE_FLOWS_MAX (RATE_SOCKETS * RATE_DIALS)

#define RATE_LOST_NS 5000000
#define RATE_HEADERS 48 /* bytes that are written, or looked at: all headers are in it */

/* Frames that differ in their flow only. Numbers are in host order. */
struct rate_shape {
	__u64 headers[RATE_HEADERS / 8]; /* of flow 0 */
	__u64 same[RATE_HEADERS / 8];	 /* mask: bits that all flows have in common */
	__u32 length;			 /* of the frame */
	__u32 shows_client;		 /* the source is the client, not the public address */
	__u16 client;			 /* what flow 0 has: lower half of the source address */
	__u16 socket_port;
	__u16 dialled;
	__u16 ip_check;
	__u16 udp_check;
	__u16 pad[3];
};

struct rate_send {
	struct rate_shape shape;
	__u32 ifindex;
	__u32 next; /* flow */
	__u32 flows;
	__u32 stride; /* to the next flow; has no factor in common with flows */
	__u32 window; /* most frames that may be on their way; 0: any number */
	__u32 pad;
	__u64 limit; /* of frames sent; 0: none */
	__u64 sent;
	__u64 held; /* times that the window was full */
	__u64 lost; /* as far as the window knows */
	__u64 first_ns;
	__u64 last_ns;
};

/* Of frames that arrived. */
struct rate_count {
	struct rate_shape shape; /* as they must be */
	__u64 right;
	__u64 wrong;
};

/* What the translation without a table writes, as it lies in the frame. */
struct rate_rewrite {
	__u16 mac[6]; /* destination, source */
	__be32 src;
	__be32 dst;
};

#endif
