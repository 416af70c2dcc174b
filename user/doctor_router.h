/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The doctor on the router. */
#ifndef DOCTOR_ROUTER_H
#define DOCTOR_ROUTER_H

#include "doctor.h"

/*
 * As doctor_client(), on the router: whether natloop is attached or not, and with what rights there
 * are; what cannot be looked at is a check that could not tell.
 */
int doctor_router(const struct env *env, const struct doctor_asked *asked,
		  struct doctor_facts *facts, struct doctor_report *report, struct problem *p);

#endif
