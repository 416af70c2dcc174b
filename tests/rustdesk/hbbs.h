/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What hbbs.c, which has the sockets, and hbbs_tcp.c, which has the rules, want of each other. */
#ifndef HBBS_H
#define HBBS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

struct hbbs_options {
	uint16_t port;
	const char *relay; /* -r, or "" */
	const char *key;   /* -k, or "" */
	unsigned int speed;
	unsigned int reg_timeout; /* ms, before they are divided by .speed */
};

extern struct hbbs_options hbbs_options;
extern int hbbs_udp;

/*
 * Whether an answer can still be sent on a connection. One that has asked for a peer waits in a
 * table by its address (tcp_punch), and the first answer takes it out for good (send_to_tcp).
 */
enum sink {
	SINK_OWN,
	SINK_WAITS,
	SINK_GONE,
};

struct connection {
	struct wire wire;
	struct sockaddr_in from;
	uint64_t last; /* message */
	enum sink sink;
	bool nat_test; /* on port - 1 */
};

/* To the connection that waits and came from @to, if there is one still. */
void hbbs_answer_waiting(const struct sockaddr_in *to, const Rustdesk__Message *message);

/* handle_tcp: false closes the connection, which only those that wait for a peer outlive. */
bool hbbs_on_message(struct connection *c, const Rustdesk__Message *message);

/* Which port the server sees. */
void hbbs_on_nat_test(struct connection *c);

#endif
