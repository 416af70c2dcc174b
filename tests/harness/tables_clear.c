// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How the maps become as they were at the start, all or some. */
#include <bpf/bpf.h>
#include <string.h>

#include "fresh.h"
#include "tables.h"

static void clear_hash(const struct prog_run *r, const char *name)
{
	fresh_empty_hash(prog_run_map(r, name), name);
}

static void clear_held(const struct prog_run *r)
{
	static const struct natloop_held none;

	for (uint32_t i = 0; i < NATLOOP_HELD; i++)
		CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_held"), &i, &none, 0),
		      "natloop_held cannot be cleared: %m");
}

static void clear_datagrams(const struct prog_run *r)
{
	static const struct natloop_frag_set none;

	for (uint32_t i = 0; i < NATLOOP_FRAG_SETS; i++)
		CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_frags"), &i, &none, 0),
		      "natloop_frags cannot be cleared: %m");
}

static void clear_flows(const struct prog_run *r)
{
	uint32_t index;

	memset(r->pairs, 0, tables_state(r).fresh * sizeof(*r->pairs));
	memset(r->bindings, 0, (r->configs->bucket_mask + 1) * sizeof(*r->bindings));
	memset(r->buckets, 0, (r->configs->bucket_mask + 1) * sizeof(*r->buckets));
	while (!bpf_map_lookup_and_delete_elem(prog_run_map(r, "natloop_free"), NULL, &index))
		;
}

static void set_icmp_tat(const struct prog_run *r, uint64_t tat)
{
	struct natloop_state state = tables_state(r);
	uint32_t key = 0;

	state.icmp_tat = state.mtu_tat = tat;
	CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_state"), &key, &state, 0),
	      "natloop_state cannot be changed: %m");
}

void tables_reset_rates(const struct prog_run *r)
{
	clear_hash(r, "natloop_rates");
	set_icmp_tat(r, 0);
}

void tables_spend_rates(const struct prog_run *r)
{
	set_icmp_tat(r, UINT64_MAX / 2);
}

void tables_clear(const struct prog_run *r)
{
	/* With the same seed two runs of one packet end alike. */
	struct natloop_state none = { .seed = tables_state(r).seed };
	uint32_t key = 0;

	clear_flows(r);
	clear_hash(r, "natloop_moved");
	clear_hash(r, "natloop_clients");
	clear_datagrams(r);
	clear_hash(r, "natloop_rates");
	clear_held(r);
	CHECK(!bpf_map_update_elem(prog_run_map(r, "natloop_state"), &key, &none, 0),
	      "natloop_state cannot be cleared: %m");
}
