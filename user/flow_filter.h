/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which flows a command is about: the FILTER of "flow list" and its like. Pure. */
#ifndef FLOW_FILTER_H
#define FLOW_FILTER_H

#include <stdbool.h>

#include "instance.h"
#include "problem.h"

/* Ends of a flow that a filter can name. */
enum flow_end {
	FLOW_CLIENT,
	FLOW_PUBLIC,
	FLOW_SERVER,
	FLOW_SNAT,
	FLOW_END_COUNT
};

struct flow_filter {
	__u8 proto;	   /* 0: any */
	const char *state; /* a constant; NULL: any */
	struct {
		bool given;
		struct natloop_addr addr;
		__be16 port; /* 0: any */
	} end[FLOW_END_COUNT];
};

/*
 * Words like "proto=udp", "client=192.168.11.2", "server=192.168.11.20:21116", "state=opening",
 * each key at most once; no words: everything. -EINVAL with a usage problem whose object is the
 * word at fault, and @ret left alone.
 */
int flow_filter_parse(int argc, char *const *argv, struct flow_filter *ret, struct problem *p);

/* It says nothing, and so matches every flow. */
bool flow_filter_is_empty(const struct flow_filter *filter);

/* All that the filter says is true of @flow. */
bool flow_filter_match(const struct flow_filter *filter, const struct flow_view *flow);

/* Address and, by @ret_port, port (network order) of one end of a flow. */
const struct natloop_addr *flow_end(const struct flow_view *flow, enum flow_end end,
				    __be16 *ret_port);

#endif
