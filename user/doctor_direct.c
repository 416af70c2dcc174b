// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Can RustDesk's sessions across this router be direct ones? */
#include "doctor_run.h"
#include "sysctl.h"

#define LIBERAL "net.netfilter.nf_conntrack_tcp_be_liberal"
#define LIBERAL_PATH "/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal"

static bool asks_rustdesk(const struct doctor_facts *facts)
{
	for (size_t i = 0; i < facts->services; i++)
		if (facts->service[i].kind == PROBE_RUSTDESK_ID)
			return true;
	return false;
}

/* Without conntrack there is no NAT either, and nothing that could be strict. */
void doctor_direct(struct doctor_run *run)
{
	const struct doctor_facts *facts = run->facts;
	int liberal = sysctl_digit(LIBERAL_PATH);

	if (facts->attached != DOCTOR_YES || !asks_rustdesk(facts) || liberal < 0)
		return;
	if (facts->snat_public == DOCTOR_NO)
		doctor_add(run->report, "direct-sessions", DOCTOR_WARNING, "--snat", "",
			   "the server does not see the public address as the LAN's, so RustDesk "
			   "sessions between the LAN and the Internet are relayed, not direct");
	else if (facts->snat_public == DOCTOR_YES && !liberal)
		doctor_add(run->report, "direct-sessions", DOCTOR_WARNING, LIBERAL,
			   "sysctl -w " LIBERAL "=1",
			   "is 0: RustDesk sessions from the Internet to a LAN host are relayed, "
			   "not direct, as conntrack does not translate the answer to the caller");
	else if (facts->snat_public == DOCTOR_YES)
		doctor_add(run->report, "direct-sessions", DOCTOR_OK, LIBERAL, "",
			   "is 1: RustDesk sessions from the Internet to a LAN host can be direct");
}
