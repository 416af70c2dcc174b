// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_response.h"

#include <sys/types.h>

#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "dns_svcb.h"

#define MESSAGE_MAX 65535
#define ALIASES_MAX 16 /* as the resolver of glibc: more are a loop */

static const struct {
	int type;
	const char *name;
} kinds[] = {
	[DNS_A] = { ns_t_a, "A" },
	[DNS_AAAA] = { ns_t_aaaa, "AAAA" },
	[DNS_HTTPS] = { DNS_TYPE_HTTPS, "HTTPS" },
};

int dns_kind_type(enum dns_kind kind)
{
	return kinds[kind].type;
}

const char *dns_kind_name(enum dns_kind kind)
{
	return kinds[kind].name;
}

static void add(struct dns_response *r, const struct natloop_addr *addr)
{
	for (unsigned int i = 0; i < r->addresses; i++)
		if (!memcmp(&r->address[i], addr, sizeof(*addr)))
			return;
	if (r->addresses < DNS_RESPONSE_ADDRESSES)
		r->address[r->addresses++] = *addr;
}

static bool take_address(const ns_rr *rr, size_t size, struct dns_response *r)
{
	struct natloop_addr addr;
	__be32 v4;

	if (ns_rr_rdlen(*rr) != size)
		return false;
	if (size == sizeof(v4)) {
		memcpy(&v4, ns_rr_rdata(*rr), sizeof(v4));
		addr = address_from_v4(v4);
	} else {
		memcpy(&addr, ns_rr_rdata(*rr), sizeof(addr));
	}
	add(r, &addr);
	return true;
}

static bool take_https(const ns_rr *rr, struct dns_response *r)
{
	struct dns_svcb svcb;

	if (!dns_svcb_read(ns_rr_rdata(*rr), ns_rr_rdlen(*rr), &svcb))
		return false;
	for (unsigned int i = 0; i < svcb.hints; i++)
		add(r, &svcb.hint[i]);
	if (strcmp(svcb.target, ".") != 0 && strcasecmp(svcb.target, ns_rr_name(*rr)) != 0 &&
	    !*r->target)
		snprintf(r->target, sizeof(r->target), "%s", svcb.target);
	return true;
}

static bool take_record(const ns_rr *rr, enum dns_kind kind, struct dns_response *r)
{
	if (kind == DNS_HTTPS)
		return take_https(rr, r);
	return take_address(rr, kind == DNS_A ? 4 : 16, r);
}

/* The record @i of the answer, if it is one of @name and @type. */
static bool record_of(ns_msg *msg, int i, const char *name, int type, ns_rr *rr)
{
	return !ns_parserr(msg, ns_s_an, i, rr) && ns_rr_class(*rr) == ns_c_in &&
	       (int)ns_rr_type(*rr) == type && !strcasecmp(ns_rr_name(*rr), name);
}

/* Replaces @name by what it is an alias of. */
static bool follow(ns_msg *msg, char name[NS_MAXDNAME])
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*msg, ns_s_an); i++)
		if (record_of(msg, i, name, ns_t_cname, &rr))
			return dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), ns_rr_rdata(rr), name,
					 NS_MAXDNAME) >= 0;
	return false;
}

static bool read_records(ns_msg *msg, enum dns_kind kind, struct dns_response *r)
{
	char name[NS_MAXDNAME];
	bool any = false;
	ns_rr rr;

	if (ns_msg_count(*msg, ns_s_qd) != 1 || ns_parserr(msg, ns_s_qd, 0, &rr))
		return false;
	snprintf(name, sizeof(name), "%s", ns_rr_name(rr));
	for (int i = 0; i < ALIASES_MAX && follow(msg, name); i++)
		snprintf(r->alias, sizeof(r->alias), "%s", name);
	for (int i = 0; i < ns_msg_count(*msg, ns_s_an); i++)
		if (record_of(msg, i, name, kinds[kind].type, &rr))
			any |= take_record(&rr, kind, r);
	r->outcome = any ? DNS_RECORDS : DNS_EMPTY;
	return true;
}

void dns_response_read(const unsigned char *message, size_t length, enum dns_kind kind,
		       struct dns_response *ret)
{
	struct dns_response reply = { .outcome = DNS_UNREADABLE };
	ns_msg msg;

	*ret = reply;
	/* c-ares takes a question that is sent back for its answer. */
	if (length > MESSAGE_MAX || ns_initparse(message, (int)length, &msg) ||
	    !ns_msg_getflag(msg, ns_f_qr))
		return;
	reply.truncated = ns_msg_getflag(msg, ns_f_tc);
	reply.rcode = (unsigned int)ns_msg_getflag(msg, ns_f_rcode);
	if (!read_records(&msg, kind, &reply))
		return;
	if (reply.rcode == ns_r_nxdomain)
		reply.outcome = DNS_NXDOMAIN;
	else if (reply.rcode != ns_r_noerror)
		reply.outcome = DNS_ERROR;
	if (reply.outcome != DNS_RECORDS) {
		reply.addresses = 0;
		reply.target[0] = '\0';
	}
	*ret = reply;
}
