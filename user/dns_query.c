// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_query.h"

#include <sys/types.h>

#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "plan.h"
#include "util.h"

#define MESSAGE_MAX 65535
#define ALIASES_MAX 16 /* as the resolver of glibc: more are a loop */

static bool has(const struct dns_answer *a, const struct natloop_addr *addr)
{
	for (__u32 i = 0; i < a->count; i++)
		if (address_equal(&a->addr[i], addr))
			return true;
	return false;
}

static void add(struct dns_answer *a, const struct natloop_addr *addr)
{
	if (a->count < ARRAY_SIZE(a->addr) && !has(a, addr))
		a->addr[a->count++] = *addr;
}

static void take_ttl(struct dns_answer *a, __u32 ttl)
{
	/* RFC 2181 section 8: with the highest bit set it counts as 0. */
	if (ttl & 0x80000000U)
		ttl = 0;
	if (!a->ttl_known || ttl < a->ttl)
		a->ttl = ttl;
	a->ttl_known = true;
}

/* One record that belongs to @name: an address, or with @alias, which is then written, an alias. */
static bool take_record(const ns_msg *msg, const ns_rr *rr, const char *name, char *alias,
			struct dns_answer *a)
{
	struct natloop_addr addr;
	__be32 v4;

	if (ns_rr_class(*rr) != ns_c_in || strcasecmp(ns_rr_name(*rr), name) != 0)
		return false;
	if (alias) {
		if (ns_rr_type(*rr) != ns_t_cname ||
		    dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), ns_rr_rdata(*rr), alias,
			      NS_MAXDNAME) < 0)
			return false;
	} else {
		if (ns_rr_type(*rr) != ns_t_a || ns_rr_rdlen(*rr) != sizeof(v4))
			return false;
		memcpy(&v4, ns_rr_rdata(*rr), sizeof(v4));
		addr = address_from_v4(v4);
		add(a, &addr);
	}
	take_ttl(a, ns_rr_ttl(*rr));
	return true;
}

/* Whether any record of the message is one of @name; of aliases the first. */
static bool take_records(ns_msg *msg, const char *name, char *alias, struct dns_answer *a)
{
	bool any = false;

	for (int i = 0; i < ns_msg_count(*msg, ns_s_an) && !(any && alias); i++) {
		ns_rr rr;

		if (ns_parserr(msg, ns_s_an, i, &rr))
			return false;
		any |= take_record(msg, &rr, name, alias, a);
	}
	return any;
}

bool dns_parse(const unsigned char *message, size_t length, struct dns_answer *ret)
{
	struct dns_answer answer = { .err = 0 };
	char name[NS_MAXDNAME], alias[NS_MAXDNAME];
	ns_msg msg;
	ns_rr rr;

	if (length > MESSAGE_MAX || ns_initparse(message, (int)length, &msg) ||
	    ns_msg_getflag(msg, ns_f_rcode) != ns_r_noerror || ns_msg_count(msg, ns_s_qd) != 1 ||
	    ns_parserr(&msg, ns_s_qd, 0, &rr))
		return false;
	snprintf(name, sizeof(name), "%s", ns_rr_name(rr));
	for (int i = 0; i < ALIASES_MAX && take_records(&msg, name, alias, &answer); i++)
		memcpy(name, alias, sizeof(name));
	if (!take_records(&msg, name, NULL, &answer))
		return false;
	*ret = answer;
	return true;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct natloop_addr));
}

/* What the name server says of the TTL of what was found already. */
static void ask_ttl(const char *name, struct dns_answer *ret)
{
	_cleanup_free_ unsigned char *message = malloc(MESSAGE_MAX);
	struct dns_answer answer;
	int length = message ? res_search(name, ns_c_in, ns_t_a, message, MESSAGE_MAX) : -1;

	if (length <= 0 || length > MESSAGE_MAX || !dns_parse(message, (size_t)length, &answer))
		return;
	for (__u32 i = 0; i < answer.count; i++)
		if (has(ret, &answer.addr[i])) {
			ret->ttl = answer.ttl;
			ret->ttl_known = true;
		}
}

void dns_query(const char *name, struct dns_answer *ret)
{
	struct dns_answer answer = { .err = 0 };
	int count = system_resolve(name, answer.addr, ARRAY_SIZE(answer.addr));

	if (count < 0) {
		answer.err = count;
	} else {
		answer.count = (__u32)count;
		qsort(answer.addr, answer.count, sizeof(answer.addr[0]), compare);
		ask_ttl(name, &answer);
	}
	*ret = answer;
}
