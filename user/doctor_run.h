/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the questions share, one in each file. Each fills facts and adds checks. A client has a
 * running natloop no more than rules: what is said of them here is empty there.
 */
#ifndef DOCTOR_RUN_H
#define DOCTOR_RUN_H

#include "command.h"
#include "conflicts.h"
#include "dns_way.h"
#include "doctor.h"
#include "netlink.h"
#include "settings.h"

#define DOCTOR_UPLINKS 8

struct doctor_run {
	const struct env *env;
	const struct doctor_asked *asked;
	struct doctor_facts *facts;
	struct doctor_report *report;
	/* Of the running natloop; only if .facts->attached is YES. */
	struct natloop_config config;
	struct dns_way way; /* what it answers for the name */
	struct flow_view *flow;
	size_t flows;
	/* Of the kernel; empty where it could not be asked. */
	struct link_table links;
	struct address_table addresses;
	int uplink[DOCTOR_UPLINKS]; /* ifindex, that of the best default route first; 0: none */
	int uplinks;
	int lan; /* that the server is behind; 0: not known */
	/* Of the router's own rules; .forwards of .rules are in force, if they are known. */
	bool rules_known;
	bool rules_vague; /* some are not understood */
	struct settings rules;
	struct conflict_rules *reflecting; /* NULL: not read */
};

/* The configuration file. */
void doctor_config(struct doctor_run *run);
/* The running natloop, how it is attached, and what stands in its way. */
void doctor_instance(struct doctor_run *run);
/* Links, addresses and settings of the kernel; before a server is known. */
void doctor_system(struct doctor_run *run);
/*
 * Is what was given as the public address one of a LAN? Not known, and so false, without an uplink.
 * -EINVAL with a usage problem.
 */
int doctor_check_public(const struct doctor_run *run, struct problem *p);
/* The router's own rules. */
void doctor_rules(struct doctor_run *run);
/* Decides from all that which server, address and services it is about. */
void doctor_target(struct doctor_run *run);
/* The way to the server; behind doctor_target, as all that follows. */
void doctor_way(struct doctor_run *run);
/* Whether it works from outside; only on the router. */
void doctor_outside(struct doctor_run *run);
/* The name. -EINTR: interrupted. */
int doctor_name(struct doctor_run *run);
/* Asks the server. -EINTR: interrupted. */
int doctor_server(struct doctor_run *run);
/* What the router does with the packets of each service. */
void doctor_services(struct doctor_run *run);
/* Which networks of the router natloop serves, and which not; behind doctor_way. */
void doctor_lans(struct doctor_run *run);
/* What [lan] keeps from whole networks; behind doctor_services. */
void doctor_lan_rules(struct doctor_run *run);
/* Programs of the router itself on the same ports. */
void doctor_listeners(struct doctor_run *run);
/* The public address, and what lies between it and the Internet. */
void doctor_public(struct doctor_run *run);
/* What hinders RustDesk's direct sessions across this router; behind doctor_instance. */
void doctor_direct(struct doctor_run *run);
/* natloop's flows to the server. */
void doctor_flows(struct doctor_run *run);

/* Is it an address of this machine? Not where addresses could not be read. */
bool doctor_is_own(const struct doctor_run *run, const struct natloop_addr *a);

/* Is it one of the interfaces towards the Internet? */
bool doctor_is_uplink(const struct doctor_run *run, int ifindex);

/* Is it in a network of that interface? Not of IPv6. */
bool doctor_on_link(const struct doctor_run *run, int ifindex, const struct natloop_addr *addr);

/* In a network of any interface? Then it is no address beyond a router. */
bool doctor_is_near(const struct doctor_run *run, const struct natloop_addr *addr);

/*
 * The first of @list that has the public port @port, in host order, and leads to @server, or to any
 * if that is NULL; NULL: none.
 */
const struct natloop_forward *doctor_find_forward(const struct natloop_forward *list, size_t count,
						  const struct natloop_addr *server, __u8 proto,
						  __u16 port);

/* One port of a service, in host order, as rules and forwards have it. */
struct doctor_port {
	__u8 proto;
	__u16 port;
	__u16 server_port;
};

/* Into @ret, which has room for two; returns their number. */
size_t doctor_service_ports(const struct doctor_service *service, struct doctor_port *ret);

#endif
