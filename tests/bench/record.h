/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One line of samples.jsonl. Names are plain text: nothing in them needs to be escaped. */
#ifndef RECORD_H
#define RECORD_H

#include <stdio.h>

/* @note is shown under the table; it may be NULL. */
static inline void record(const char *measure, const char *variant, const char *system, int round,
			  double value, const char *unit, const char *note)
{
	printf("{\"measure\":\"%s\",\"variant\":\"%s\",\"system\":\"%s\",\"round\":%d,"
	       "\"value\":%.1f,\"unit\":\"%s\"",
	       measure, variant, system, round, value, unit);
	if (note)
		printf(",\"note\":\"%s\"", note);
	puts("}");
	fflush(stdout);
}

#endif
