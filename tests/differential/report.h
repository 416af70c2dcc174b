/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is printed about a train. */
#ifndef REPORT_H
#define REPORT_H

#include "allowed.h"

/* "eth1 192.168.11.2:2048 > ..." and, with @hex, the bytes. */
void report_frame(const char *prefix, const struct wire *w, bool hex);

/* A difference, with the frames that it is about. */
void report_difference(const char *system, const struct difference *d);

void report_frames(const char *prefix, const struct wire *w, int count, bool hex);

#endif
