/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a LAN client would do with the answers of its resolvers. Pure. */
#ifndef DNS_VERDICT_H
#define DNS_VERDICT_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "dns_response.h"
#include "natloop/abi.h"

enum dns_over {
	DNS_UDP,
	DNS_TCP,
	DNS_OVERS
};

#define DNS_WORLD_SERVERS 16

/* Where the answers should lead, and where else they may. */
struct dns_world {
	/* Addresses of the server in the LAN; none of a family: that one is judged by class. */
	size_t servers;
	struct natloop_addr server[DNS_WORLD_SERVERS];
	size_t publics;
	struct natloop_addr public[NATLOOP_MAX_ADDRESSES];
	bool translated[NATLOOP_MAX_ADDRESSES]; /* a running natloop leads it to the server */
};

struct dns_resolver {
	struct natloop_addr addr;
	char device[IF_NAMESIZE]; /* a link-local one is asked through it; else "" */
	/* LAN clients have their answer over UDP from natloop: .reply is what it is told to say. */
	bool on_way;
	bool stub_hides; /* systemd-resolved's stub asks it */
	struct dns_response reply[DNS_OVERS][DNS_KINDS];
};

/* For one resolver, and for all: X(NAME, name as the user sees it). */
#define DNS_VERDICTS(X)                                                                            \
	X(SERVER, "server")		  /* all answers lead to the server */                     \
	X(TRANSLATED, "translated")	  /* to a public address, and natloop from there */        \
	X(PUBLIC, "public")		  /* to a public address: needs NAT loopback */            \
	X(LEAKING_AAAA, "leaking-aaaa")	  /* A is right, a global AAAA is preferred */             \
	X(LEAKING_HTTPS, "leaking-https") /* A is right, the HTTPS record leads away */            \
	X(ELSEWHERE, "elsewhere")	  /* neither the server nor public */                      \
	X(SEVERAL, "several")		  /* addresses of one answer lead apart */                 \
	X(REBIND_PROTECTION, "rebind-protection") /* nothing; another one has the server */        \
	X(NO_ADDRESS, "no-address")		  /* there is no such name or address */           \
	X(ERROR, "error")			  /* SERVFAIL and the like */                      \
	X(NO_ANSWER, "no-answer")		  /* of UDP */                                     \
	X(UDP_TCP_DIFFER, "udp-tcp-differ")	  /* UDP or TCP alone leads to the server */       \
	X(DIFFERENT, "different")		  /* of all: resolvers lead to different places */

enum dns_verdict {
#define X(NAME, name) DNS_VERDICT_##NAME,
	DNS_VERDICTS(X)
#undef X
	DNS_VERDICT_COUNT
};

/* What was found, and the reply that decided it. */
struct dns_finding {
	enum dns_verdict verdict;
	enum dns_over over;
	enum dns_kind kind;
	const struct natloop_addr *address; /* where a client goes, in the reply; NULL: nowhere */
	size_t resolver;		    /* of all: the one that decided */
	size_t other;			    /* one that says otherwise: of rebind, of different */
};

/* An address that others than the LAN route to: no private, local, shared or reserved one. */
bool dns_address_global(const struct natloop_addr *a);

/* Does the verdict mean that every answer that came leads to the server? */
bool dns_verdict_good(enum dns_verdict verdict);

/* Are there addresses of that family to compare with, or does the class of an address decide? */
bool dns_world_knows(const struct dns_world *world, bool v4);

/*
 * Judges each of @count resolvers, at least one, into @each, and all into @ret.
 *
 * A client asks over UDP, and over TCP if the answer is truncated. Of the addresses that it gets it
 * prefers a global IPv6 one to IPv4 (RFC 6724 2.1), and a browser goes by hints and targets of an
 * HTTPS record (RFC 9460). TCP without an answer is no fault: the answers of UDP are complete.
 * Rebind protection is inferred: no address (or REFUSED) here, while another resolver gives the
 * server's private one.
 */
void dns_judge(const struct dns_world *world, const struct dns_resolver *resolver, size_t count,
	       struct dns_finding *each, struct dns_finding *ret);

#endif
