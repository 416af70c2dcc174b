// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* At a limit new flows are refused, live ones stay, and a refusal leaves nothing behind. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <string.h>

#include "binding.h"
#include "dialogue.h"
#include "flow_table.h"
#include "tables.h"

static struct dialogue numbered(int i)
{
	struct dialogue d = dialogue_with(i % 2 ? IPPROTO_UDP : IPPROTO_TCP);

	d.port = d.snat_port = 30000 + i;
	return d;
}

/* @d is refused by @outcome, and every map is as before. */
static void expect_refused(struct prog_run *r, const struct dialogue *d,
			   enum natloop_outcome outcome)
{
	struct census before = tables_census(r);
	struct frame in = client_says(d);

	expect_answered(r, &in, outcome, 0);
	tables_expect(r, &before);
}

static void end_flow(struct prog_run *r, const struct dialogue *d)
{
	struct frame f = client_says(d);
	struct natloop_tuple key = tables_key(&f);
	const struct natloop_pair *pair = tables_pair(r, &f);
	uint32_t id;

	assert_non_null(pair);
	id = pair->id;
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, id), 1);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_REMOVE, &key, id), 1);
	assert_null(tables_pair(r, &f));
}

static void max_flows(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d;

	r->cfg->max_flows = 7;
	for (int i = 0; i < 7; i++) {
		d = numbered(i);
		dialogue_open(r, &d);
	}
	for (int i = 7; i < 10; i++) {
		d = numbered(i);
		prog_run_label(r, "flow %d of 7", i + 1);
		expect_refused(r, &d, NATLOOP_TABLE_FULL);
		d.client = CLIENT2;
		expect_refused(r, &d, NATLOOP_TABLE_FULL);
	}
	for (int i = 0; i < 7; i++) {
		d = numbered(i);
		prog_run_label(r, "live flow %d", i + 1);
		dialogue_to_server(r, &d);
		dialogue_to_client(r, &d);
	}
	d = numbered(3);
	end_flow(r, &d);
	d = numbered(8);
	dialogue_open(r, &d);
	d = numbered(9);
	expect_refused(r, &d, NATLOOP_TABLE_FULL);
}

static void client_flows(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d;

	r->cfg->client_flows = 3;
	for (int i = 0; i < 3; i++) {
		d = numbered(i);
		dialogue_open(r, &d);
	}
	d = numbered(3);
	expect_refused(r, &d, NATLOOP_CLIENT_LIMIT);
	d.client = CLIENT2;
	dialogue_open(r, &d);
	for (int i = 0; i < 3; i++) {
		d = numbered(i);
		dialogue_to_client(r, &d);
		dialogue_to_server(r, &d);
	}
	end_flow(r, &d);
	d = numbered(4);
	dialogue_open(r, &d);
	d = numbered(5);
	expect_refused(r, &d, NATLOOP_CLIENT_LIMIT);
	/* A limit that was lowered ends nothing. */
	r->cfg->client_flows = 1;
	d = numbered(4);
	dialogue_to_client(r, &d);
	d = numbered(5);
	expect_refused(r, &d, NATLOOP_CLIENT_LIMIT);
}

/* Every port of one parity below 1024 has an owner. */
static void no_port_is_free(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	for (int port = 2; port < 1024; port += 2)
		tables_take_port(r, IPPROTO_UDP, PUBLIC, port);
	d.port = 500;
	prog_run_label(r, "even low ports taken");
	expect_refused(r, &d, NATLOOP_NO_PORT);
	d.port = d.snat_port = 501;
	dialogue_open(r, &d);
	d.port = d.snat_port = 40000;
	dialogue_open(r, &d);
	/* Of another protocol, of another SNAT address. */
	d.port = d.snat_port = 500;
	d.proto = IPPROTO_TCP;
	dialogue_open(r, &d);
	d.proto = IPPROTO_UDP;
	d.public = d.snat = PUBLIC2;
	dialogue_open(r, &d);
	for (int port = 2; port < 1024; port += 2)
		tables_free_port(r, IPPROTO_UDP, PUBLIC, port);
}

static void the_last_free_port_is_found(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	int found = 0;

	for (int port = 3; port < 1024; port += 4)
		tables_take_port(r, IPPROTO_TCP, PUBLIC, port);
	/* With half of the ports taken, 24 tries fail once in 16 million. */
	for (int i = 0; i < 100; i++) {
		d.port = 3 + 4 * i;
		prog_run_label(r, "port %u", d.port);
		dialogue_open_moved(r, &d);
		CHECK(d.snat_port % 4 == 1, "%s: %u is taken", r->label, d.snat_port);
		found++;
	}
	assert_int_equal(found, 100);
	for (int port = 3; port < 1024; port += 4)
		tables_free_port(r, IPPROTO_TCP, PUBLIC, port);
}

/*
 * The bucket of @d's own port, or its neighbour, has @room for bindings; the others in it are
 * nobody's, so nobody may count them while they are there.
 */
static struct natloop_bindings *fill_bindings(struct prog_run *r, const struct dialogue *d,
					      bool neighbour, int room)
{
	struct natloop_snat snat = { htonl(d->snat), htons(d->port), d->proto, 0 };
	uint32_t hash = binding_hash(&snat, r->configs->flow_seed);
	struct natloop_bindings *bucket =
		&r->bindings[(hash & r->configs->bucket_mask) ^ neighbour];

	for (int i = room; i < NATLOOP_BINDING_WAYS; i++)
		bucket->way[i] =
			(struct natloop_binding){ .snat = { .addr = htonl(INTERNET), .port = i },
						  .flows = 1 };
	return bucket;
}

static void a_bucket_of_bindings_is_full(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0), second = numbered(0);

	second.dialled = second.server_port = 21115;
	for (int room = 1; room < 2 * NATLOOP_BINDING_WAYS; room++) {
		bool neighbour = room >= NATLOOP_BINDING_WAYS;

		prog_run_label(r, "room for %d", room);
		fill_bindings(r, &d, !neighbour, 0);
		fill_bindings(r, &d, neighbour, neighbour ? room - NATLOOP_BINDING_WAYS + 1 : room);
		/* Twice: the second time the bucket has spilled before. */
		for (int turn = 0; turn < 2; turn++) {
			dialogue_open(r, &d);
			dialogue_open(r, &second);
			dialogue_to_client(r, &d);
			end_flow(r, &d);
			dialogue_to_client(r, &second);
			end_flow(r, &second);
		}
		tables_clear(r);
	}
	prog_run_label(r, "no room for its own port: it gets another one");
	fill_bindings(r, &d, false, 0);
	fill_bindings(r, &d, true, 0);
	dialogue_open_moved(r, &d);
	dialogue_to_client(r, &d);
	end_flow(r, &d);
	tables_clear(r);
}

/* Where it went when its bucket was full it stays, and nobody else gets that port meanwhile. */
static void a_binding_stays_where_it_spilled(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0), rival = numbered(0), second = numbered(0);
	struct natloop_bindings *own = fill_bindings(r, &d, false, 0);

	dialogue_open(r, &d);
	memset(own->way, 0, sizeof(own->way));
	rival.client = CLIENT2;
	dialogue_open_moved(r, &rival);
	assert_int_not_equal(rival.snat_port, d.snat_port);
	second.dialled = second.server_port = 21115;
	dialogue_open(r, &second);
	tables_audit(r);
	end_flow(r, &d);
	end_flow(r, &second);
	dialogue_to_client(r, &rival);
	end_flow(r, &rival);
}

/* An entry in natloop_moved whose port is another's by now must not shut its socket out. */
static void a_moved_port_was_left_over(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0), other = numbered(2);
	struct natloop_socket socket = { htonl(d.client), htonl(d.snat), htons(d.port), d.proto,
					 0 };
	struct frame out = client_says(&d);
	struct natloop_state st;
	__be16 port = htons(other.port);
	uint32_t key = 0;

	dialogue_open(r, &other);
	st = tables_state(r);
	st.moved = 1;
	assert_int_equal(bpf_map_update_elem(prog_run_map(r, "natloop_state"), &key, &st, 0), 0);
	assert_int_equal(bpf_map_update_elem(prog_run_map(r, "natloop_moved"), &socket, &port, 0),
			 0);
	expect_kept(r, &out, r->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_BUSY : NATLOOP_BUSY);
	dialogue_open(r, &d);
	dialogue_to_client(r, &other);
}

static void all_buckets_of_bindings_are_full(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0), second = numbered(2);
	struct frame in = client_says(&second);

	dialogue_open(r, &d);
	for (uint32_t i = 0; i <= r->configs->bucket_mask; i++) {
		for (int way = 0; way < NATLOOP_BINDING_WAYS; way++) {
			if (!r->bindings[i].way[way].flows)
				r->bindings[i].way[way].flows = 2;
		}
	}
	expect_answered(r, &in, NATLOOP_NO_PORT, 0);
	/* A second flow of a socket needs no second binding. */
	d.dialled = d.server_port = 21115;
	dialogue_open(r, &d);
	tables_clear(r);
}

/* Counted in 16 bits: one more must not make it nobody's. */
static void a_binding_has_all_its_flows(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0), second = numbered(0);
	struct natloop_binding *binding;

	dialogue_open(r, &d);
	binding = fill_bindings(r, &d, false, NATLOOP_BINDING_WAYS)->way;
	assert_int_equal(binding->flows, 1);
	binding->flows = 0xffff;
	second.dialled = second.server_port = 21115;
	dialogue_open_moved(r, &second);
	assert_int_equal(binding->flows, 0xffff);
	tables_clear(r);
}

static void bindings_are_locked(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0);
	struct frame out = client_says(&d);

	for (uint32_t i = 0; i <= r->configs->bucket_mask; i++)
		r->bindings[i].flags = NATLOOP_LOCKED;
	expect_kept(r, &out, r->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_BUSY : NATLOOP_BUSY);
	for (uint32_t i = 0; i <= r->configs->bucket_mask; i++)
		r->bindings[i].flags = 0;
	tables_expect(r, &(struct census){});
	dialogue_open(r, &d);
}

static void set_fresh(const struct prog_run *r, uint32_t fresh)
{
	struct natloop_state state = tables_state(r);
	uint32_t key = 0;

	state.fresh = fresh;
	assert_int_equal(bpf_map_update_elem(prog_run_map(r, "natloop_state"), &key, &state, 0), 0);
}

static void no_place_is_left(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0), last = numbered(2);

	set_fresh(r, r->places);
	for (int i = 0; i < 3; i++)
		expect_refused(r, &d, NATLOOP_TABLE_FULL);
	set_fresh(r, r->places - 1);
	dialogue_open(r, &last);
	expect_refused(r, &d, NATLOOP_TABLE_FULL);
	dialogue_to_client(r, &last);
	end_flow(r, &last);
	dialogue_open(r, &d);
	end_flow(r, &d);
	tables_clear(r);
}

/* The bucket of @f's tuple, or its neighbour, has @room for references to flows. */
static void fill_bucket(struct prog_run *r, const struct frame *f, bool neighbour,
			unsigned int room)
{
	struct natloop_tuple tuple = tables_key(f);
	struct natloop_key key = flow_key(&tuple);
	uint64_t hash = flow_hash(&key, r->configs->flow_seed);
	uint32_t index = ((uint32_t)hash & r->configs->bucket_mask) ^ neighbour;

	for (unsigned int i = 1; i < NATLOOP_BUCKET_WORDS; i++)
		r->buckets[index].word[i] = i <= room ? 0 : (~flow_tag(hash) & ~FLOW_REF_MASK) | 1;
}

/* The fillers lead to a flow that there is not, so nobody may count them while they are there. */
static void a_bucket_is_full(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0);
	struct frame out = client_says(&d), back = server_says(&d);
	const struct frame *tuple[] = { &out, &back };

	for (int i = 0; i < 2; i++) {
		prog_run_label(r, "of the %s", i ? "server" : "client");
		fill_bucket(r, tuple[i], false, 0);
		fill_bucket(r, tuple[i], true, 0);
		expect_answered(r, &out, NATLOOP_TABLE_FULL, 0);
		for (unsigned int room = 1; room < 2 * NATLOOP_BUCKET_WORDS; room += 7) {
			bool neighbour = room >= NATLOOP_BUCKET_WORDS;

			fill_bucket(r, tuple[i], neighbour, room % NATLOOP_BUCKET_WORDS + 1);
			fill_bucket(r, tuple[i], !neighbour, 0);
			dialogue_open(r, &d);
			dialogue_to_client(r, &d);
			dialogue_to_server(r, &d);
			end_flow(r, &d);
		}
		tables_clear(r);
	}
}

static void a_bucket_is_locked(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0);
	struct frame out = client_says(&d);

	for (uint32_t i = 0; i <= r->configs->bucket_mask; i++)
		r->buckets[i].word[NATLOOP_BUCKET_FLAGS] = NATLOOP_LOCKED;
	expect_kept(r, &out, r->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_BUSY : NATLOOP_BUSY);
	for (uint32_t i = 0; i <= r->configs->bucket_mask; i++)
		r->buckets[i].word[NATLOOP_BUCKET_FLAGS] = 0;
	tables_expect(r, &(struct census){});
	dialogue_open(r, &d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(max_flows),
		PROG_TEST_BOTH(client_flows),
		PROG_TEST_BOTH(no_port_is_free),
		PROG_TEST_BOTH(the_last_free_port_is_found),
		PROG_TEST_BOTH(a_bucket_of_bindings_is_full),
		PROG_TEST_BOTH(a_binding_stays_where_it_spilled),
		PROG_TEST_BOTH(a_moved_port_was_left_over),
		PROG_TEST_BOTH(all_buckets_of_bindings_are_full),
		PROG_TEST_BOTH(a_binding_has_all_its_flows),
		PROG_TEST_BOTH(bindings_are_locked),
		PROG_TEST_BOTH(no_place_is_left),
		PROG_TEST_BOTH(a_bucket_is_full),
		PROG_TEST_BOTH(a_bucket_is_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
