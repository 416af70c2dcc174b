// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From one configuration to the next: which flows end, and what those that go on still need. */
#include <errno.h>
#include <linux/in.h>
#include <string.h>

#include "instance_parts.h"
#include "lookup.h"
#include "util.h"

/* Would @config still send this flow where it goes? */
static bool still_made(const struct natloop_config *config, const struct flow_view *flow)
{
	const struct natloop_forward *f =
		lookup_forward(config, flow->proto, bpf_ntohs(flow->to_server.dport));
	int address = lookup_address(config, &flow->to_server.dst);

	return address >= 0 && address < (int)config->publics && f &&
	       lookup_allowed(config, flow->arrival, &flow->to_server) &&
	       packet_addr_equal(&f->server, &flow->to_client.src) &&
	       bpf_ntohs(flow->to_server.dport) - f->first + f->server_first ==
		       bpf_ntohs(flow->to_client.sport) &&
	       packet_addr_equal(packet_addr_zero(&f->snat) ? &flow->to_server.dst : &f->snat,
				 &flow->to_client.dst);
}

/* What the TCP flows that run on need. */
static int keep_flow_addresses(struct natloop_config *config, const struct flow_view *flows,
			       size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		if (flows[i].proto != IPPROTO_TCP)
			continue;
		err = plan_add_address(config, &flows[i].to_server.dst);
		if (!err)
			err = plan_add_address(config, &flows[i].to_client.dst);
	}
	return err;
}

/* The addresses that forwards use as source. */
static int keep_sources(struct natloop_config *config)
{
	int err = 0;

	for (__u32 i = 0; i < config->forwards && !err; i++)
		if (!packet_addr_zero(&config->forward[i].snat))
			err = plan_add_address(config, &config->forward[i].snat);
	return err;
}

int instance_activate(struct instance *inst, const struct natloop_config *config, struct problem *p)
{
	_cleanup_free_ struct natloop_config *next = malloc(sizeof(*next));
	_cleanup_free_ struct flow_view *flows = NULL;
	size_t count = 0;
	int err;

	if (!next)
		return problem(p, -ENOMEM, "configuration", "", "out of memory");
	*next = *config;
	err = instance_flows(inst, &flows, &count);
	if (!err)
		err = keep_sources(next);
	if (!err)
		err = keep_flow_addresses(next, flows, count);
	if (err)
		return problem(p, err, "flows", "see 'natloopctl flow list'", "cannot be kept: %s",
			       strerror(-err));
	dataplane_switch(&inst->dp, next);
	return 0;
}

/*
 * Of TCP connections that began while the new configuration was made: those to an address that it
 * does not have. With no room for one the others still count.
 */
static int keep_late_addresses(struct instance *inst, const struct flow_view *flows, size_t count)
{
	_cleanup_free_ struct natloop_config *next = malloc(sizeof(*next));
	int err;

	if (!next)
		return -ENOMEM;
	*next = *instance_config(inst);
	err = keep_flow_addresses(next, flows, count);
	if (next->addresses != instance_config(inst)->addresses)
		dataplane_switch(&inst->dp, next);
	return err;
}

int instance_settle(struct instance *inst, struct problem *p)
{
	_cleanup_free_ struct flow_view *flows = NULL;
	size_t count = 0, ended = 0;
	int err = instance_flows(inst, &flows, &count), flush_err;

	if (!err)
		err = keep_late_addresses(inst, flows, count);
	for (size_t i = 0; i < count; i++)
		if (flows[i].proto == IPPROTO_UDP && !still_made(instance_config(inst), &flows[i]))
			flows[ended++] = flows[i];
	flush_err = instance_flows_flush(inst, flows, ended);
	err = err ? err : flush_err;
	return err ? problem(p, err, "flows",
			     "see 'natloopctl flow list', and end them by 'natloopctl flow flush'",
			     "the new configuration is in force, but flows of the old one could "
			     "not all be seen to: %s",
			     strerror(-err)) :
		     0;
}

int instance_switch(struct instance *inst, const struct natloop_config *config, struct problem *p)
{
	int err = instance_activate(inst, config, p);

	return err ? err : instance_settle(inst, p);
}
