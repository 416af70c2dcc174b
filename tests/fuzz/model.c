// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "model.h"

#include <netinet/in.h>
#include <string.h>

#include "expect.h"
#include "model_parts.h"
#include "tables.h"

#define NONE MODEL_NONE

/* The forwards of world_configure(). */
static const struct {
	uint8_t proto;
	uint16_t first, last;
	uint32_t server;
	uint16_t server_first;
} forwards[] = {
	{ IPPROTO_TCP, 21115, 21117, SERVER, 21115 },
	{ IPPROTO_UDP, 21116, 21116, SERVER, 21116 },
	{ IPPROTO_TCP, 8443, 8443, SERVER, 443 },
	{ IPPROTO_TCP, 9000, 9010, SERVER, 7000 },
	{ IPPROTO_UDP, 9000, 9010, SERVER, 7000 },
	{ IPPROTO_TCP, 53, 53, SERVER, 53 },
	{ IPPROTO_UDP, 53, 53, SERVER, 53 },
	{ IPPROTO_TCP, 5000, 5000, SERVER_ETH2, 5000 },
	{ IPPROTO_UDP, 5000, 5000, SERVER_ETH2, 5000 },
	{ IPPROTO_TCP, 6000, 6000, SERVER_SILENT, 6000 },
	{ IPPROTO_UDP, 6000, 6000, SERVER_SILENT, 6000 },
};

void model_clear(struct model *m)
{
	m->entries = 0;
	m->datagrams = 0;
}

static bool same_tuple(const struct model_tuple *a, const struct model_tuple *b)
{
	return a->src == b->src && a->dst == b->dst && a->sport == b->sport &&
	       a->dport == b->dport && a->proto == b->proto;
}

const struct model_entry *model_find(const struct model *m, const struct model_tuple *tuple)
{
	for (int i = 0; i < m->entries; i++)
		if (same_tuple(&m->entry[i].from, tuple))
			return &m->entry[i];
	return NULL;
}

struct model_tuple model_reversed(const struct model_tuple *t)
{
	return (struct model_tuple){ t->dst, t->src, t->dport, t->sport, t->proto };
}

enum frame_interface model_interface_of(uint32_t address)
{
	return address >> 8 == ROUTER_ETH2 >> 8 ? ETH2 : ETH1;
}

static bool is_public(uint32_t address)
{
	return address == PUBLIC || address == PUBLIC2;
}

/* The server's end of the flow that @t would open, if its port is forwarded. */
static bool forwarded(const struct model_tuple *t, uint32_t *server, uint16_t *port)
{
	for (size_t i = 0; i < sizeof(forwards) / sizeof(forwards[0]); i++) {
		if (forwards[i].proto != t->proto || t->dport < forwards[i].first ||
		    t->dport > forwards[i].last)
			continue;
		*server = forwards[i].server;
		*port = t->dport - forwards[i].first + forwards[i].server_first;
		return true;
	}
	return false;
}

/* NONE: @address may open flows from @interface. */
enum natloop_outcome model_bad_source(uint32_t address, enum frame_interface interface)
{
	uint32_t net = (interface == ETH2 ? ROUTER_ETH2 : ROUTER) & 0xffffff00;

	if (address >> 24 == 127)
		return NATLOOP_LOOPBACK_SOURCE;
	if (address >> 28 == 14)
		return NATLOOP_MULTICAST_SOURCE;
	if (address == 0xffffffff)
		return NATLOOP_BROADCAST_SOURCE;
	if (is_public(address) || address == ROUTER || address == ROUTER_ETH2)
		return NATLOOP_OWN_SOURCE;
	if ((address & 0xffffff00) != net)
		return NATLOOP_NOT_LAN;
	return address == net || address == (net | 255) ? NATLOOP_BROADCAST_SOURCE : NONE;
}

/* A source route, or a list that ends in the middle of an option. */
static bool bad_options(const struct verdict *v)
{
	const uint8_t *ip = v->in->byte + v->ref.l3;
	size_t at = 20, header = v->ref.l4 - v->ref.l3;

	while (at < header && ip[at] != 0) {
		if (ip[at] == 131 || ip[at] == 137)
			return true;
		if (ip[at] != 1 && (at + 1 == header || ip[at + 1] < 2 || at + ip[at + 1] > header))
			return true;
		at += ip[at] == 1 ? 1 : ip[at + 1];
	}
	return false;
}

/* Everything that can be said before the flow table is asked. NONE: it must be asked. */
static enum natloop_outcome before_flows(const struct verdict *v)
{
	const uint8_t *mac = v->in->interface == ETH2 ? MAC_ROUTER_ETH2 : MAC_ROUTER;

	if (!v->ref.l3)
		return v->ref.stop;
	if (!is_public(reference_get32(v->in->byte + v->ref.l3 + 16)))
		return NATLOOP_UNRELATED;
	/* No VLAN interfaces: only tags with id 0 are as good as none. */
	if (v->ref.vlan[0] || v->ref.vlan[1])
		return NATLOOP_UNKNOWN_VLAN;
	if (memcmp(v->in->byte, mac, 6) != 0)
		return NATLOOP_OTHER_MAC;
	/* A sender has no group address. */
	if (v->in->byte[6] % 2)
		return NATLOOP_BAD_HEADER;
	return v->ref.l4 && !v->ref.truncated && bad_options(v) ? NATLOOP_BAD_HEADER : v->ref.stop;
}

/* XDP may leave any packet that is to be sent to TC: it knows no next hop, or cannot send. */
static bool is_left_to_tc(const struct verdict *v)
{
	return v->hook == NATLOOP_HOOK_XDP && (v->result->outcome == NATLOOP_DEFER_NEXTHOP ||
					       v->result->outcome == NATLOOP_DEFER_EGRESS);
}

/* A fragment whose bytes have come before, or beyond the end of its datagram. */
static bool is_odd_fragment(const struct verdict *v)
{
	return reference_is_fragment(&v->ref) && (v->result->outcome == NATLOOP_FRAGMENT_OVERLAP ||
						  v->result->outcome == NATLOOP_FRAGMENT_ENDLESS);
}

/* A packet of a flow: carried as the flow says, unless it is refused for a reason. */
static void check_carried(struct model *m, const struct verdict *v, const struct model_entry *e)
{
	bool known = model_knows_datagram(m, v);

	if (reference_is_fragment(&v->ref))
		model_note_first(m, v, v->ref.tiny ? NULL : e);
	if (v->in->interface != model_interface_of(e->from.src)) {
		model_must_be(v, v->hook == NATLOOP_HOOK_XDP ? NATLOOP_DEFER_ARRIVAL :
							       NATLOOP_OTHER_INTERFACE);
		model_check_kept(v);
	} else if (v->ref.tiny) {
		model_must_be(v, NATLOOP_FRAGMENT_TINY);
		model_check_kept(v);
	} else if (v->ref.ttl <= 1) {
		model_check_answered(v, NATLOOP_TTL_EXPIRED);
	} else if (is_left_to_tc(v)) {
		model_check_kept(v);
	} else if (v->result->outcome == NATLOOP_NO_NEIGHBOUR && e->to.dst == SERVER_SILENT) {
		model_check_answered(v, NATLOOP_NO_NEIGHBOUR);
	} else if (model_too_big(v) || (v->hook == NATLOOP_HOOK_XDP && model_padded(v))) {
		model_check_too_big(v);
	} else if (known && is_odd_fragment(v)) {
		model_check_kept(v);
	} else {
		model_must_be(v, e->to_server ? NATLOOP_TO_SERVER : NATLOOP_TO_CLIENT);
		model_check_sent(v, &e->to);
	}
}

/* The SNAT port that was chosen: of nobody else, of the same kind, the client's own if it can be.
 */
static void check_port(const struct model *m, const struct verdict *v, const struct model_tuple *to)
{
	const struct model_tuple *t = &v->tuple;
	uint16_t port = to->sport;
	/* With its own port the answers would come as these packets do. */
	struct model_tuple answers = { to->dst, to->src, to->dport, t->sport, t->proto };
	bool own_taken = model_find(m, &answers) || same_tuple(&answers, t);

	for (int i = 0; i < m->entries; i++) {
		const struct model_entry *e = &m->entry[i];
		bool same_socket = e->from.src == t->src && e->from.sport == t->sport;

		if (!e->to_server || e->from.proto != t->proto || e->to.src != t->dst)
			continue;
		CHECK(e->to.sport != port || same_socket, "%s: port %u belongs to another socket",
		      v->r->label, port);
		own_taken = own_taken || e->to.sport == t->sport || same_socket;
	}
	CHECK(port % 2 == t->sport % 2, "%s: port %u became %u", v->r->label, t->sport, port);
	CHECK((port < 1024) == (t->sport < 1024), "%s: port %u became %u", v->r->label, t->sport,
	      port);
	CHECK(port == t->sport || own_taken, "%s: port %u was free and became %u", v->r->label,
	      t->sport, port);
}

static const struct model_entry *note_flow(struct model *m, const struct verdict *v,
					   const struct model_tuple *to)
{
	const struct model_tuple *from = &v->tuple;
	struct model_entry *e = &m->entry[m->entries];

	CHECK(m->entries + 2 <= 2 * MODEL_MAX_FLOWS, "more flows than max_flows");
	m->entries += 2;
	e[0] = (struct model_entry){ .from = *from, .to = *to, .to_server = true };
	e[1] = (struct model_entry){ .from = model_reversed(to), .to = model_reversed(from) };
	memcpy(e[0].mac, v->in->byte + 6, 6);
	memcpy(e[1].mac, v->in->byte + 6, 6);
	return e;
}

/* It was held back for a reason that is known only when its flow has been made. */
static bool is_held_back(const struct verdict *v, bool known)
{
	if (v->hook == NATLOOP_HOOK_XDP && model_padded(v))
		return v->result->outcome == NATLOOP_DEFER_ICMP;
	return known && is_odd_fragment(v);
}

/*
 * A flow was made, whatever became of the packet: takes the port that was chosen from the table.
 * @known: fragments of its datagram came before.
 */
static void check_new_flow(struct model *m, const struct verdict *v, uint32_t server, uint16_t port,
			   bool known)
{
	struct model_tuple to = { v->tuple.dst, server, 0, port, v->tuple.proto }, back;
	struct frame f = frame_from(v->tuple.proto, v->tuple.src, v->tuple.sport, v->tuple.dst,
				    v->tuple.dport);
	const struct model_entry *e;

	to.sport = tables_snat_port(v->r, &f);
	check_port(m, v, &to);
	back = model_reversed(&to);
	CHECK(!model_find(m, &back), "%s: the answers would be those of another flow", v->r->label);
	e = note_flow(m, v, &to);
	if (reference_is_fragment(&v->ref))
		model_note_first(m, v, e);
	if (is_held_back(v, known)) {
		model_check_kept(v);
		return;
	}
	model_must_be(v, NATLOOP_NEW_FLOW);
	model_check_sent(v, &to);
}

static uint32_t flows_of(const struct model *m, uint32_t client)
{
	uint32_t count = 0;

	for (int i = 0; i < m->entries; i++)
		count += m->entry[i].to_server && m->entry[i].from.src == client;
	return count;
}

/* Neither client nor port can be said to be wrong. */
static void check_admitted(struct model *m, const struct verdict *v, uint32_t server, uint16_t port)
{
	bool known = model_knows_datagram(m, v);

	if (reference_is_fragment(&v->ref))
		model_note_first(m, v, NULL);
	if (is_left_to_tc(v))
		model_check_kept(v);
	else if (model_too_big(v))
		model_check_too_big(v);
	else if ((uint32_t)m->entries / 2 >= v->r->cfg->max_flows)
		model_check_answered(v, NATLOOP_TABLE_FULL);
	else if (flows_of(m, v->tuple.src) >= v->r->cfg->client_flows)
		model_check_answered(v, NATLOOP_CLIENT_LIMIT);
	else
		check_new_flow(m, v, server, port, known);
}

static void check_unknown(struct model *m, const struct verdict *v)
{
	enum natloop_outcome expected = NATLOOP_NOT_FORWARDED;
	uint32_t server;
	uint16_t port;

	if (forwarded(&v->tuple, &server, &port)) {
		expected = model_bad_source(v->tuple.src, v->in->interface);
		if (expected == NONE && v->ref.tiny)
			expected = NATLOOP_FRAGMENT_TINY;
		if (expected == NONE && v->ref.tcp_flags & RST)
			expected = NATLOOP_STRAY_RST;
		if (expected == NONE && v->ref.ttl <= 1)
			expected = NATLOOP_TTL_EXPIRED;
	}
	if (expected == NONE) {
		check_admitted(m, v, server, port);
		return;
	}
	if (reference_is_fragment(&v->ref))
		model_note_first(m, v, NULL);
	if (expected == NATLOOP_TTL_EXPIRED) {
		model_check_answered(v, expected);
		return;
	}
	model_must_be(v, expected);
	model_check_kept(v);
}

/* What has no ports, or not in this packet. True: that was all there is to say. */
static bool check_early(struct model *m, const struct verdict *v, enum natloop_outcome early)
{
	bool part = early == NATLOOP_FRAGMENT || (early == NONE && reference_is_fragment(&v->ref));

	if (v->hook == NATLOOP_HOOK_XDP && part)
		early = NATLOOP_DEFER_FRAGMENT;
	if (v->hook == NATLOOP_HOOK_XDP && early == NATLOOP_ICMP_STRAY)
		early = NATLOOP_DEFER_ICMP;
	if (early == NONE)
		return false;
	if (early == NATLOOP_FRAGMENT) {
		model_check_later(m, v);
	} else if (early == NATLOOP_ICMP_STRAY) {
		model_check_icmp(m, v);
	} else {
		/* The kernel's, then, and with it the others. */
		if (early == NATLOOP_BAD_HEADER && v->ref.l4 && !reference_is_later(&v->ref) &&
		    reference_is_fragment(&v->ref) && v->hook == NATLOOP_HOOK_TC)
			model_note_first(m, v, NULL);
		model_must_be(v, early);
		model_check_kept(v);
	}
	return true;
}

void model_check(struct model *m, struct prog_run *r, enum natloop_hook hook, const struct wire *in,
		 const struct prog_result *result)
{
	const struct reference_frame f = {
		.byte = in->byte,
		.readable = in->length,
		.length = in->length,
	};
	struct verdict v = { r, hook, in, result, reference_read(&f), { 0 } };
	const struct model_entry *e;

	m->outcomes[hook][result->outcome]++;
	v.tuple =
		(struct model_tuple){ v.ref.src, v.ref.dst, v.ref.sport, v.ref.dport, v.ref.proto };
	if (check_early(m, &v, before_flows(&v)))
		return;
	e = model_find(m, &v.tuple);
	if (e)
		check_carried(m, &v, e);
	else
		check_unknown(m, &v);
}
