/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asks a service whether it is there, as its own clients would, and leaves nothing behind at it: an
 * ID that hbbs does not know is answered and not stored, a NAT test has no state, and a pair at
 * hbbr is whole and closed.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"
#include "problem.h"

enum probe_kind {
	PROBE_TCP,	      /* a connection, closed at once */
	PROBE_UDP,	      /* a datagram; what answers it is an answer, and silence no proof */
	PROBE_RUSTDESK_ID,    /* UDP: RegisterPeer of an ID that nobody has */
	PROBE_RUSTDESK_NAT,   /* TCP: TestNatRequest to .port, then from the same port to .port2 */
	PROBE_RUSTDESK_RELAY, /* TCP: two RequestRelay with one uuid, and bytes from one to the
				 other */
};

enum probe_result {
	PROBE_NOT_ASKED,
	PROBE_OK,
	PROBE_REFUSED, /* RST, or ICMP port unreachable: the host is there, the service is not */
	PROBE_SILENT,  /* no answer at all; TCP: not even a connection, unless .connected */
	/*
	 * No route, ICMP host or net unreachable, or no neighbour: see .error. Of UDP also ICMP
	 * port unreachable (ECONNREFUSED) of another host than the one asked.
	 */
	PROBE_UNREACHABLE,
	PROBE_OTHER,  /* an answer, but not one that this service gives */
	PROBE_CLOSED, /* connected, then closed without an answer; hbbr: also a wrong .key */
	PROBE_FAILED, /* could not be asked here: see .error */
	PROBE_CANCELLED,
};

struct probe {
	/* What is asked; the rest is zero. Ports are in host order. */
	enum probe_kind kind;
	struct natloop_addr address;
	__u16 port;
	__u16 port2;		  /* of PROBE_RUSTDESK_NAT */
	struct natloop_addr from; /* the own address to ask from; zero: the kernel's choice */
	const char *key;	  /* hbbr's -k, or NULL; not copied */
	__u8 ttl;		  /* of IPv4; 0: as usual. 1: whoever answers is the first hop */
	/* What came of it. */
	enum probe_result result;
	/*
	 * errno, where there was one. PROBE_FAILED: EADDRNOTAVAIL, .from is no address of this
	 * host; EOPNOTSUPP, the build left protobuf-c out. PROBE_UNREACHABLE: EHOSTUNREACH also
	 * when the neighbour does not answer ARP, which the kernel says after 3 s. PROBE_CLOSED:
	 * ECONNRESET, by an RST.
	 */
	int error;
	bool connected;	      /* TCP: there was a connection, whatever came then */
	unsigned int took_ms; /* until the answer, or whatever ended it */
	/* How often it was asked, if that was counted: probe_run() leaves it alone. */
	unsigned int asked;
	/*
	 * Of UDP: whose answer it was, even if from another address than was asked (the server's
	 * own: a half hairpin), or who sent the ICMP error; zero: nobody.
	 */
	struct natloop_addr answered_by;
	/*
	 * Of PROBE_RUSTDESK_NAT: the port that .port saw, that .port2 saw, and the own one. Where
	 * .seen is set, .port has answered as it should, and .result is about .port2.
	 */
	__u16 seen;
	__u16 seen2;
	__u16 local;
};

struct probe_options {
	unsigned int timeout_ms; /* of one try */
	/*
	 * Of a datagram. TCP has timeout_ms * tries for each connection, the kernel repeats SYNs;
	 * and for each answer as long, and what the connection took, up to timeout_ms.
	 */
	unsigned int tries;
	/* Called when a probe is done; or NULL. */
	void (*progress)(void *data, const struct probe *probe);
	void *data;
};

/*
 * Runs all of them at once, in the network namespace of the caller. SIGINT, SIGTERM and SIGHUP,
 * those that are not ignored, cancel what is not done yet, and are taken by that: -EINTR, with what
 * was found so far, the rest PROBE_CANCELLED. The signal mask is as before then. Another negative
 * errno, with @p, if it could not begin.
 */
int probe_run(struct probe *probe, size_t count, const struct probe_options *options,
	      struct problem *p);

/* "answers", "refused", ...: for people. */
const char *probe_result_text(enum probe_result result);

#endif
