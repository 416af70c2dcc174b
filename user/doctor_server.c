// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asks the server as its clients would; and once more from another address than the LAN's. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "clock.h"
#include "doctor_ask.h"
#include "doctor_probes.h"
#include "doctor_run.h"
#include "netlink_neighbour.h"
#include "signals.h"

/* Three requests, one a second: net.ipv4.neigh.default.mcast_solicit and ucast_solicit. */
#define ARP_MS 4000
#define ARP_POLL_MS 100
#define ARP_CLOCK_MS 1000 /* the kernel counts it in ticks, which come late on a busy machine */

/* Its answers to that address come back only if the server's gateway is this router. */
static const struct natloop_addr *other_source(const struct doctor_run *run)
{
	const struct doctor_facts *facts = run->facts;
	const struct natloop_addr *a =
		facts->public_is_own == DOCTOR_YES ? &facts->public : &facts->wan;

	if (address_is_zero(a) || run->uplink[0] == run->lan || facts->server_is_own != DOCTOR_NO)
		return NULL;
	return a;
}

static struct probe make_probe(const struct doctor_run *run, const struct doctor_service *s,
			       const struct natloop_addr *from)
{
	struct probe probe = {
		.kind = s->kind,
		.address = run->facts->server,
		.port = s->server_port,
		.port2 = s->server_port2,
		.key = run->asked->key,
	};

	if (from)
		probe.from = *from;
	return probe;
}

static int ask(struct doctor_run *run, struct problem *p)
{
	const struct natloop_addr *source = other_source(run);
	struct probe probe[2 * DOCTOR_SERVICES];
	struct doctor_facts *facts = run->facts;
	size_t count = 0;
	int err;

	for (size_t i = 0; i < facts->services; i++)
		probe[count++] = make_probe(run, &facts->service[i], NULL);
	for (size_t i = 0; source && i < facts->services; i++)
		probe[count++] = make_probe(run, &facts->service[i], source);
	err = doctor_ask(probe, count, true, p);
	if (err && err != -EINTR)
		return err;
	for (size_t i = 0; i < facts->services; i++) {
		facts->service[i].at[DOCTOR_AT_SERVER] = probe[i];
		if (source)
			facts->service[i].at[DOCTOR_AT_SERVER_FROM_PUBLIC] =
				probe[facts->services + i];
	}
	return err;
}

/*
 * Asks again, for what answered half a minute ago may be off now. Who may not ask takes what has
 * answered since @begun, of clock_ms(), and waits for the kernel to do so, 5 s after the first
 * packet to a neighbour that was not heard of for some time (delay_first_probe_time).
 */
static enum netlink_neighbour ask_neighbour(const struct doctor_run *run, int64_t begun)
{
	const struct timespec pause = { .tv_nsec = ARP_POLL_MS * 1000000L };
	const struct natloop_addr *server = &run->facts->server;
	enum netlink_neighbour state = NEIGHBOUR_NONE;
	bool asked = false;
	unsigned int age_ms;

	for (int left = ARP_MS; left > 0; left -= ARP_POLL_MS) {
		if (netlink_neighbour(run->lan, server, &state, &age_ms) ||
		    state == NEIGHBOUR_FAILED || state == NEIGHBOUR_FIXED)
			return state;
		if (state == NEIGHBOUR_ANSWERED && asked)
			return state;
		if (!asked && !netlink_neighbour_ask(run->lan, server))
			asked = true;
		else if (!asked && state == NEIGHBOUR_ANSWERED)
			return age_ms < clock_ms() - begun + ARP_CLOCK_MS ? state : NEIGHBOUR_NONE;
		else if (!asked && state != NEIGHBOUR_PENDING)
			return NEIGHBOUR_NONE;
		if (nanosleep(&pause, NULL) || signals_waiting())
			break;
	}
	return NEIGHBOUR_NONE;
}

/* Is there a host with the server's address? The probes have made the kernel ask. */
static void look_neighbour(struct doctor_run *run, int64_t begun)
{
	enum netlink_neighbour state = ask_neighbour(run, begun);
	const struct link *link = netlink_link_by_index(&run->links, run->lan);
	const char *lan = link ? link->name : "the LAN";
	char server[ADDRESS_TEXT_MAX];

	if (state == NEIGHBOUR_ANSWERED)
		run->facts->server_resolves = DOCTOR_YES;
	else if (state == NEIGHBOUR_FAILED)
		run->facts->server_resolves = DOCTOR_NO;
	address_format(&run->facts->server, server, sizeof(server));
	if (state == NEIGHBOUR_ANSWERED)
		doctor_add(run->report, "server-address", DOCTOR_OK, server, "",
			   "a host on %s answers ARP for it", lan);
	else if (state == NEIGHBOUR_FAILED)
		doctor_add(run->report, "server-address", DOCTOR_PROBLEM, server,
			   "see whether the server is on, and which address it has: ip address",
			   "nobody on %s answers ARP for it", lan);
	else
		doctor_add(run->report, "server-address", DOCTOR_UNKNOWN, server,
			   "run it again in a minute, or as root",
			   "whether a host on %s has it is not known", lan);
}

static enum doctor_level level_of(enum doctor_outcome out)
{
	return out == DOCTOR_OUT_GOOD	 ? DOCTOR_OK :
	       out == DOCTOR_OUT_MISSING ? DOCTOR_UNKNOWN :
					   DOCTOR_PROBLEM;
}

static void add_answer(struct doctor_run *run, const struct doctor_service *s)
{
	const struct probe *probe = &s->at[DOCTOR_AT_SERVER];
	enum doctor_outcome out = doctor_service_outcome(s, DOCTOR_AT_SERVER);
	bool guess = out == DOCTOR_OUT_MISSING && doctor_outcome(probe) != out;
	char text[128], port[32], server[ADDRESS_TEXT_MAX];

	doctor_add(run->report, "server-answers", level_of(out),
		   doctor_service_text(s, true, port, sizeof(port)),
		   guess ? "natloopctl import --dry-run" :
			   doctor_probe_next(probe, "on the server: ss -tulpn"),
		   "%s %s%s", address_format(&run->facts->server, server, sizeof(server)),
		   doctor_probe_text(probe, text, sizeof(text)),
		   guess ? ", but its port there may be another one: not all rules are understood" :
			   "");
	doctor_add_unreliable(run->report, probe, port);
}

/* Only what answers the LAN's address can show it. */
static void add_way_back(struct doctor_run *run, const struct doctor_service *s)
{
	const struct probe *probe = &s->at[DOCTOR_AT_SERVER_FROM_PUBLIC];
	enum doctor_outcome out = doctor_outcome(probe);
	char text[128], port[32], from[ADDRESS_TEXT_MAX];
	bool hidden = run->facts->snat_public == DOCTOR_NO;

	if (doctor_outcome(&s->at[DOCTOR_AT_SERVER]) != DOCTOR_OUT_GOOD ||
	    out == DOCTOR_OUT_MISSING)
		return;
	address_format(&probe->from, from, sizeof(from));
	doctor_service_text(s, true, port, sizeof(port));
	doctor_add_unreliable(run->report, probe, port);
	if (out == DOCTOR_OUT_GOOD)
		doctor_add(run->report, "way-back", DOCTOR_OK, port, "",
			   "its answers to %s come back to this router", from);
	else
		doctor_add(run->report, "way-back", hidden ? DOCTOR_WARNING : DOCTOR_PROBLEM, port,
			   "make this router the server's default gateway",
			   "asked from %s instead of the LAN's address: %s%s", from,
			   doctor_probe_text(probe, text, sizeof(text)),
			   hidden ? ": what comes from outside gets no answer" : "");
}

int doctor_server(struct doctor_run *run)
{
	struct problem p = { .usage = false };
	struct doctor_facts *facts = run->facts;
	int64_t begun = clock_ms();
	struct doctor_tally t;
	int err;

	if (address_is_zero(&facts->server) || !facts->services || facts->lan_down == DOCTOR_YES)
		return 0;
	err = ask(run, &p);
	if (err && err != -EINTR) {
		doctor_add(run->report, "server-answers", DOCTOR_UNKNOWN, p.object, p.remedy, "%s",
			   p.what);
		return 0;
	}
	for (size_t i = 0; i < facts->services; i++)
		add_answer(run, &facts->service[i]);
	for (size_t i = 0; i < facts->services; i++)
		add_way_back(run, &facts->service[i]);
	doctor_tally(facts, DOCTOR_AT_SERVER, &t);
	if (t.count[DOCTOR_OUT_GOOD] || t.count[DOCTOR_OUT_REFUSED])
		facts->server_resolves = DOCTOR_YES;
	else if (!err && facts->server_on_link == DOCTOR_YES)
		look_neighbour(run, begun);
	return err;
}
