/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the facts mean. Pure. */
#ifndef DOCTOR_VERDICT_H
#define DOCTOR_VERDICT_H

#include "doctor.h"

/*
 * X(NAME, name as the user sees it, exit status). In doubt it is UNKNOWN: no fact that is missing
 * leads to another one, and HEALTHY needs all of them.
 */
#define DOCTOR_VERDICTS(X)                                                                         \
	X(UNKNOWN, "unknown", 3)			 /* could not be told */                   \
	X(HEALTHY, "healthy", 0)			 /* all that was asked works */            \
	X(SERVER_IS_ROUTER, "server-is-router", 0)	 /* needs no NAT loopback */               \
	X(SERVER_DOWN, "server-down", 1)		 /* nothing listens there */               \
	X(PORT_REFUSED, "port-refused", 1)		 /* it listens on other ports */           \
	X(OTHER_SERVICE, "other-service", 1)		 /* not what should be there answers */    \
	X(SERVER_FIREWALL, "server-firewall", 1)	 /* it is there, and silent */             \
	X(SERVER_ABSENT, "server-absent", 1)		 /* nobody has its address */              \
	X(WRONG_GATEWAY, "wrong-gateway", 1)		 /* its replies go elsewhere */            \
	X(NAT_LOOPBACK, "nat-loopback", 1)		 /* fails inside only */                   \
	X(LOOPBACK_OR_FORWARD, "loopback-or-forward", 3) /* inside; outside is not known */        \
	X(HALF_HAIRPIN, "half-hairpin", 1)		 /* DNAT without SNAT */                   \
	X(ROUTER_ANSWERS, "router-answers", 1)		 /* itself, at the public address */       \
	X(FORWARD_MISSING, "forward-missing", 1)	 /* or blocked: fails outside, too */      \
	X(UDP_FORWARD_MISSING, "udp-forward-missing", 1) /* TCP alone is there */                  \
	X(SYMMETRIC, "symmetric", 1)			 /* ports change with the destination */   \
	X(DOUBLE_NAT, "double-nat", 1)			 /* the router has no public address */    \
	X(STALE_DNS, "stale-dns", 1)			 /* the name leads elsewhere */            \
	X(NO_ADDRESS, "no-address", 1)			 /* the name leads nowhere */              \
	X(REBIND_PROTECTION, "rebind-protection", 1)	 /* a resolver hides the address */        \
	X(RESOLVERS_DIFFER, "resolvers-differ", 1)	 /* some clients are led elsewhere */      \
	X(IPV6, "ipv6", 1)				 /* clients prefer the AAAA record */      \
	X(HTTPS_RECORD, "https-record", 1)		 /* browsers are led elsewhere by it */    \
	X(MIXED_CURES, "mixed-cures", 1)		 /* translation and DNS for one server */  \
	X(OTHER_HAIRPIN, "other-hairpin", 1)		 /* rules reflect what natloop does */     \
	X(OBSTACLE, "obstacle", 1)			 /* a check found a problem beside these */

enum doctor_verdict_id {
#define X(NAME, name, status) DOCTOR_VERDICT_##NAME,
	DOCTOR_VERDICTS(X)
#undef X
	DOCTOR_VERDICT_COUNT
};

struct doctor_verdict {
	enum doctor_verdict_id id;
	char sentence[640];
	char next[640]; /* "" if there is nothing to do */
};

/* "healthy" */
const char *doctor_verdict_name(enum doctor_verdict_id id);
/* What natloopctl ends with: 0, 1 for a problem, 3 if it could not be told. */
int doctor_verdict_status(enum doctor_verdict_id id);

/* The one cause that the others, if any, follow from. Of @report only levels and ids are used, and
 * the texts of the check that decided. */
void doctor_judge(const struct doctor_facts *facts, const struct doctor_report *report,
		  struct doctor_verdict *ret);

#endif
