// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does it work from outside? What the user knows, or sessions from there that have answers. */
#include "address.h"
#include "doctor_run.h"
#include "netlink_conntrack.h"

struct count {
	const struct doctor_run *run;
	unsigned int sessions;
};

/* By a rule that is still there: entries outlive their rules. */
static bool is_forwarded(const struct doctor_run *run, const struct conntrack *c)
{
	for (size_t i = 0; i < run->rules.forwards; i++) {
		const struct natloop_forward *f = &run->rules.forward[i];

		if (f->proto == c->proto && c->port >= f->first && c->port <= f->last &&
		    address_equal(&f->server, &c->server))
			return true;
	}
	return false;
}

static void take(void *data, const struct conntrack *c)
{
	struct count *count = data;
	const struct doctor_run *run = count->run;

	if (c->answered && address_equal(&c->server, &run->facts->server) &&
	    doctor_is_own(run, &c->dialled) && !doctor_is_own(run, &c->client) &&
	    !doctor_is_near(run, &c->client) && is_forwarded(run, c))
		count->sessions++;
}

void doctor_outside(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;
	struct count count = { .run = run };

	if (facts->outside != DOCTOR_NOT_KNOWN) {
		doctor_add(run->report, "outside", DOCTOR_OK, "", "", "you say that it %s outside",
			   facts->outside == DOCTOR_YES ? "works from" : "fails from");
		return;
	}
	if (!run->rules_known || address_is_zero(&facts->server) ||
	    netlink_conntrack(take, &count) || !count.sessions)
		return;
	facts->outside = DOCTOR_YES;
	doctor_add(run->report, "outside", DOCTOR_OK, "", "",
		   "works: %u sessions from outside the LAN have answers from the server",
		   count.sessions);
}
