/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asks so that one lost packet, or two, do not become a verdict. */
#ifndef DOCTOR_ASK_H
#define DOCTOR_ASK_H

#include "doctor.h"

/*
 * probe_run(); with @again those that got no answer are asked once more, with more time, and the
 * second result is theirs. Takes 2 s where nothing answers, 6 s with @again. Sets .asked.
 */
int doctor_ask(struct probe *probe, size_t count, bool again, struct problem *p);

/* Adds the check "unreliable" of @object, if @probe was answered only when asked again. */
void doctor_add_unreliable(struct doctor_report *report, const struct probe *probe,
			   const char *object);

#endif
