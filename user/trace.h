/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One made-up packet, and the answer to it, through the programs of a running instance. Nothing is
 * sent, and no flow stays that was not there before.
 */
#ifndef TRACE_H
#define TRACE_H

#include <net/if.h>
#include <stdbool.h>

#include "command.h"
#include "trace_frame.h"

/* One program's turn. */
struct trace_run {
	bool attached; /* this hook has a program where the packet comes in */
	int err;       /* the kernel did not run it: a negative errno */
	bool ran;
	unsigned int outcome; /* NATLOOP_OUTCOME_COUNT: unknown */
};

struct trace_packet {
	struct trace_head sent;
	struct trace_head left;	     /* if @gone */
	char interface[IF_NAMESIZE]; /* whose programs see it */
	char layer3[IF_NAMESIZE];    /* on which the router sees it */
	struct trace_run run[NATLOOP_HOOK_COUNT];
	unsigned int outcome;	  /* of the last program that ran; else as in run */
	bool gone;		  /* it would be on its way */
	char egress[IF_NAMESIZE]; /* out of this layer 3 interface */
};

/* Why there is no answer to trace. */
enum trace_no_answer {
	TRACE_ANSWERED,
	TRACE_NOT_SENT,	    /* the packet itself did not get through */
	TRACE_NOT_ATTACHED, /* answers come in where natloop is not attached */
};

struct trace {
	struct natloop_config config; /* that it was judged by */
	struct natloop_key asked;     /* the packet from the client */
	bool known;		      /* there was a flow for it already */
	bool has_flow;		      /* @pair is it, or the one that was made */
	struct natloop_pair pair;
	__u32 arrival; /* layer 3 interface of the client */
	struct trace_packet there;
	struct trace_packet back; /* with TRACE_ANSWERED */
	enum trace_no_answer no_answer;
	char answers[IF_NAMESIZE]; /* where they come in */
};

/*
 * @ret->asked is filled in; with a source port of 0 one is chosen that the client does not use.
 * With a problem: as instance_open; -EOPNOTSUPP when the program cannot be run so.
 */
int trace_packets(const struct env *env, struct trace *ret, struct problem *p);

#endif
