/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who owns a SNAT port: claimed by a client socket, shared by its flows, freed by the last. */
#ifndef BINDING_BPF_H
#define BINDING_BPF_H

#include <linux/errno.h>

#include "compiler.h"
#include "maps.bpf.h"

enum binding_claim {
	BINDING_OURS,
	BINDING_TAKEN,
	BINDING_DYING, /* its last flow is being removed at this instant */
	BINDING_FULL,
};

static __always_inline void binding_key(const struct natloop_socket *socket, __be16 port,
					struct natloop_snat *key)
{
	key->addr = socket->snat;
	key->port = port;
	key->proto = socket->proto;
	key->pad = 0;
}

/* Take @port for @socket, or one more reference if the socket has it already. */
static __always_inline enum binding_claim binding_claim(const struct natloop_socket *socket,
							__be16 port)
{
	struct natloop_binding *binding, fresh = {
		.client = socket->client,
		.port = socket->port,
		.flows = 1,
	};
	struct natloop_snat key;

	binding_key(socket, port, &key);
	binding = bpf_map_lookup_elem(&natloop_binding, &key);
	if (!binding) {
		long err = bpf_map_update_elem(&natloop_binding, &key, &fresh, BPF_NOEXIST);

		if (!err)
			return BINDING_OURS;
		if (err != -EEXIST)
			return BINDING_FULL;
		binding = bpf_map_lookup_elem(&natloop_binding, &key);
		if (!binding)
			return BINDING_DYING;
	}
	if (binding->port != socket->port)
		return BINDING_TAKEN;
	for (int i = 0; i < 4; i++) {
		if (binding->client.w[i] != socket->client.w[i])
			return BINDING_TAKEN;
	}
	if (__sync_fetch_and_add(&binding->flows, 1) == 0) {
		/* The sweep has counted down to 0 and will delete it, with our count in it. */
		return BINDING_DYING;
	}
	return BINDING_OURS;
}

/* One flow less uses @port of @socket; the last one frees it. */
static __always_inline void binding_release(const struct natloop_socket *socket, __be16 port)
{
	struct natloop_binding *binding;
	struct natloop_snat key;

	binding_key(socket, port, &key);
	binding = bpf_map_lookup_elem(&natloop_binding, &key);
	if (!binding || __sync_fetch_and_sub(&binding->flows, 1) != 1)
		return;
	if (port != socket->port)
		bpf_map_delete_elem(&natloop_moved, socket);
	bpf_map_delete_elem(&natloop_binding, &key);
}

#endif
