/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does the router itself talk to the server with this SNAT address and port? */
#ifndef ROUTER_SOCKET_BPF_H
#define ROUTER_SOCKET_BPF_H

#include <linux/bpf.h>
#include <linux/in.h>

#include <bpf/bpf_helpers.h>

#include "packet.h"

/*
 * With --snat router, or an address that is the router's own, a client that keeps its port could
 * take over a connection of the router to the server: the answers look the same. @reply is the
 * tuple of the server's answers, but for its destination @port. A listening or unconnected socket
 * is no conflict: what the server sends from the forwarded port is an answer.
 */
static __always_inline bool router_socket_exists(void *ctx, const struct natloop_key *reply,
						 __be16 port)
{
	struct bpf_sock_tuple tuple = {
		.ipv4.saddr = reply->src,
		.ipv4.daddr = reply->dst,
		.ipv4.sport = reply->sport,
		.ipv4.dport = port,
	};
	struct bpf_sock *sk;
	bool connected;

	if (reply->proto == IPPROTO_TCP)
		sk = bpf_sk_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	else
		sk = bpf_sk_lookup_udp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	connected = reply->proto == IPPROTO_TCP ? sk->state != BPF_TCP_LISTEN : sk->dst_port != 0;
	bpf_sk_release(sk);
	return connected;
}

#endif
