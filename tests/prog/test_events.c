// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What who listens is told: of flows, of packets, of one packet that is traced; and for how long.
 */
#include <bpf/libbpf.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "dialogue.h"
#include "tables.h"

#define SECOND 1000000000ULL
#define SEEN_MOST 1024

static struct natloop_event seen[SEEN_MOST];
static unsigned int seen_count;

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * SECOND + ts.tv_nsec;
}

static void listen_to(struct prog_run *r, __u32 what)
{
	r->configs->lease.client = htonl(CLIENT);
	r->configs->lease.until = now_ns() + 60 * SECOND;
	r->configs->listening = what;
}

static int take(void *ctx, void *data, size_t size)
{
	(void)ctx;
	assert_int_equal(size, sizeof(seen[0]));
	assert_true(seen_count < SEEN_MOST);
	memcpy(&seen[seen_count++], data, size);
	return 0;
}

/* Reads all events that there are. */
static void read_events(struct prog_run *r)
{
	struct ring_buffer *ring =
		ring_buffer__new(prog_run_map(r, "natloop_events"), take, NULL, NULL);

	seen_count = 0;
	assert_non_null(ring);
	assert_true(ring_buffer__consume(ring) >= 0);
	ring_buffer__free(ring);
}

static const struct natloop_event *expect_event(struct prog_run *r, enum natloop_event_kind kind)
{
	read_events(r);
	CHECK(seen_count == 1, "%s: %u events", r->label, seen_count);
	CHECK(seen[0].kind == kind, "%s: kind %u, not %u", r->label, seen[0].kind, kind);
	CHECK(now_ns() - seen[0].time < 60 * SECOND, "%s: time", r->label);
	return &seen[0];
}

static void expect_none(struct prog_run *r)
{
	read_events(r);
	CHECK(!seen_count, "%s: %u events", r->label, seen_count);
}

static void expect_key(struct prog_run *r, const struct natloop_key *key, const struct frame *f)
{
	CHECK(key->src == htonl(f->src) && key->dst == htonl(f->dst) &&
		      key->sport == htons(f->sport) && key->dport == htons(f->dport) &&
		      key->proto == f->proto,
	      "%s: another tuple", r->label);
}

static enum natloop_outcome send_one(struct prog_run *r, const struct frame *f)
{
	struct prog_result result = {};
	struct wire w = {};

	frame_write(f, &w);
	prog_run(r, &w, &result);
	return result.outcome;
}

static void sweep_away(struct prog_run *r, const struct dialogue *d)
{
	struct frame out = client_says(d), back = server_says(d);

	tables_age_seen(r, &out, 1000);
	tables_age_seen(r, &back, 1000);
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		r->cfg->timeout[i] = 100;
	for (int i = 0; i < 2; i++)
		prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	tables_expect(r, &(struct census){});
}

static void flush(struct prog_run *r, const struct dialogue *d)
{
	struct frame out = client_says(d);
	struct natloop_tuple tuple = tables_key(&out);
	__u32 id = tables_pair(r, &out)->id;

	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_KILL, &tuple, id), 1);
	assert_int_equal(prog_run_ctl(r, NATLOOP_CTL_REMOVE, &tuple, id), 1);
}

static void flows(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);
	struct frame out = client_says(&d), back = server_says(&d);
	const struct natloop_event *e;

	prog_run_label(r, "made");
	listen_to(r, NATLOOP_LISTEN_FLOWS);
	dialogue_open(r, &d);
	e = expect_event(r, NATLOOP_EVENT_MADE);
	expect_key(r, &e->before, &out);
	expect_key(r, &e->after, &back);
	assert_int_equal(e->ifindex, r->ifindex[ETH1]);
	prog_run_label(r, "carried");
	dialogue_to_server(r, &d);
	dialogue_to_client(r, &d);
	expect_none(r);
	prog_run_label(r, "expired");
	sweep_away(r, &d);
	e = expect_event(r, NATLOOP_EVENT_EXPIRED);
	expect_key(r, &e->before, &out);
	assert_int_equal(e->packets, 3);
	prog_run_label(r, "flushed");
	d = dialogue_with(IPPROTO_TCP);
	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	expect_event(r, NATLOOP_EVENT_MADE);
	flush(r, &d);
	e = expect_event(r, NATLOOP_EVENT_FLUSHED);
	assert_true(e->tcp_flags[NATLOOP_DIR_TO_SERVER] & SYN);
	assert_true(e->tcp_flags[NATLOOP_DIR_TO_CLIENT] & ACK);
}

/* A packet that is passed on: XDP says nothing of it, for TC has it, too. */
static void pass_one(struct prog_run *r, const struct frame *f)
{
	enum natloop_hook hook = r->hook;

	send_one(r, f);
	if (hook == NATLOOP_HOOK_TC)
		return;
	expect_none(r);
	r->hook = NATLOOP_HOOK_TC;
	send_one(r, f);
	r->hook = hook;
}

static void refused(void **state)
{
	struct prog_run *r = *state;
	struct frame f = frame_from(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 21116);
	const struct natloop_event *e;

	listen_to(r, NATLOOP_LISTEN_FLOWS);
	/* No answer is due, so that XDP does not leave it to TC. */
	tables_spend_rates(r);
	prog_run_label(r, "table full");
	r->cfg->max_flows = 0;
	send_one(r, &f);
	e = expect_event(r, NATLOOP_EVENT_REFUSED);
	assert_int_equal(e->outcome, NATLOOP_TABLE_FULL);
	assert_int_equal(e->hook, r->hook);
	assert_int_equal(e->ifindex, r->ifindex[ETH1]);
	expect_key(r, &e->before, &f);
	prog_run_label(r, "not of the LAN");
	f.src = INTERNET;
	pass_one(r, &f);
	assert_int_equal(expect_event(r, NATLOOP_EVENT_REFUSED)->outcome, NATLOOP_NOT_LAN);
	prog_run_label(r, "no forward");
	f.dport = 22;
	send_one(r, &f);
	expect_none(r);
	prog_run_label(r, "not for us");
	f.dst = INTERNET;
	send_one(r, &f);
	expect_none(r);
}

/* XDP leaves it to TC, and only one of them may tell of it. */
static void told_once(void **state)
{
	struct prog_run *r = *state;
	struct frame f = frame_from(IPPROTO_TCP, CLIENT, 40000, PUBLIC, 21116);

	prog_run_label(r, "deferred");
	listen_to(r, NATLOOP_LISTEN_FLOWS);
	r->cfg->max_flows = 0;
	assert_int_equal(send_one(r, &f), NATLOOP_DEFER_ICMP);
	expect_none(r);
	r->hook = NATLOOP_HOOK_TC;
	assert_int_equal(send_one(r, &f), NATLOOP_TABLE_FULL);
	expect_event(r, NATLOOP_EVENT_REFUSED);
}

static void off(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	prog_run_label(r, "nobody listens");
	dialogue_open(r, &d);
	flush(r, &d);
	expect_none(r);
	prog_run_label(r, "the lease is over");
	for (__u32 what = NATLOOP_LISTEN_FLOWS; what <= NATLOOP_LISTEN_PACKETS; what *= 2) {
		listen_to(r, what);
		r->configs->lease.until = now_ns() - 1;
		dialogue_open(r, &d);
		flush(r, &d);
		expect_none(r);
	}
	assert_int_equal(r->configs->listening, NATLOOP_LISTEN_PACKETS);
	prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	assert_int_equal(r->configs->listening, 0);
	prog_run_label(r, "each lease for itself");
	listen_to(r, NATLOOP_LISTEN_FLOWS | NATLOOP_LISTEN_TRACE);
	prog_run_ctl(r, NATLOOP_CTL_SWEEP, NULL, 0);
	assert_int_equal(r->configs->listening, NATLOOP_LISTEN_FLOWS);
	assert_int_equal(r->configs->lease.lost, 0);
}

static void packets(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct frame out = client_says(&d), back = server_says(&d), f;
	const struct natloop_event *e;

	prog_run_label(r, "to the server");
	listen_to(r, NATLOOP_LISTEN_PACKETS);
	dialogue_open(r, &d);
	e = expect_event(r, NATLOOP_EVENT_PACKET);
	assert_int_equal(e->outcome, NATLOOP_NEW_FLOW);
	assert_int_equal(e->tcp_flags[0], SYN);
	expect_key(r, &e->before, &out);
	f = server_hears(&d, &out);
	expect_key(r, &e->after, &f);
	prog_run_label(r, "to the client");
	dialogue_to_client(r, &d);
	e = expect_event(r, NATLOOP_EVENT_PACKET);
	assert_int_equal(e->direction, NATLOOP_DIR_TO_CLIENT);
	expect_key(r, &e->before, &back);
	f = client_hears(&d, &back);
	expect_key(r, &e->after, &f);
	prog_run_label(r, "no forward");
	out.dport = 22;
	pass_one(r, &out);
	e = expect_event(r, NATLOOP_EVENT_PACKET);
	assert_int_equal(e->outcome, NATLOOP_NOT_FORWARDED);
	assert_int_equal(e->after.proto, 0);
	prog_run_label(r, "not for a public address");
	out.dst = INTERNET;
	send_one(r, &out);
	expect_none(r);
	prog_run_label(r, "another client");
	d.client++;
	d.port++;
	d.snat_port++;
	dialogue_open(r, &d);
	dialogue_to_client(r, &d);
	expect_none(r);
}

/* Packets that are refused; @rated: those beyond the rate are not told. */
static void send_refused(struct prog_run *r, unsigned int count, bool rated)
{
	struct frame f = frame_from(IPPROTO_UDP, INTERNET, 40000, PUBLIC, 21116);

	for (unsigned int i = 0; i < count; i++) {
		if (!rated)
			r->configs->lease.tat = 0;
		send_one(r, &f);
	}
	read_events(r);
}

static void limits(void **state)
{
	struct prog_run *r = *state;
	struct frame f = frame_from(IPPROTO_UDP, CLIENT, 40000, PUBLIC, 22);
	unsigned int most = NATLOOP_EVENT_BYTES / (sizeof(struct natloop_event) + 8);
	struct natloop_lease *lease = &r->configs->lease;
	__u64 begun = now_ns(), took, held;

	prog_run_label(r, "rate");
	listen_to(r, NATLOOP_LISTEN_PACKETS);
	for (int i = 0; i < 600; i++)
		send_one(r, &f);
	took = now_ns() - begun;
	read_events(r);
	assert_int_equal(seen_count + lease->held, 600);
	assert_true(seen_count >= NATLOOP_EVENT_BURST);
	assert_true(seen_count <= NATLOOP_EVENT_BURST + 1 + took / NATLOOP_EVENT_INTERVAL_NS);
	prog_run_label(r, "room");
	listen_to(r, NATLOOP_LISTEN_FLOWS);
	send_refused(r, most + 50, false);
	assert_int_equal(lease->lost, most + 50 - seen_count);
	assert_true(seen_count >= most - 1 && lease->lost >= 50);
	prog_run_label(r, "rate of the refused");
	held = lease->held;
	begun = now_ns();
	send_refused(r, 600, true);
	took = now_ns() - begun;
	assert_int_equal(seen_count + lease->held - held, 600);
	assert_true(seen_count <= NATLOOP_EVENT_BURST + 1 + took / NATLOOP_EVENT_INTERVAL_NS);
}

static void traced(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_TCP);
	struct natloop_lease *lease = &r->configs->lease;
	struct frame f = client_says(&d);

	f.flags = SYN;
	f.id = 0x1234;
	listen_to(r, NATLOOP_LISTEN_FLOWS | NATLOOP_LISTEN_TRACE);
	lease->trace_until = lease->until;
	lease->trace_id = htons(f.id);
	lease->trace = lease->trace_flow = (struct natloop_key){
		.src = htonl(f.src),
		.dst = htonl(f.dst),
		.sport = htons(f.sport),
		.dport = htons(f.dport),
		.proto = f.proto,
	};
	prog_run_label(r, "traced");
	send_one(r, &f);
	assert_int_equal(lease->traced[r->hook], NATLOOP_NEW_FLOW + 1);
	assert_int_equal(lease->traced[!r->hook], 0);
	prog_run_label(r, "another packet of it");
	f.id++;
	f.flags = ACK;
	send_one(r, &f);
	assert_int_equal(lease->traced[r->hook], NATLOOP_NEW_FLOW + 1);
	flush(r, &d);
	expect_none(r);
	prog_run_label(r, "not for us");
	f.dst = INTERNET;
	lease->trace.dst = htonl(f.dst);
	send_one(r, &f);
	assert_int_equal(lease->traced[r->hook], NATLOOP_UNRELATED + 1);
	prog_run_label(r, "another flow");
	d.port++;
	d.snat_port++;
	dialogue_open(r, &d);
	expect_event(r, NATLOOP_EVENT_MADE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(flows),	PROG_TEST_BOTH(refused), PROG_TEST_XDP(told_once),
		PROG_TEST_BOTH(off),	PROG_TEST_BOTH(packets), PROG_TEST_TC(limits),
		PROG_TEST_BOTH(traced),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
