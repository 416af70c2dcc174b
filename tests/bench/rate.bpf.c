// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The generator and the sink of the packet rate, and two routers that do as little as they can. One
 * CPU at a time runs each of the first two.
 */
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "fold.h"
#include "rate_plan.h"

/* Places in an Ethernet frame with IPv4, no options, and UDP; in units of 16 bits. */
enum {
	AT_IP_CHECK = 12,
	AT_CLIENT = 14,
	AT_SOCKET_PORT = 17,
	AT_DIALLED = 18,
	AT_UDP_CHECK = 20,
};

struct rate_send rate_send;
struct rate_count rate_count;
struct rate_rewrite rate_rewrite;

/* What the flows do not have in common, in network order. */
struct variable {
	__u16 client;
	__u16 socket_port;
	__u16 dialled;
	__u16 ip_check;
	__u16 udp_check;
};

/* What is in the field if the sum over all is larger by @more than what made it @check. */
static __always_inline __u16 check_plus(__u16 check, __u32 more)
{
	return bpf_htons((__u16)~fold((__u16)~check + more));
}

static __always_inline struct variable variable_of(const struct rate_shape *s, __u32 socket,
						   __u32 dial)
{
	__u32 client = s->shows_client ? socket % RATE_CLIENTS : 0;

	return (struct variable){
		.client = bpf_htons(s->client + client),
		.socket_port = bpf_htons(s->socket_port + socket),
		.dialled = bpf_htons(s->dialled + dial),
		.ip_check = check_plus(s->ip_check, client),
		.udp_check = check_plus(s->udp_check, client + socket + dial),
	};
}

/* Does the window let no more frames go? What has not come back for RATE_LOST_NS is lost. */
static __always_inline int is_held(struct rate_send *send)
{
	__u64 away = send->sent - rate_count.right - rate_count.wrong - send->lost;
	__u64 now = bpf_ktime_get_ns();

	if (away >= send->window) {
		if (now - send->last_ns < RATE_LOST_NS) {
			send->held++;
			return 1;
		}
		send->lost += away;
	}
	if (!send->first_ns)
		send->first_ns = now;
	send->last_ns = now;
	return 0;
}

/*
 * A page comes back with what the router made of it, so every byte of the headers is written anew.
 */
SEC("xdp")
int rate_generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct rate_send *send = &rate_send;
	__u32 flow = send->next;
	struct variable v;
	__u64 *to = data;
	__u16 *half = data;

	if (data + RATE_HEADERS > data_end)
		return XDP_ABORTED;
	if (send->limit && send->sent >= send->limit)
		return XDP_DROP;
	if (send->window && is_held(send))
		return XDP_DROP;
	send->next += send->stride;
	if (send->next >= send->flows)
		send->next -= send->flows;
	v = variable_of(&send->shape, flow % RATE_SOCKETS, flow / RATE_SOCKETS);
	for (int i = 0; i < RATE_HEADERS / 8; i++)
		to[i] = send->shape.headers[i];
	half[AT_CLIENT] = v.client;
	half[AT_SOCKET_PORT] = v.socket_port;
	half[AT_DIALLED] = v.dialled;
	half[AT_IP_CHECK] = v.ip_check;
	half[AT_UDP_CHECK] = v.udp_check;
	send->sent++;
	return bpf_redirect(send->ifindex, 0);
}

static __always_inline int is_right(const struct rate_shape *s, void *data, void *data_end)
{
	const __u64 *seen = data;
	const __u16 *half = data;
	__u64 different = 0;
	__u32 socket, dial;
	struct variable v;

	if (data + RATE_HEADERS > data_end || data_end - data != s->length)
		return 0;
	for (int i = 0; i < RATE_HEADERS / 8; i++)
		different |= (seen[i] ^ s->headers[i]) & s->same[i];
	socket = (__u16)(bpf_ntohs(half[AT_SOCKET_PORT]) - s->socket_port);
	dial = (__u16)(bpf_ntohs(half[AT_DIALLED]) - s->dialled);
	if (different || socket >= RATE_SOCKETS || dial >= RATE_DIALS)
		return 0;
	v = variable_of(s, socket, dial);
	return half[AT_CLIENT] == v.client && half[AT_IP_CHECK] == v.ip_check &&
	       half[AT_UDP_CHECK] == v.udp_check;
}

SEC("xdp")
int rate_sink(struct xdp_md *ctx)
{
	struct rate_count *count = &rate_count;

	if (is_right(&count->shape, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		count->right++;
	else
		count->wrong++;
	return XDP_DROP;
}

/* No look at the frame but at its MAC addresses. */
SEC("xdp")
int rate_bare_tx(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	__u16 *mac = data;

	if (data + 14 > data_end)
		return XDP_DROP;
	for (int i = 0; i < 3; i++) {
		__u16 old = mac[i];

		mac[i] = mac[i + 3];
		mac[i + 3] = old;
	}
	return XDP_TX;
}

static __always_inline __u32 check_halves(__be32 addr)
{
	return (addr & 0xffff) + (addr >> 16);
}

/*
 * About the least that a translation takes: what each has to write, while nothing is looked up,
 * counted or checked. Where it goes is known before. It adds up the addresses of each frame for the
 * checksums; a NAT that keeps that sum with the flow saves a few additions.
 */
SEC("xdp")
int rate_rewrite_tx(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	const struct rate_rewrite *to = &rate_rewrite;
	struct iphdr *ip = data + 14;
	struct udphdr *udp = data + 34;
	__u16 *mac = data;
	__u32 diff;

	if ((void *)(udp + 1) > data_end)
		return XDP_DROP;
	diff = check_halves(to->src) + check_halves(to->dst) + check_halves(~ip->saddr) +
	       check_halves(~ip->daddr);
	for (int i = 0; i < 6; i++)
		mac[i] = to->mac[i];
	ip->check = ~fold((__u16)~ip->check + diff + (__u16)~bpf_htons(0x0100));
	ip->ttl--;
	ip->saddr = to->src;
	ip->daddr = to->dst;
	udp->check = ~fold((__u16)~udp->check + diff);
	return XDP_TX;
}

char _license[] SEC("license") = "Dual BSD/GPL";
