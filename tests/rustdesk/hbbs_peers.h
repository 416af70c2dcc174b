/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who has registered at hbbs, from where, and when. */
#ifndef HBBS_PEERS_H
#define HBBS_PEERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "rustdesk.pb-c.h"

#define PEER_ID_MAX 64
#define PEER_BYTES_MAX 64

struct peer_bytes {
	size_t length;
	unsigned char data[PEER_BYTES_MAX];
};

struct peer {
	char id[PEER_ID_MAX];
	struct peer_bytes uuid;
	struct peer_bytes pk;
	struct sockaddr_in address; /* where its last registration came from, over UDP */
	uint64_t registered;	    /* when, of now_ms() */
};

/* The peer of that ID, or NULL. */
struct peer *peer_find(const char *id);

/*
 * A RegisterPeer came from @from: the peer's address is that from now on. True if the peer has to
 * send its key (again), and nothing has changed: an ID that nobody has registered is not stored,
 * and one whose address (not port) has changed keeps the old one until the key comes (update_addr).
 */
bool peer_seen(const char *id, const struct sockaddr_in *from);

/*
 * A RegisterPk came from @from. What hbbs answers; RESULT__OK stores it. An ID has one uuid for
 * ever, and at least 6 characters (handle_udp, RegisterPk).
 */
Rustdesk__RegisterPkResponse__Result peer_register(const Rustdesk__RegisterPk *key,
						   const struct sockaddr_in *from);

#endif
