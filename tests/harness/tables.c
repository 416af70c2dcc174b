// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tables.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "flow_table.h"
#include "table.h"

/* Everything at once; order as in struct census. The values of flows are references. */
struct tables {
	struct table flows, binding, moved, clients;
	unsigned int places;
};

/*
 * Every slot that is taken, by the tuple that leads to it. With the bucket and the hash bits that
 * belong to the tuple, or nobody would find it.
 */
static struct table read_references(const struct prog_run *r)
{
	uint32_t buckets = r->configs->bucket_mask + 1;
	struct table t = table_new(2 * r->places, sizeof(struct natloop_key), sizeof(uint32_t));

	for (uint32_t i = 0; i < buckets * NATLOOP_BUCKET_WORDS; i++) {
		uint32_t bucket = i / NATLOOP_BUCKET_WORDS;
		uint32_t slot = r->buckets[bucket].word[i % NATLOOP_BUCKET_WORDS];
		uint32_t index = flow_ref_index(slot);
		const struct natloop_key *key;
		uint64_t hash;

		if (i % NATLOOP_BUCKET_WORDS == NATLOOP_BUCKET_FLAGS)
			CHECK(!(slot & NATLOOP_LOCKED), "%s: a bucket is locked", r->label);
		if (!slot || i % NATLOOP_BUCKET_WORDS == NATLOOP_BUCKET_FLAGS)
			continue;
		CHECK(index < r->places, "%s: a reference to nowhere", r->label);
		key = &r->pairs[index].key[flow_ref_direction(slot)];
		hash = flow_hash(key, r->configs->flow_seed);
		CHECK(((uint32_t)hash & r->configs->bucket_mask) >> 1 == bucket >> 1 &&
			      flow_tag(hash) == (slot & ~FLOW_REF_MASK),
		      "%s: a reference where nobody looks for it", r->label);
		table_add(&t, key, &slot);
	}
	table_sort(&t);
	return t;
}

/* Every binding that is in use, where it is looked for, by its SNAT port. */
static struct table read_bindings(const struct prog_run *r)
{
	uint32_t buckets = r->configs->bucket_mask + 1;
	struct table t = table_new(buckets * NATLOOP_BINDING_WAYS, sizeof(struct natloop_snat),
				   sizeof(struct natloop_binding));

	for (uint32_t i = 0; i < buckets; i++) {
		CHECK(!(r->bindings[i].flags & NATLOOP_LOCKED),
		      "%s: a bucket of bindings is locked", r->label);
		for (int way = 0; way < NATLOOP_BINDING_WAYS; way++) {
			const struct natloop_binding *b = &r->bindings[i].way[way];

			if (!b->flows)
				continue;
			CHECK((binding_hash(&b->snat, r->configs->flow_seed) &
			       r->configs->bucket_mask) >>
					      1 ==
				      i >> 1,
			      "%s: a binding where nobody looks for it", r->label);
			table_add(&t, &b->snat, b);
		}
	}
	table_sort(&t);
	return t;
}

struct natloop_state tables_state(const struct prog_run *r)
{
	struct natloop_state state = {};
	uint32_t key = 0;

	CHECK(!bpf_map_lookup_elem(prog_run_map(r, "natloop_state"), &key, &state),
	      "natloop_state cannot be read: %m");
	return state;
}

static unsigned int state_flows(const struct prog_run *r)
{
	return tables_state(r).flows;
}

static unsigned int count_places(const struct prog_run *r)
{
	unsigned int count = 0;

	for (uint32_t i = 0; i < tables_state(r).fresh; i++)
		count += r->pairs[i].life != NATLOOP_FREE;
	return count;
}

static struct tables tables_read(const struct prog_run *r)
{
	return (struct tables){
		.flows = read_references(r),
		.binding = read_bindings(r),
		.moved = table_read(r, "natloop_moved", sizeof(struct natloop_socket), 2),
		.clients = table_read(r, "natloop_clients", sizeof(__be32),
				      sizeof(struct natloop_client)),
		.places = count_places(r),
	};
}

static void tables_free(struct tables *t)
{
	table_free(&t->flows);
	table_free(&t->binding);
	table_free(&t->moved);
	table_free(&t->clients);
}

struct census tables_census(const struct prog_run *r)
{
	struct tables t = tables_read(r);
	struct census c = {
		.flows = t.flows.count,
		.binding = t.binding.count,
		.moved = t.moved.count,
		.clients = t.clients.count,
		.places = t.places,
		.state = state_flows(r),
	};

	tables_free(&t);
	return c;
}

void tables_expect(const struct prog_run *r, const struct census *expected)
{
	struct census got = tables_census(r);

	CHECK(!memcmp(&got, expected, sizeof(got)),
	      "%s: the maps have flows %u binding %u moved %u clients %u places %u state %u, "
	      "not %u %u %u %u %u %u",
	      r->label, got.flows, got.binding, got.moved, got.clients, got.places, got.state,
	      expected->flows, expected->binding, expected->moved, expected->clients,
	      expected->places, expected->state);
}

/*
 * May the flow have another port than @usual, its socket's? With that one the server's answers
 * would be those of a flow that there is.
 */
static bool port_was_no_use(const struct tables *t, const struct natloop_pair *pair, __be16 usual)
{
	struct natloop_key reply = pair->key[NATLOOP_DIR_TO_CLIENT];

	reply.dport = usual;
	return table_find(&t->flows, &reply);
}

/* Is it what @flow makes of packets of @from that are answered by packets of @reply? */
static bool translates(const struct natloop_flow *flow, const struct natloop_key *from,
		       const struct natloop_key *reply)
{
	return flow->src == reply->dst && flow->dst == reply->src && flow->sport == reply->dport &&
	       flow->dport == reply->sport && from->proto == reply->proto;
}

/* Both tuples lead to the flow, and each direction is the answer to the other. */
static void audit_pair(const struct prog_run *r, const struct tables *t, uint32_t index)
{
	const struct natloop_pair *pair = &r->pairs[index];
	const struct natloop_key *key = pair->key;

	for (int d = 0; d < 2; d++) {
		const uint32_t *slot = table_find(&t->flows, &key[d]);

		CHECK(table_times(&t->flows, &key[d]) == 1, "%s: %u references to a tuple",
		      r->label, table_times(&t->flows, &key[d]));
		CHECK((*slot & FLOW_REF_MASK) == flow_ref(index, d),
		      "%s: a tuple leads to another flow", r->label);
		CHECK(translates(&pair->flow[d], &key[d], &key[!d]) && pair->flow[d].direction == d,
		      "%s: a flow whose directions do not fit together", r->label);
	}
}

/* What the flow says the other maps must say: counted down to 0 as it is found. */
static void audit_flow(const struct prog_run *r, struct tables *t, const struct natloop_pair *pair)
{
	const struct natloop_key key = pair->key[NATLOOP_DIR_TO_SERVER];
	const struct natloop_flow *out = &pair->flow[NATLOOP_DIR_TO_SERVER];
	struct natloop_snat snat = {
		.addr = out->src,
		.port = out->sport,
		.proto = key.proto,
	};
	struct natloop_socket socket = {
		.client = key.src,
		.snat = snat.addr,
		.port = key.sport,
		.proto = key.proto,
	};
	struct natloop_binding *binding = table_find(&t->binding, &snat);
	struct natloop_client *client = table_find(&t->clients, &key.src);
	__be16 *moved = table_find(&t->moved, &socket);
	__be16 usual;

	CHECK(table_times(&t->binding, &snat) == 1, "%s: %u bindings of one SNAT port", r->label,
	      table_times(&t->binding, &snat));
	CHECK(binding->client == key.src && binding->port == key.sport,
	      "%s: a flow whose SNAT port is not its client's", r->label);
	CHECK(client, "%s: a flow whose client is not counted", r->label);
	usual = moved ? *moved : key.sport;
	CHECK(out->sport == usual || port_was_no_use(t, pair, usual),
	      "%s: a flow with a port that is not its socket's, and no other flow in the way",
	      r->label);
	binding->flows--;
	client->flows--;
}

/* Each place that was used once is a flow's, or free to be used again. */
static void audit_places(const struct prog_run *r, unsigned int used)
{
	struct natloop_state state = tables_state(r);
	int fd = prog_run_map(r, "natloop_free");
	unsigned int waiting = 0;
	uint32_t *index = calloc(state.fresh + 1, sizeof(*index));

	CHECK(index, "out of memory");
	while (waiting < state.fresh && !bpf_map_lookup_and_delete_elem(fd, NULL, &index[waiting]))
		waiting++;
	CHECK(waiting + used == state.fresh, "%s: %u places, %u free again, but %u used", r->label,
	      state.fresh, waiting, used);
	while (waiting--) {
		CHECK(index[waiting] < state.fresh && r->pairs[index[waiting]].life == NATLOOP_FREE,
		      "%s: a place is given away twice", r->label);
		CHECK(!bpf_map_update_elem(fd, NULL, &index[waiting], 0),
		      "natloop_free cannot be filled again: %m");
	}
	free(index);
}

static void audit_rests(const struct prog_run *r, const struct tables *t)
{
	for (unsigned int i = 0; i < t->binding.count; i++) {
		const struct natloop_binding *b = table_value(&t->binding, i);

		CHECK(!b->flows, "%s: a binding counts %d flows too many", r->label, (int)b->flows);
	}
	for (unsigned int i = 0; i < t->clients.count; i++) {
		const struct natloop_client *c = table_value(&t->clients, i);

		CHECK(!c->flows, "%s: a client counts %d flows too many", r->label, c->flows);
	}
	for (unsigned int i = 0; i < t->moved.count; i++) {
		const struct natloop_socket *socket = table_key(&t->moved, i);
		struct natloop_snat snat = { .addr = socket->snat, .proto = socket->proto };

		memcpy(&snat.port, table_value(&t->moved, i), sizeof(snat.port));
		CHECK(table_find(&t->binding, &snat), "%s: a moved port without a binding",
		      r->label);
	}
}

/* Every binding and client has a flow, or its count could not be 0 more than it says. */
static void audit_used(const struct prog_run *r, const struct tables *t, unsigned int pairs)
{
	for (unsigned int i = 0; i < t->binding.count; i++) {
		const struct natloop_binding *b = table_value(&t->binding, i);

		CHECK(b->flows, "%s: a binding without a flow is left", r->label);
	}
	for (unsigned int i = 0; i < t->clients.count; i++) {
		const struct natloop_client *c = table_value(&t->clients, i);

		CHECK(c->flows, "%s: a client without a flow is left", r->label);
	}
	CHECK(t->flows.count == 2 * pairs, "%s: %u references, but %u flows", r->label,
	      t->flows.count, pairs);
	CHECK(tables_state(r).moved == t->moved.count, "%s: natloop_state counts %u moved, not %u",
	      r->label, tables_state(r).moved, t->moved.count);
	CHECK(state_flows(r) == pairs, "%s: natloop_state counts %u flows, there are %u", r->label,
	      state_flows(r), pairs);
}

void tables_audit(const struct prog_run *r)
{
	struct tables t = tables_read(r);

	audit_used(r, &t, t.places);
	audit_places(r, t.places);
	for (uint32_t i = 0; i < tables_state(r).fresh; i++) {
		if (r->pairs[i].life == NATLOOP_FREE)
			continue;
		audit_pair(r, &t, i);
		audit_flow(r, &t, &r->pairs[i]);
	}
	audit_rests(r, &t);
	tables_free(&t);
}

struct natloop_tuple tables_key(const struct frame *f)
{
	return (struct natloop_tuple){
		.src = world_addr(f->src),
		.dst = world_addr(f->dst),
		.sport = htons(f->sport),
		.dport = htons(f->dport),
		.proto = f->proto,
	};
}

/* The place of the flow that packets like @f belong to, as a reference; 0: there is none. */
static uint32_t find_reference(const struct prog_run *r, const struct frame *f)
{
	struct natloop_tuple tuple = tables_key(f);
	struct natloop_key key = flow_key(&tuple);
	uint64_t hash = flow_hash(&key, r->configs->flow_seed);
	const struct natloop_bucket *bucket = &r->buckets[(uint32_t)hash & r->configs->bucket_mask];

	for (int i = 1; i < NATLOOP_BUCKET_WORDS; i++) {
		uint32_t slot = bucket->word[i];

		if (slot &&
		    flow_key_equal(&r->pairs[flow_ref_index(slot)].key[flow_ref_direction(slot)],
				   &key))
			return slot;
	}
	return 0;
}

struct natloop_pair *tables_pair(const struct prog_run *r, const struct frame *f)
{
	uint32_t slot = find_reference(r, f);

	return slot ? &r->pairs[flow_ref_index(slot)] : NULL;
}

bool tables_flow(const struct prog_run *r, const struct frame *f, struct natloop_flow *flow)
{
	uint32_t slot = find_reference(r, f);

	if (slot)
		*flow = r->pairs[flow_ref_index(slot)].flow[flow_ref_direction(slot)];
	return slot;
}

void tables_put_flow(const struct prog_run *r, const struct frame *f,
		     const struct natloop_flow *flow)
{
	uint32_t slot = find_reference(r, f);

	CHECK(slot, "%s: there is no flow to change", r->label);
	r->pairs[flow_ref_index(slot)].flow[flow_ref_direction(slot)] = *flow;
}

uint16_t tables_snat_port(const struct prog_run *r, const struct frame *f)
{
	struct natloop_flow flow = {};

	CHECK(tables_flow(r, f, &flow), "%s: there is no flow", r->label);
	return ntohs(flow.sport);
}

void tables_age_nexthop(const struct prog_run *r, const struct frame *f, uint32_t ticks)
{
	struct natloop_flow flow = {};

	CHECK(tables_flow(r, f, &flow), "%s: there is no flow", r->label);
	flow.resolved -= ticks;
	tables_put_flow(r, f, &flow);
}

void tables_age_seen(const struct prog_run *r, const struct frame *f, uint32_t ticks)
{
	struct natloop_flow flow = {};

	CHECK(tables_flow(r, f, &flow), "%s: there is no flow", r->label);
	flow.seen -= ticks;
	tables_put_flow(r, f, &flow);
}

unsigned int tables_datagrams(const struct prog_run *r)
{
	static const struct natloop_datagram none;
	static struct natloop_frag_set set;
	unsigned int count = 0;

	for (uint32_t i = 0; i < NATLOOP_FRAG_SETS; i++) {
		CHECK(!bpf_map_lookup_elem(prog_run_map(r, "natloop_frags"), &i, &set),
		      "natloop_frags cannot be read: %m");
		for (int way = 0; way < NATLOOP_FRAG_WAYS; way++)
			count += !!memcmp(&set.way[way].key, &none, sizeof(none));
	}
	return count;
}
