// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ICMP errors about flows: RFC 5508 REQ-3 to REQ-7, RFC 5382 REQ-9 and REQ-10, RFC 4787 REQ-12. */
#include <netinet/in.h>
#include <string.h>

#include "dialogue.h"
#include "frame_icmp.h"
#include "tables.h"

/* What the client, or else the server, got by @d last. */
static struct frame got(const struct dialogue *d, bool client, void (*change)(struct frame *f))
{
	struct frame in = client ? server_says(d) : client_says(d);

	if (change)
		change(&in);
	return client ? client_hears(d, &in) : server_hears(d, &in);
}

/* The same packet as its sender knows it, after the router took one from the TTL. */
static struct frame sent(const struct dialogue *d, bool client, void (*change)(struct frame *f))
{
	struct frame f = client ? server_says(d) : client_says(d);

	if (change)
		change(&f);
	f.ttl--;
	return f;
}

/* An error by who got the packet; the whole error as it must leave. */
static void expect_error(struct prog_run *r, const struct dialogue *d, struct frame_icmp in)
{
	bool client = in.src == d->client || in.interface == ETH2;
	struct frame quoted = sent(d, client, NULL);
	struct frame_icmp out;
	struct wire before = {}, after = {};

	quoted.payload = in.quoted.payload;
	quoted.no_check = in.quoted.no_check;
	quoted.check_error = in.quoted.check_error;
	quoted.ip_options = in.quoted.ip_options;
	quoted.tcp_options = in.quoted.tcp_options;
	quoted.flags = in.quoted.flags;
	quoted.id = in.quoted.id;
	if (client)
		out = frame_icmp_translated(&in, d->snat, d->server, &quoted);
	else
		out = frame_icmp_translated(&in, d->public, d->client, &quoted);
	frame_icmp_write(&in, &before);
	frame_icmp_write(&out, &after);
	if (r->hook == NATLOOP_HOOK_XDP)
		expect_kept_wire(r, &before, NATLOOP_DEFER_ICMP);
	else
		expect_sent_wire(r, &before, &after, NATLOOP_ICMP_ERROR);
}

static void expect_kept_error(struct prog_run *r, const struct frame_icmp *in,
			      enum natloop_outcome outcome)
{
	struct wire w = {};

	frame_icmp_write(in, &w);
	expect_kept_wire(r, &w, r->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_ICMP : outcome);
}

static struct frame_icmp unreachable(const struct dialogue *d, bool client)
{
	struct frame about = got(d, client, NULL);

	return frame_icmp_about(ICMP_IS_UNREACHABLE, ICMP_CODE_PORT, client ? d->client : d->server,
				&about);
}

static void for_each_flow(struct prog_run *r,
			  void (*check)(struct prog_run *r, const struct dialogue *d, bool client))
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };

	for (int i = 0; i < 4; i++) {
		struct dialogue d = dialogue_with(protos[i / 2]);

		prog_run_label(r, "protocol %u, error of the %s", d.proto,
			       i % 2 ? "client" : "server");
		tables_clear(r);
		d.dialled = 9004;
		d.server_port = 7004;
		dialogue_open(r, &d);
		check(r, &d, i % 2);
	}
}

static void types_and_codes(struct prog_run *r, const struct dialogue *d, bool client)
{
	static const uint8_t types[] = { ICMP_IS_UNREACHABLE, ICMP_IS_TIME_EXCEEDED,
					 ICMP_IS_PARAMETER };

	for (int i = 0; i < 3 * 16; i++) {
		struct frame_icmp in = unreachable(d, client);

		in.type = types[i / 16];
		in.code = i % 16;
		in.rest = 0x05dc0000 + 1400 + i;
		expect_error(r, d, in);
	}
}

static void quotes(struct prog_run *r, const struct dialogue *d, bool client)
{
	for (int i = 0; i < 300; i++) {
		struct frame_icmp in = unreachable(d, client);

		in.quoted.payload = 7 * i % 500;
		in.quoted.no_check = d->proto == IPPROTO_UDP && i % 3 == 0;
		in.quoted.check_error = i % 5 ? 0 : 77 * i;
		in.quoted.ip_options = i % 11 * 4;
		in.quoted.tcp_options = i % 7 * 4;
		in.quoted.flags = i;
		in.quoted.id = 991 * i;
		in.ip_options = i % 4 ? 0 : i % 11 * 4;
		in.padding = i % 9;
		in.quoted_length = i % 2 ? FRAME_QUOTE_WHOLE : 8 + i % 40;
		/* Of half a TCP checksum nobody can say what it is after translation. */
		if (in.quoted_length == 17)
			in.quoted_length = 16;
		expect_error(r, d, in);
	}
}

static void every_type_and_code(void **state)
{
	for_each_flow(*state, types_and_codes);
}

static void every_quote(void **state)
{
	for_each_flow(*state, quotes);
}

/* The NIC's sum beside the packet goes on to fit it. */
static void a_sum_by_the_nic_stays_right(void **state)
{
	struct prog_run *r = *state;

	if (!prog_run_checksum_complete(r))
		skip();
	for_each_flow(r, quotes);
}

static void errors_leave_the_flow_alone_with(struct prog_run *r, const struct dialogue *d,
					     bool client)
{
	struct frame f = client ? client_says(d) : server_says(d);
	struct natloop_flow before = {}, after = {};

	tables_age_seen(r, &f, 1000);
	assert_true(tables_flow(r, &f, &before));
	for (int i = 0; i < 5; i++)
		expect_error(r, d, unreachable(d, client));
	assert_true(tables_flow(r, &f, &after));
	assert_memory_equal(&before, &after, sizeof(before));
	dialogue_to_server(r, d);
	dialogue_to_client(r, d);
}

/* RFC 5508 REQ-6, RFC 7857 section 7: no refresh. RFC 4787 REQ-12, RFC 5382 REQ-10: no end. */
static void errors_leave_the_flow_alone(void **state)
{
	for_each_flow(*state, errors_leave_the_flow_alone_with);
}

static void a_timed_out_flow_stays_so_with(struct prog_run *r, const struct dialogue *d,
					   bool client)
{
	struct frame_icmp in = unreachable(d, client);
	struct frame f = client ? client_says(d) : server_says(d);
	struct natloop_pair *pair = tables_pair(r, &f);

	assert_non_null(pair);
	pair->life = NATLOOP_IDLE;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
	assert_int_equal(pair->life, NATLOOP_IDLE);
	pair->life = NATLOOP_LIVE;
}

static void a_timed_out_flow_stays_so(void **state)
{
	for_each_flow(*state, a_timed_out_flow_stays_so_with);
}

/* Another host of the LAN may not speak of what it never got; a router on the way may. */
static void only_who_got_the_packet_with(struct prog_run *r, const struct dialogue *d, bool client)
{
	struct frame_icmp in = unreachable(d, client);
	struct wire before = {}, after = {};
	struct frame_icmp out;
	struct frame quoted = sent(d, client, NULL);

	in.src = ADDR(192, 168, 11, 77);
	in.smac = MAC_STRANGER;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
	/* The MAC address that packets to the host are sent to. */
	in.smac = client ? MAC_CLIENT : MAC_SERVER;
	out = client ? frame_icmp_translated(&in, d->snat, d->server, &quoted) :
		       frame_icmp_translated(&in, d->public, d->client, &quoted);
	frame_icmp_write(&in, &before);
	frame_icmp_write(&out, &after);
	if (r->hook == NATLOOP_HOOK_TC)
		expect_sent_wire(r, &before, &after, NATLOOP_ICMP_ERROR);
	in = unreachable(d, client);
	in.interface = ETH2;
	in.dmac = MAC_ROUTER_ETH2;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
}

static void only_who_got_the_packet(void **state)
{
	for_each_flow(*state, only_who_got_the_packet_with);
}

static void what_belongs_to_no_flow_with(struct prog_run *r, const struct dialogue *d, bool client)
{
	struct frame_icmp in;

	in = unreachable(d, client);
	in.quoted.dport++;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
	in = unreachable(d, client);
	in.quoted.sport++;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
	in = unreachable(d, client);
	in.quoted.proto = in.quoted.proto == IPPROTO_TCP ? IPPROTO_UDP : IPPROTO_TCP;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
	/* To one of our addresses about a packet from another one. */
	in = unreachable(d, client);
	in.dst = PUBLIC2;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
	/* A later fragment has no ports. */
	in = unreachable(d, client);
	in.quoted.fragment = 10;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
	in = unreachable(d, client);
	in.quoted.proto = IPPROTO_SCTP;
	expect_kept_error(r, &in, NATLOOP_ICMP_STRAY);
}

static void what_belongs_to_no_flow(void **state)
{
	for_each_flow(*state, what_belongs_to_no_flow_with);
}

static void what_cannot_be_trusted_with(struct prog_run *r, const struct dialogue *d, bool client)
{
	struct frame_icmp in = unreachable(d, client);
	struct wire w = {};

	/* RFC 5508 REQ-3: the ICMP checksum, and that of the quoted header. */
	in.check_error = 0x100;
	expect_kept_error(r, &in, NATLOOP_ICMP_BAD);
	in = unreachable(d, client);
	in.quoted.ip_check_error = 1;
	expect_kept_error(r, &in, NATLOOP_ICMP_BAD);
	/* Half a quote. */
	in = unreachable(d, client);
	in.quoted_length = 7;
	frame_icmp_write(&in, &w);
	expect_kept_wire(r, &w, NATLOOP_ICMP_BAD);
}

static void what_cannot_be_trusted(void **state)
{
	for_each_flow(*state, what_cannot_be_trusted_with);
}

/* RFC 1122 3.2.2: no error about an error. */
static void a_last_hop_is_silent_with(struct prog_run *r, const struct dialogue *d, bool client)
{
	struct frame_icmp in = unreachable(d, client);
	struct prog_result result = {};
	struct wire w = {};

	for (int ttl = 0; ttl < 2; ttl++) {
		in.ttl = ttl;
		frame_icmp_write(&in, &w);
		prog_run(r, &w, &result);
		assert_int_equal(result.outcome, NATLOOP_TTL_EXPIRED);
		assert_int_equal(result.verdict, verdict_kept(r->hook, NATLOOP_FATE_DROP));
		memset(&w, 0, sizeof(w));
	}
}

static void a_last_hop_is_silent(void **state)
{
	for_each_flow(*state, a_last_hop_is_silent_with);
}

/* Pings, redirects and what is about pings go to the kernel as they came. */
static void other_icmp_is_the_kernels(void **state)
{
	struct prog_run *r = *state;
	struct dialogue d = dialogue_with(IPPROTO_UDP);

	dialogue_open(r, &d);
	for (int type = 0; type < 256; type++) {
		struct frame_icmp in = unreachable(&d, true);
		struct wire w = {};

		if (type == 3 || type == 11 || type == 12)
			continue;
		prog_run_label(r, "type %d", type);
		in.type = type;
		frame_icmp_write(&in, &w);
		expect_kept_wire(r, &w, NATLOOP_ICMP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROG_TEST_BOTH(every_type_and_code),
		PROG_TEST_BOTH(every_quote),
		PROG_TEST_TC(a_sum_by_the_nic_stays_right),
		PROG_TEST_BOTH(errors_leave_the_flow_alone),
		PROG_TEST_BOTH(a_timed_out_flow_stays_so),
		PROG_TEST_BOTH(only_who_got_the_packet),
		PROG_TEST_BOTH(what_belongs_to_no_flow),
		PROG_TEST_TC(what_cannot_be_trusted),
		PROG_TEST_TC(a_last_hop_is_silent),
		PROG_TEST_BOTH(other_icmp_is_the_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
