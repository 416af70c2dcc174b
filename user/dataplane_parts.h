/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the data plane share; others use dataplane.h. */
#ifndef DATAPLANE_PARTS_H
#define DATAPLANE_PARTS_H

#include "dataplane.h"

#define DATAPLANE_CTL_PIN "natloop_ctl"

/* Of each map the name, which is that of its pin, too. */
extern const char *const dataplane_map_name[DATAPLANE_MAPS];

/* Maps DATAPLANE_CONFIG, which is open, into memory. */
int dataplane_map_configs(struct dataplane *dp, struct problem *p);

#endif
