/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two hooks. Each back end fills its part of struct natloop_iface, so that detach undoes
 * exactly what attach did; iface->name must be set, for messages. 0 or a negative errno; library
 * messages go to log.h. Both work in the current network namespace.
 */
#ifndef ATTACH_H
#define ATTACH_H

#include <stdbool.h>

#include "natloop/abi.h"
#include "problem.h"

struct bpf_object;
struct xdp_program;

/*
 * What of ours is on the interface, whatever its record says: a program is ours if it uses the map
 * with id @config_map. Sets the tc_ members (but for tc_qdisc_ours) and xdp_id of @iface, to 0
 * where there is nothing. A command may have been killed between attaching and recording it.
 * -ENODEV counts as nothing there.
 */
int attach_find(int ifindex, __u32 config_map, struct natloop_iface *iface);

/* Programs of others that see packets before ours; 0 and "": there is none. */
struct attach_foreign {
	__u32 xdp_id; /* the first one, wherever it stands beside ours */
	char xdp_name[BPF_OBJ_NAME_LEN];
	__u32 tc_priority; /* the lowest */
	__u32 tc_id;	   /* its program's; 0: no BPF filter */
	char tc_kind[16];
	__u32 our_priority; /* if there is such a filter */
	__u32 tcx_id;	    /* the first one of Linux 6.6's tcx, all of which come before filters */
	char tcx_name[BPF_OBJ_NAME_LEN];
};

/* Looks for them; whose they are is told as by attach_find. 0 or a negative errno. */
int attach_find_foreign(int ifindex, __u32 config_map, struct attach_foreign *ret);

/*
 * Whether there is no clsact qdisc, and then makes it. In two steps, and what the second will do is
 * in @iface->tc_qdisc_ours after the first: recorded in between, it leaves no qdisc that nobody
 * owns, whenever the command is killed. The second takes it back if somebody else was faster.
 */
int attach_tc_look(int ifindex, struct natloop_iface *iface, bool *missing, struct problem *p);
int attach_tc_prepare(int ifindex, struct natloop_iface *iface, struct problem *p);

/*
 * clsact ingress, direct action; the qdisc is there. If @iface->tc_priority is 0, or the filter
 * that it names is no longer ours, this is the first time, and it takes the first free priority;
 * else the program is replaced atomically (BPF_TC_F_REPLACE) at the handle and priority recorded. A
 * foreign filter is never touched. Sets the tc_ members of @iface. -ENODEV: no such interface.
 */
int attach_tc(int ifindex, int prog_fd, struct natloop_iface *iface, struct problem *p);

/*
 * Removes our filter, and the qdisc if we made it and no other filter is left in it, ingress and
 * egress. An interface, qdisc or filter that is gone already is no error. Only a filter whose
 * program id is iface->tc_id is ours.
 */
int detach_tc(int ifindex, const struct natloop_iface *iface, struct problem *p);

/*
 * natloop_dns beside natloop_tc, which is attached by @iface, at its priority; in place of an older
 * one. Which of the two sees a packet first does not matter: neither takes the other's.
 */
int attach_dns(int ifindex, int prog_fd, __u32 config_map, const struct natloop_iface *iface,
	       struct problem *p);
/*
 * Removes it; being gone is no error. The qdisc stays: it is natloop_tc's. With @config_map 0,
 * which is lost, it is the one at the priority of @iface.
 */
int detach_dns(int ifindex, __u32 config_map, const struct natloop_iface *iface, struct problem *p);
/* The id of the program that is there; 0: none. Or a negative errno. */
int attach_dns_find(int ifindex, __u32 config_map, __u32 *ret_id);

/*
 * What attach_xdp takes: the program "natloop_xdp" of @obj, an opened object, not yet loaded, whose
 * maps are already the pinned ones (bpf_map__reuse_fd). The first attach_xdp loads the object,
 * because only libxdp knows as what (BPF_PROG_TYPE_EXT behind its dispatcher, else XDP), with
 * BPF_F_XDP_HAS_FRAGS where the kernel has it (5.18); the section should therefore be "xdp", not
 * "xdp.frags", which an older kernel refuses. With @generic it does without: behind a generic
 * program with that flag, clsact sees packets without their Ethernet header (seen on 6.18: with a
 * bare XDP_PASS, a frame of 74 bytes arrives as 60). One handle serves all interfaces, as libxdp
 * keeps in it what the kernel does not tell of a loaded program. @obj stays the caller's and must
 * outlive it. attach_xdp_close takes NULL, too, and detaches nothing.
 */
int attach_xdp_open(struct bpf_object *obj, bool generic, struct xdp_program **ret,
		    struct problem *p);
void attach_xdp_close(struct xdp_program *prog);

/*
 * XDP by libxdp: dispatcher where the kernel allows it, else alone. With @iface->xdp_id set, that
 * program is ours from before and is replaced without a gap: dispatcher: attach the new one, then
 * detach the old one; alone: the netlink replace with the old program as expected one
 * (XDP_FLAGS_REPLACE). There is a gap, in which TC has the packets, where the kernel knows no other
 * way: from native to generic or back, or from alone to behind a dispatcher. Sets @iface->xdp_id.
 * The old program is still there after a failure, unless it fell into such a gap.
 *
 * -EOPNOTSUPP: the driver has no native XDP, or not with its present settings (MTU, queues,
 * offloads); -EBUSY: somebody else's program is there and cannot be shared; -ENODEV: no such
 * interface; others: the kernel refused to load the program.
 */
int attach_xdp(int ifindex, struct xdp_program *prog, bool generic, struct natloop_iface *iface,
	       struct problem *p);

/*
 * Removes the program with id iface->xdp_id if it is still attached; being gone is no error, and
 * somebody else's program is never touched. Of an interface that no longer exists it removes the
 * pins that libxdp's dispatcher left.
 */
int detach_xdp(int ifindex, const struct natloop_iface *iface, struct problem *p);

#endif
