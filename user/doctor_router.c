// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_router.h"

#include <errno.h>
#include <stdlib.h>

#include "doctor_run.h"
#include "util.h"

static void end(struct doctor_run *run)
{
	netlink_links_free(&run->links);
	netlink_addresses_free(&run->addresses);
	conflicts_free_rules(run->reflecting);
	free(run->flow);
}

/* What is asked of the network: it may take seconds, and be interrupted. */
static int ask(struct doctor_run *run)
{
	int err;

	doctor_outside(run);
	if (*run->facts->name)
		doctor_progress(run->env, "asking the resolvers");
	err = doctor_name(run);
	if (err)
		return err;
	doctor_public(run);
	doctor_progress(run->env, "asking the server");
	return doctor_server(run);
}

int doctor_router(const struct env *env, const struct doctor_asked *asked,
		  struct doctor_facts *facts, struct doctor_report *report, struct problem *p)
{
	_cleanup_free_ struct doctor_run *run = calloc(1, sizeof(*run));
	int err;

	if (!run)
		return problem(p, -ENOMEM, "doctor", "", "out of memory");
	run->env = env;
	run->asked = asked;
	run->facts = facts;
	run->report = report;
	facts->outside = asked->outside;
	doctor_progress(env, "looking at this router");
	doctor_config(run);
	doctor_rules(run);
	doctor_instance(run);
	doctor_system(run);
	err = doctor_check_public(run, p);
	if (err) {
		end(run);
		return err;
	}
	doctor_target(run);
	doctor_way(run);
	facts->interrupted = ask(run) == -EINTR;
	doctor_lans(run);
	doctor_services(run);
	doctor_lan_rules(run);
	doctor_listeners(run);
	doctor_direct(run);
	doctor_flows(run);
	end(run);
	return 0;
}
