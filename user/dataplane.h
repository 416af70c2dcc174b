/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs and maps of one instance: the only file that knows the skeletons. */
#ifndef DATAPLANE_H
#define DATAPLANE_H

#include "natloop/abi.h"
#include "pins.h"
#include "problem.h"

struct bpf_object;
struct natloop_ctl;
struct natloop_tc;
struct natloop_xdp;

enum dataplane_map {
	DATAPLANE_CONFIG,
	DATAPLANE_FLOWS,
	DATAPLANE_BINDING,
	DATAPLANE_MOVED,
	DATAPLANE_CLIENTS,
	DATAPLANE_BUCKETS,
	DATAPLANE_FREE,
	DATAPLANE_STATS,
	DATAPLANE_STATE,
	DATAPLANE_TIMER,
	DATAPLANE_IFACES,
	DATAPLANE_FRAGS,
	DATAPLANE_HELD,
	DATAPLANE_RATES,
	DATAPLANE_EVENTS,
	DATAPLANE_MAPS
};

struct dataplane {
	int map[DATAPLANE_MAPS];
	int ctl;			 /* the program natloop_ctl, loaded now or pinned before */
	struct natloop_configs *configs; /* the map natloop_config, mapped */
	__u32 config_id;		 /* id of that map: whatever uses it is ours */
	/* Set by dataplane_load only. */
	struct natloop_ctl *ctl_skel;
	struct natloop_tc *tc_skel;
	struct natloop_xdp *xdp_skel;
	int btf; /* what natloop_xdp is told instead of the kernel's type information, or -1 */
};

/* An empty struct dataplane, safe to close. */
void dataplane_init(struct dataplane *dp);
void dataplane_close(struct dataplane *dp);

/*
 * Opens the pinned maps and natloop_ctl. config_id is known also after -EPROTO. With a problem:
 * -EPROTO when they are of another ABI, -EXDEV when they belong to another network namespace,
 * -ESTALE when that one is gone, so that nothing in the maps means anything any more; -EBADF when a
 * pin is no natloop's. Close @dp in each case.
 */
int dataplane_open(struct dataplane *dp, const struct pins *pins, struct problem *p);

/* Is it the map natloop makes for @which? Anybody's object may be pinned under its name. */
bool dataplane_is_map(int fd, enum dataplane_map which);

/* The problem of a pin @path that could not be opened, by errno. Returns -errno. */
int dataplane_pin_problem(const char *path, struct problem *p);

/*
 * Loads natloop_ctl and natloop_tc of this build, with @layer3 natloop_tc_l3, too, and opens
 * natloop_xdp without loading it (libxdp does). Maps that @dp has are used, missing ones are made,
 * for @max_flows.
 */
int dataplane_load(struct dataplane *dp, __u32 max_flows, bool layer3, struct problem *p);

/*
 * The problem of a kernel that does not take a program or map of @object, by @err; of too little
 * memory it says so for @max_flows. Returns @err.
 */
int dataplane_problem(int err, const char *object, __u32 max_flows, struct problem *p);

/* What dataplane_load has made. @layer3: natloop_tc_l3, a negative errno if it was not loaded. */
int dataplane_tc_fd(const struct dataplane *dp, bool layer3);
struct bpf_object *dataplane_xdp_object(const struct dataplane *dp);
/*
 * Another natloop_xdp, not loaded either, in place of the one that dataplane_load opened: one is
 * loaded with the frags flag or without. What is attached stays. 0 or a negative errno.
 */
int dataplane_reopen_xdp(struct dataplane *dp);

/* Pins what is not pinned yet, and the loaded natloop_ctl in place of an older one. */
int dataplane_pin(struct dataplane *dp, const struct pins *pins, struct problem *p);

/* The active configuration. */
const struct natloop_config *dataplane_config(const struct dataplane *dp);
/*
 * Makes @config the active one. A packet sees the old one or the new one; when this returns, no
 * packet sees the old one any more.
 */
void dataplane_switch(struct dataplane *dp, const struct natloop_config *config);

/* Most flows that the maps can hold: --max-flows of the attach that made them. */
__u32 dataplane_capacity(const struct dataplane *dp);

/* Runs natloop_ctl. Its return value, or the negative errno of running it. */
int dataplane_ctl(const struct dataplane *dp, enum natloop_ctl_op op,
		  const struct natloop_tuple *to_server, __u32 id);

/* Waits until every program that was running when it was called has ended. */
void dataplane_grace(void);

#endif
