// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The DNS cure: questions for the configured names are answered on the way, for clsact ingress on
 * Ethernet. Every other packet is passed on as it came.
 */
#include "ctx_tc.bpf.h"

#include "count.bpf.h"
#include "hairpin.bpf.h"

#include "dns_address.bpf.h"
#include "dns_packet.bpf.h"
#include "dns_reply.h"

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, NATLOOP_DNS_NAMES);
	__type(key, struct natloop_dns_key);
	__type(value, struct natloop_dns_value);
} natloop_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct natloop_dns_counts);
} natloop_dns_stats SEC(".maps");

static __always_inline void dns_count(enum natloop_dns_outcome outcome)
{
	__u32 key = 0;
	struct natloop_dns_counts *counts = bpf_map_lookup_elem(&natloop_dns_stats, &key);

	if (counts && outcome < NATLOOP_DNS_OUTCOME_COUNT)
		counts->packets[outcome]++;
}

/* From whom to whom: NATLOOP_DNS_OUTCOME_COUNT if we may answer. */
static __always_inline enum natloop_dns_outcome dns_admit(ctx_t *ctx, const struct packet *pkt)
{
	const struct natloop_configs *all = config_all();
	const struct natloop_config *cfg;
	const struct natloop_link *link;

	if (!all)
		return NATLOOP_DNS_NOT_LAN;
	cfg = config_active(all);
	link = lookup_link(cfg, ctx->ifindex, pkt);
	if (!link)
		return NATLOOP_DNS_NOT_LAN;
	if (!ctx_for_us(ctx, link, pkt))
		return NATLOOP_DNS_OTHER_TARGET;
	if (!dns_from_lan(ctx, cfg, link->l3_ifindex, pkt))
		return NATLOOP_DNS_NOT_LAN;
	if (!dns_to_us(ctx, cfg, link->l3_ifindex, pkt))
		return NATLOOP_DNS_OTHER_TARGET;
	return dns_is_forwarded(cfg, pkt) ? NATLOOP_DNS_FORWARDED : NATLOOP_DNS_OUTCOME_COUNT;
}

/* All that can be said without a change; NATLOOP_DNS_OUTCOME_COUNT and *@ret: to be answered. */
static __always_inline enum natloop_dns_outcome dns_look(ctx_t *ctx, const struct packet *pkt,
							 struct dns_work *w, bool v6,
							 const struct natloop_dns_value **ret)
{
	__u32 length;

	if (ctx->gso_size)
		return NATLOOP_DNS_UNUSUAL;
	length = dns_packet_load(ctx, pkt, w);
	if (!length || !dns_question_read(w, length))
		return NATLOOP_DNS_UNUSUAL;
	/* Most questions end here. */
	*ret = bpf_map_lookup_elem(&natloop_names, &w->key);
	if (!*ret)
		return NATLOOP_DNS_OTHER_NAME;
	if (!dns_packet_intact(pkt, w, length, v6))
		return NATLOOP_DNS_CHECKSUM;
	return dns_admit(ctx, pkt);
}

static __attribute__((noinline)) int dns_run(ctx_t *ctx, struct packet *pkt, bool v6)
{
	const struct natloop_dns_value *value = NULL;
	struct dns_work *w = (void *)scratch();
	enum natloop_dns_outcome outcome;
	int verdict;
	__u32 length;

	if (!w)
		return TC_ACT_UNSPEC;
	outcome = dns_look(ctx, pkt, w, v6, &value);
	if (outcome != NATLOOP_DNS_OUTCOME_COUNT || !value) {
		dns_count(outcome);
		return TC_ACT_UNSPEC;
	}
	outcome = dns_reply_kind(w, value);
	length = dns_reply(w, value);
	verdict = dns_packet_send(ctx, pkt, w, length, v6);
	dns_count(verdict == TC_ACT_SHOT ? NATLOOP_DNS_FAULT : outcome);
	return verdict;
}

SEC("tc")
int natloop_dns(struct __sk_buff *ctx)
{
	struct packet pkt = {};
	bool v6 = false;

	ctx_pull(ctx);
	ctx_tags(ctx, &pkt);
	pkt.frame_length = ctx->len;
	/* UNSPEC, not OK: the filters of others behind ours are to see the packet, too. */
	if (!dns_packet_parse(ctx, &pkt, &v6) || packet_l3(&pkt) + pkt.length > ctx->len)
		return TC_ACT_UNSPEC;
	return dns_run(ctx, &pkt, v6);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
