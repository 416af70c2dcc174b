/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the BPF programs and the controller: what lies in the maps.
 *
 * Byte order: a __be16 or __be32 is in network order, everything else in the machine's.
 * Every struct that is a map key has its padding named and must be zeroed before use: the kernel
 * hashes all bytes. Change a layout or a meaning, here or in config.h, and NATLOOP_ABI goes up.
 */
#ifndef NATLOOP_ABI_H
#define NATLOOP_ABI_H

#include <linux/bpf.h>
#include <linux/types.h>

#include "natloop/config.h"
#include "natloop/event.h"
#include "natloop/outcome.h"

#define NATLOOP_ABI 7

#define NATLOOP_FRAG_SETS 64	/* of datagrams in fragments */
#define NATLOOP_FRAG_WAYS 8	/* datagrams in each set */
#define NATLOOP_HELD 256	/* fragments that wait for their first one, at once */
#define NATLOOP_HELD_BYTES 2036 /* longest frame that can wait */
#define NATLOOP_MAX_HOLDS 48	/* of one datagram: 64 KiB in Ethernet frames are 45 */
#define NATLOOP_MAX_RANGES 32	/* gaps in one datagram, plus one */
#define NATLOOP_RATES 1024	/* addresses that ICMP errors are counted for */

/* A packet's 5-tuple as it arrives on the LAN interface. */
struct natloop_tuple {
	struct natloop_addr src;
	struct natloop_addr dst;
	__be16 sport;
	__be16 dport;
	__u8 proto; /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 pad[3];
};

enum natloop_direction {
	NATLOOP_DIR_TO_SERVER,
	NATLOOP_DIR_TO_CLIENT,
};

/*
 * Life of a flow. Programs hold pointers into the table without a lock, and a place that has become
 * free is soon used again; so a flow is removed only one turn of the sweep after it was last
 * usable. A program that has found the place of a flow that timed out, and has not read its life
 * yet, may still see its next owner; that takes a packet after the whole timeout in the same 100
 * ns.
 */
/* clang-format off */
/*
 * FREE -> LIVE (made) -> IDLE (timed out; a packet makes it LIVE again) -> ENDING -> FREE
 *         LIVE -> KILLED (flushed; nobody uses it) -> GONE (a turn later) -> ENDING -> FREE
 *
 * ENDING is who removes it, so that nobody else does. FREE is 0, as in a table never used.
 */
/* clang-format on */
enum natloop_life {
	NATLOOP_FREE,
	NATLOOP_LIVE,
	NATLOOP_IDLE,
	NATLOOP_KILLED,
	NATLOOP_GONE,
	NATLOOP_ENDING,
};

/*
 * One direction of a flow: everything that a packet needs once its flow is found, in one cache line
 * that no packet of the other direction writes to. Counters are updated without atomics: two CPUs
 * that carry one direction of one flow at once may lose a count.
 */
struct natloop_flow {
	__be32 src; /* the tuple after translation */
	__be32 dst;
	__be16 sport;
	__be16 dport;
	__u16 addr_diff; /* ones' complement sum (new - old) of the addresses, RFC 1624 */
	__u16 port_diff; /* the same for the ports */
	__u32 ifindex;	 /* egress, a layer 3 interface (eth1.10, never its trunk) */
	__u8 dmac[6];	 /* next hop */
	__u8 smac[6];
	__u32 resolved; /* tick of the last next hop look-up */
	__u32 seen;	/* tick of the last packet */
	__u64 packets;
	__u64 bytes;   /* from the IP header on */
	__u32 arrival; /* layer 3 interface where packets with this tuple come in */
	__u16 mtu;     /* of the way to the next hop, bytes; 0: its MAC address is not known */
	__u8 direction;
	__u8 tcp_flags; /* all flags seen since the last SYN in this direction */
};

/*
 * natloop_flows: an element is a whole flow. The first line is only read while the flow lives. The
 * map can be mapped (BPF_F_MMAPABLE), because only then the kernel puts its elements on cache
 * lines.
 */
struct natloop_pair {
	struct natloop_key key[2]; /* by enum natloop_direction */
	__u32 id;		   /* tells this flow from a later one with the same tuple */
	__u32 life;		   /* enum natloop_life */
	__u32 pad[6];
	struct natloop_flow flow[2];
};

/*
 * natloop_buckets: where in natloop_flows the flow of a tuple is. A slot has some bits of the
 * tuple's hash above its reference; 0: free. There are as many buckets as half of the flows, or
 * more: a full table has four references in each of them on average. By the Poisson distribution 4
 * in a million find their bucket full, and then take a slot of its neighbour.
 */
#define NATLOOP_BUCKET_WORDS 16 /* word 0 has the flags, the rest are slots */
#define NATLOOP_BUCKET_FLAGS 0
#define NATLOOP_LOCKED 1u   /* somebody adds a reference */
#define NATLOOP_SPILLED 2u  /* a reference once went to the neighbour */
#define NATLOOP_REF_BITS 22 /* element and direction; the rest of the slot is hash */
#define NATLOOP_MOST_FLOWS ((1 << (NATLOOP_REF_BITS - 1)) - 1)

struct natloop_bucket {
	__u32 word[NATLOOP_BUCKET_WORDS];
};

/* A SNAT port. */
struct natloop_snat {
	__be32 addr;
	__be16 port;
	__u8 proto;
	__u8 pad;
} __attribute__((aligned(8)));

/* Which client socket owns a SNAT port. */
struct natloop_binding {
	struct natloop_snat snat;
	__be32 client;
	__be16 port;
	__u16 flows; /* that use it; 0: nobody owns it, and another port may take the place */
};

/*
 * natloop_binding: the bindings, in as many buckets as natloop_buckets has; a full table has two in
 * each on average. When it is filled to the last, one in 1,500 finds its bucket full (Poisson), and
 * takes a place in its neighbour. No two are for one SNAT port. Who adds one has the lock; who
 * gives one back needs none, because what he has a share in stays where it is.
 */
#define NATLOOP_BINDING_WAYS 7

struct natloop_bindings {
	__u32 flags; /* NATLOOP_LOCKED, NATLOOP_SPILLED */
	__u32 pad[3];
	struct natloop_binding way[NATLOOP_BINDING_WAYS];
};

/*
 * natloop_moved: client sockets whose own port was taken, and the SNAT port they got instead. A
 * socket that kept its port has no entry here: its binding is found under its own port number.
 */
struct natloop_socket {
	__be32 client;
	__be32 snat;
	__be16 port;
	__u8 proto;
	__u8 pad;
};

/* A datagram that comes in IPv4 fragments, as they tell that they belong together. */
struct natloop_datagram {
	struct natloop_addr src;
	struct natloop_addr dst;
	__u32 ifindex; /* where it comes in */
	__u32 l3_ifindex;
	__be16 id;
	__u8 proto;
	__u8 pad[5];
} __attribute__((aligned(8)));

enum natloop_datagram_state {
	NATLOOP_DATAGRAM_WAITING, /* the first fragment has not been seen */
	NATLOOP_DATAGRAM_OURS,
	NATLOOP_DATAGRAM_FOREIGN, /* the kernel's */
	NATLOOP_DATAGRAM_REFUSED, /* nobody's */
};

/* Which bytes of the payload have come: [first, end) in units of 8 bytes, never overlapping. */
struct natloop_range {
	__u16 first;
	__u16 end;
};

struct natloop_cover {
	__u16 length;  /* of the whole payload, bytes; 0: the last fragment has not come */
	__u16 covered; /* bytes that have come */
	__u16 ranges;
	__u16 pad;
	struct natloop_range range[NATLOOP_MAX_RANGES];
};

/* Only the first fragment has the ports, so what it showed is remembered for the others. */
struct natloop_fragments {
	struct natloop_datagram key; /* zero: free */
	__u32 since;		     /* tick of the fragment that came first */
	__u8 state;		     /* enum natloop_datagram_state */
	__u8 holds;
	__be16 id; /* the IP identification that it has after translation */
	__be16 sport;
	__be16 dport;
	__u8 held[NATLOOP_MAX_HOLDS]; /* indexes into natloop_held */
	struct natloop_cover cover;
	__u32 pad;
};

/*
 * natloop_frags: datagrams whose keys have one hash. A new one takes the place of the one that came
 * first: a flood of fragments must get through a whole set between two fragments of a datagram to
 * harm it, where in a map that is full it would shut out all others.
 */
struct natloop_frag_set {
	struct bpf_spin_lock lock; /* of all that follows */
	__u32 next;		   /* the one to be replaced */
	__u32 found;		   /* an index, laid here so that the verifier forgets its value */
	__u32 pad;
	struct natloop_fragments way[NATLOOP_FRAG_WAYS];
};

/*
 * natloop_held: fragments that came before the first one of their datagram. A new one takes the
 * place of the one that came first, as in natloop_frags.
 */
enum natloop_held_state {
	NATLOOP_HELD_FREE,
	NATLOOP_HELD_BUSY, /* being written or put back */
	NATLOOP_HELD_WAITING,
};

struct natloop_held {
	__u32 state; /* enum natloop_held_state */
	__u32 owner; /* hash of its datagram: another one may have taken the place */
	__u32 length;
	__u8 frame[NATLOOP_HELD_BYTES]; /* from the Ethernet header on */
};

/*
 * natloop_rates: when somebody was last answered by an ICMP error of ours, as the theoretical
 * arrival time of rate.h, ns of the coarse clock. Path MTU discovery has its own share, so that
 * other errors cannot use it up: for each socket, else for each address (port 0).
 */
struct natloop_rate_key {
	struct natloop_addr addr;
	__be16 port;
	__u16 pad;
};

struct natloop_rate {
	__u64 tat;
};

/* natloop_stats: one element for each hook, per CPU. */
enum natloop_hook {
	NATLOOP_HOOK_XDP,
	NATLOOP_HOOK_TC,
	NATLOOP_HOOK_COUNT
};

struct natloop_count {
	__u64 packets;
	__u64 bytes;
};

struct natloop_counts {
	struct natloop_count outcome[NATLOOP_OUTCOME_COUNT];
};

/* natloop_clients: flows of one client. Key: its address. */
struct natloop_client {
	__s32 flows;
};

enum natloop_mode {
	NATLOOP_MODE_TC,
	NATLOOP_MODE_XDP,
	NATLOOP_MODE_XDP_GENERIC,
};

/*
 * natloop_ifaces: what attach did to an interface and detach must undo; the programs never look at
 * it. Key: ifindex.
 */
struct natloop_iface {
	char name[16];
	char reason[128]; /* why this mode, for status */
	__u32 mode;	  /* enum natloop_mode */
	__u32 auto_mode;  /* the user asked for auto */
	__u32 xdp_id;	  /* program ids that were attached; 0: none */
	__u32 tc_id;
	__u32 tc_handle;
	__u32 tc_priority;
	__u32 tc_qdisc_ours; /* we made the clsact qdisc */
};

/*
 * Argument of the program natloop_ctl, which the controller runs by BPF_PROG_RUN with this as the
 * packet. (A program of type syscall would be sleepable, and those may not use maps that are not
 * preallocated before kernel 6.1.) Its return value is the answer.
 */
enum natloop_ctl_op {
	NATLOOP_CTL_START, /* (re)start the sweep timer with this program's code; 0 or an errno */
	NATLOOP_CTL_KILL,  /* end the flow; 1 if there was one, else 0 */
	/* Remove a flow that was killed, once nobody can be running who found it alive; as KILL. */
	NATLOOP_CTL_REMOVE,
	NATLOOP_CTL_SWEEP, /* one turn of the sweep, now; number of flows looked at */
};

struct natloop_ctl_args {
	__u8 frame[16]; /* the kernel wants an Ethernet header; zero */
	__u32 op;
	__u32 id;			/* of KILL, REMOVE: id of the flow */
	struct natloop_tuple to_server; /* of KILL, REMOVE: its tuple */
};

/* natloop_state: one element, the engine's own. */
struct natloop_state {
	__u64 flows;	/* pairs in the table */
	__u64 icmp_tat; /* of all ICMP errors of ours together, as in struct natloop_rate */
	__u64 mtu_tat;	/* of those for path MTU discovery */
	__u32 seed;	/* of the hash over datagrams; 0: not chosen yet */
	__u32 ip_id;	/* the last IP identification given to a datagram in fragments */
	__u32 hold;	/* the element of natloop_held that is taken next */
	__u32 fresh;	/* elements of natloop_flows from here on were never used */
	__u32 swept;	/* elements that the sweep has looked at: where it goes on */
	__u32 moved;	/* elements of natloop_moved, or more */
};

NATLOOP_SIZE(struct natloop_tuple, 40);
NATLOOP_SIZE(struct natloop_flow, 64);
NATLOOP_SIZE(struct natloop_pair, 192);
NATLOOP_SIZE(struct natloop_bucket, 64);
NATLOOP_SIZE(struct natloop_snat, 8);
NATLOOP_SIZE(struct natloop_binding, 16);
NATLOOP_SIZE(struct natloop_bindings, 128);
NATLOOP_SIZE(struct natloop_socket, 12);
NATLOOP_SIZE(struct natloop_datagram, 48);
NATLOOP_SIZE(struct natloop_cover, 136);
NATLOOP_SIZE(struct natloop_fragments, 248);
NATLOOP_SIZE(struct natloop_frag_set, 2000);
NATLOOP_SIZE(struct natloop_held, 2048);
NATLOOP_SIZE(struct natloop_iface, 172);

#endif
