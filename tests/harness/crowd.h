/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Many live flows of several clients, and whether they are still served. Each client socket dials
 * two ports; all clients have the same ports, so that most have another SNAT port than their own.
 * Every other socket is silent from its first packets on, for nearly as long as its flow may be.
 */
#ifndef CROWD_H
#define CROWD_H

#include "dialogue.h"

#define CROWD_CLIENT ADDR(192, 168, 11, 101) /* the first of them */
#define CROWD_CLIENTS 10
#define CROWD_SOCKETS 50 /* of each client */
#define CROWD_FLOWS (CROWD_CLIENTS * CROWD_SOCKETS * 2)

#define TICKS(seconds) ((uint32_t)((seconds)*1000000000ULL >> NATLOOP_TICK_SHIFT))

enum crowd_protocols {
	CROWD_ALL, /* half of the sockets TCP, half UDP */
	CROWD_TCP,
};

/* TCP connections are established. The timeouts are set to those of the RFCs. */
void crowd_open(struct prog_run *r, enum crowd_protocols protocols);

bool crowd_has(const struct natloop_addr *client);

/* Any flow of them, or any that is not silent. */
const struct dialogue *crowd_pick(bool silent_too);

/*
 * One packet of @d must be carried as it should: by the hook, or, where XDP passes it on, by TC.
 * The counters are not looked at.
 */
bool crowd_carried(struct prog_run *r, const struct dialogue *d, bool from_server, uint8_t flags);
void crowd_say(struct prog_run *r, const struct dialogue *d, bool from_server, uint8_t flags);

/* A datagram of a client's, in two fragments, in order (RFC 4787 REQ-14a). */
void crowd_say_in_fragments(struct prog_run *r);

/* One packet in each direction; for all flows. */
void crowd_speak(struct prog_run *r, const struct dialogue *d);
void crowd_speak_all(struct prog_run *r);

/*
 * Nothing has touched the silent ones, not even their counters and times. Then they speak, and fall
 * silent again: the time that the test itself takes must not end them.
 */
void crowd_expect_untouched(struct prog_run *r);

/* The crowd is all that the tables hold, and nobody is missing. */
void crowd_expect_alone(struct prog_run *r);

#endif
