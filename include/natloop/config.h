/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the controller tells the programs: a part of the contract in abi.h. */
#ifndef NATLOOP_CONFIG_H
#define NATLOOP_CONFIG_H

#include <linux/types.h>

/*
 * Times in maps are ticks: CLOCK_MONOTONIC_COARSE in nanoseconds, shifted right by this. A tick is
 * 16.777216 ms. It is a shift because BPF divides by a constant with a division, and a u32 of
 * ticks wraps after 834 days; always compare by unsigned difference.
 */
#define NATLOOP_TICK_SHIFT 24

#define NATLOOP_MAX_FORWARDS 512
#define NATLOOP_MAX_ADDRESSES 64
#define NATLOOP_MAX_LANS 128
#define NATLOOP_MAX_LINKS 128
#define NATLOOP_MAX_RULES 64

/* One address of either family; IPv4 is mapped, ::ffff:a.b.c.d, so that one path serves both. */
struct natloop_addr {
	__be32 w[4];
};

/* A port forward. Ports are in host order: ranges are compared. */
struct natloop_forward {
	struct natloop_addr server;
	struct natloop_addr snat; /* zero: the public address that was dialled */
	__u16 first;		  /* public ports, both ends included */
	__u16 last;
	__u16 server_first;
	__u8 proto;
	__u8 pad;
};

/* Where clients live. */
struct natloop_lan {
	struct natloop_addr net;
	struct natloop_addr mask;
	struct natloop_addr router; /* our own address in it, never a client; zero: none */
	__u32 ifindex;		    /* layer 3 interface it belongs to; 0: given by --lan, any */
};

/* The ifindex of a rule whose interface is not there now: no packet arrives there. */
#define NATLOOP_NO_INTERFACE 0xffffffffu
#define NATLOOP_NAME 16 /* of an interface, with the NUL */

/*
 * Which clients may use which forwards: the first rule that fits the client and the public port
 * decides, and without one it may. Ports are in host order.
 */
struct natloop_rule {
	struct natloop_addr net;
	struct natloop_addr mask; /* zero: any address */
	__u32 ifindex;		  /* layer 3 interface where the client is seen; 0: any */
	__u16 first;		  /* public ports, both ends included */
	__u16 last;
	__u8 proto; /* 0: any */
	__u8 allow;
	__u8 pad[2];
};

enum natloop_link_flags {
	NATLOOP_LINK_XDP_XMIT = 1 << 0, /* XDP may redirect frames to this interface */
	/* A bridge sees the frame: only it knows behind which port the next hop is. TC only. */
	NATLOOP_LINK_BRIDGED = 1 << 1,
};

/*
 * What a frame's arrival on an interface with given VLAN tags means: on which layer 3 interface the
 * router sees it, and to which MAC address it must be sent to be for this router.
 */
struct natloop_link {
	__u32 ifindex; /* where the program is attached */
	__u32 l3_ifindex;
	__u16 vlan[2]; /* VLAN ids, outer first; 0: no tag */
	__u8 mac[6];
	__u16 flags;
};

enum natloop_timeout {
	NATLOOP_TIMEOUT_UDP,
	NATLOOP_TIMEOUT_TCP_ESTABLISHED,
	NATLOOP_TIMEOUT_TCP_TRANSITORY,
	NATLOOP_TIMEOUT_FRAGMENT,
	NATLOOP_TIMEOUT_COUNT
};

enum natloop_snat_mode {
	NATLOOP_SNAT_PUBLIC,
	NATLOOP_SNAT_ROUTER,
	NATLOOP_SNAT_ADDR,
};

/* One complete configuration. */
struct natloop_config {
	__u32 max_flows;
	__u32 client_flows;
	__u32 timeout[NATLOOP_TIMEOUT_COUNT]; /* ticks, by enum natloop_timeout */
	__u32 snat_mode;		      /* how the forwards' snat was chosen; for status */
	struct natloop_addr snat_addr;	      /* of NATLOOP_SNAT_ADDR */
	/* Addresses that may be dialled, then those that only the replies of servers go to. */
	__u32 publics;
	__u32 addresses; /* both together */
	struct natloop_addr address[NATLOOP_MAX_ADDRESSES];
	__u32 links;
	__u32 lans;
	__u32 forwards;
	__u32 rules;
	__u32 from_file; /* as in struct settings; the controller's own */
	struct natloop_link link[NATLOOP_MAX_LINKS];
	struct natloop_lan lan[NATLOOP_MAX_LANS];
	/* Sorted by (proto, first), never overlapping. */
	struct natloop_forward forward[NATLOOP_MAX_FORWARDS];
	struct natloop_rule rule[NATLOOP_MAX_RULES];
	/*
	 * Beside each rule the interface that it names, "": none. The controller's own: an ifindex
	 * is gone with its interface, and the rule must be there when the name comes back.
	 */
	char rule_interface[NATLOOP_MAX_RULES][NATLOOP_NAME];
};

/* A 5-tuple as it lies in the flow table, where only IPv4 is: 16 bytes, compared as two words. */
struct natloop_key {
	__be32 src;
	__be32 dst;
	__be16 sport;
	__be16 dport;
	__u8 proto;
	__u8 pad[3];
} __attribute__((aligned(8)));

/* Bits of natloop_configs.listening: what somebody wants to know. See event.h. */
enum natloop_listening {
	NATLOOP_LISTEN_FLOWS = 1 << 0,	 /* which flows are made, refused and ended */
	NATLOOP_LISTEN_PACKETS = 1 << 1, /* what becomes of each packet of one client */
	NATLOOP_LISTEN_TRACE = 1 << 2,	 /* what became of one made-up packet */
};

/*
 * Who listens, and for how long: he renews it again and again, so that nothing stays switched on
 * when he is killed. Times are CLOCK_MONOTONIC, ns.
 */
struct natloop_lease {
	__u64 until;   /* of FLOWS and PACKETS, whose events go to natloop_events */
	__u64 lost;    /* events that found no room there, ever */
	__u64 held;    /* packets, ever, that were more than the rate allows */
	__u64 tat;     /* of that rate, as in struct natloop_rate */
	__u32 pid;     /* who listens, for a message; as he knows himself */
	__be32 client; /* of PACKETS */

	/*
	 * Of TRACE. Its packet has this tuple and this IP identification; it, and what becomes of
	 * the flow that it makes, cause no events.
	 */
	__u64 trace_until;
	struct natloop_key trace;
	struct natloop_key trace_flow; /* the tuple of the client, when @trace is the server's */
	__be16 trace_id;
	__u16 pad[3];
	__u32 traced[2]; /* by enum natloop_hook: its outcome + 1 */
};

/*
 * natloop_config: one element, mapped by the controller. It writes the slot that is not active,
 * then switches, so that a packet sees the old configuration or the new, never a mixture.
 * abi, netns and netns_cookie stay where they are for ever: every version checks them first.
 */
struct natloop_configs {
	__u32 abi;
	__u32 active;	    /* 0 or 1 */
	__u64 netns;	    /* inode of the network namespace that the ifindexes belong to */
	__u64 netns_cookie; /* SO_NETNS_COOKIE of it: inode numbers are used again */
	__u64 flow_seed;    /* of the hash over tuples: nobody can choose who shares a bucket */
	__u32 bucket_mask; /* elements of natloop_buckets and natloop_binding - 1, a power of two */
	__u32 listening;   /* enum natloop_listening; beside what every packet reads anyway */
	struct natloop_config slot[2];
	struct natloop_lease lease;
};

#ifdef __cplusplus
#define NATLOOP_SIZE(type, size) static_assert(sizeof(type) == (size), #type)
#else
#define NATLOOP_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)
#endif
NATLOOP_SIZE(struct natloop_forward, 40);
NATLOOP_SIZE(struct natloop_lan, 52);
NATLOOP_SIZE(struct natloop_rule, 44);
NATLOOP_SIZE(struct natloop_link, 20);
NATLOOP_SIZE(struct natloop_key, 16);
NATLOOP_SIZE(struct natloop_lease, 96);

#endif
