// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <stdlib.h>

#include "address.h"
#include "doctor_run.h"
#include "instance.h"

/* Of what begins just now the answer may be on its way. */
static bool waits_too_long(const struct flow_view *f)
{
	return !f->answers && (f->idle_s >= 1 || f->packets > 1);
}

void doctor_flows(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;
	char server[ADDRESS_TEXT_MAX];

	if (facts->flows_known != DOCTOR_YES || address_is_zero(&facts->server))
		return;
	for (size_t i = 0; i < run->flows; i++) {
		const struct flow_view *f = &run->flow[i];

		if (!address_equal(&f->to_client.src, &facts->server))
			continue;
		if (f->answers)
			facts->flows_whole++;
		else if (waits_too_long(f))
			facts->flows_half++;
	}
	address_format(&facts->server, server, sizeof(server));
	if (facts->flows_half)
		doctor_add(run->report, "flows", DOCTOR_WARNING, server, "natloopctl flow list",
			   "%llu flows of the LAN have no answer from it, %llu have",
			   facts->flows_half, facts->flows_whole);
	else if (facts->flows_whole)
		doctor_add(run->report, "flows", DOCTOR_OK, server, "",
			   "%llu flows of the LAN go through natloop, each with answers",
			   facts->flows_whole);
	else
		doctor_add(run->report, "flows", DOCTOR_OK, server, "",
			   "no flow of the LAN goes through natloop now");
}
