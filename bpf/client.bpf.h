/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many flows each client has, for --client-flows. Two CPUs at once may exceed it by one.
 * Clients come by value: see moved.bpf.h for what may be a key.
 */
#ifndef CLIENT_BPF_H
#define CLIENT_BPF_H

#include <linux/errno.h>

#include "maps.bpf.h"

/* One more flow of @client, if @limit allows it: NATLOOP_NEW_FLOW, or why not. */
static __always_inline enum natloop_outcome client_add(__be32 client, __u32 limit)
{
	struct natloop_client *counted, first = { .flows = 1 };

	counted = bpf_map_lookup_elem(&natloop_clients, &client);
	if (!counted) {
		long err = bpf_map_update_elem(&natloop_clients, &client, &first, BPF_NOEXIST);

		if (!err)
			return NATLOOP_NEW_FLOW;
		return err == -EEXIST ? NATLOOP_BUSY : NATLOOP_TABLE_FULL;
	}
	if (counted->flows >= (__s32)limit)
		return NATLOOP_CLIENT_LIMIT;
	/* 0: its last flow is just being removed, and the counter with it. */
	if (__sync_fetch_and_add(&counted->flows, 1) < 1 ||
	    bpf_map_lookup_elem(&natloop_clients, &client) != counted) {
		__sync_fetch_and_sub(&counted->flows, 1);
		return NATLOOP_BUSY;
	}
	return NATLOOP_NEW_FLOW;
}

static __always_inline void client_remove(__be32 client)
{
	struct natloop_client *counted = bpf_map_lookup_elem(&natloop_clients, &client);

	if (counted && __sync_fetch_and_sub(&counted->flows, 1) <= 1)
		bpf_map_delete_elem(&natloop_clients, &client);
}

#endif
