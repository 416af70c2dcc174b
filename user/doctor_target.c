// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which server, which address, which ports? */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "doctor_run.h"

/* All forwards that are known: natloop's before those of the rules. */
struct forwards {
	const struct natloop_forward *list[2];
	size_t count[2];
};

static struct forwards known_forwards(const struct doctor_run *run)
{
	return (struct forwards){
		.list = { run->config.forward, run->rules.forward },
		.count = { run->config.forwards, run->rules.forwards },
	};
}

static const struct natloop_forward *
find_port(const struct forwards *f, const struct natloop_addr *server, __u8 proto, __u16 port)
{
	const struct natloop_forward *one = NULL;

	for (size_t k = 0; k < 2 && !one; k++)
		one = doctor_find_forward(f->list[k], f->count[k], server, proto, port);
	return one;
}

/* The forward of a port that is asked for, the first that has one. */
static const struct natloop_forward *find_asked(const struct doctor_run *run,
						const struct forwards *f)
{
	const struct natloop_forward *one = NULL;

	for (size_t i = 0; i < run->asked->services && !one; i++) {
		struct doctor_port port[2];
		size_t count = doctor_service_ports(&run->asked->service[i], port);

		for (size_t k = 0; k < count && !one; k++)
			one = find_port(f, NULL, port[k].proto, port[k].port);
	}
	return one;
}

/* That of the ports asked for; else RustDesk's before all others. */
static void choose_server(struct doctor_run *run, const struct forwards *f)
{
	const struct natloop_forward *best = find_asked(run, f);

	best = best ? best : find_port(f, NULL, IPPROTO_TCP, DOCTOR_BASE);
	best = best ? best : find_port(f, NULL, IPPROTO_UDP, DOCTOR_BASE);
	for (size_t k = 0; k < 2 && !best; k++)
		best = f->count[k] ? &f->list[k][0] : NULL;
	if (best)
		run->facts->server = best->server;
}

/* The server's port of each, by the first forward that has the public one. */
static void set_server_ports(const struct doctor_run *run, const struct forwards *f,
			     struct doctor_service *s)
{
	struct doctor_port port[2];
	size_t count = doctor_service_ports(s, port);

	for (size_t i = 0; i < count; i++) {
		const struct natloop_forward *one =
			find_port(f, &run->facts->server, port[i].proto, port[i].port);

		if (!one) {
			s->guessed = s->guessed || run->rules_vague;
			continue;
		}
		port[i].server_port = (__u16)(one->server_first + port[i].port - one->first);
		if (i)
			s->server_port2 = port[i].server_port;
		else
			s->server_port = port[i].server_port;
	}
}

/* The forward that leads a port of it to another host, while none leads it to the server. */
static const struct natloop_forward *find_elsewhere(const struct doctor_run *run,
						    const struct forwards *f,
						    const struct doctor_service *s)
{
	struct doctor_port port[2];
	size_t count = doctor_service_ports(s, port);

	for (size_t i = 0; i < count; i++) {
		const struct natloop_forward *one = find_port(f, NULL, port[i].proto, port[i].port);

		if (one && !find_port(f, &run->facts->server, port[i].proto, port[i].port))
			return one;
	}
	return NULL;
}

static void add_elsewhere(struct doctor_run *run, const struct doctor_service *s,
			  const struct natloop_forward *one)
{
	char port[32], server[ADDRESS_TEXT_MAX], next[128];
	const char *proto = one->proto == IPPROTO_UDP ? "udp" : "tcp";

	address_format(&one->server, server, sizeof(server));
	snprintf(next, sizeof(next), "natloopctl doctor --server %s --port %s/%u", server, proto,
		 s->port);
	doctor_add(run->report, "other-server", DOCTOR_UNKNOWN,
		   doctor_service_text(s, false, port, sizeof(port)), next,
		   "is forwarded to %s, which is not asked here", server);
}

/* One run asks one server: who has the ports of another is not to be blamed for them. */
static void leave_out(struct doctor_run *run, const struct forwards *f)
{
	struct doctor_facts *facts = run->facts;
	size_t kept = 0;

	for (size_t i = 0; i < facts->services; i++) {
		const struct natloop_forward *one = find_elsewhere(run, f, &facts->service[i]);

		if (one)
			add_elsewhere(run, &facts->service[i], one);
		else
			facts->service[kept++] = facts->service[i];
	}
	facts->services = kept;
}

/* Any port of it: a range may have more than the server uses, such as tcp+udp/21115-21119. */
static bool is_asked(const struct doctor_facts *facts, const struct natloop_forward *forward)
{
	for (size_t i = 0; i < facts->services; i++) {
		struct doctor_port have[2];
		size_t count = doctor_service_ports(&facts->service[i], have);

		for (size_t k = 0; k < count; k++)
			if (doctor_find_forward(forward, 1, NULL, have[k].proto, have[k].port))
				return true;
	}
	return false;
}

/* The first port of each other forward to that server, as long as there is room. */
static void add_others(struct doctor_run *run, const struct forwards *f)
{
	struct doctor_facts *facts = run->facts;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < f->count[k]; i++) {
			const struct natloop_forward *one = &f->list[k][i];
			enum probe_kind kind = one->proto == IPPROTO_UDP ? PROBE_UDP : PROBE_TCP;

			if (!address_equal(&one->server, &facts->server) || is_asked(facts, one) ||
			    facts->services == DOCTOR_SERVICES)
				continue;
			facts->service[facts->services++] = (struct doctor_service){
				.kind = kind,
				.port = one->first,
				.server_port = one->server_first,
			};
		}
}

static void choose_services(struct doctor_run *run, const struct forwards *f)
{
	struct doctor_facts *facts = run->facts;
	const struct natloop_addr *server = &facts->server;
	bool rustdesk = find_port(f, server, IPPROTO_TCP, DOCTOR_BASE) ||
			find_port(f, server, IPPROTO_UDP, DOCTOR_BASE);
	bool any = false;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < f->count[k]; i++)
			any = any || address_equal(&f->list[k][i].server, server);
	/* Who has no forward yet most likely wants RustDesk's. */
	if (rustdesk || !any)
		(void)doctor_add_rustdesk(facts->service, &facts->services, DOCTOR_BASE);
	add_others(run, f);
}

/* That which natloop translates, or the one towards the Internet. */
static void choose_public(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;

	facts->public = run->asked->public;
	for (__u32 i = 0; address_is_zero(&facts->public) && i < run->config.publics; i++)
		if (doctor_is_own(run, &run->config.address[i]))
			facts->public = run->config.address[i];
	if (address_is_zero(&facts->public) && run->config.publics)
		facts->public = run->config.address[0];
	if (address_is_zero(&facts->public))
		facts->public = facts->wan;
}

void doctor_target(struct doctor_run *run)
{
	const struct forwards f = known_forwards(run);
	struct doctor_facts *facts = run->facts;

	memcpy(facts->name, run->asked->name, sizeof(facts->name));
	facts->server = run->asked->server;
	if (address_is_zero(&facts->server))
		choose_server(run, &f);
	choose_public(run);
	if (address_is_zero(&facts->server)) {
		doctor_add(run->report, "server", DOCTOR_UNKNOWN, "",
			   "natloopctl doctor --server ADDR",
			   "neither natloop nor the router's rules know of a server");
		return;
	}
	facts->services = run->asked->services;
	memcpy(facts->service, run->asked->service, sizeof(facts->service));
	if (!facts->services)
		choose_services(run, &f);
	if (address_is_zero(&run->asked->server))
		leave_out(run, &f);
	for (size_t i = 0; i < facts->services; i++)
		set_server_ports(run, &f, &facts->service[i]);
}
