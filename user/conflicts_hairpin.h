/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Do the router's own rules reflect a forward, too, with an address of the router as source? Pure:
 * sends packets of the LAN to a forward's public port through the rules, as far as these can be
 * understood; a rule with a condition that is not understood does nothing.
 *
 * Such rules see only what natloop leaves to the kernel, for XDP and TC come before netfilter. That
 * is: whoever [lan] denies gets through all the same, and when natloop is detached the server sees
 * the router in the place of its clients, without a word. A port forward that is not bound to the
 * uplink does neither by itself: without source NAT the server's answer goes past the router.
 */
#ifndef CONFLICTS_HAIRPIN_H
#define CONFLICTS_HAIRPIN_H

#include "import_rules.h"
#include "natloop/abi.h"

/* Hosts of a LAN that dial a forward. */
struct hairpin_question {
	const struct natloop_forward *forward;
	__u32 public;	   /* address; this one and those below in host order */
	const char *input; /* the router's interface that they come by */
	struct import_addresses clients;
	const char *output; /* the one that leads to the server; NULL: not known */
};

struct hairpin_answer {
	const struct import_line *dnat;
	const struct import_ruleset *dnat_set;
	const struct import_line *snat;
	const struct import_ruleset *snat_set;
	bool for_all; /* the source NAT asks neither for an interface nor for a destination */
};

enum hairpin_share {
	HAIRPIN_NONE,
	HAIRPIN_HALF, /* the destination is translated, and the source stays */
	HAIRPIN_WHOLE,
};

/* How far rules in @sets reflect it, by those that are understood. */
enum hairpin_share hairpin_share(const struct import_ruleset *sets, size_t count,
				 const struct hairpin_question *question);

/* The first rules that do it, in @sets (of each program one); false: none. */
bool hairpin_find(const struct import_ruleset *sets, size_t count,
		  const struct hairpin_question *question, struct hairpin_answer *ret);

/* What to do about it, into @buf. Returns @buf. */
const char *hairpin_remedy(const struct hairpin_answer *answer, char *buf, size_t size);

#endif
