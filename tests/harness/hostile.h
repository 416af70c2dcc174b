/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets of somebody on the LAN who means harm; random, and the same for the same seed. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "dialogue.h"

/* One hostile host, and the many addresses that it pretends to have: a LAN given by --lan. */
#define HOSTILE_HOST ADDR(192, 168, 11, 200)
#define HOSTILE_NET ADDR(10, 20, 0, 0)
#define HOSTILE_MASK 0xffff0000

/*
 * HOSTILES(X) calls X(NAME, what, FORGED). FORGED: the packets have all that a packet of the
 * victim's flow has, so that nobody could tell them apart.
 */
#define HOSTILES(X)                                                                                \
	X(SYN_ONE, "SYNs of one client", false)                                                    \
	X(UDP_ONE, "datagrams of one client", false)                                               \
	X(SYN_MANY, "SYNs of many addresses", false)                                               \
	X(UDP_MANY, "datagrams of many addresses", false)                                          \
	X(FEW_SOCKETS, "few sockets that dial every port", false)                                  \
	X(STRAY_END, "RSTs and FINs with guessed ports", false)                                    \
	X(FALSE_ANSWER, "answers of hosts that are no server", false)                              \
	X(FORGED_END, "RSTs, FINs and SYNs in a live flow's name", true)                           \
	X(OTHER_LAN, "a live flow's packets from another LAN", false)                              \
	X(ICMP_ERROR, "ICMP errors about a live flow", false)                                      \
	X(FIRST_FRAGMENT, "first fragments", false)                                                \
	X(LATER_FRAGMENT, "fragments without a first", false)                                      \
	X(ODD_FRAGMENT, "tiny and overlapping fragments", false)                                   \
	X(TTL_ONE, "packets with TTL 1", false)                                                    \
	X(NO_CLIENT, "sources that are no client's", false)

enum hostile {
#define X(NAME, what, FORGED) HOSTILE_##NAME,
	HOSTILES(X)
#undef X
	HOSTILE_KINDS
};

const char *hostile_what(enum hostile kind);
bool hostile_is_forged(enum hostile kind);

/* Of NATLOOP_SEED in the environment, else another one each time; prints it. */
void hostile_seed(void);

/* Of this thread: each has numbers of its own. */
void hostile_seed_thread(uint64_t seed);

/* A number below @below. */
uint32_t hostile_pick(uint32_t below);

/* The addresses of HOSTILE_NET may be clients, from wherever they come. */
void hostile_lan(struct natloop_config *cfg);

/* One more packet of @kind; @victim is a live flow. */
void hostile_write(enum hostile kind, const struct dialogue *victim, struct wire *w);

#endif
