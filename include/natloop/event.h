/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs tell who listens: a part of the contract in abi.h. */
#ifndef NATLOOP_EVENT_H
#define NATLOOP_EVENT_H

#include <linux/types.h>

#include "natloop/config.h"

/* Size of natloop_events: a power of two, and of pages of up to 64 KiB. 910 events. */
#define NATLOOP_EVENT_BYTES 65536

/* Events of NATLOOP_LISTEN_PACKETS: 1,000 a second, and so many at once. */
#define NATLOOP_EVENT_INTERVAL_NS 1000000ULL
#define NATLOOP_EVENT_BURST 200

enum natloop_event_kind {
	/* Of NATLOOP_LISTEN_FLOWS: */
	NATLOOP_EVENT_MADE,
	NATLOOP_EVENT_REFUSED, /* a packet for a forward got nowhere: outcome says why */
	NATLOOP_EVENT_EXPIRED, /* silent for as long as its timeout */
	NATLOOP_EVENT_FLUSHED, /* by 'flow flush', or by a change of the configuration */
	/* Of NATLOOP_LISTEN_PACKETS: */
	NATLOOP_EVENT_PACKET,
	NATLOOP_EVENT_KINDS
};

/* An element of natloop_events. */
struct natloop_event {
	__u64 time;    /* CLOCK_MONOTONIC, ns */
	__u64 packets; /* of a flow that ended, both directions */
	__u64 bytes;   /* the same; of a packet, from its IP header on */
	/* Of a flow the client's tuple and the server's; of a packet as it came and as it left. */
	struct natloop_key before;
	struct natloop_key after; /* zero: none */
	__u32 ifindex;		  /* layer 3 interface where it came in; of a flow, its client's */
	__u8 kind;		  /* enum natloop_event_kind */
	__u8 outcome;		  /* of a packet, and of one that was refused */
	__u8 hook;		  /* the same */
	__u8 direction;		  /* of a packet of a flow */
	__u8 tcp_flags[2]; /* of a flow that ended, by enum natloop_direction; [0]: a packet's */
	__u8 pad[6];
};

NATLOOP_SIZE(struct natloop_event, 72);

#endif
