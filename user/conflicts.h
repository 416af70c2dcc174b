/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What on this router stands in natloop's way. */
#ifndef CONFLICTS_H
#define CONFLICTS_H

#include <stdbool.h>
#include <stddef.h>

#include "conflicts_hairpin.h"
#include "dns_name.h"
#include "instance.h"

struct conflict {
	const char *id;	  /* of the question, a string constant: "ip-forward" */
	char object[64];  /* "eth1", "udp/53=192.168.11.20" */
	char what[192];	  /* what stands in the way */
	char remedy[640]; /* what to do about it */
};

/* The router's own rules, of nftables and iptables. */
struct conflict_rules;

/*
 * Reads them, of the current network namespace; this takes longer than all the rest, and needs no
 * instance, so that nobody need wait for its lock. What cannot be asked has no rules. NULL: no
 * memory. Free with conflicts_free_rules, which takes NULL, too.
 */
struct conflict_rules *conflicts_read_rules(void);
/*
 * How far they reflect what @question says. False: not known, because rules that translate are
 * among them that are not understood.
 */
bool conflicts_reflection(const struct conflict_rules *rules,
			  const struct hairpin_question *question, enum hairpin_share *ret);
void conflicts_free_rules(struct conflict_rules *rules);

/*
 * Looks at the system around the attached interfaces, in the current network namespace:
 *	- IP forwarding is off
 *	- a server's address has become this router's own
 *	- LRO merges the packets that an interface receives
 *	- bridge-nf-call-iptables, where a bridge is attached
 *	- a port of a bridge is attached, and another one is not
 *	- the driver takes off the VLAN tags of a trunk that is attached by XDP
 *	- a flow table of nftables that comes before natloop: on a port of an attached bridge,
 *	  or offloaded to hardware. A software one on the attached interface itself comes behind
 *	  XDP and TC: __netif_receive_skb_core calls sch_handle_ingress, then nf_ingress
 *	- somebody else's XDP program or TC filter before ours
 *	- a name of the DNS cure that leads to a server whose RustDesk forwards are in force
 *	- rules of nftables or iptables that reflect a forward, too, with an address of the
 *	  router as source: see conflicts_hairpin.h. With @rules NULL it is not asked
 *
 * All of them into @ret, which the caller frees. A question that the kernel cannot answer finds
 * nothing. -ENOMEM, or the error of reading the interfaces.
 */
int conflicts_find(const struct instance *inst, const struct conflict_rules *rules,
		   struct conflict **ret, size_t *count);

/*
 * The same, and closes @inst, in any case: before it goes through @rules, which may take seconds,
 * so that no command waits for the lock meanwhile.
 */
int conflicts_find_and_close(struct instance *inst, const struct conflict_rules *rules,
			     struct conflict **ret, size_t *count);

/*
 * Of a name alone: does it lead to a server whose RustDesk forwards are in force? Then @ret says
 * so, as conflicts_find would. Pure.
 */
bool conflicts_of_name(const struct natloop_config *config, const struct dns_name *name,
		       struct conflict *ret);

#endif
