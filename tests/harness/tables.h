/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What lies in the maps, and whether it fits together. */
#ifndef TABLES_H
#define TABLES_H

#include "prog_run.h"

/* Elements of each map. */
struct census {
	unsigned int flows; /* references in natloop_buckets: two a flow */
	unsigned int binding;
	unsigned int moved;
	unsigned int clients;
	unsigned int places; /* of natloop_flows that are not free */
	unsigned int state;  /* natloop_state.flows */
};

struct census tables_census(const struct prog_run *r);

void tables_expect(const struct prog_run *r, const struct census *expected);

/*
 * Checks that the maps agree: each flow is found by both tuples, no place is lost, every binding,
 * every client and natloop_state count the flows that there are, a flow's port is its socket's: the
 * one that natloop_moved says, else its own, unless with that the server could not tell the flow
 * from another one. (Once that other one has ended nothing shows why: end both in a test.)
 */
void tables_audit(const struct prog_run *r);

/* The flow that packets like @f belong to, in the map itself; NULL: there is none. */
struct natloop_pair *tables_pair(const struct prog_run *r, const struct frame *f);

/* The direction that packets like @f use: true if there is one. */
bool tables_flow(const struct prog_run *r, const struct frame *f, struct natloop_flow *flow);

struct natloop_tuple tables_key(const struct frame *f);

void tables_put_flow(const struct prog_run *r, const struct frame *f,
		     const struct natloop_flow *flow);

/* The SNAT port of packets like @f; fails if there is no flow. */
uint16_t tables_snat_port(const struct prog_run *r, const struct frame *f);

/* Makes the next hop of @f's entry older by @ticks. */
void tables_age_nexthop(const struct prog_run *r, const struct frame *f, uint32_t ticks);

/* Makes the last packet of @f's direction older by @ticks. */
void tables_age_seen(const struct prog_run *r, const struct frame *f, uint32_t ticks);

/* A binding of somebody who is nowhere else in the tables. */
void tables_take_port(const struct prog_run *r, uint8_t proto, uint32_t snat, uint16_t port);
void tables_free_port(const struct prog_run *r, uint8_t proto, uint32_t snat, uint16_t port);

/* Datagrams in fragments that are remembered. */
unsigned int tables_datagrams(const struct prog_run *r);

/* Bytes that the kernel charges for all maps of the three programs, by each map's own account. */
unsigned long long tables_charged(const struct prog_run *r);

struct natloop_state tables_state(const struct prog_run *r);

/* As if no ICMP error of ours had been sent for long. */
void tables_reset_rates(const struct prog_run *r);

/* As if so many had been sent that the rate allows none. */
void tables_spend_rates(const struct prog_run *r);

/* Empties every map but configuration and counters. */
void tables_clear(const struct prog_run *r);

#endif
