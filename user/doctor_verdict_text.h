/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verdict in words. Pure. */
#ifndef DOCTOR_VERDICT_TEXT_H
#define DOCTOR_VERDICT_TEXT_H

#include "doctor_verdict.h"

/* The verdict, and what decided it. */
struct doctor_finding {
	enum doctor_verdict_id id;
	const struct doctor_service *service; /* NULL: none in particular */
	enum doctor_at at;		      /* where it was asked */
	const struct doctor_check *check;     /* of OBSTACLE and others; NULL */
	const char *missing;		      /* of UNKNOWN: the fact that is not known */
};

/* Fills @ret's sentence and next step. */
void doctor_verdict_say(const struct doctor_facts *facts, const struct doctor_finding *finding,
			struct doctor_verdict *ret);

/*
 * What is said otherwise on a client; false: it is not so, and @ret is left alone. The router
 * answers from its address in the LAN; and UDP alone does not come through.
 */
bool doctor_say_gateway_astray(const struct doctor_facts *facts,
			       const struct doctor_finding *finding, struct doctor_verdict *ret);
bool doctor_say_udp_on_client(const struct doctor_facts *facts,
			      const struct doctor_finding *finding, struct doctor_verdict *ret);

#endif
