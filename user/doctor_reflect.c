// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the router does with the packets of each service. */
#include <arpa/inet.h>
#include <string.h>

#include "address.h"
#include "doctor_cure.h"
#include "doctor_judge.h"
#include "doctor_run.h"
#include "forward_text.h"
#include "plan.h"

static bool leads_there(const struct natloop_forward *f, const struct doctor_port *port,
			const struct natloop_addr *server)
{
	return f && address_equal(&f->server, server) &&
	       f->server_first + port->port - f->first == port->server_port;
}

static struct natloop_forward forward_of(const struct doctor_run *run,
					 const struct doctor_port *port)
{
	return (struct natloop_forward){
		.server = run->facts->server,
		.first = port->port,
		.last = port->port,
		.server_first = port->server_port,
		.proto = port->proto,
	};
}

/* The name of the interface that has the address, or of the one towards the Internet; or "". */
static const char *outer_interface(const struct doctor_run *run, const struct natloop_addr *a)
{
	const struct link *link;
	int ifindex = run->uplink[0];

	for (size_t i = 0; i < run->addresses.addresses; i++)
		if (address_equal(&run->addresses.address[i].addr, a))
			ifindex = run->addresses.address[i].ifindex;
	link = ifindex ? netlink_link_by_index(&run->links, ifindex) : NULL;
	return link ? link->name : "";
}

/* A forward in the rules may be one of another address. Where that cannot be told it is not. */
static bool is_of_another(const struct doctor_run *run, const struct doctor_port *port)
{
	const struct doctor_facts *facts = run->facts;
	const struct natloop_addr *a =
		facts->public_is_own == DOCTOR_YES ? &facts->public : &facts->wan;
	const struct natloop_forward forward = forward_of(run, port);
	const struct hairpin_question q = {
		.forward = &forward,
		.public = ntohl(a->w[3]),
		.input = outer_interface(run, a),
		.clients = { 0, 0xffffffff },
	};
	enum hairpin_share share;

	return run->reflecting && address_is_v4(a) && *q.input &&
	       conflicts_reflection(run->reflecting, &q, &share) && share == HAIRPIN_NONE;
}

static enum doctor_answer forwarded(const struct doctor_run *run, const struct doctor_port *port)
{
	const struct natloop_forward *f = doctor_find_forward(
		run->rules.forward, run->rules.forwards, NULL, port->proto, port->port);

	if (!run->rules_known)
		return DOCTOR_NOT_KNOWN;
	if (leads_there(f, port, &run->facts->server))
		return is_of_another(run, port) ? DOCTOR_NOT_KNOWN : DOCTOR_YES;
	return run->rules_vague ? DOCTOR_NOT_KNOWN : DOCTOR_NO;
}

static enum doctor_answer reflected(const struct doctor_run *run, const struct doctor_port *port)
{
	const struct natloop_config *c = &run->config;
	const struct natloop_forward *f =
		doctor_find_forward(c->forward, c->forwards, NULL, port->proto, port->port);

	if (run->facts->attached != DOCTOR_YES)
		return run->facts->attached;
	return run->facts->translated == DOCTOR_YES && leads_there(f, port, &run->facts->server) ?
		       DOCTOR_YES :
		       DOCTOR_NO;
}

/* The network of the interface that the server is behind: there are its clients. */
static struct import_addresses clients_of(const struct doctor_run *run)
{
	struct import_addresses all = { 0, 0xffffffff };

	for (size_t i = 0; i < run->addresses.addresses; i++) {
		const struct interface_address *a = &run->addresses.address[i];
		__u32 host =
			a->prefix_length ? (__u32)((1ULL << (32 - a->prefix_length)) - 1) : ~0U;
		__u32 net = ntohl(a->net.w[3]) & ~host;

		if (a->ifindex == run->lan)
			return (struct import_addresses){ net, net | host };
	}
	return all;
}

static enum doctor_rules by_rules(const struct doctor_run *run, const struct doctor_port *port)
{
	const struct doctor_facts *facts = run->facts;
	const struct natloop_forward forward = forward_of(run, port);
	const struct hairpin_question q = {
		.forward = &forward,
		.public = ntohl(facts->public.w[3]),
		.input = facts->lan,
		.clients = clients_of(run),
		.output = facts->lan,
	};
	enum hairpin_share share;

	if (!run->reflecting || !*facts->lan || !address_is_v4(&facts->public) ||
	    !conflicts_reflection(run->reflecting, &q, &share))
		return DOCTOR_RULES_NOT_KNOWN;
	return share == HAIRPIN_WHOLE ? DOCTOR_RULES_WHOLE :
	       share == HAIRPIN_HALF  ? DOCTOR_RULES_HALF :
					DOCTOR_RULES_NONE;
}

/* NO before NOT_KNOWN before YES. */
static enum doctor_answer both(enum doctor_answer a, enum doctor_answer b)
{
	if (a == DOCTOR_NO || b == DOCTOR_NO)
		return DOCTOR_NO;
	return a == DOCTOR_YES ? b : a;
}

/* The least of them, and not known if one of them is not. */
static enum doctor_rules lesser(enum doctor_rules a, enum doctor_rules b)
{
	return a < b ? a : b;
}

static void add_forward(struct doctor_run *run, const struct doctor_service *s)
{
	bool here = run->facts->public_is_own == DOCTOR_YES;
	char port[32], server[ADDRESS_TEXT_MAX];

	doctor_service_text(s, false, port, sizeof(port));
	address_format(&run->facts->server, server, sizeof(server));
	if (s->forwarded == DOCTOR_YES)
		doctor_add(run->report, "forward", DOCTOR_OK, port, "",
			   "the router's rules forward it from outside to %s", server);
	else if (s->forwarded == DOCTOR_NO)
		doctor_add(run->report, "forward", here ? DOCTOR_PROBLEM : DOCTOR_WARNING, port,
			   "add a port forward in the router's own rules",
			   "no rule of this router forwards it from outside to %s%s", server,
			   here ? "" : "; another router has the public address");
	else
		doctor_add(run->report, "forward", DOCTOR_UNKNOWN, port,
			   "natloopctl import --dry-run",
			   "whether a rule forwards it from outside is not known");
}

static void add_loopback(struct doctor_run *run, const struct doctor_service *s)
{
	const struct doctor_facts *facts = run->facts;
	char port[32], public[ADDRESS_TEXT_MAX], cure[DOCTOR_CURE_MAX];

	doctor_service_text(s, false, port, sizeof(port));
	address_format(&facts->public, public, sizeof(public));
	doctor_cure(facts, s, cure, sizeof(cure));
	if (s->reflected == DOCTOR_YES)
		doctor_add(run->report, "loopback", DOCTOR_OK, port, "",
			   "natloop leads the LAN's packets to %s to the server", public);
	else if (s->rules == DOCTOR_RULES_WHOLE)
		doctor_add(run->report, "loopback", DOCTOR_OK, port, "",
			   "the router's own rules lead the LAN's packets to %s to the server",
			   public);
	else if (doctor_by_dns(facts))
		doctor_add(run->report, "loopback", DOCTOR_OK, port, "",
			   "is not needed: the name leads to the server itself");
	else if (s->reflected == DOCTOR_NO && s->rules == DOCTOR_RULES_HALF)
		doctor_add(run->report, "loopback", DOCTOR_PROBLEM, port, cure,
			   "rules translate the destination of the LAN's packets to %s, but not "
			   "their source: the server answers the client directly",
			   public);
	else if (s->reflected == DOCTOR_NO && s->rules == DOCTOR_RULES_NONE)
		doctor_add(run->report, "loopback", DOCTOR_PROBLEM, port, cure,
			   "neither natloop nor a rule leads the LAN's packets to %s to the "
			   "server",
			   public);
	else
		doctor_add(run->report, "loopback", DOCTOR_UNKNOWN, port, "",
			   "what becomes of the LAN's packets to %s is not known", public);
}

void doctor_services(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;

	if (facts->server_is_own == DOCTOR_YES)
		return;
	/* An interface that was made anew is not the one that natloop was attached to. */
	if (facts->attached == DOCTOR_YES && run->lan && !plan_is_l3(&run->config, run->lan))
		facts->attached = DOCTOR_NO;
	for (size_t i = 0; i < facts->services; i++) {
		struct doctor_service *s = &facts->service[i];
		struct doctor_port port[2];
		size_t count = doctor_service_ports(s, port);

		s->forwarded = DOCTOR_YES;
		s->reflected = DOCTOR_YES;
		s->rules = DOCTOR_RULES_WHOLE;
		for (size_t k = 0; k < count; k++) {
			s->forwarded = both(s->forwarded, forwarded(run, &port[k]));
			s->reflected = both(s->reflected, reflected(run, &port[k]));
			s->rules = lesser(s->rules, by_rules(run, &port[k]));
		}
	}
	for (size_t i = 0; i < facts->services; i++)
		add_forward(run, &facts->service[i]);
	if (address_is_zero(&facts->public))
		return;
	for (size_t i = 0; i < facts->services; i++)
		add_loopback(run, &facts->service[i]);
}
