// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* At a limit new flows are refused, live ones stay, and a refusal leaves nothing behind. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <netinet/in.h>

#include "dialogue.h"
#include "tables.h"

#define QUEUE_SIZE 16384 /* elements, as the objects are built */
#define BINDING_SIZE 16384
#define FLOWS_SIZE 32768

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
	struct natloop_flow flow = {};

	assert_true(tables_flow(r, &f, &flow));
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &key, flow.id), 1);
	prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	assert_false(tables_flow(r, &f, &flow));
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

static void bindings_are_full(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0), second = numbered(2);

	dialogue_open(r, &d);
	for (int i = 1; i < BINDING_SIZE; i++)
		tables_take_port(r, IPPROTO_TCP, INTERNET + (i >> 14), i);
	expect_refused(r, &second, NATLOOP_TABLE_FULL);
	/* A second flow of a socket needs no second binding. */
	d.dialled = d.server_port = 21115;
	dialogue_open(r, &d);
	for (int i = 1; i < BINDING_SIZE; i++)
		tables_free_port(r, IPPROTO_TCP, INTERNET + (i >> 14), i);
}

static void the_queue_is_full(void **state)
{
	struct prog_run *r = *state;
	struct natloop_queued junk = { .id = 1 };
	struct dialogue d = numbered(0);
	int fd = prog_run_map(r, "natloop_queue");

	for (int i = 0; i < QUEUE_SIZE; i++)
		assert_int_equal(bpf_map_update_elem(fd, NULL, &junk, 0), 0);
	expect_refused(r, &d, NATLOOP_TABLE_FULL);
	while (!bpf_map_lookup_and_delete_elem(fd, NULL, &junk))
		;
	dialogue_open(r, &d);
}

/* The table has room for one entry, for both of a flow, or for none. */
static void flow_table(struct prog_run *r, unsigned int room, bool fill)
{
	int fd = prog_run_map(r, "natloop_flows");
	struct natloop_flow flow = {};

	for (unsigned int i = 0; i < FLOWS_SIZE - room; i++) {
		struct natloop_tuple key = { .src = world_addr(i), .proto = 255 };

		if (fill)
			CHECK(!bpf_map_update_elem(fd, &key, &flow, BPF_NOEXIST),
			      "entry %u cannot be made: %m", i);
		else
			bpf_map_delete_elem(fd, &key);
	}
}

static void the_flow_table_is_full(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = numbered(0);

	for (unsigned int room = 0; room < 2; room++) {
		struct frame in = client_says(&d);

		prog_run_label(r, "room for %u entries", room);
		flow_table(r, room, true);
		expect_answered(r, &in, NATLOOP_TABLE_FULL, 0);
		flow_table(r, room, false);
		tables_expect(r, &(struct census){});
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(max_flows),
		PROG_TEST_BOTH(client_flows),
		PROG_TEST_BOTH(no_port_is_free),
		PROG_TEST_BOTH(the_last_free_port_is_found),
		PROG_TEST_BOTH(bindings_are_full),
		PROG_TEST_BOTH(the_queue_is_full),
		PROG_TEST_BOTH(the_flow_table_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
