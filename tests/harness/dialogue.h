/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The usual steps of a test: open a flow, answer, answer from elsewhere. */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include "expect.h"

/* One flow, as both ends see it. */
struct dialogue {
	uint8_t proto;
	uint32_t client;
	uint16_t port; /* the client's own */
	uint32_t public;
	uint16_t dialled;
	uint32_t server;
	uint16_t server_port;
	uint32_t snat;
	uint16_t snat_port;
};

/* CLIENT's port 40000 to PUBLIC:21116, forwarded to SERVER, source PUBLIC:40000. */
struct dialogue dialogue_with(uint8_t proto);

/* What the client sends, and how it must reach the server. */
struct frame client_says(const struct dialogue *d);
struct frame server_hears(const struct dialogue *d, const struct frame *in);
/* What the server answers, and how it must reach the client. */
struct frame server_says(const struct dialogue *d);
struct frame client_hears(const struct dialogue *d, const struct frame *in);

/* The first packet (TCP: SYN), checked as every packet is. */
void dialogue_open(struct prog_run *r, const struct dialogue *d);
/* One packet of the open flow in each direction. */
void dialogue_to_server(struct prog_run *r, const struct dialogue *d);
void dialogue_to_client(struct prog_run *r, const struct dialogue *d);

/*
 * The first packet of a flow whose SNAT port is not known before: takes it from the tables,
 * then checks the packet as always.
 */
void dialogue_open_moved(struct prog_run *r, struct dialogue *d);

#endif
