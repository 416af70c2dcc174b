/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of an instance share; commands use instance.h. */
#ifndef INSTANCE_PARTS_H
#define INSTANCE_PARTS_H

#include "dataplane.h"
#include "instance.h"
#include "pins.h"

struct instance {
	struct pins pins;
	struct dataplane dp;
};

/* The problem of a command that needs an attached instance. Returns -ENOENT. */
int instance_not_attached(const struct env *env, struct problem *p);

/*
 * Fills what @s does not say with instance_settings; not the interfaces. -ENOMEM.
 */
int instance_inherit(const struct instance *inst, struct settings *s);

/* instance_interfaces with a problem. */
int instance_list(const struct instance *inst, struct instance_iface **ret, size_t *count,
		  struct problem *p);

/*
 * Adds to @s the names of the interfaces that are attached and exist. @remedy is for the case that
 * there is none, a problem.
 */
int instance_name_attached(const struct instance *inst, struct settings *s, const char *remedy,
			   struct problem *p);

struct asked {
	const struct settings *settings;
	bool fresh; /* there is no instance yet */
	bool reload;
	bool more; /* the settings name interfaces, and their mode; all else stays */
};

/*
 * All that attach goes by, into @ret: what was asked for, what the instance does now, and the
 * interfaces that are attached, each in the mode that it was attached in unless another is asked
 * for. On reload it is what settings_merge makes of the file. Checks the limits.
 */
int instance_complete(const struct instance *inst, const struct asked *asked, struct settings *ret,
		      struct problem *p);

/*
 * Makes @config the active one and ends the UDP flows that it would not make any more. TCP flows
 * run to their end: a connection does not survive a change of its server, but a client that sends
 * UDP to it every 15 s would stay with the old server for ever.
 */
int instance_switch(struct instance *inst, const struct natloop_config *config, struct problem *p);

/*
 * Its two halves. After a failure of the first nothing has changed; after one of the second the new
 * configuration is in force. The flows are looked at when it is, and nobody makes any by the old
 * one any more.
 */
int instance_activate(struct instance *inst, const struct natloop_config *config,
		      struct problem *p);
int instance_settle(struct instance *inst, struct problem *p);

/* Detaches every interface that has a record; the pins stay. */
int instance_detach_recorded(struct instance *inst, struct problem *p);

/* Detaches one interface, and forgets it. The configuration stays. */
int instance_detach_one(struct instance *inst, const struct instance_iface *attached,
			struct problem *p);

/* What XDP may send to was found out when it was attached; a plan alone can only guess. */
void instance_keep_link_flags(struct natloop_config *config, const struct natloop_config *before);

/* Records of interfaces that no longer exist would come back to life with their ifindex. */
void instance_forget_gone(struct instance *inst);

/* Takes every trace of the interface @ifindex out of @config. */
void instance_drop_interface(struct natloop_config *config, __u32 ifindex);

#endif
