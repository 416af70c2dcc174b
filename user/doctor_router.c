// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_router.h"

#include "command.h"

int doctor_router(const struct env *env, const struct doctor_asked *asked,
		  struct doctor_facts *facts, struct doctor_report *report, struct problem *p)
{
	(void)env;
	(void)p;
	facts->outside = asked->outside;
	doctor_add(report, "router", DOCTOR_UNKNOWN, "", "", "nothing was looked at");
	return 0;
}
