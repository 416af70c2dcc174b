// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_client.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "doctor_client_parts.h"
#include "util.h"

struct work {
	struct doctor_run run;
	const struct doctor_asked *asked;
	struct doctor_resolved resolved;
	struct natloop_addr where; /* programs here go; zero: to none, or where DNS says */
};

/*
 * Is it the server's? Without --server an address of the LAN is taken for it: no port forward leads
 * from there to anybody.
 */
static bool is_server(const struct work *work, const struct natloop_addr *a)
{
	const struct natloop_addr *said = &work->asked->server;

	return address_is_zero(said) ? doctor_is_near(&work->run, a) : address_equal(said, a);
}

/* A public address of this host: it is the router. */
static bool is_routers(const struct work *work, const struct natloop_addr *a)
{
	return address_is_zero(&work->asked->server) && dns_address_global(a) &&
	       doctor_is_own(&work->run, a);
}

/* What the name leads to is the server, the public address, or, in the LAN, neither. */
static void take_address(struct work *work, const struct natloop_addr *a)
{
	struct doctor_facts *facts = work->run.facts;

	if (!address_is_v4(a) || address_is_loopback(a))
		return;
	if (!is_server(work, a) ? !doctor_is_near(&work->run, a) : is_routers(work, a)) {
		if (address_is_zero(&facts->public))
			facts->public = *a;
	} else if (is_server(work, a) && address_is_zero(&facts->server)) {
		facts->server = *a;
	}
}

static const struct natloop_addr *first_v4(const struct doctor_resolved *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (address_is_v4(&r->addr[i]))
			return &r->addr[i];
	return NULL;
}

static bool resolved_has(const struct doctor_resolved *r, const struct natloop_addr *a)
{
	for (size_t i = 0; i < r->count; i++)
		if (address_equal(&r->addr[i], a))
			return true;
	return false;
}

/* Where DNS could not be asked, what programs get is all that is known. */
static void take_programs_word(struct work *work)
{
	struct doctor_facts *facts = work->run.facts;
	const struct natloop_addr *a = first_v4(&work->resolved);

	if (work->resolved.gai == EAI_NONAME || work->resolved.gai == EAI_NODATA) {
		facts->dns_asked = DOCTOR_YES;
		facts->dns = DNS_VERDICT_NO_ADDRESS;
		snprintf(facts->dns_says, sizeof(facts->dns_says), "%s",
			 gai_strerror(work->resolved.gai));
	} else if (a) {
		facts->dns_asked = DOCTOR_YES;
		facts->dns_address = *a;
		facts->dns = is_server(work, a)		   ? DNS_VERDICT_SERVER :
			     doctor_is_near(&work->run, a) ? DNS_VERDICT_ELSEWHERE :
							     DNS_VERDICT_PUBLIC;
	}
}

static void add_programs(struct work *work)
{
	const struct doctor_resolved *r = &work->resolved;
	struct doctor_facts *facts = work->run.facts;
	char got[ADDRESS_TEXT_MAX], said[ADDRESS_TEXT_MAX];
	const struct natloop_addr *a = r->count ? &r->addr[0] : NULL;
	bool other = a && facts->dns_asked == DOCTOR_YES && address_is_v4(&facts->dns_address) &&
		     !resolved_has(r, &facts->dns_address);

	if (!a) {
		doctor_add(work->run.report, "programs", DOCTOR_UNKNOWN, facts->name,
			   "getent ahosts NAME", "programs here get no address: %s",
			   r->err == -EREMOTE ? gai_strerror(r->gai) : strerror(-r->err));
		return;
	}
	address_format(a, got, sizeof(got));
	if (!other) {
		doctor_add(work->run.report, "programs", DOCTOR_OK, facts->name, "",
			   "programs here get %s", got);
		return;
	}
	address_format(&facts->dns_address, said, sizeof(said));
	doctor_add(work->run.report, "programs", DOCTOR_WARNING, facts->name,
		   "see /etc/hosts and /etc/nsswitch.conf",
		   "programs here get %s, but the resolvers say %s, as other hosts have it", got,
		   said);
	if (first_v4(r))
		work->where = *first_v4(r);
}

/* -EINTR: interrupted. */
static int find_name(struct work *work)
{
	struct doctor_run *run = &work->run;
	struct doctor_facts *facts = run->facts;
	int err;

	if (!*facts->name)
		return 0;
	doctor_progress(run->env, "asking for the name");
	doctor_resolve(facts->name, &work->resolved);
	if (work->resolved.err == -EINTR)
		return -EINTR;
	for (size_t i = 0; i < work->resolved.count; i++)
		take_address(work, &work->resolved.addr[i]);
	err = doctor_name(run);
	if (err)
		return err;
	if (facts->dns_asked != DOCTOR_YES)
		take_programs_word(work);
	else if (!address_is_zero(&facts->dns_address))
		take_address(work, &facts->dns_address);
	add_programs(work);
	return 0;
}

static void find_way(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;
	char server[ADDRESS_TEXT_MAX];
	struct route route;

	if (!netlink_route(&facts->public, &route))
		facts->gateway = route.via;
	if (address_is_zero(&facts->server) || netlink_route(&facts->server, &route))
		return;
	facts->server_is_own = doctor_is_own(run, &facts->server) ? DOCTOR_YES : DOCTOR_NO;
	if (facts->server_is_own == DOCTOR_YES) {
		doctor_add(run->report, "this-host", DOCTOR_OK,
			   address_format(&facts->server, server, sizeof(server)), "",
			   "this host is the server itself");
		return;
	}
	/* facts->lan is the router's. */
	run->lan = route.ifindex;
	facts->server_on_link =
		doctor_on_link(run, route.ifindex, &facts->server) ? DOCTOR_YES : DOCTOR_NO;
}

/* Who has the public address is the router, and sees itself. */
static bool is_router(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;
	char public[ADDRESS_TEXT_MAX];

	if (address_is_zero(&facts->public) || !doctor_is_own(run, &facts->public))
		return false;
	facts->public_is_own = DOCTOR_YES;
	doctor_add(run->report, "this-host", DOCTOR_UNKNOWN,
		   address_format(&facts->public, public, sizeof(public)), "natloopctl doctor",
		   "is this host's own: here it shows nothing about other hosts of the LAN");
	return true;
}

static int ask(struct work *work)
{
	static const struct natloop_addr none;
	struct doctor_run *run = &work->run;
	struct doctor_facts *facts = run->facts;
	const struct natloop_addr *where = &work->where;
	int err = find_name(work);
	bool same;

	if (err)
		return err;
	find_way(run);
	doctor_progress(run->env, "asking the server");
	err = doctor_server(run);
	if (err || is_router(run))
		return err;
	same = address_equal(where, &facts->server) || address_equal(where, &facts->public);
	if (address_equal(where, &facts->server))
		for (size_t i = 0; i < facts->services; i++)
			facts->service[i].at[DOCTOR_AT_NAME] =
				facts->service[i].at[DOCTOR_AT_SERVER];
	doctor_progress(run->env, "asking the public address");
	return doctor_client_probe(run, same ? &none : where);
}

static void begin(struct work *work, const struct doctor_asked *asked, struct doctor_facts *facts)
{
	work->asked = asked;
	work->run.asked = asked;
	work->run.facts = facts;
	snprintf(facts->name, sizeof(facts->name), "%s", asked->name);
	facts->public = asked->public;
	facts->server = asked->server;
	facts->outside = asked->outside;
	facts->services = asked->services;
	memcpy(facts->service, asked->service, sizeof(facts->service));
	if (!facts->services)
		(void)doctor_add_rustdesk(facts->service, &facts->services, DOCTOR_BASE);
	(void)netlink_links(&work->run.links);
	(void)netlink_addresses(&work->run.addresses);
}

int doctor_client(const struct env *env, const struct doctor_asked *asked,
		  struct doctor_facts *facts, struct doctor_report *report, struct problem *p)
{
	_cleanup_free_ struct work *work = NULL;

	if (!*asked->name && address_is_zero(&asked->public))
		return problem_usage(p, "--client", "natloopctl doctor --client NAME|ADDR",
				     "a client cannot know what is dialled");
	work = calloc(1, sizeof(*work));
	if (!work)
		return problem(p, -ENOMEM, "doctor", "", "out of memory");
	work->run.env = env;
	work->run.report = report;
	begin(work, asked, facts);
	facts->interrupted = ask(work) == -EINTR;
	netlink_links_free(&work->run.links);
	netlink_addresses_free(&work->run.addresses);
	return 0;
}
