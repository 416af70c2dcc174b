/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The doctor's verdict and its checks, as people and programs get them. */
#ifndef VIEW_DOCTOR_H
#define VIEW_DOCTOR_H

#include "command.h"
#include "doctor_verdict.h"

/*
 * On @env's out: the verdict in a sentence, the next step, the checks; in JSON
 * {"verdict","sentence","next","checks":[{"id","level","object","evidence","next"}]}.
 */
int view_doctor(const struct env *env, const struct doctor_verdict *verdict,
		const struct doctor_report *report, struct problem *p);

#endif
