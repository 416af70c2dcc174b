// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_probes.h"

#include <string.h>

#include "address.h"

/* Who takes a connection and says nothing is another service: no firewall. */
static enum doctor_outcome when_silent(const struct probe *probe)
{
	if (probe->kind == PROBE_UDP)
		return DOCTOR_OUT_MISSING;
	return probe->connected ? DOCTOR_OUT_OTHER : DOCTOR_OUT_SILENT;
}

static enum doctor_outcome when_closed(const struct probe *probe)
{
	return probe->kind == PROBE_RUSTDESK_RELAY && !probe->key ? DOCTOR_OUT_MISSING :
								    DOCTOR_OUT_OTHER;
}

/*
 * An ICMP error may come from any router on the way, and what is no answer of the service from
 * whoever has the address: a UDP socket bound to none answers from the one next to the asker.
 */
static bool is_astray(const struct probe *probe)
{
	return probe->result == PROBE_OK && !address_is_zero(&probe->answered_by) &&
	       !address_equal(&probe->answered_by, &probe->address);
}

enum doctor_outcome doctor_outcome(const struct probe *probe)
{
	if (is_astray(probe))
		return DOCTOR_OUT_ASTRAY;
	switch (probe->result) {
	case PROBE_OK:
		return DOCTOR_OUT_GOOD;
	case PROBE_REFUSED:
		return DOCTOR_OUT_REFUSED;
	case PROBE_SILENT:
		return when_silent(probe);
	case PROBE_UNREACHABLE:
		return DOCTOR_OUT_UNREACHABLE;
	case PROBE_OTHER:
		return DOCTOR_OUT_OTHER;
	case PROBE_CLOSED:
		return when_closed(probe);
	default:
		return DOCTOR_OUT_MISSING;
	}
}

enum doctor_outcome doctor_service_outcome(const struct doctor_service *service, enum doctor_at at)
{
	enum doctor_outcome out = doctor_outcome(&service->at[at]);
	bool there = at == DOCTOR_AT_SERVER || at == DOCTOR_AT_SERVER_FROM_PUBLIC;

	return there && service->guessed && out != DOCTOR_OUT_GOOD ? DOCTOR_OUT_MISSING : out;
}

void doctor_tally(const struct doctor_facts *facts, enum doctor_at at, struct doctor_tally *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < facts->services; i++) {
		const struct doctor_service *service = &facts->service[i];
		enum doctor_outcome out = doctor_service_outcome(service, at);

		ret->all++;
		ret->count[out]++;
		if (!doctor_service_is_udp(service))
			ret->tcp[out]++;
		if (!ret->first[out])
			ret->first[out] = service;
	}
}

bool doctor_all_good(const struct doctor_tally *tally)
{
	return tally->count[DOCTOR_OUT_GOOD] && !doctor_bad(tally);
}

bool doctor_nothing_known(const struct doctor_tally *tally)
{
	return tally->count[DOCTOR_OUT_MISSING] == tally->all;
}

bool doctor_some_not_asked(const struct doctor_facts *facts, enum doctor_at at)
{
	for (size_t i = 0; i < facts->services; i++) {
		enum probe_result result = facts->service[i].at[at].result;

		if (result == PROBE_NOT_ASKED || result == PROBE_FAILED ||
		    result == PROBE_CANCELLED)
			return true;
	}
	return false;
}

unsigned int doctor_bad(const struct doctor_tally *tally)
{
	return tally->all - tally->count[DOCTOR_OUT_GOOD] - tally->count[DOCTOR_OUT_MISSING];
}
