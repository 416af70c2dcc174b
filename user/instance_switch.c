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

/* The addresses that forwards use as source, and those of the TCP flows that run on. */
static int keep_addresses(struct natloop_config *config, const struct flow_view *flows,
			  size_t count)
{
	int err = 0;

	for (__u32 i = 0; i < config->forwards && !err; i++)
		if (!packet_addr_zero(&config->forward[i].snat))
			err = plan_add_address(config, &config->forward[i].snat);
	for (size_t i = 0; i < count && !err; i++) {
		if (flows[i].proto != IPPROTO_TCP)
			continue;
		err = plan_add_address(config, &flows[i].to_server.dst);
		if (!err)
			err = plan_add_address(config, &flows[i].to_client.dst);
	}
	return err;
}

int instance_switch(struct instance *inst, const struct natloop_config *config, struct problem *p)
{
	_cleanup_free_ struct natloop_config *next = malloc(sizeof(*next));
	_cleanup_free_ struct flow_view *flows = NULL;
	size_t count = 0, ended = 0;
	int err;

	if (!next)
		return problem(p, -ENOMEM, "configuration", "", "out of memory");
	*next = *config;
	err = instance_flows(inst, &flows, &count);
	if (!err)
		err = keep_addresses(next, flows, count);
	if (err)
		return problem(p, err, "flows", "see 'natloopctl flow list'", "cannot be kept: %s",
			       strerror(-err));
	dataplane_switch(&inst->dp, next);
	for (size_t i = 0; i < count; i++)
		if (flows[i].proto == IPPROTO_UDP && !still_made(next, &flows[i]))
			flows[ended++] = flows[i];
	err = instance_flows_flush(inst, flows, ended);
	return err ? problem(p, err, "flows", "see 'natloopctl flow list'",
			     "cannot all be ended: %s", strerror(-err)) :
		     0;
}
