// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The public address, asked from the LAN. */
#include <errno.h>

#include "address.h"
#include "doctor_ask.h"
#include "doctor_client_parts.h"
#include "doctor_probes.h"

static struct probe make_probe(const struct doctor_run *run, const struct doctor_service *s,
			       const struct natloop_addr *address)
{
	return (struct probe){
		.kind = s->kind,
		.address = *address,
		.port = s->port,
		.port2 = s->port2,
		.key = run->asked->key,
	};
}

static enum doctor_level level_of(enum doctor_outcome out)
{
	return out == DOCTOR_OUT_GOOD	 ? DOCTOR_OK :
	       out == DOCTOR_OUT_MISSING ? DOCTOR_UNKNOWN :
					   DOCTOR_PROBLEM;
}

/* RustDesk's client compares the two: src/common.rs, test_nat_type_. */
static void add_nat_test(struct doctor_run *run, const struct probe *probe, const char *port)
{
	if (probe->kind != PROBE_RUSTDESK_NAT || probe->result != PROBE_OK)
		return;
	if (probe->seen != probe->seen2)
		doctor_add(run->report, "nat-test", DOCTOR_PROBLEM, port,
			   "on the router: natloopctl attach LAN-INTERFACE",
			   "asked from port %u, the one saw port %u and the other %u: a symmetric "
			   "NAT to RustDesk, which relays all",
			   probe->local, probe->seen, probe->seen2);
	else
		doctor_add(run->report, "nat-test", DOCTOR_OK, port, "",
			   "asked from port %u, both saw port %u", probe->local, probe->seen);
}

static void add_answer(struct doctor_run *run, const struct doctor_service *s, enum doctor_at at)
{
	const struct probe *probe = &s->at[at];
	enum doctor_outcome out = doctor_outcome(probe);
	char text[128], port[32], address[ADDRESS_TEXT_MAX];

	doctor_service_text(s, false, port, sizeof(port));
	doctor_add(run->report, at == DOCTOR_AT_PUBLIC ? "public-answers" : "name-answers",
		   level_of(out), port,
		   doctor_probe_next(probe, "on the router: natloopctl doctor"), "%s %s",
		   address_format(&probe->address, address, sizeof(address)),
		   doctor_probe_text(probe, text, sizeof(text)));
	doctor_add_unreliable(run->report, probe, port);
	add_nat_test(run, probe, port);
}

/* Whatever is wrong at the public address, a client cannot see it from outside. */
static void add_outside(struct doctor_run *run)
{
	const struct doctor_facts *facts = run->facts;
	char public[ADDRESS_TEXT_MAX], next[512];
	struct doctor_tally t;

	doctor_tally(facts, DOCTOR_AT_PUBLIC, &t);
	if (!doctor_bad(&t) || facts->outside != DOCTOR_NOT_KNOWN)
		return;
	address_format(&facts->public, public, sizeof(public));
	snprintf(next, sizeof(next),
		 "try it from a phone without Wi-Fi; then natloopctl doctor --client %s --outside "
		 "ok, or failed",
		 *facts->name ? facts->name : public);
	doctor_add(run->report, "outside", DOCTOR_UNKNOWN, public, next,
		   "whether it works from outside cannot be seen from here");
}

static void add_who_answers(struct doctor_run *run, const struct probe *probe)
{
	const struct doctor_facts *facts = run->facts;
	char address[ADDRESS_TEXT_MAX], gateway[ADDRESS_TEXT_MAX];

	address_format(&probe->address, address, sizeof(address));
	address_format(&facts->gateway, gateway, sizeof(gateway));
	if (facts->gateway_answers == DOCTOR_YES)
		doctor_add(run->report, "who-answers", DOCTOR_OK, address, "",
			   "who answers there is this host's router, %s: a packet that goes no "
			   "further is answered, too",
			   gateway);
	else
		doctor_add(
			run->report, "who-answers", DOCTOR_UNKNOWN, address,
			"compare it with the router's address towards the Internet",
			"who answers there is behind this host's router, %s: the server, another "
			"router, or a stranger",
			gateway);
}

/* Of what is not as the server should: only the router next to here can answer a TTL of 1. */
static int find_who_answers(struct doctor_run *run, enum doctor_at at)
{
	struct doctor_facts *facts = run->facts;
	const struct doctor_service *s;
	struct doctor_tally t;
	struct problem p;
	struct probe probe;
	int err;

	doctor_tally(facts, at, &t);
	s = t.first[DOCTOR_OUT_OTHER] ? t.first[DOCTOR_OUT_OTHER] : t.first[DOCTOR_OUT_REFUSED];
	if (!s || address_is_zero(&facts->gateway))
		return 0;
	probe = make_probe(run, s, &s->at[at].address);
	probe.ttl = 1;
	err = doctor_ask(&probe, 1, true, &p);
	if (err || probe.result == PROBE_FAILED)
		return err == -EINTR ? err : 0;
	if (probe.connected || probe.result == PROBE_OK || probe.result == PROBE_OTHER ||
	    probe.result == PROBE_REFUSED)
		facts->gateway_answers = DOCTOR_YES;
	else
		facts->gateway_answers = DOCTOR_NO;
	add_who_answers(run, &probe);
	return 0;
}

int doctor_client_probe(struct doctor_run *run, const struct natloop_addr *where)
{
	struct doctor_facts *facts = run->facts;
	const struct {
		enum doctor_at at;
		const struct natloop_addr *address;
	} place[] = { { DOCTOR_AT_PUBLIC, &facts->public }, { DOCTOR_AT_NAME, where } };
	struct probe probe[2 * DOCTOR_SERVICES];
	struct problem p = { .usage = false };
	struct doctor_tally server;
	size_t count = 0, next = 0;
	int err;

	doctor_tally(facts, DOCTOR_AT_SERVER, &server);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < facts->services && !address_is_zero(place[k].address); i++)
			probe[count++] = make_probe(run, &facts->service[i], place[k].address);
	/* Where the server itself is bad, that is the verdict: time is better spent otherwise. */
	err = doctor_ask(probe, count, !doctor_bad(&server), &p);
	if (err && err != -EINTR) {
		doctor_add(run->report, "public-answers", DOCTOR_UNKNOWN, p.object, p.remedy, "%s",
			   p.what);
		return 0;
	}
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < facts->services && !address_is_zero(place[k].address); i++) {
			facts->service[i].at[place[k].at] = probe[next++];
			add_answer(run, &facts->service[i], place[k].at);
		}
	add_outside(run);
	if (!err)
		err = find_who_answers(run,
				       address_is_zero(where) ? DOCTOR_AT_PUBLIC : DOCTOR_AT_NAME);
	return err;
}
