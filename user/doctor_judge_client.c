// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a host of the LAN sees: the same service by several addresses. */
#include "address.h"
#include "doctor_judge.h"
#include "doctor_probes.h"

/* What clients dial: the name, where there is one, else the public address. */
static enum doctor_at dialled(const struct doctor_facts *facts)
{
	struct doctor_tally name;

	if (doctor_by_dns(facts))
		return DOCTOR_AT_SERVER;
	doctor_tally(facts, DOCTOR_AT_NAME, &name);
	return doctor_nothing_known(&name) ? DOCTOR_AT_PUBLIC : DOCTOR_AT_NAME;
}

static bool judge_symmetric(const struct doctor_facts *facts, enum doctor_at at,
			    struct doctor_finding *ret)
{
	for (size_t i = 0; i < facts->services; i++) {
		const struct probe *probe = &facts->service[i].at[at];

		if (probe->kind == PROBE_RUSTDESK_NAT && probe->result == PROBE_OK &&
		    probe->seen != probe->seen2)
			return doctor_found(ret, DOCTOR_VERDICT_SYMMETRIC, &facts->service[i], at);
	}
	return false;
}

/* Nothing comes back: is it the loopback, or the forward itself? */
static bool judge_silent(const struct doctor_facts *facts, enum doctor_at at,
			 const struct doctor_tally *t, struct doctor_finding *ret)
{
	const struct doctor_service *s = t->first[DOCTOR_OUT_SILENT] ?
						 t->first[DOCTOR_OUT_SILENT] :
						 t->first[DOCTOR_OUT_UNREACHABLE];

	if (facts->outside == DOCTOR_YES)
		return doctor_found(ret, DOCTOR_VERDICT_NAT_LOOPBACK, s, at);
	if (facts->outside == DOCTOR_NO)
		return doctor_found(ret, DOCTOR_VERDICT_FORWARD_MISSING, s, at);
	return doctor_found(ret, DOCTOR_VERDICT_LOOPBACK_OR_FORWARD, s, at);
}

/* Some services answer by the address that is dialled, and others do not. */
static bool judge_some(const struct doctor_facts *facts, const struct doctor_tally *t,
		       enum doctor_at at, struct doctor_finding *ret)
{
	const struct doctor_service *bad = NULL;
	bool tcp_bad = false;

	for (int out = DOCTOR_OUT_REFUSED; out < DOCTOR_OUTS; out++) {
		bad = bad ? bad : t->first[out];
		tcp_bad = tcp_bad || t->tcp[out];
	}
	/* What works from outside is forwarded there. */
	if (facts->outside == DOCTOR_YES)
		return doctor_found(ret, DOCTOR_VERDICT_NAT_LOOPBACK, bad, at);
	if (t->tcp[DOCTOR_OUT_GOOD] && !tcp_bad)
		return doctor_found(ret, DOCTOR_VERDICT_UDP_FORWARD_MISSING, bad, at);
	return doctor_found(ret, DOCTOR_VERDICT_FORWARD_MISSING, bad, at);
}

bool doctor_gateway_astray(const struct doctor_facts *facts, const struct probe *probe)
{
	return doctor_outcome(probe) == DOCTOR_OUT_ASTRAY && !address_is_zero(&facts->gateway) &&
	       address_equal(&probe->answered_by, &facts->gateway);
}

/* The server has answered by itself; or the router has, from its address in the LAN. */
static bool judge_astray(const struct doctor_facts *facts, const struct doctor_service *service,
			 enum doctor_at at, struct doctor_finding *ret)
{
	bool known = !address_is_zero(&facts->server);

	if (doctor_gateway_astray(facts, &service->at[at]))
		return doctor_found(ret, DOCTOR_VERDICT_ROUTER_ANSWERS, service, at);
	if (known && !address_equal(&service->at[at].answered_by, &facts->server))
		return doctor_found(ret, DOCTOR_VERDICT_ROUTER_ANSWERS, service, at);
	if (!known && service->kind == PROBE_UDP)
		return doctor_contradicts(ret, "the answer came from another address, and whether "
					       "that is the server's is not known (give --server "
					       "ADDR)");
	return doctor_found(ret, DOCTOR_VERDICT_HALF_HAIRPIN, service, at);
}

static bool judge_dialled(const struct doctor_facts *facts, const struct doctor_tally *server,
			  struct doctor_finding *ret)
{
	enum doctor_at at = dialled(facts);
	const struct doctor_service *refused;
	struct doctor_tally t;

	doctor_tally(facts, at, &t);
	if (t.count[DOCTOR_OUT_ASTRAY])
		return judge_astray(facts, t.first[DOCTOR_OUT_ASTRAY], at, ret);
	if (!doctor_bad(&t))
		return judge_symmetric(facts, at, ret);
	/* Without the server's own word, it may be the server that refuses, or is off. */
	if (!doctor_all_good(server) && facts->outside != DOCTOR_YES)
		return doctor_contradicts(ret, "the public address does not answer as it should, "
					       "and whether the server does is not known (give "
					       "--server ADDR)");
	if (t.count[DOCTOR_OUT_GOOD])
		return judge_some(facts, &t, at, ret);
	refused =
		t.first[DOCTOR_OUT_OTHER] ? t.first[DOCTOR_OUT_OTHER] : t.first[DOCTOR_OUT_REFUSED];
	if (refused && facts->outside == DOCTOR_NO)
		return doctor_found(ret, DOCTOR_VERDICT_FORWARD_MISSING, refused, at);
	/* Where it works from outside the address is the right one, whoever has it. */
	if (refused && facts->gateway_answers != DOCTOR_YES && facts->outside != DOCTOR_YES)
		return doctor_contradicts(ret, "somebody answers at the address that is dialled, "
					       "but not the server, and whether it is the router "
					       "is not known: the address, or the DNS entry, may "
					       "be old, and a stranger's");
	if (refused)
		return doctor_found(ret, DOCTOR_VERDICT_ROUTER_ANSWERS, refused, at);
	return judge_silent(facts, at, &t, ret);
}

bool doctor_judge_client(const struct doctor_facts *facts, struct doctor_finding *ret)
{
	struct doctor_tally server, public;

	doctor_tally(facts, DOCTOR_AT_SERVER, &server);
	doctor_tally(facts, DOCTOR_AT_PUBLIC, &public);
	if (doctor_bad(&server) && doctor_all_good(&public))
		return doctor_contradicts(ret, "the public address answers, but not the address "
					       "that is said to be the server's");
	if (doctor_judge_server(facts, ret) || doctor_judge_name(facts, ret))
		return true;
	return judge_dialled(facts, &server, ret);
}

const char *doctor_missing_on_client(const struct doctor_facts *facts)
{
	struct doctor_tally t;

	if (!facts->services)
		return "which ports are to be asked is not known";
	doctor_tally(facts, dialled(facts), &t);
	if (!doctor_all_good(&t))
		return "what clients dial could not be asked";
	if (doctor_some_not_asked(facts, dialled(facts)))
		return "what clients dial could not be asked for all that it should do";
	if (!doctor_name_known(facts))
		return DOCTOR_NAME_NOT_KNOWN;
	if (!address_is_zero(&facts->dns_v6) && facts->v6_way == DOCTOR_NOT_KNOWN)
		return "whether clients can use the name's IPv6 address is not known";
	if (facts->outside == DOCTOR_NO)
		return "it works here, and is said to fail from outside, which only the router can "
		       "tell more about";
	return NULL;
}
