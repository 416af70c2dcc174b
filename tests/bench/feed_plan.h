/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What feed.bpf.c writes: its global variable, filled in by feed.c. */
#ifndef FEED_PLAN_H
#define FEED_PLAN_H

#include <linux/types.h>

/* All headers are in it. What a frame has behind it stays: no program touches the payload. */
#define FEED_HEADERS 64

/*
 * Flow i is socket i % sockets, dialling port or public address i / sockets. Numbers are in host
 * order.
 */
struct feed_plan {
	__u64 headers[FEED_HEADERS / 8];
	__u32 next; /* flow */
	__u32 flows;
	__u32 stride; /* to the next flow; has no factor in common with flows */
	__u32 sockets;
	__u32 clients; /* socket s is one of client s % clients */
	/* Places in the frame, bytes from its start. */
	__u16 socket_port_at; /* 0: all frames are alike */
	__u16 dialled_at;     /* a port, or the lower half of an address */
	__u16 client_at;      /* the lower half of the address; 0: it is not in the frame */
	__u16 ip_check_at;
	__u16 check_at; /* of the transport header */
	/* What flow 0 has there. */
	__u16 socket_port;
	__u16 dialled;
	__u16 client;
	__u16 ip_check;
	__u16 check;
	__u16 dials_address; /* not a port */
	__u16 pad;
	__u32 done; /* frames */
	__u32 last;
	__u32 flow; /* of the frame that was written last */
	__u32 reserved;
};

#endif
