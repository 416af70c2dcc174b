/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map. The controller makes each once, pins it, and gives it to all three programs. */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "natloop/abi.h"

#define CAPACITY 16384 /* flows; the controller sets the real sizes from --max-flows */

/* Written by the controller (by mmap), read by the programs for every packet. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct natloop_configs);
} natloop_config SEC(".maps");

/*
 * The flows, and where to find them. Arrays: a look-up in one is a few instructions of the program,
 * not a call. No element gives way to another: a flood must not push out a live flow.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CAPACITY);
	__type(key, __u32);
	__type(value, struct natloop_pair);
} natloop_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CAPACITY / 2);
	__type(key, __u32);
	__type(value, struct natloop_bucket);
} natloop_buckets SEC(".maps");

/* Elements of natloop_flows that are free again. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, CAPACITY);
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} natloop_free SEC(".maps");

/* Who owns which SNAT port; lives as long as a flow uses it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CAPACITY / 2);
	__type(key, __u32);
	__type(value, struct natloop_bindings);
} natloop_binding SEC(".maps");

/* Only the client sockets whose own port was taken, so it need not be preallocated. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CAPACITY);
	__type(key, struct natloop_socket);
	__type(value, __be16);
} natloop_moved SEC(".maps");

/* Flows of each client, for --client-flows. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CAPACITY);
	__type(key, __be32);
	__type(value, struct natloop_client);
} natloop_clients SEC(".maps");

/* Counters, key: enum natloop_hook. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NATLOOP_HOOK_COUNT);
	__type(key, __u32);
	__type(value, struct natloop_counts);
} natloop_stats SEC(".maps");

/* The engine's own numbers. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct natloop_state);
} natloop_state SEC(".maps");

struct natloop_sweeper {
	struct bpf_timer timer;
};

/* The one timer, of the sweep. It dies with the map, so with the last pin. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct natloop_sweeper);
} natloop_timer SEC(".maps");

/* Datagrams that come in fragments; what is left of one is replaced by others. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NATLOOP_FRAG_SETS);
	__type(key, __u32);
	__type(value, struct natloop_frag_set);
} natloop_frags SEC(".maps");

/* Fragments that wait for their first one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NATLOOP_HELD);
	__type(key, __u32);
	__type(value, struct natloop_held);
} natloop_held SEC(".maps");

/* LRU: whoever was answered long ago has its whole burst back anyway. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, NATLOOP_RATES);
	__type(key, struct natloop_rate_key);
	__type(value, struct natloop_rate);
} natloop_rates SEC(".maps");

/* struct natloop_event, while somebody listens. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, NATLOOP_EVENT_BYTES);
} natloop_events SEC(".maps");

/* What attach did to each interface; the programs do not use it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct natloop_iface);
} natloop_ifaces SEC(".maps");

#endif
