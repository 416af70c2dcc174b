// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_client.h"

#include <errno.h>

#include "command.h"

int doctor_client(const struct env *env, const struct doctor_asked *asked,
		  struct doctor_facts *facts, struct doctor_report *report, struct problem *p)
{
	(void)env;
	(void)asked;
	(void)facts;
	(void)report;
	return problem(p, -EOPNOTSUPP, "--client", "leave it out, on the router",
		       "this natloopctl cannot look from a client yet");
}
