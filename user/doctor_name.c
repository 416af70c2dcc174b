// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The name, asked of the resolvers that this machine has. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "dns_ask.h"
#include "dns_verdict_text.h"
#include "doctor_run.h"
#include "util.h"

struct question {
	struct dns_check check;
	struct dns_resolver resolver[DNS_ASK_RESOLVERS];
	struct dns_finding each[DNS_ASK_RESOLVERS];
};

static void add_public(struct dns_world *world, const struct natloop_addr *a, bool translated)
{
	if (address_is_zero(a) || world->publics == NATLOOP_MAX_ADDRESSES)
		return;
	for (size_t i = 0; i < world->publics; i++)
		if (address_equal(&world->public[i], a))
			return;
	world->translated[world->publics] = translated;
	world->public[world->publics++] = *a;
}

/* Where the name may lead: to the server, or to what the router has towards the Internet. */
static void make_world(const struct doctor_run *run, struct dns_world *world)
{
	const struct natloop_config *config = &run->config;
	bool forwarded = false;

	if (!address_is_zero(&run->facts->server))
		world->server[world->servers++] = run->facts->server;
	for (__u32 i = 0; i < config->forwards; i++)
		forwarded |= address_equal(&config->forward[i].server, &run->facts->server);
	for (__u32 i = 0; i < config->publics; i++)
		add_public(world, &config->address[i], forwarded);
	add_public(world, &run->asked->public, false);
	for (size_t i = 0; i < run->addresses.addresses; i++)
		if (run->addresses.address[i].ifindex == run->uplink[0])
			add_public(world, &run->addresses.address[i].addr, false);
}

/* A client cannot know the router's address: any that is in none of its own networks may be it. */
static void add_answers(const struct doctor_run *run, struct question *q)
{
	for (size_t i = 0; i < q->check.count * DNS_OVERS; i++) {
		const struct dns_response *r =
			&q->resolver[i / DNS_OVERS].reply[i % DNS_OVERS][DNS_A];

		for (unsigned int k = 0; k < r->addresses; k++)
			if (!address_equal(&r->address[k], &run->facts->server) &&
			    !doctor_is_near(run, &r->address[k]))
				add_public(&q->check.world, &r->address[k], false);
	}
}

/* Is there a route to it from here? No packet is sent. */
static enum doctor_answer has_way(const struct natloop_addr *a)
{
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(DOCTOR_BASE) };

	memcpy(&to.sin6_addr, a, sizeof(to.sin6_addr));
	if (fd < 0)
		return errno == EAFNOSUPPORT ? DOCTOR_NO : DOCTOR_NOT_KNOWN;
	if (!connect(fd, (const struct sockaddr *)&to, sizeof(to)))
		return DOCTOR_YES;
	return errno == ENETUNREACH || errno == EADDRNOTAVAIL || errno == EHOSTUNREACH ||
			       errno == EACCES || errno == EPERM ?
		       DOCTOR_NO :
		       DOCTOR_NOT_KNOWN;
}

static void find_v6(struct question *q, struct doctor_facts *facts)
{
	for (size_t i = 0; i < q->check.count * DNS_OVERS; i++) {
		const struct dns_response *r =
			&q->resolver[i / DNS_OVERS].reply[i % DNS_OVERS][DNS_AAAA];

		for (unsigned int k = 0; k < r->addresses; k++)
			if (address_is_zero(&facts->dns_v6) && dns_address_global(&r->address[k]))
				facts->dns_v6 = r->address[k];
	}
	if (!address_is_zero(&facts->dns_v6))
		facts->v6_way = has_way(&facts->dns_v6);
}

/* What nobody can use is judged as if it were not there. */
static void forget_v6(struct question *q)
{
	for (size_t i = 0; i < q->check.count * DNS_OVERS; i++) {
		struct dns_response *r = &q->resolver[i / DNS_OVERS].reply[i % DNS_OVERS][DNS_AAAA];

		if (r->outcome != DNS_RECORDS)
			continue;
		r->outcome = DNS_EMPTY;
		r->addresses = 0;
	}
}

static enum doctor_level level_of(const struct doctor_facts *facts)
{
	switch (facts->dns) {
	case DNS_VERDICT_SERVER:
	case DNS_VERDICT_TRANSLATED:
	case DNS_VERDICT_PUBLIC:
		return DOCTOR_OK;
	case DNS_VERDICT_ERROR:
	case DNS_VERDICT_NO_ANSWER:
		return DOCTOR_UNKNOWN;
	case DNS_VERDICT_ELSEWHERE:
		return facts->outside == DOCTOR_YES ? DOCTOR_WARNING : DOCTOR_PROBLEM;
	default:
		return DOCTOR_PROBLEM;
	}
}

static void take(struct doctor_run *run, struct question *q)
{
	struct doctor_facts *facts = run->facts;
	char text[DNS_SENTENCE_MAX * 2], v6[ADDRESS_TEXT_MAX];

	dns_judge(&q->check.world, q->resolver, q->check.count, q->each, &q->check.all);
	facts->dns_asked = DOCTOR_YES;
	facts->dns = q->check.all.verdict;
	if (q->check.all.address)
		facts->dns_address = *q->check.all.address;
	dns_overall_text(&q->check, text, sizeof(text));
	snprintf(facts->dns_says, sizeof(facts->dns_says), "%.*s", (int)sizeof(facts->dns_says) - 1,
		 text);
	dns_next_step(&q->check, text, sizeof(text));
	snprintf(facts->dns_next, sizeof(facts->dns_next), "%.*s", (int)sizeof(facts->dns_next) - 1,
		 text);
	doctor_add(run->report, "name", level_of(facts), facts->name,
		   facts->dns == DNS_VERDICT_PUBLIC ? "" : facts->dns_next, "%s", facts->dns_says);
	if (address_is_zero(&facts->dns_v6))
		return;
	address_format(&facts->dns_v6, v6, sizeof(v6));
	if (facts->v6_way == DOCTOR_YES)
		doctor_add(run->report, "ipv6", DOCTOR_PROBLEM, facts->name, "",
			   "has the IPv6 address %s, and there is a way to it: clients prefer it, "
			   "and no NAT loopback is involved",
			   v6);
	else
		doctor_add(run->report, "ipv6", DOCTOR_WARNING, facts->name, "",
			   "has the IPv6 address %s, to which there is no way from here; clients "
			   "with IPv6 would prefer it",
			   v6);
}

static int ask(struct doctor_run *run, struct question *q, struct problem *p)
{
	struct dns_check *c = &q->check;
	int count = dns_ask_own(q->resolver, p);

	if (count < 0)
		return count;
	c->name = run->facts->name;
	c->resolver = q->resolver;
	c->each = q->each;
	c->count = (size_t)count;
	make_world(run, &c->world);
	return dns_ask(c->name, q->resolver, c->count, p);
}

int doctor_name(struct doctor_run *run)
{
	_cleanup_free_ struct question *q = NULL;
	struct doctor_facts *facts = run->facts;
	struct problem p = { .usage = false };
	int err;

	if (!*facts->name)
		return 0;
	q = calloc(1, sizeof(*q));
	if (!q) {
		run->report->no_memory = true;
		return 0;
	}
	err = ask(run, q, &p);
	if (err) {
		doctor_add(run->report, "name", DOCTOR_UNKNOWN, facts->name, p.remedy,
			   "cannot be asked: %s", err == -EINTR ? "interrupted" : p.what);
		return err == -EINTR ? err : 0;
	}
	dns_way_answer(&run->way, q->resolver, q->check.count);
	if (facts->vantage == DOCTOR_CLIENT)
		add_answers(run, q);
	find_v6(q, facts);
	if (facts->v6_way == DOCTOR_NO)
		forget_v6(q);
	take(run, q);
	return 0;
}
