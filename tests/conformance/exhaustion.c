// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What becomes of a client that wants more than there is; last, since it takes all there is. */
#include "reassemble.h"

#include "flow.h"

#include <netinet/in.h>

#define GREEDY ADDR(192, 168, 11, 77)
#define FLOWS 6000
#define FRAGMENTS 8000
#define ERRORS 300
#define BATCH 20 /* less than the suite can collect at a time */

static const uint8_t MAC_GREEDY[6] = { 0x02, 0, 0, 0, 0x0b, 0x4d };

static struct frame greedy_frame(int number)
{
	struct frame f = frame_from(IPPROTO_UDP, GREEDY, 10000 + number, PUBLIC, 21116);

	f.smac = MAC_GREEDY;
	f.payload = 8;
	return f;
}

/* Sends a batch; returns how many arrived at the server. */
static int send_batch(struct suite *s, int from)
{
	int arrived = 0;

	for (int i = 0; i < BATCH; i++) {
		struct frame f = greedy_frame(from + i);

		send_frame(s, &f);
	}
	collect(s);
	for (int i = 0; i < s->count; i++) {
		const struct wire *w = &s->got[i];

		arrived += w->l3 && packet_get32(w, w->l3 + 16) == SERVER;
	}
	return arrived;
}

/* Sends until something is refused; returns how many flows there were, or -1: there is no end. */
static int exhaust(struct suite *s)
{
	int flows = 0;

	lab_host_add(s->lab, ETH1, GREEDY, MAC_GREEDY);
	for (int from = 0; from < FLOWS; from += BATCH) {
		int arrived = send_batch(s, from);

		flows += arrived;
		if (arrived < BATCH)
			return flows;
	}
	return -1;
}

/* The next flow after the limit. The allowance of errors to one host is full again after a second.
 */
static void refused(struct suite *s)
{
	int flows = exhaust(s);
	struct frame in = greedy_frame(FLOWS + 1);

	if (flows < 0)
		not_applicable(s, "there is no limit: %d flows of one client are accepted", FLOWS);
	if (lab_collect_late(s->lab, s->got, GOT_MAX, 1200) < 0)
		failed(s, "the router no longer answers pings");
	send_frame(s, &in);
	collect(s);
	expect_own_icmp(s, ICMP_IS_UNREACHABLE, ICMP_CODE_PROHIBITED, &in,
			"the first datagram above the limit");
	passed(s, "after %d flows of one client the next is refused by ICMP 3/13", flows);
}

static void others_go_on(struct suite *s)
{
	struct flow before = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116), after;
	int flows = exhaust(s);

	after = flow_establish(s, IPPROTO_TCP, CLIENT, suite_port(s), 21116);
	flow_talk(s, &before, "a conversation from before the flood");
	flow_talk(s, &after, "a new conversation");
	passed(s, "old and new conversations of others go on while one client has %d flows",
	       flows < 0 ? FLOWS : flows);
}

/* Piece @number of many datagrams, which never become whole, to fill whatever waits for the rest.
 */
static void send_pieces(struct suite *s, int number)
{
	struct frame in = greedy_frame(0);

	in.payload = 1400;
	for (int i = 0; i < FRAGMENTS; i++) {
		struct pieces p;

		in.id = i;
		p = pieces_cut(&in, 400);
		pieces_send(s, &p, number);
		/* What comes out must not fill the lab's buffers. */
		if (i % BATCH == 0)
			collect(s);
	}
	collect(s);
}

/* Whole datagrams, and those whose fragments come in order, still pass. */
static void expect_undisturbed(struct suite *s, struct flow *f)
{
	struct frame in = flow_frame(f, FROM_CLIENT), out;
	struct pieces p;

	flow_talk(s, f, "whole datagrams in a flood of fragments");
	in.payload = 2000;
	in.id = suite_id(s);
	out = flow_translated(f, FROM_CLIENT, &in);
	p = pieces_cut(&in, 800);
	pieces_send_all(s, &p, "012");
	collect(s);
	expect_datagram(s, &out, "fragments in order in a flood of fragments");
}

static void later_fragments(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);

	send_pieces(s, 2);
	expect_undisturbed(s, &f);
	passed(s, "%d fragments without a first one do not keep others from passing", FRAGMENTS);
}

static void first_fragments(struct suite *s)
{
	struct flow f = flow_establish(s, IPPROTO_UDP, CLIENT, suite_port(s), 21116);

	send_pieces(s, 0);
	expect_undisturbed(s, &f);
	passed(s, "%d first fragments without the rest do not keep others from passing", FRAGMENTS);
}

/* Errors that are asked for without end are not sent without end. */
static void own_errors(struct suite *s)
{
	struct frame in = frame_from(IPPROTO_UDP, CLIENT2, suite_port(s), PUBLIC, 21116);
	int sent = 0, answers = 0;

	in.ttl = 1;
	while (sent < ERRORS) {
		for (int i = 0; i < BATCH; i++, sent++)
			send_frame(s, &in);
		collect(s);
		answers += s->count;
	}
	if (!answers)
		failed(s, "no packet with TTL 1 is answered");
	if (answers == sent)
		failed(s, "all of %d packets with TTL 1 in a row are answered", sent);
	passed(s, "of %d packets with TTL 1 in a row %d are answered", sent, answers);
}

const struct suite_case exhaustion_cases[] = {
	{ "exhaustion-refused", "5508 R8", refused },
	{ "exhaustion-others-go-on", "6888 R4", others_go_on },
	{ "exhaustion-own-errors", "1812 s4.3.2.8", own_errors },
	{ "exhaustion-later-fragments", "4787 R14a", later_fragments },
	{ "exhaustion-first-fragments", "4787 R14a", first_fragments },
	{ 0 },
};
