// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What only the router can see: its rules, its natloop, and the way back of answers. */
#include "address.h"
#include "doctor_judge.h"
#include "doctor_probes.h"

static bool judge_own_server(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	struct doctor_tally t;

	if (facts->server_is_own != DOCTOR_YES)
		return false;
	doctor_tally(facts, DOCTOR_AT_SERVER, &t);
	if (doctor_bad(&t))
		return doctor_judge_server(facts, ret);
	if (doctor_nothing_known(&t))
		return doctor_contradicts(ret, "the server's address is this router's own, and it "
					       "could not be asked");
	return doctor_found(ret, DOCTOR_VERDICT_SERVER_IS_ROUTER, NULL, DOCTOR_AT_SERVER);
}

/* The same question is answered when it comes from the router's address in the LAN. */
static bool judge_gateway(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	bool all_half =
		facts->flows_known == DOCTOR_YES && facts->flows_half && !facts->flows_whole;

	if (facts->snat_public == DOCTOR_NO)
		return false;
	for (size_t i = 0; i < facts->services; i++) {
		const struct doctor_service *s = &facts->service[i];
		enum doctor_outcome there = doctor_outcome(&s->at[DOCTOR_AT_SERVER]);
		enum doctor_outcome back = doctor_outcome(&s->at[DOCTOR_AT_SERVER_FROM_PUBLIC]);

		if (there != DOCTOR_OUT_GOOD)
			continue;
		if (back == DOCTOR_OUT_SILENT || (back == DOCTOR_OUT_MISSING && all_half))
			return doctor_found(ret, DOCTOR_VERDICT_WRONG_GATEWAY, s,
					    back == DOCTOR_OUT_SILENT ?
						    DOCTOR_AT_SERVER_FROM_PUBLIC :
						    DOCTOR_AT_PUBLIC);
	}
	return false;
}

/*
 * natloop has been given the outer address, and the rules here are as they should be. A provider's
 * NAT (CGNAT) forwards nothing.
 */
static bool knows_of_it(const struct doctor_facts *facts)
{
	if (facts->translated != DOCTOR_YES || facts->outside == DOCTOR_NO ||
	    address_is_carriers(&facts->wan))
		return false;
	for (size_t i = 0; i < facts->services; i++)
		if (facts->service[i].forwarded != DOCTOR_YES ||
		    facts->service[i].reflected != DOCTOR_YES)
			return false;
	return true;
}

/* A private address here, and clients are to dial a global one. */
static bool judge_double_nat(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	if (address_is_zero(&facts->wan) || dns_address_global(&facts->wan) ||
	    facts->public_is_own != DOCTOR_NO || !dns_address_global(&facts->public) ||
	    facts->outside == DOCTOR_YES)
		return false;
	if (knows_of_it(facts))
		return doctor_contradicts(ret,
					  "another router has the public address, and whether "
					  "it forwards to this one is not known: try it from "
					  "outside, then add --outside ok or --outside failed");
	return doctor_found(ret, DOCTOR_VERDICT_DOUBLE_NAT, NULL, DOCTOR_AT_PUBLIC);
}

/* Of the services for which @has says NO: UDP alone, or others, too? */
static bool judge_missing(const struct doctor_facts *facts,
			  enum doctor_answer (*has)(const struct doctor_service *s),
			  enum doctor_verdict_id whole, struct doctor_finding *ret)
{
	const struct doctor_service *udp = NULL, *tcp = NULL;
	bool tcp_there = false;

	for (size_t i = 0; i < facts->services; i++) {
		const struct doctor_service *s = &facts->service[i];
		enum doctor_answer answer = has(s);

		if (doctor_service_is_udp(s) && answer == DOCTOR_NO && !udp)
			udp = s;
		if (!doctor_service_is_udp(s) && answer == DOCTOR_NO && !tcp)
			tcp = s;
		tcp_there = tcp_there || (!doctor_service_is_udp(s) && answer == DOCTOR_YES);
	}
	if (tcp)
		return doctor_found(ret, whole, tcp, DOCTOR_AT_PUBLIC);
	if (udp)
		return doctor_found(ret, tcp_there ? DOCTOR_VERDICT_UDP_FORWARD_MISSING : whole,
				    udp, DOCTOR_AT_PUBLIC);
	return false;
}

static enum doctor_answer is_forwarded(const struct doctor_service *s)
{
	return s->forwarded;
}

/* By natloop, or by rules. */
static enum doctor_answer is_reflected(const struct doctor_service *s)
{
	if (s->reflected == DOCTOR_YES || s->rules == DOCTOR_RULES_WHOLE)
		return DOCTOR_YES;
	if (s->reflected == DOCTOR_NO && s->rules != DOCTOR_RULES_NOT_KNOWN)
		return DOCTOR_NO;
	return DOCTOR_NOT_KNOWN;
}

/* Its own answer takes the place of the server's where nothing is translated. */
static bool judge_listener(const struct doctor_facts *facts,
			   enum doctor_answer (*has)(const struct doctor_service *s),
			   struct doctor_finding *ret)
{
	for (size_t i = 0; i < facts->services; i++) {
		const struct doctor_service *s = &facts->service[i];

		if (s->listened != DOCTOR_YES || has(s) != DOCTOR_NO)
			continue;
		if (facts->outside == DOCTOR_YES && s->forwarded != DOCTOR_YES)
			return doctor_contradicts(
				ret, "a program of this router has the port and no rule forwards "
				     "it, but it is said to work from outside: the program may be "
				     "a proxy that leads to the server (docker-proxy, HAProxy)");
		return doctor_found(ret, DOCTOR_VERDICT_ROUTER_ANSWERS, s, DOCTOR_AT_PUBLIC);
	}
	return false;
}

static bool any_forwarded(const struct doctor_facts *facts)
{
	for (size_t i = 0; i < facts->services; i++)
		if (facts->service[i].forwarded == DOCTOR_YES)
			return true;
	return false;
}

/* Of rules on another router, which has the public address, these here say nothing. */
static bool judge_forwards(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	if (facts->public_is_own != DOCTOR_YES || !facts->services)
		return false;
	if (judge_listener(facts, is_forwarded, ret))
		return true;
	if (!judge_missing(facts, is_forwarded, DOCTOR_VERDICT_FORWARD_MISSING, ret))
		return false;
	if (facts->outside == DOCTOR_YES && !any_forwarded(facts))
		return doctor_contradicts(ret, "it is said to work from outside, but no rule of "
					       "this router forwards it");
	return true;
}

static bool judge_reflection(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	enum doctor_verdict_id whole = DOCTOR_VERDICT_NAT_LOOPBACK;

	if (doctor_by_dns(facts) || !doctor_name_known(facts))
		return false;
	if (judge_listener(facts, is_reflected, ret))
		return true;
	for (size_t i = 0; i < facts->services; i++)
		if (facts->service[i].rules == DOCTOR_RULES_HALF &&
		    is_reflected(&facts->service[i]) == DOCTOR_NO)
			return doctor_found(ret, DOCTOR_VERDICT_HALF_HAIRPIN, &facts->service[i],
					    DOCTOR_AT_PUBLIC);
	if (facts->outside == DOCTOR_NO)
		whole = DOCTOR_VERDICT_FORWARD_MISSING;
	return judge_missing(facts, is_reflected, whole, ret);
}

/* Translation in use, and names that lead past it. */
static bool judge_mixture(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	if (!doctor_by_dns(facts) || facts->flows_known != DOCTOR_YES || !facts->flows_whole)
		return false;
	return doctor_found(ret, DOCTOR_VERDICT_MIXED_CURES, NULL, DOCTOR_AT_NAME);
}

bool doctor_judge_router(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	if (judge_own_server(facts, ret))
		return true; /* nothing has to be forwarded to it */
	if (facts->forwarding == DOCTOR_NO || facts->lan_down == DOCTOR_YES)
		return false; /* a check says so, and nothing else can be right */
	if (doctor_judge_server(facts, ret) || judge_gateway(facts, ret) ||
	    doctor_judge_name(facts, ret) || judge_double_nat(facts, ret) ||
	    judge_forwards(facts, ret) || judge_reflection(facts, ret) || judge_mixture(facts, ret))
		return true;
	/* Forwards are there, and all is right inside. */
	if (facts->outside == DOCTOR_NO)
		return doctor_found(ret, DOCTOR_VERDICT_FORWARD_MISSING, NULL, DOCTOR_AT_PUBLIC);
	return false;
}

static const char *missing_of_service(const struct doctor_facts *facts,
				      const struct doctor_service *s)
{
	if (is_reflected(s) != DOCTOR_YES && !doctor_by_dns(facts))
		return "what the router does with packets of the LAN for it is not known";
	if (facts->outside == DOCTOR_YES)
		return NULL;
	if (facts->public_is_own != DOCTOR_YES)
		return "whether it works from outside is not known: the public address is on no "
		       "interface here, so another router forwards (say --outside ok|failed)";
	if (s->forwarded != DOCTOR_YES)
		return "whether the router's rules forward it from outside is not known";
	return NULL;
}

static const char *missing_way_back(const struct doctor_facts *facts)
{
	struct doctor_tally t;

	doctor_tally(facts, DOCTOR_AT_SERVER_FROM_PUBLIC, &t);
	if (facts->snat_public == DOCTOR_NO || facts->attached != DOCTOR_YES ||
	    doctor_by_dns(facts) || doctor_all_good(&t))
		return NULL;
	if (facts->flows_known == DOCTOR_YES && facts->flows_whole)
		return NULL;
	return "whether the server's answers to the public address come back to this router is "
	       "not known";
}

const char *doctor_missing_on_router(const struct doctor_facts *facts)
{
	const char *why = NULL;
	struct doctor_tally t;

	if (address_is_zero(&facts->server) || !facts->services)
		return "which server it is about is not known (give --server ADDR)";
	doctor_tally(facts, DOCTOR_AT_SERVER, &t);
	for (size_t i = 0; i < facts->services; i++)
		if (facts->service[i].guessed &&
		    doctor_service_outcome(&facts->service[i], DOCTOR_AT_SERVER) ==
			    DOCTOR_OUT_MISSING)
			return "which port of the server it is forwarded to is not known: not all "
			       "of the router's rules are understood";
	if (!doctor_all_good(&t))
		return "the server could not be asked";
	if (doctor_some_not_asked(facts, DOCTOR_AT_SERVER))
		return "the server could not be asked for all that it should do";
	if (address_is_zero(&facts->public))
		return "which address is the public one is not known (give NAME or ADDR)";
	if (!doctor_name_known(facts))
		return DOCTOR_NAME_NOT_KNOWN;
	if (!address_is_zero(&facts->dns_v6) && facts->v6_way == DOCTOR_NOT_KNOWN)
		return "whether clients can use the name's IPv6 address is not known";
	if (facts->server_is_own != DOCTOR_NO || facts->forwarding != DOCTOR_YES)
		return "the addresses and settings of this router are not known";
	for (size_t i = 0; i < facts->services && !why; i++)
		why = missing_of_service(facts, &facts->service[i]);
	return why ? why : missing_way_back(facts);
}
