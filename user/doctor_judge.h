/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The questions of doctor_judge, by where they are asked. Pure. */
#ifndef DOCTOR_JUDGE_H
#define DOCTOR_JUDGE_H

#include "doctor_verdict_text.h"

/* True: @ret is the verdict, which may be UNKNOWN for facts that contradict each other. */
bool doctor_judge_router(const struct doctor_facts *facts, struct doctor_finding *ret);
bool doctor_judge_client(const struct doctor_facts *facts, struct doctor_finding *ret);

/* With no verdict: what HEALTHY needs and is not known; NULL: nothing. */
const char *doctor_missing_on_router(const struct doctor_facts *facts);
const char *doctor_missing_on_client(const struct doctor_facts *facts);

/* Of both: what is wrong at the server itself; and with the name. */
bool doctor_judge_server(const struct doctor_facts *facts, struct doctor_finding *ret);
bool doctor_judge_name(const struct doctor_facts *facts, struct doctor_finding *ret);

/* Sets the verdict and what decided it; returns true. */
bool doctor_found(struct doctor_finding *ret, enum doctor_verdict_id id,
		  const struct doctor_service *service, enum doctor_at at);
/* UNKNOWN, because @why. */
bool doctor_contradicts(struct doctor_finding *ret, const char *why);

/* Is it known where the name, if there is one, leads all clients? */
bool doctor_name_known(const struct doctor_facts *facts);
#define DOCTOR_NAME_NOT_KNOWN "where the name leads is not known: a resolver gives no answer for it"

/* Has the router that is next to a client answered, and not from the address that was asked? */
bool doctor_gateway_astray(const struct doctor_facts *facts, const struct probe *probe);

/* Do clients reach the server without any translation, by what the resolvers say? */
bool doctor_by_dns(const struct doctor_facts *facts);

#endif
