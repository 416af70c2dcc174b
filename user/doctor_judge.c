// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What both ends of the LAN see alike: the server, and the name. */
#include "doctor_judge.h"

#include <errno.h>

#include "address.h"
#include "doctor_probes.h"

bool doctor_found(struct doctor_finding *ret, enum doctor_verdict_id id,
		  const struct doctor_service *service, enum doctor_at at)
{
	ret->id = id;
	ret->service = service;
	ret->at = at;
	return true;
}

bool doctor_contradicts(struct doctor_finding *ret, const char *why)
{
	ret->missing = why;
	return doctor_found(ret, DOCTOR_VERDICT_UNKNOWN, NULL, DOCTOR_AT_SERVER);
}

bool doctor_name_known(const struct doctor_facts *facts)
{
	if (!*facts->name)
		return true;
	return facts->dns_asked == DOCTOR_YES && facts->dns != DNS_VERDICT_NO_ANSWER &&
	       facts->dns != DNS_VERDICT_ERROR;
}

bool doctor_by_dns(const struct doctor_facts *facts)
{
	return facts->dns_asked == DOCTOR_YES && facts->dns == DNS_VERDICT_SERVER;
}

/* A connection was accepted, and nothing came. */
static const struct doctor_service *find_hung(const struct doctor_facts *facts)
{
	for (size_t i = 0; i < facts->services; i++) {
		const struct probe *probe = &facts->service[i].at[DOCTOR_AT_SERVER];

		if (probe->kind != PROBE_UDP && probe->result == PROBE_SILENT && probe->connected)
			return &facts->service[i];
	}
	return NULL;
}

/* A host's own filter stops datagrams by EPERM, and SYNs in silence. */
static bool are_stopped_here(const struct doctor_facts *facts)
{
	for (size_t i = 0; i < facts->services; i++)
		for (int at = 0; at < DOCTOR_ATS; at++)
			if (facts->service[i].at[at].result == PROBE_FAILED &&
			    facts->service[i].at[at].error == EPERM)
				return true;
	return false;
}

/* Silent, or not to be reached. */
static bool judge_silence(const struct doctor_facts *facts, const struct doctor_tally *t,
			  struct doctor_finding *ret)
{
	const struct doctor_service *silent = t->first[DOCTOR_OUT_SILENT] ?
						      t->first[DOCTOR_OUT_SILENT] :
						      t->first[DOCTOR_OUT_UNREACHABLE];
	const struct doctor_service *hung = find_hung(facts);
	bool talks = t->count[DOCTOR_OUT_GOOD] || t->count[DOCTOR_OUT_REFUSED] ||
		     t->count[DOCTOR_OUT_OTHER];

	/* What hangs is silent over UDP, too: there need be no filter. */
	if (hung && !t->tcp[DOCTOR_OUT_SILENT] && !t->count[DOCTOR_OUT_UNREACHABLE])
		return doctor_found(ret, DOCTOR_VERDICT_OTHER_SERVICE, hung, DOCTOR_AT_SERVER);
	/* Who answers on one port is there, whatever is known of ARP. */
	if (talks)
		return doctor_found(ret, DOCTOR_VERDICT_SERVER_FIREWALL, silent, DOCTOR_AT_SERVER);
	if (facts->server_on_link == DOCTOR_YES && facts->server_resolves == DOCTOR_NO)
		return doctor_found(ret, DOCTOR_VERDICT_SERVER_ABSENT, silent, DOCTOR_AT_SERVER);
	if (facts->server_on_link == DOCTOR_YES && facts->server_resolves == DOCTOR_YES)
		return doctor_found(ret, DOCTOR_VERDICT_SERVER_FIREWALL, silent, DOCTOR_AT_SERVER);
	return doctor_contradicts(ret, "the server does not answer at its address in the LAN, and "
				       "whether there is a host with that address is not known");
}

bool doctor_judge_server(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	struct doctor_tally t;
	const struct doctor_service *refused;

	doctor_tally(facts, DOCTOR_AT_SERVER, &t);
	refused = t.first[DOCTOR_OUT_REFUSED];
	if (are_stopped_here(facts))
		return doctor_contradicts(ret,
					  facts->vantage == DOCTOR_ROUTER ?
						  "this router's own rules stop the questions" :
						  "this host's own rules stop the questions");
	if (!doctor_bad(&t))
		return false;
	if (t.count[DOCTOR_OUT_SILENT] || t.count[DOCTOR_OUT_UNREACHABLE])
		return judge_silence(facts, &t, ret);
	if (t.count[DOCTOR_OUT_OTHER])
		return doctor_found(ret, DOCTOR_VERDICT_OTHER_SERVICE, t.first[DOCTOR_OUT_OTHER],
				    DOCTOR_AT_SERVER);
	if (refused && t.count[DOCTOR_OUT_GOOD])
		return doctor_found(ret, DOCTOR_VERDICT_PORT_REFUSED, refused, DOCTOR_AT_SERVER);
	if (refused)
		return doctor_found(ret, DOCTOR_VERDICT_SERVER_DOWN, refused, DOCTOR_AT_SERVER);
	return doctor_contradicts(ret, "what answers for the server has another address");
}

/* The name leads to none of the addresses that it may. */
static bool judge_elsewhere(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	bool behind_nat = !address_is_zero(&facts->wan) && !dns_address_global(&facts->wan) &&
			  dns_address_global(&facts->dns_address);

	if (address_is_zero(&facts->dns_address))
		return doctor_contradicts(ret, "where the name leads is not known");
	if (behind_nat && facts->outside == DOCTOR_YES)
		return false;
	/* On a client it is an address of the LAN. */
	if (facts->vantage == DOCTOR_ROUTER && facts->outside == DOCTOR_YES)
		return doctor_contradicts(ret, "the name leads elsewhere, and it is said to work "
					       "from outside: something before this router (a CDN, "
					       "a proxy) leads to it, which cannot be seen from "
					       "here");
	return doctor_found(ret, behind_nat ? DOCTOR_VERDICT_DOUBLE_NAT : DOCTOR_VERDICT_STALE_DNS,
			    NULL, DOCTOR_AT_NAME);
}

static bool judge_difference(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	/* Who is led to the public address is served by the translation. */
	bool translated = facts->flows_known == DOCTOR_YES && facts->flows_whole;

	return doctor_found(
		ret, translated ? DOCTOR_VERDICT_MIXED_CURES : DOCTOR_VERDICT_RESOLVERS_DIFFER,
		NULL, DOCTOR_AT_NAME);
}

bool doctor_judge_name(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	if (facts->dns_asked != DOCTOR_YES)
		return false;
	switch (facts->dns) {
	case DNS_VERDICT_DIFFERENT:
	case DNS_VERDICT_SEVERAL:
	case DNS_VERDICT_UDP_TCP_DIFFER:
		return judge_difference(facts, ret);
	case DNS_VERDICT_REBIND_PROTECTION:
		return doctor_found(ret, DOCTOR_VERDICT_REBIND_PROTECTION, NULL, DOCTOR_AT_NAME);
	case DNS_VERDICT_NO_ADDRESS:
		return doctor_found(ret, DOCTOR_VERDICT_NO_ADDRESS, NULL, DOCTOR_AT_NAME);
	case DNS_VERDICT_ELSEWHERE:
		return judge_elsewhere(facts, ret);
	case DNS_VERDICT_LEAKING_HTTPS:
		return doctor_found(ret, DOCTOR_VERDICT_HTTPS_RECORD, NULL, DOCTOR_AT_NAME);
	default:
		break;
	}
	if (!address_is_zero(&facts->dns_v6) && facts->v6_way == DOCTOR_YES)
		return doctor_found(ret, DOCTOR_VERDICT_IPV6, NULL, DOCTOR_AT_NAME);
	return false;
}
