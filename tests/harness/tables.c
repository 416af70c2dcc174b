// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tables.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static unsigned int state_flows(const struct prog_run *r)
{
	struct natloop_state state = {};
	uint32_t key = 0;

	CHECK(!bpf_map_lookup_elem(prog_run_map(r, "natloop_state"), &key, &state),
	      "natloop_state cannot be read: %m");
	return state.flows;
}

/* Everything at once; order as in struct census. */
struct tables {
	struct table flows, binding, moved, clients, queue;
};

static struct tables tables_read(const struct prog_run *r)
{
	return (struct tables){
		.flows = table_read(r, "natloop_flows", sizeof(struct natloop_tuple),
				    sizeof(struct natloop_flow)),
		.binding = table_read(r, "natloop_binding", sizeof(struct natloop_snat),
				      sizeof(struct natloop_binding)),
		.moved = table_read(r, "natloop_moved", sizeof(struct natloop_socket), 2),
		.clients = table_read(r, "natloop_clients", sizeof(struct natloop_addr),
				      sizeof(struct natloop_client)),
		.queue = table_read_queue(r, "natloop_queue", sizeof(struct natloop_queued)),
	};
}

static void tables_free(struct tables *t)
{
	table_free(&t->flows);
	table_free(&t->binding);
	table_free(&t->moved);
	table_free(&t->clients);
	table_free(&t->queue);
}

struct census tables_census(const struct prog_run *r)
{
	struct tables t = tables_read(r);
	struct census c = {
		.flows = t.flows.count,
		.binding = t.binding.count,
		.moved = t.moved.count,
		.clients = t.clients.count,
		.queue = t.queue.count,
		.state = state_flows(r),
	};

	tables_free(&t);
	return c;
}

void tables_expect(const struct prog_run *r, const struct census *expected)
{
	struct census got = tables_census(r);

	CHECK(!memcmp(&got, expected, sizeof(got)),
	      "%s: the maps have flows %u binding %u moved %u clients %u queue %u state %u, "
	      "not %u %u %u %u %u %u",
	      r->label, got.flows, got.binding, got.moved, got.clients, got.queue, got.state,
	      expected->flows, expected->binding, expected->moved, expected->clients,
	      expected->queue, expected->state);
}

/*
 * May the flow have another port than @usual, its socket's? With that one the server's answers
 * would be those of a flow that there is.
 */
static bool port_was_no_use(const struct tables *t, const struct natloop_tuple *key,
			    const struct natloop_flow *flow, __be16 usual)
{
	struct natloop_tuple reply = {
		.src = flow->dst,
		.dst = flow->src,
		.sport = flow->dport,
		.dport = usual,
		.proto = key->proto,
	};

	return table_find(&t->flows, &reply);
}

/* What the flows say the other maps must say: counted down to 0 as it is found. */
static void audit_flow(const struct prog_run *r, struct tables *t, const struct natloop_tuple *key,
		       const struct natloop_flow *flow)
{
	struct natloop_tuple reverse = {
		.src = flow->dst,
		.dst = flow->src,
		.sport = flow->dport,
		.dport = flow->sport,
		.proto = key->proto,
	};
	struct natloop_snat snat = { .addr = flow->src, .port = flow->sport, .proto = key->proto };
	struct natloop_socket socket = {
		.client = key->src,
		.snat = flow->src,
		.port = key->sport,
		.proto = key->proto,
	};
	struct natloop_flow *back = table_find(&t->flows, &reverse);
	struct natloop_binding *binding = table_find(&t->binding, &snat);
	struct natloop_client *client = table_find(&t->clients, &key->src);
	__be16 *moved = table_find(&t->moved, &socket);
	struct natloop_queued queued = { .to_server = *key, .id = flow->id };
	__be16 usual;

	CHECK(back && back->id == flow->id && back->direction == NATLOOP_DIR_TO_CLIENT,
	      "%s: a flow without its other direction", r->label);
	CHECK(binding && !memcmp(&binding->client, &key->src, sizeof(key->src)) &&
		      binding->port == key->sport,
	      "%s: a flow whose SNAT port is not its client's", r->label);
	CHECK(client, "%s: a flow whose client is not counted", r->label);
	usual = moved ? *moved : key->sport;
	CHECK(flow->sport == usual || port_was_no_use(t, key, flow, usual),
	      "%s: a flow with a port that is not its socket's, and no other flow in the way",
	      r->label);
	binding->flows--;
	client->flows--;
	CHECK(table_times(&t->queue, &queued) == 1, "%s: a flow is queued %u times", r->label,
	      table_times(&t->queue, &queued));
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
	CHECK(t->flows.count == 2 * pairs, "%s: %u flow entries, but %u towards the server",
	      r->label, t->flows.count, pairs);
	CHECK(t->queue.count == pairs, "%s: %u queued, but %u flows", r->label, t->queue.count,
	      pairs);
	CHECK(state_flows(r) == pairs, "%s: natloop_state counts %u flows, there are %u", r->label,
	      state_flows(r), pairs);
}

void tables_audit(const struct prog_run *r)
{
	struct tables t = tables_read(r);
	unsigned int pairs = 0;

	for (unsigned int i = 0; i < t.flows.count; i++)
		pairs += ((struct natloop_flow *)table_value(&t.flows, i))->direction ==
			 NATLOOP_DIR_TO_SERVER;
	audit_used(r, &t, pairs);
	for (unsigned int i = 0; i < t.flows.count; i++) {
		struct natloop_flow *flow = table_value(&t.flows, i);

		if (flow->direction == NATLOOP_DIR_TO_SERVER)
			audit_flow(r, &t, table_key(&t.flows, i), flow);
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

bool tables_flow(const struct prog_run *r, const struct frame *f, struct natloop_flow *flow)
{
	struct natloop_tuple key = tables_key(f);

	return !bpf_map_lookup_elem(prog_run_map(r, "natloop_flows"), &key, flow);
}

void tables_put_flow(const struct prog_run *r, const struct frame *f,
		     const struct natloop_flow *flow)
{
	struct natloop_tuple key = tables_key(f);

	CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_flows"), &key, flow, BPF_EXIST),
	      "%s: there is no flow entry to change: %m", r->label);
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

void tables_take_port(const struct prog_run *r, uint8_t proto, uint32_t snat, uint16_t port)
{
	struct natloop_snat key = { .addr = world_addr(snat), .port = htons(port), .proto = proto };
	struct natloop_binding binding = { .client = world_addr(INTERNET), .port = 1, .flows = 1 };

	CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_binding"), &key, &binding, BPF_NOEXIST),
	      "port %u cannot be taken: %m", port);
}

void tables_free_port(const struct prog_run *r, uint8_t proto, uint32_t snat, uint16_t port)
{
	struct natloop_snat key = { .addr = world_addr(snat), .port = htons(port), .proto = proto };

	CHECK(!bpf_map_delete_elem(prog_run_map(r, "natloop_binding"), &key),
	      "port %u cannot be freed: %m", port);
}

#define CLEAR_BATCH 4096
#define CLEAR_VALUE_MOST 256

static void clear_map(const struct prog_run *r, const char *name, size_t key_size)
{
	char *keys = calloc(CLEAR_BATCH, key_size), *values = calloc(CLEAR_BATCH, CLEAR_VALUE_MOST);
	uint32_t batch = 0, count;
	void *from = NULL;
	int err;

	CHECK(keys && values, "out of memory");
	do {
		count = CLEAR_BATCH;
		err = bpf_map_lookup_and_delete_batch(prog_run_map(r, name), from, &batch, keys,
						      values, &count, NULL);
		from = &batch;
	} while (!err);
	CHECK(errno == ENOENT, "%s cannot be cleared: %m", name);
	free(keys);
	free(values);
}

static void clear_held(const struct prog_run *r)
{
	static const struct natloop_held none;

	for (uint32_t i = 0; i < NATLOOP_HELD; i++)
		CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_held"), &i, &none, 0),
		      "natloop_held cannot be cleared: %m");
}

static void clear_datagrams(const struct prog_run *r)
{
	static const struct natloop_frag_set none;

	for (uint32_t i = 0; i < NATLOOP_FRAG_SETS; i++)
		CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_frags"), &i, &none, 0),
		      "natloop_frags cannot be cleared: %m");
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

struct natloop_state tables_state(const struct prog_run *r)
{
	struct natloop_state state = {};
	uint32_t key = 0;

	CHECK(!bpf_map_lookup_elem(prog_run_map(r, "natloop_state"), &key, &state),
	      "natloop_state cannot be read: %m");
	return state;
}

static void set_icmp_tat(const struct prog_run *r, uint64_t tat)
{
	struct natloop_state state = {};
	uint32_t key = 0;

	CHECK(!bpf_map_lookup_elem(prog_run_map(r, "natloop_state"), &key, &state),
	      "natloop_state cannot be read: %m");
	state.icmp_tat = state.mtu_tat = tat;
	CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_state"), &key, &state, 0),
	      "natloop_state cannot be changed: %m");
}

void tables_reset_rates(const struct prog_run *r)
{
	clear_map(r, "natloop_rates", sizeof(struct natloop_rate_key));
	set_icmp_tat(r, 0);
}

void tables_spend_rates(const struct prog_run *r)
{
	set_icmp_tat(r, UINT64_MAX / 2);
}

void tables_clear(const struct prog_run *r)
{
	struct natloop_queued queued;
	/* With the same seed two runs of one packet end alike. */
	struct natloop_state none = { .seed = tables_state(r).seed };
	uint32_t key = 0;

	clear_map(r, "natloop_flows", sizeof(struct natloop_tuple));
	clear_map(r, "natloop_binding", sizeof(struct natloop_snat));
	clear_map(r, "natloop_moved", sizeof(struct natloop_socket));
	clear_map(r, "natloop_clients", sizeof(struct natloop_addr));
	clear_datagrams(r);
	clear_map(r, "natloop_rates", sizeof(struct natloop_rate_key));
	clear_held(r);
	while (!bpf_map_lookup_and_delete_elem(prog_run_map(r, "natloop_queue"), NULL, &queued))
		;
	CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_state"), &key, &none, 0),
	      "natloop_state cannot be cleared: %m");
}
