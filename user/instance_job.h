/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An attach that is under way. */
#ifndef INSTANCE_JOB_H
#define INSTANCE_JOB_H

#include "dns_names.h"
#include "instance_parts.h"

struct xdp_program;

struct target {
	int ifindex;
	bool was_attached;
	bool touched; /* by this command */
	struct natloop_iface before;
	struct natloop_iface now;
};

struct job {
	struct instance inst;
	bool fresh; /* this command makes the instance */
	bool reload;
	bool more;    /* what is attached, and not named, keeps its programs */
	size_t named; /* so many interfaces of settings, the first, were asked for */
	struct settings settings;
	struct plan plan;
	struct target target[SETTINGS_MAX_INTERFACES];
	struct xdp_program *xdp;
	bool generic; /* what xdp is for */
	struct dns_names dns_before;
	bool dns_changed; /* dns_before is what there was */
	struct problem *p;
};

/*
 * After a failure, before the new configuration is in force: detaches what the job attached.
 * Interfaces that were attached before keep the new programs, by the hook that was in use: they do
 * the same with the old configuration. A record says so where that cannot be.
 */
void instance_undo(struct job *job);

/*
 * A line on standard error for each thing around the planned interfaces, which are attached, that
 * may be meant so but seldom is: no forwarding, XDP over veth, an uplink as a LAN, old programs, a
 * line of [lan] for an interface that is not there. The last is told once: not if the configuration
 * before had it already. With .more only of what this job has attached; no forwarding and old
 * programs are left to whoever watches the instance then.
 */
void instance_warn(const struct job *job);

#endif
