// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hbbs_peers.h"

#include <string.h>

#include "stand_in.h"

#define PEERS_MAX 64
#define ID_LEAST 6

static struct peer peers[PEERS_MAX];
static size_t peers_count;

struct peer *peer_find(const char *id)
{
	for (size_t i = 0; i < peers_count; i++)
		if (!strcmp(peers[i].id, id))
			return &peers[i];
	return NULL;
}

bool peer_seen(const char *id, const struct sockaddr_in *from)
{
	struct peer *peer = peer_find(id);

	if (!peer || peer->address.sin_addr.s_addr != from->sin_addr.s_addr)
		return true;
	peer->address = *from;
	peer->registered = now_ms();
	return false;
}

static bool same_bytes(const struct peer_bytes *a, ProtobufCBinaryData b)
{
	return a->length == b.len && !memcmp(a->data, b.data, b.len);
}

static void keep_bytes(struct peer_bytes *to, ProtobufCBinaryData from)
{
	to->length = from.len;
	memcpy(to->data, from.data, from.len);
}

Rustdesk__RegisterPkResponse__Result peer_register(const Rustdesk__RegisterPk *key,
						   const struct sockaddr_in *from)
{
	struct peer *peer = peer_find(key->id);
	size_t length = strlen(key->id);

	if (length < ID_LEAST)
		return RUSTDESK__REGISTER_PK_RESPONSE__RESULT__UUID_MISMATCH;
	if (length >= PEER_ID_MAX || key->uuid.len > PEER_BYTES_MAX ||
	    key->pk.len > PEER_BYTES_MAX || (!peer && peers_count == PEERS_MAX))
		return RUSTDESK__REGISTER_PK_RESPONSE__RESULT__SERVER_ERROR;
	if (peer && (!same_bytes(&peer->uuid, key->uuid) ||
		     (peer->address.sin_addr.s_addr != from->sin_addr.s_addr &&
		      !same_bytes(&peer->pk, key->pk))))
		return RUSTDESK__REGISTER_PK_RESPONSE__RESULT__UUID_MISMATCH;
	if (!peer) {
		peer = &peers[peers_count++];
		memcpy(peer->id, key->id, length + 1);
		keep_bytes(&peer->uuid, key->uuid);
	}
	keep_bytes(&peer->pk, key->pk);
	peer->address = *from;
	peer->registered = now_ms();
	return RUSTDESK__REGISTER_PK_RESPONSE__RESULT__OK;
}
