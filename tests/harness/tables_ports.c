// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* SNAT ports that somebody outside of the tables has. */
#include <arpa/inet.h>

#include "binding.h"
#include "tables.h"

static struct natloop_bindings *bindings_of(const struct prog_run *r,
					    const struct natloop_snat *snat)
{
	return &r->bindings[binding_hash(snat, r->configs->flow_seed) & r->configs->bucket_mask];
}

void tables_take_port(const struct prog_run *r, uint8_t proto, uint32_t snat, uint16_t port)
{
	struct natloop_snat key = { .addr = htonl(snat), .port = htons(port), .proto = proto };
	struct natloop_binding *way = bindings_of(r, &key)->way;
	int i = 0;

	while (i < NATLOOP_BINDING_WAYS && way[i].flows)
		i++;
	CHECK(i < NATLOOP_BINDING_WAYS, "port %u cannot be taken: its bucket is full", port);
	for (int other = 0; other < NATLOOP_BINDING_WAYS; other++) {
		if (binding_is_for(&way[other], &key))
			i = other;
	}
	CHECK(!way[i].flows, "port %u cannot be taken: it is", port);
	way[i] = (struct natloop_binding){
		.snat = key, .client = htonl(INTERNET), .port = 1, .flows = 1
	};
}

void tables_free_port(const struct prog_run *r, uint8_t proto, uint32_t snat, uint16_t port)
{
	struct natloop_snat key = { .addr = htonl(snat), .port = htons(port), .proto = proto };
	struct natloop_binding *way = bindings_of(r, &key)->way;
	int i = 0;

	while (i < NATLOOP_BINDING_WAYS && !(binding_is_for(&way[i], &key) && way[i].flows))
		i++;
	CHECK(i < NATLOOP_BINDING_WAYS, "port %u cannot be freed: it is free", port);
	way[i].flows = 0;
}
