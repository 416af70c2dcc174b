/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The check of the DNS cure in words. Pure. Each sentence is written to @buf, which is returned. */
#ifndef DNS_VERDICT_TEXT_H
#define DNS_VERDICT_TEXT_H

#include <stddef.h>

#include "dns_verdict.h"

#define DNS_SENTENCE_MAX 1536 /* a name of NS_MAXDNAME, and what is said about it */

/* All that was asked and found. */
struct dns_check {
	const char *name;
	struct dns_world world;
	struct dns_resolver *resolver;
	struct dns_finding *each;
	size_t count;
	struct dns_finding all;
};

/* "leaking-aaaa" */
const char *dns_verdict_name(enum dns_verdict verdict);

/* "192.168.11.1", "fe80::1%eth0"; @buf has ADDRESS_TEXT_MAX. */
const char *dns_resolver_text(const struct dns_resolver *resolver, char *buf);

/* "192.168.11.20", "fd00::20, fd00::21", "nothing", "NXDOMAIN", "no answer"; with hints and
 * targets. */
const char *dns_response_text(const struct dns_response *r, enum dns_kind kind, char *buf,
			      size_t size);

/* What a LAN client would do with that resolver's answers. */
const char *dns_finding_text(const struct dns_check *c, const struct dns_finding *f, char *buf,
			     size_t size);

/* The same for all resolvers together. */
const char *dns_overall_text(const struct dns_check *c, char *buf, size_t size);

/* A command that takes the user on; "" if there is nothing to do. */
const char *dns_next_step(const struct dns_check *c, char *buf, size_t size);

/* The remarks on resolver @i, one by one from @which = 0 on; NULL: no more. */
const char *dns_remark(const struct dns_check *c, size_t i, size_t which, char *buf, size_t size);

#endif
