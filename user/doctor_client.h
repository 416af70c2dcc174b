/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The doctor on a host of the LAN, which needs no root and no BPF. */
#ifndef DOCTOR_CLIENT_H
#define DOCTOR_CLIENT_H

#include "doctor.h"

/*
 * Asks the server's address, the public one and the name's from here; fills @facts, which is all
 * zeros but for its vantage, and adds the checks. 0 too if it was interrupted: what was found so
 * far is there. A negative errno and @p if nothing could be asked.
 */
int doctor_client(const struct env *env, const struct doctor_asked *asked,
		  struct doctor_facts *facts, struct doctor_report *report, struct problem *p);

#endif
