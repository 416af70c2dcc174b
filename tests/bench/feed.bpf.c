// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See feed.h. Both programs that follow a tail call have the same feeder in front of them. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "feed_plan.h"
#include "fold.h"

struct feed_plan feed_plan;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} feed_xdp_jumps SEC(".maps"), feed_tc_jumps SEC(".maps");

struct feed_line {
	__u64 packets;
	__u64 rest[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* feed.c sets it */
	__type(key, __u32);
	__type(value, struct feed_line);
} feed_lines SEC(".maps");

static __always_inline void put16(__u16 at, __u16 value)
{
	*(__u16 *)((char *)feed_plan.headers + (at & (FEED_HEADERS - 2))) = bpf_htons(value);
}

/* Ports and address of flow @i, and by how much they make the checksums of flow 0 larger. */
static __always_inline void write_flow(struct feed_plan *p, __u32 i)
{
	__u32 socket = i % p->sockets, dialled = i / p->sockets, client = 0;

	put16(p->socket_port_at, p->socket_port + socket);
	put16(p->dialled_at, p->dialled + dialled);
	if (p->client_at) {
		client = socket % p->clients;
		put16(p->client_at, p->client + client);
	}
	put16(p->ip_check_at,
	      ~fold((__u16)~p->ip_check + client + (p->dials_address ? dialled : 0)));
	put16(p->check_at, ~fold((__u16)~p->check + socket + dialled + client));
}

static __always_inline int feed(void *data, void *data_end)
{
	struct feed_plan *p = &feed_plan;
	__u64 *to = data;

	if (data + FEED_HEADERS > data_end)
		return -1;
	if (p->socket_port_at) {
		p->flow = p->next;
		write_flow(p, p->flow);
		p->next += p->stride;
		if (p->next >= p->flows)
			p->next -= p->flows;
	}
	for (int i = 0; i < FEED_HEADERS / 8; i++)
		to[i] = p->headers[i];
	/*
	 * A barrier: the frame is in the cache, as if the NIC had put it there. Without it what
	 * follows would wait for stores of other sizes than its loads.
	 */
	p->last = __sync_fetch_and_add(&p->done, 1);
	return 0;
}

SEC("xdp.frags")
int feed_xdp(struct xdp_md *ctx)
{
	if (!feed((void *)(long)ctx->data, (void *)(long)ctx->data_end))
		bpf_tail_call_static(ctx, &feed_xdp_jumps, 0);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int feed_xdp_nothing(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* The least that any program does which remembers something of each flow. */
SEC("xdp.frags")
int feed_xdp_line(struct xdp_md *ctx)
{
	struct feed_line *line = bpf_map_lookup_elem(&feed_lines, &feed_plan.flow);

	(void)ctx;
	if (!line)
		return XDP_ABORTED;
	line->packets++;
	return XDP_PASS;
}

SEC("tc")
int feed_tc(struct __sk_buff *ctx)
{
	if (!feed((void *)(long)ctx->data, (void *)(long)ctx->data_end))
		bpf_tail_call_static(ctx, &feed_tc_jumps, 0);
	return TC_ACT_SHOT;
}

SEC("tc")
int feed_tc_nothing(struct __sk_buff *ctx)
{
	(void)ctx;
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
