// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "trace.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "address.h"
#include "hairpin.h"
#include "instance_parts.h"
#include "instance_trace.h"
#include "lookup.h"
#include "netlink.h"
#include "signals.h"
#include "util.h"

#define PORT_FIRST 49152 /* of those for private use, RFC 6335 6 */
#define PORT_TRIES 64
#define TTL 64

/* Where a sender's MAC address is not known, and does not matter: of those for local use. */
static const __u8 nobody[6] = { 0x02, 'n', 'a', 't', 'l', 'o' };

/* Where packets come in whose layer 3 interface is @layer3; NULL: natloop is not attached there. */
static const struct natloop_link *find_link(const struct natloop_config *config, __u32 layer3)
{
	const struct natloop_link *found = NULL;

	for (__u32 i = 0; i < config->links && i < NATLOOP_MAX_LINKS; i++) {
		const struct natloop_link *link = &config->link[i];

		if (link->l3_ifindex == layer3 && (!found || link->ifindex == layer3))
			found = link;
	}
	return found;
}

/* The layer 3 interface where @client lives: by its LAN, by --lan and the routes, else the first.
 */
static __u32 find_arrival(const struct natloop_config *config, const struct natloop_addr *client)
{
	struct route route = { .ifindex = 0 };

	for (__u32 i = 0; i < config->lans && i < NATLOOP_MAX_LANS; i++)
		if (config->lan[i].ifindex && lookup_in_lan(&config->lan[i], client) &&
		    find_link(config, config->lan[i].ifindex))
			return config->lan[i].ifindex;
	if (!netlink_route(client, &route) && find_link(config, (__u32)route.ifindex))
		return (__u32)route.ifindex;
	return config->links ? config->link[0].l3_ifindex : 0;
}

static void interface_name(__u32 ifindex, char name[IF_NAMESIZE])
{
	if (!ifindex || !if_indextoname(ifindex, name))
		snprintf(name, IF_NAMESIZE, "#%u", ifindex);
}

/* One that the client has no flow with. */
static int choose_port(const struct instance *inst, struct natloop_key *key)
{
	int used = 1;

	for (int i = 0; i < PORT_TRIES && used > 0; i++) {
		__u16 random = 0;

		if (getrandom(&random, sizeof(random), 0) < 0)
			return -errno;
		key->sport = htons((__u16)(PORT_FIRST + random % (65536 - PORT_FIRST)));
		used = instance_trace_uses(inst, key);
	}
	return used > 0 ? -EADDRINUSE : used;
}

/* A packet with @head that comes in by @link, through XDP and what XDP leaves through TC. */
static int run_packet(struct instance *inst, const struct natloop_link *link,
		      struct trace_packet *packet, struct problem *p)
{
	struct trace_frame in, out = { .length = 0 };
	struct natloop_iface iface = { .tc_id = 0 };
	struct instance_trace_run run = {
		.ifindex = link->ifindex,
		.head = &packet->sent,
		.in = &in,
	};
	__u32 key = link->ifindex;

	interface_name(link->ifindex, packet->interface);
	interface_name(link->l3_ifindex, packet->layer3);
	packet->outcome = NATLOOP_OUTCOME_COUNT;
	if (bpf_map_lookup_elem(inst->dp.map[DATAPLANE_IFACES], &key, &iface))
		return problem(p, -ENOENT, packet->interface, "attach it again",
			       "nothing is known of its programs");
	if (instance_trace_is_layer3(iface.tc_id))
		return problem(p, -EOPNOTSUPP, packet->interface, "use 'trace --watch CLIENT'",
			       "its packets have no Ethernet header, and the kernel runs no "
			       "program on such a made-up one");
	memcpy(packet->sent.dmac, link->mac, sizeof(packet->sent.dmac));
	memcpy(packet->sent.vlan, link->vlan, sizeof(packet->sent.vlan));
	if (getrandom(&packet->sent.id, sizeof(packet->sent.id), 0) < 0)
		return problem(p, -errno, "random numbers", "", "cannot be had: %m");
	trace_frame_write(&packet->sent, &in);
	for (int hook = 0; hook < NATLOOP_HOOK_COUNT; hook++) {
		struct trace_run *turn = &packet->run[hook];

		run.hook = (enum natloop_hook)hook;
		run.program = hook == NATLOOP_HOOK_XDP ? iface.xdp_id : iface.tc_id;
		turn->attached = run.program;
		turn->outcome = NATLOOP_OUTCOME_COUNT;
		if (!turn->attached)
			continue;
		turn->err = instance_trace_run(inst, &run, &out, &turn->outcome);
		if (turn->err)
			continue;
		turn->ran = true;
		packet->outcome = turn->outcome;
		if (turn->outcome < NATLOOP_OUTCOME_COUNT &&
		    hairpin_fate(turn->outcome) != NATLOOP_FATE_DEFER &&
		    hairpin_fate(turn->outcome) != NATLOOP_FATE_PASS)
			break;
	}
	if (packet->outcome < NATLOOP_OUTCOME_COUNT &&
	    hairpin_fate(packet->outcome) == NATLOOP_FATE_SEND)
		packet->gone = trace_frame_read(&out, &packet->left);
	if (packet->run[NATLOOP_HOOK_TC].err)
		return problem(p, packet->run[NATLOOP_HOOK_TC].err, packet->interface,
			       "attach it again",
			       "its TC program cannot be run on a made-up packet: %s",
			       strerror(-packet->run[NATLOOP_HOOK_TC].err));
	return 0;
}

static __u8 flags_of(const struct trace *t, __u8 of_new)
{
	if (t->asked.proto != IPPROTO_TCP)
		return 0;
	/* Of a flow that there is the state must stay what it is. */
	return t->known ? TH_ACK : of_new;
}

static int run_there(struct instance *inst, struct trace *t, struct problem *p)
{
	const struct natloop_link *link = find_link(&t->config, t->arrival);

	if (!link)
		return problem(p, -ENODEV, "trace", "see 'natloopctl status'",
			       "natloop is not attached where the client's packets come in");
	t->there.sent = (struct trace_head){
		.key = t->asked,
		.ttl = TTL,
		.tcp_flags = flags_of(t, TH_SYN),
	};
	memcpy(t->there.sent.smac, nobody, sizeof(nobody));
	return run_packet(inst, link, &t->there, p);
}

static int run_back(struct instance *inst, struct trace *t, struct problem *p)
{
	const struct natloop_flow *out = &t->pair.flow[NATLOOP_DIR_TO_SERVER];
	const struct natloop_flow *back = &t->pair.flow[NATLOOP_DIR_TO_CLIENT];
	const struct natloop_link *link = find_link(&t->config, back->arrival);

	interface_name(out->ifindex, t->there.egress);
	interface_name(back->arrival, t->answers);
	t->no_answer = TRACE_NOT_ATTACHED;
	if (!link)
		return 0;
	t->no_answer = TRACE_ANSWERED;
	t->back.sent = (struct trace_head){
		.key = t->pair.key[NATLOOP_DIR_TO_CLIENT],
		.ttl = TTL,
		.tcp_flags = flags_of(t, TH_SYN | TH_ACK),
	};
	memcpy(t->back.sent.smac, out->mtu ? out->dmac : nobody, sizeof(nobody));
	interface_name(back->ifindex, t->back.egress);
	return run_packet(inst, link, &t->back, p);
}

/* The flow that there was may be gone, by its timeout, before our packet came: then it made one. */
static bool is_ours(const struct trace *t, const struct natloop_pair *before)
{
	return t->has_flow && (!t->known || (t->pair.id != before->id &&
					     t->pair.flow[NATLOOP_DIR_TO_SERVER].packets <= 1));
}

/* @before: the flow that there was, at @index, if t->known. */
static int run_both(struct instance *inst, struct trace *t, const struct natloop_pair *before,
		    __u32 index, struct problem *p)
{
	__u32 place = 0;
	int err, found, undone;

	instance_trace_begin(inst, &t->asked);
	err = run_there(inst, t, p);
	found = instance_trace_find(inst, &t->asked, &t->pair, &place);
	t->has_flow = found > 0;
	t->no_answer = TRACE_NOT_SENT;
	if (!err && t->there.gone && t->has_flow)
		err = run_back(inst, t, p);
	if (is_ours(t, before))
		undone = instance_trace_remove(inst, &t->pair);
	else
		undone = t->known ? instance_trace_restore(inst, index, before) : found;
	instance_trace_end(inst);
	if (!err && undone < 0)
		err = problem(p, undone, "trace", "see 'natloopctl flow list' for what is left",
			      "the flow that it made cannot be removed: %s", strerror(-undone));
	return err;
}

static int prepare(struct instance *inst, struct trace *t, struct natloop_pair *before,
		   __u32 *index, struct problem *p)
{
	struct natloop_addr client = address_from_v4(t->asked.src);
	int found = t->asked.sport ? 0 : choose_port(inst, &t->asked);

	if (!found)
		found = instance_trace_find(inst, &t->asked, before, index);
	if (found < 0)
		return problem(p, found, "trace", "try again", "the flows cannot be looked at: %s",
			       strerror(-found));
	t->known = found;
	t->config = *instance_config(inst);
	t->arrival = t->known ? before->flow[NATLOOP_DIR_TO_SERVER].arrival :
				find_arrival(&t->config, &client);
	return 0;
}

int trace_packets(const struct env *env, struct trace *ret, struct problem *p)
{
	struct instance *inst = NULL;
	struct natloop_pair before = { .id = 0 };
	__u32 index = 0;
	int err = instance_open(env, &inst, p);

	if (err)
		return err;
	/* From here on what was made is removed again. */
	signals_hold();
	err = prepare(inst, ret, &before, &index, p);
	if (!err)
		err = run_both(inst, ret, &before, index, p);
	instance_close(inst);
	return err;
}
