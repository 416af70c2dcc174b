// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_verdict.h"

#include <arpa/inet.h>
#include <string.h>

#include "util.h"

enum place {
	PLACE_NONE,
	PLACE_SERVER,
	PLACE_TRANSLATED,
	PLACE_PUBLIC,
	PLACE_ELSEWHERE,
	PLACE_SEVERAL,
};

static const enum dns_verdict verdict_of_place[] = {
	[PLACE_SERVER] = DNS_VERDICT_SERVER,   [PLACE_TRANSLATED] = DNS_VERDICT_TRANSLATED,
	[PLACE_PUBLIC] = DNS_VERDICT_PUBLIC,   [PLACE_ELSEWHERE] = DNS_VERDICT_ELSEWHERE,
	[PLACE_SEVERAL] = DNS_VERDICT_SEVERAL,
};

static bool in_v4(const struct natloop_addr *a, __u32 net, unsigned int length)
{
	return (ntohl(a->w[3]) ^ net) >> (32 - length) == 0;
}

/* RFC 1918 and RFC 4193: what a LAN is made of. */
static bool is_private(const struct natloop_addr *a)
{
	if (address_is_v4(a))
		return in_v4(a, 0x0a000000, 8) || in_v4(a, 0xac100000, 12) ||
		       in_v4(a, 0xc0a80000, 16);
	return (ntohl(a->w[0]) & 0xfe000000) == 0xfc000000;
}

bool dns_address_global(const struct natloop_addr *a)
{
	if (is_private(a))
		return false;
	if (!address_is_v4(a))
		return (ntohl(a->w[0]) & 0xe0000000) == 0x20000000; /* 2000::/3 */
	/* RFC 6890; 100.64.0.0/10 is a carrier's own. */
	return !in_v4(a, 0, 8) && !in_v4(a, 0x7f000000, 8) && !in_v4(a, 0x64400000, 10) &&
	       !in_v4(a, 0xa9fe0000, 16) && ntohl(a->w[3]) < 0xe0000000;
}

bool dns_verdict_good(enum dns_verdict verdict)
{
	return verdict == DNS_VERDICT_SERVER || verdict == DNS_VERDICT_TRANSLATED;
}

bool dns_world_knows(const struct dns_world *world, bool v4)
{
	for (size_t i = 0; i < world->servers; i++)
		if (address_is_v4(&world->server[i]) == v4)
			return true;
	return false;
}

static enum place place_of(const struct dns_world *world, const struct natloop_addr *a)
{
	for (size_t i = 0; i < world->servers; i++)
		if (address_equal(&world->server[i], a))
			return PLACE_SERVER;
	for (size_t i = 0; i < world->publics; i++)
		if (address_equal(&world->public[i], a))
			return world->translated[i] ? PLACE_TRANSLATED : PLACE_PUBLIC;
	if (is_private(a) && !dns_world_knows(world, address_is_v4(a)))
		return PLACE_SERVER;
	/* Without a public address to compare with, any global one may be it. */
	if (dns_address_global(a) && !world->publics)
		return PLACE_PUBLIC;
	return PLACE_ELSEWHERE;
}

static bool is_good(enum place place)
{
	return place <= PLACE_TRANSLATED;
}

/* Where a reply leads; *@address is the first address that leads away, else the first. */
static enum place place_of_reply(const struct dns_world *world, const struct dns_response *r,
				 const struct natloop_addr **address)
{
	enum place all = PLACE_NONE;

	*address = NULL;
	for (unsigned int i = 0; i < r->addresses; i++) {
		enum place one = place_of(world, &r->address[i]);

		if (!*address || (!is_good(one) && is_good(place_of(world, *address))))
			*address = &r->address[i];
		all = all == PLACE_NONE || all == one ? one : PLACE_SEVERAL;
	}
	if (*r->target)
		all = PLACE_ELSEWHERE;
	return all;
}

static bool answered(const struct dns_response *r)
{
	return r->outcome >= DNS_ERROR;
}

/* What a client has in the end, and over what. */
static const struct dns_response *seen(const struct dns_resolver *r, enum dns_kind kind,
				       enum dns_over *over)
{
	*over = r->reply[DNS_UDP][kind].truncated ? DNS_TCP : DNS_UDP;
	return &r->reply[*over][kind];
}

static struct dns_finding found(enum dns_verdict verdict, enum dns_over over, enum dns_kind kind,
				const struct natloop_addr *address)
{
	return (struct dns_finding){
		.verdict = verdict, .over = over, .kind = kind, .address = address
	};
}

/* The verdict on a reply without an address. */
static enum dns_verdict without_address(const struct dns_response *r)
{
	switch (r->outcome) {
	case DNS_SILENT:
	case DNS_UNREACHED:
		return DNS_VERDICT_NO_ANSWER;
	case DNS_UNREADABLE:
	case DNS_ERROR:
		return DNS_VERDICT_ERROR;
	default:
		return DNS_VERDICT_NO_ADDRESS;
	}
}

/* Neither A nor AAAA has one. */
static struct dns_finding judge_nothing(const struct dns_resolver *r)
{
	enum dns_over over;
	const struct dns_response *a = seen(r, DNS_A, &over);

	for (int kind = DNS_A; kind <= DNS_AAAA; kind++)
		if (r->reply[DNS_TCP][kind].addresses)
			return found(DNS_VERDICT_UDP_TCP_DIFFER, DNS_TCP, kind,
				     &r->reply[DNS_TCP][kind].address[0]);
	return found(without_address(a), over, DNS_A, NULL);
}

static struct dns_finding judge_aaaa(const struct dns_world *world, const struct dns_resolver *r,
				     enum place v4)
{
	const struct natloop_addr *address;
	enum dns_over over;
	const struct dns_response *aaaa = seen(r, DNS_AAAA, &over);
	enum place v6 = place_of_reply(world, aaaa, &address);

	/* A name that has an A record exists: NXDOMAIN is as wrong as SERVFAIL (RFC 4074 4.2). */
	if (v6 == PLACE_NONE && v4 != PLACE_NONE && aaaa->outcome == DNS_NXDOMAIN)
		return found(DNS_VERDICT_ERROR, over, DNS_AAAA, NULL);
	if (v6 == PLACE_NONE && aaaa->outcome != DNS_EMPTY)
		return found(without_address(aaaa), over, DNS_AAAA, NULL);
	if (v4 != PLACE_NONE && !is_good(v6) && dns_address_global(address))
		return found(DNS_VERDICT_LEAKING_AAAA, over, DNS_AAAA, address);
	return found(verdict_of_place[v6], over, DNS_AAAA, address);
}

static struct dns_finding judge_https(const struct dns_world *world, const struct dns_resolver *r)
{
	const struct natloop_addr *address;
	enum dns_over over;
	enum place place = place_of_reply(world, seen(r, DNS_HTTPS, &over), &address);

	return found(is_good(place) ? DNS_VERDICT_SERVER : DNS_VERDICT_LEAKING_HTTPS, over,
		     DNS_HTTPS, address);
}

/* What came over TCP leads to the server as UDP does, as far as anything came. */
static struct dns_finding judge_tcp(const struct dns_world *world, const struct dns_resolver *r)
{
	for (int kind = 0; kind < DNS_KINDS; kind++) {
		const struct dns_response *tcp = &r->reply[DNS_TCP][kind];
		const struct natloop_addr *address;
		enum place place = place_of_reply(world, tcp, &address);
		bool less = !tcp->addresses && r->reply[DNS_UDP][kind].addresses;

		if (!is_good(place) || (answered(tcp) && less && kind != DNS_HTTPS))
			return found(DNS_VERDICT_UDP_TCP_DIFFER, DNS_TCP, kind, address);
	}
	return found(DNS_VERDICT_SERVER, DNS_UDP, DNS_A, NULL);
}

static struct dns_finding judge_one(const struct dns_world *world, const struct dns_resolver *r)
{
	enum dns_over over, unused;
	const struct dns_response *a = seen(r, DNS_A, &over);
	const struct natloop_addr *address;
	enum place v4 = place_of_reply(world, a, &address);
	struct dns_finding f = found(verdict_of_place[v4], over, DNS_A, address);
	struct dns_finding bad;

	if (v4 == PLACE_NONE) {
		if (!seen(r, DNS_AAAA, &unused)->addresses)
			return judge_nothing(r);
		if (a->outcome != DNS_EMPTY)
			return found(without_address(a), over, DNS_A, NULL);
		f = judge_aaaa(world, r, v4);
	}
	if (!dns_verdict_good(f.verdict))
		return f;
	if (v4 != PLACE_NONE && seen(r, DNS_AAAA, &unused)->outcome != DNS_EMPTY) {
		bad = judge_aaaa(world, r, v4);
		if (!dns_verdict_good(bad.verdict))
			return bad;
	}
	bad = judge_https(world, r);
	if (!dns_verdict_good(bad.verdict))
		return bad;
	bad = judge_tcp(world, r);
	return dns_verdict_good(bad.verdict) ? f : bad;
}

/* A private address of the server, over UDP or TCP. */
static bool gives_private(const struct dns_world *world, const struct dns_resolver *r)
{
	for (int over = 0; over < DNS_OVERS; over++)
		for (int kind = DNS_A; kind <= DNS_AAAA; kind++)
			for (unsigned int i = 0; i < r->reply[over][kind].addresses; i++) {
				const struct natloop_addr *a = &r->reply[over][kind].address[i];

				if (is_private(a) && place_of(world, a) == PLACE_SERVER)
					return true;
			}
	return false;
}

static void infer_rebind(const struct dns_world *world, const struct dns_resolver *resolver,
			 size_t count, struct dns_finding *f)
{
	const struct dns_response *r = &resolver[f->resolver].reply[f->over][f->kind];

	if (f->kind != DNS_A || (f->verdict != DNS_VERDICT_NO_ADDRESS &&
				 !(f->verdict == DNS_VERDICT_ERROR && r->rcode == ns_r_refused)))
		return;
	for (size_t i = 0; i < count; i++) {
		if (i == f->resolver || !gives_private(world, &resolver[i]))
			continue;
		f->verdict = DNS_VERDICT_REBIND_PROTECTION;
		f->other = i;
		return;
	}
}

static bool same_addresses(const struct dns_response *a, const struct dns_response *b)
{
	unsigned int same = 0;

	for (unsigned int i = 0; i < a->addresses; i++)
		for (unsigned int j = 0; j < b->addresses; j++)
			same += address_equal(&a->address[i], &b->address[j]);
	return a->addresses == b->addresses && same == a->addresses;
}

/* Private addresses are taken for the server's where none is known: for one server's only. */
static bool same_server(const struct dns_world *world, const struct dns_resolver *a,
			const struct dns_resolver *b)
{
	for (int kind = DNS_A; kind <= DNS_AAAA; kind++) {
		enum dns_over x, y;

		if (!dns_world_knows(world, kind == DNS_A) &&
		    !same_addresses(seen(a, kind, &x), seen(b, kind, &y)))
			return false;
	}
	return true;
}

/* One that says nothing does not contradict another. */
static bool says_nothing(enum dns_verdict verdict)
{
	return verdict == DNS_VERDICT_NO_ANSWER || verdict == DNS_VERDICT_REBIND_PROTECTION;
}

static struct dns_finding judge_all(const struct dns_world *world,
				    const struct dns_resolver *resolver, size_t count,
				    const struct dns_finding *each)
{
	const struct dns_finding *first = NULL, *silent = NULL;
	struct dns_finding all;

	for (size_t i = 0; i < count; i++) {
		if (says_nothing(each[i].verdict)) {
			silent = silent ? silent : &each[i];
			continue;
		}
		if (!first) {
			first = &each[i];
			continue;
		}
		if (each[i].verdict == first->verdict &&
		    (first->verdict != DNS_VERDICT_SERVER ||
		     same_server(world, &resolver[first->resolver], &resolver[i])))
			continue;
		all = dns_verdict_good(each[i].verdict) && !dns_verdict_good(first->verdict) ?
			      *first :
			      each[i];
		all.other = all.resolver == i ? first->resolver : i;
		all.verdict = DNS_VERDICT_DIFFERENT;
		return all;
	}
	if (first && !(silent && dns_verdict_good(first->verdict)))
		return *first;
	return silent ? *silent : each[0];
}

void dns_judge(const struct dns_world *world, const struct dns_resolver *resolver, size_t count,
	       struct dns_finding *each, struct dns_finding *ret)
{
	for (size_t i = 0; i < count; i++) {
		each[i] = judge_one(world, &resolver[i]);
		each[i].resolver = i;
		infer_rebind(world, resolver, count, &each[i]);
	}
	*ret = judge_all(world, resolver, count, each);
}
