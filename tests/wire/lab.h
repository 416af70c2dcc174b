/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The far ends of a router's interfaces: raw frames in, raw frames out. tests/wire/lab.sh makes the
 * namespace that this works in; it has one veth for each interface of the router, and nothing else:
 * no address, no switch, no stack that answers. All hosts of the picture in the README live in
 * this file: they have fixed MAC addresses (those of frame.h) and answer ARP while frames are
 * collected.
 *
 *	struct lab *lab = lab_open(getenv("WIRE_NETNS"));
 *	lab_send(lab, &wire);
 *	n = lab_collect(lab, got, 16);
 *
 * When everything that a frame causes has come out is not a matter of time here: lab_collect()
 *sends pings to the router behind the frames and waits for the answers, which come last.
 */
#ifndef WIRE_LAB_H
#define WIRE_LAB_H

#include "frame.h"

#define LAB_PORTS 3

struct lab;

/* Opens the namespace of that name (below /run/netns); NULL with errno. Stays on one CPU from now
 * on: the order of frames that are sent on two is anybody's guess. */
struct lab *lab_open(const char *netns);
void lab_close(struct lab *lab);

/* Sends the frame into the router's w->interface. False with errno, for example EMSGSIZE. */
bool lab_send(struct lab *lab, const struct wire *w);

/*
 * All frames that came out since the last call, in order at each interface; no ARP. At most @max,
 * further ones are lost. Negative errno if the router no longer answers pings.
 */
int lab_collect(struct lab *lab, struct wire *got, size_t max);

/* Goes on collecting for this time, for what the router does later by itself; then as above. */
int lab_collect_late(struct lab *lab, struct wire *got, size_t max, unsigned int milliseconds);

/* Makes a host, or takes it away: an unknown one does not answer ARP. */
void lab_host_add(struct lab *lab, enum frame_interface interface, uint32_t address,
		  const uint8_t *mac);
void lab_host_remove(struct lab *lab, uint32_t address);

#endif
