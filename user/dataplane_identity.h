/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose are the pins: first of which network namespace, then of which version. */
#ifndef DATAPLANE_IDENTITY_H
#define DATAPLANE_IDENTITY_H

#include "dataplane.h"

/*
 * Needs the map DATAPLANE_CONFIG of @dp; sets config_id. 0: this namespace's, and of this ABI. Else
 * a problem and -EXDEV: of another namespace, which exists, or nobody can tell; -ESTALE: of one
 * that is gone; -EPROTO: of another ABI.
 */
int dataplane_check_identity(struct dataplane *dp, const struct pins *pins, struct problem *p);

#endif
