/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A running natloop: the pins under BPFFS/natloop/NAME/ and typed access to what they hold. Every
 * command that touches one holds the lock from instance_open to instance_close.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "natloop/abi.h"
#include "plan.h"
#include "problem.h"

struct instance;

/*
 * Opens an attached instance. With a problem: -ENOENT when there is none, and then it says how to
 * attach; -ENODATA when a part of it is missing.
 */
int instance_open(const struct env *env, struct instance **ret, struct problem *p);
void instance_close(struct instance *inst);

/*
 * Attaches, or updates in place, all or nothing: creates the instance if there is none, loads the
 * programs, attaches them to every interface of @s (and replaces them on the interfaces that were
 * attached before), switches the configuration. What @s does not say is kept from the instance, or
 * gets its default.
 */
int instance_attach(const struct env *env, const struct settings *s, struct problem *p);

/*
 * Attaches the interfaces of @s, in its mode, to a running instance, all of them or none; that does
 * and keeps what it did, and what is attached already and not named keeps its programs. What else
 * @s says means nothing. -ENOENT: there is no instance.
 */
int instance_attach_more(const struct env *env, const struct settings *s, struct problem *p);

/*
 * Makes a running instance do what @file says, in place as instance_attach: what it does not say
 * any more goes (gets its default, an interface is detached), but what came from options and
 * commands is kept. With no interfaces in @file those that are attached stay. All or nothing, but
 * for an interface that cannot be detached in the end: a problem, too.
 */
int instance_reload(const struct env *env, const struct settings *file, struct problem *p);

/* Detaches the interfaces, or all (names == NULL). The last one takes the instance with it. */
int instance_detach(const struct env *env, char *const *names, size_t count, struct problem *p);

/* The active configuration; valid until the next change or instance_close. */
const struct natloop_config *instance_config(const struct instance *inst);

/* The same as settings: all but the interfaces and their modes. */
void instance_settings(const struct instance *inst, struct settings *ret);

/*
 * Adds to @s the interfaces that are attached and exist, with interface_mode as it was asked for.
 * A negative errno; -ENOSPC: too many.
 */
int instance_add_attached(const struct instance *inst, struct settings *s);

/* Was its first attach killed, before there was a configuration? */
bool instance_unfinished(const struct instance *inst);

/* Adds or deletes forwards, or a public address; checked like attach, switched atomically. UDP
 * flows that the new configuration would not make are ended, TCP flows run to their end. */
int instance_add_forwards(struct instance *inst, const struct settings *add, struct problem *p);
/* In the place of all that it has. */
int instance_set_forwards(struct instance *inst, const struct settings *set, struct problem *p);
int instance_delete_forwards(struct instance *inst, const struct settings *del, struct problem *p);
int instance_add_public(struct instance *inst, const char *spec, struct problem *p);
int instance_delete_public(struct instance *inst, const char *spec, struct problem *p);

/* What instance_update found and did. */
struct instance_update {
	struct natloop_config before; /* the active configuration, then and now */
	struct natloop_config after;
	bool changed; /* they differ, as config_diff sees it */
	/* The addresses that the wish led to, as a list of address texts. */
	char own_public[SETTINGS_MAX_PUBLICS][256];
	size_t own_publics;
	__u32 publics_left_out; /* bits by index of the wish's public_spec: no address now */
};

/*
 * Makes the configuration what @ours says on the system as it is now, without touching programs or
 * interfaces: those that are attached and still exist take part. @base is what @ours was at the
 * last update, with the addresses that came of it as its public_spec; what other commands changed
 * since then is kept, see settings_merge.h. All or nothing, by one switch; none if nothing differs.
 */
int instance_update(struct instance *inst, const struct settings *base, const struct settings *ours,
		    struct instance_update *ret, struct problem *p);

/*
 * Could that be done, when the interfaces of @ours are attached in their modes before? Changes
 * nothing. 0, or a negative errno with the problem that stands in the way.
 */
int instance_try(struct instance *inst, const struct settings *base, const struct settings *ours,
		 struct problem *p);

/* Attached interfaces; caller frees. gone is set where the interface no longer exists. */
struct instance_iface {
	int ifindex;
	bool gone;
	bool removed; /* by instance_check: somebody has removed its program */
	struct natloop_iface iface;
};

/* Looks whether the programs are still where they were attached; if not, the reason says so. */
void instance_check(const struct instance *inst, struct instance_iface *list, size_t count);

int instance_interfaces(const struct instance *inst, struct instance_iface **ret, size_t *count);

/* Number of flows and the most that the table takes. */
int instance_flow_count(const struct instance *inst, __u64 *count, __u32 *max);

/*
 * The most memory that the maps can take, in bytes: those of the instance, and what the programs on
 * the interfaces of @list use besides.
 */
int instance_memory(const struct instance *inst, const struct instance_iface *list, size_t count,
		    __u64 *ret);

/* One flow, both directions joined. */
struct flow_view {
	struct natloop_tuple to_server; /* client -> public */
	struct natloop_tuple to_client; /* server -> SNAT address */
	__u8 proto;
	__u32 arrival; /* layer 3 interface where the client is */
	__u32 id;      /* for instance_flows_flush: tells it from a later flow with these tuples */
	const char *state; /* "udp", "opening", "established", "closing", "expired" */
	unsigned int idle_s;
	unsigned int expires_s;
	__u64 packets; /* both directions */
	__u64 bytes;
	__u64 answers; /* packets to the client alone */
};
/* All live flows; caller frees. */
int instance_flows(const struct instance *inst, struct flow_view **ret, size_t *count);
/* Ends the given flows and sweeps, so that they are gone when it returns. */
int instance_flows_flush(struct instance *inst, const struct flow_view *flows, size_t count);

/*
 * Counters summed over CPUs: what TC saw, and what XDP finished itself. A packet that XDP passed
 * on is counted by TC, so that every packet counts once; the defer_ outcomes come on top and tell
 * how many of TC's packets XDP had in hand before.
 */
int instance_counts(const struct instance *inst, struct natloop_counts *ret);

#endif
