/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What makes natloop lead the LAN's packets to the server. Pure. */
#ifndef DOCTOR_CURE_H
#define DOCTOR_CURE_H

#include "doctor.h"

#define DOCTOR_CURE_MAX 384

/*
 * The command for @service, to be typed on the router: to translate the public address, too, or the
 * ports, or to attach. Returns @buf.
 */
const char *doctor_cure(const struct doctor_facts *facts, const struct doctor_service *service,
			char *buf, size_t size);

#endif
