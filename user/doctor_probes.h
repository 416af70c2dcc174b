/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the probes of one place say together. Pure. */
#ifndef DOCTOR_PROBES_H
#define DOCTOR_PROBES_H

#include "doctor.h"

enum doctor_outcome {
	DOCTOR_OUT_MISSING, /* not asked, or the answer says nothing */
	DOCTOR_OUT_GOOD,
	DOCTOR_OUT_REFUSED,
	DOCTOR_OUT_SILENT,
	DOCTOR_OUT_UNREACHABLE,
	DOCTOR_OUT_OTHER,  /* an answer of something else */
	DOCTOR_OUT_ASTRAY, /* the right answer, from an address that was not asked */
	DOCTOR_OUTS,
};

struct doctor_tally {
	unsigned int count[DOCTOR_OUTS];
	unsigned int tcp[DOCTOR_OUTS]; /* those of TCP among them */
	unsigned int all;	       /* services */
	/* The first service of each. */
	const struct doctor_service *first[DOCTOR_OUTS];
};

/*
 * MISSING for a plain UDP service that is silent, because a datagram that it does not know need
 * not be answered, and for a relay that closes where no key was given: it may have one.
 */
enum doctor_outcome doctor_outcome(const struct probe *probe);

/* The same; at the server also MISSING where its port is a guess, and nothing good is there. */
enum doctor_outcome doctor_service_outcome(const struct doctor_service *service, enum doctor_at at);

/* What to do about it: "" where it is good or nothing can be done, @otherwise where it is bad. */
const char *doctor_probe_next(const struct probe *probe, const char *otherwise);

void doctor_tally(const struct doctor_facts *facts, enum doctor_at at, struct doctor_tally *ret);

/* Everything that says anything is good, and there is something. */
bool doctor_all_good(const struct doctor_tally *tally);
/* Something is asked there, and nothing of it says anything. */
bool doctor_nothing_known(const struct doctor_tally *tally);
/* Something could not be asked there: it was not, it failed here, or it was cancelled. */
bool doctor_some_not_asked(const struct doctor_facts *facts, enum doctor_at at);
/* Those that are neither good nor missing. */
unsigned int doctor_bad(const struct doctor_tally *tally);

#endif
