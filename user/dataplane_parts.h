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

struct bpf_object;

/* Gives @obj the maps that @dp has, and those that it has not their size for @max_flows. */
int dataplane_share_maps(const struct dataplane *dp, struct bpf_object *obj, __u32 max_flows);

/* Is it new enough, and may the caller load programs? 0, or a negative errno with a problem. */
int dataplane_check_kernel(struct problem *p);

/* Opens natloop_xdp, in place of one that is open; also without the kernel's type information. */
int dataplane_open_xdp(struct dataplane *dp);

#endif
