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
	PROBE_UDP,	      /* a datagram; what answers it is an answer */
	PROBE_RUSTDESK_ID,    /* UDP: RegisterPeer of an ID that nobody has */
	PROBE_RUSTDESK_NAT,   /* TCP: TestNatRequest to .port, then from the same port to .port2 */
	PROBE_RUSTDESK_RELAY, /* TCP: two RequestRelay with one uuid, and bytes from one to the
				 other */
};

enum probe_result {
	PROBE_NOT_ASKED,
	PROBE_OK,
	PROBE_REFUSED, /* RST, or ICMP port unreachable: the host is there, the service is not */
	PROBE_SILENT,  /* no answer at all */
	PROBE_UNREACHABLE, /* no route, ICMP host or net unreachable, or no neighbour: see .error */
	PROBE_OTHER,	   /* an answer, but not one that this service gives */
	PROBE_CLOSED,	   /* connected, then closed without an answer */
	PROBE_FAILED,	   /* could not be asked here: see .error */
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
	/* What came of it. */
	enum probe_result result;
	int error;	      /* errno, where there was one */
	unsigned int took_ms; /* until the answer */
	struct natloop_addr
		answered_by; /* of UDP: whose answer came, even if from another address */
	__u16 seen;	     /* of PROBE_RUSTDESK_NAT: the port that .port saw */
	__u16 seen2;	     /* and .port2 */
	__u16 local;	     /* the port that it was asked from */
};

struct probe_options {
	unsigned int timeout_ms; /* of one try */
	unsigned int tries;	 /* of a datagram; TCP has the kernel's within timeout_ms * tries */
	/* Called when a probe is done; or NULL. */
	void (*progress)(void *data, const struct probe *probe);
	void *data;
};

/*
 * Runs all of them at once, in the network namespace of the caller. SIGINT, SIGTERM and SIGHUP
 * cancel what is not done yet: -EINTR, with what was found so far. Another negative errno, with @p,
 * if it could not begin.
 */
int probe_run(struct probe *probe, size_t count, const struct probe_options *options,
	      struct problem *p);

/* "answers", "refused", ...: for people. */
const char *probe_result_text(enum probe_result result);

#endif
