// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Packets that do not show their ports: ICMP errors, and fragments but the first. */
#include <netinet/in.h>
#include <string.h>

#include "model_parts.h"
#include "quote.h"

#define LONGEST_MESSAGE 1536

static struct model_datagram *find_datagram(struct model *m, const struct verdict *v)
{
	for (int i = 0; i < m->datagrams; i++) {
		struct model_datagram *d = &m->datagram[i];

		if (d->src == v->ref.src && d->dst == v->ref.dst && d->id == v->ref.id &&
		    d->proto == v->ref.proto && d->interface == v->in->interface)
			return d;
	}
	return NULL;
}

bool model_knows_datagram(const struct model *m, const struct verdict *v)
{
	return find_datagram((struct model *)m, v);
}

void model_note_first(struct model *m, const struct verdict *v, const struct model_entry *entry)
{
	struct model_datagram *d = find_datagram(m, v);

	if (!d) {
		CHECK(m->datagrams < MODEL_MAX_DATAGRAMS, "too many datagrams for the model");
		d = &m->datagram[m->datagrams++];
		*d = (struct model_datagram){
			.src = v->ref.src,
			.dst = v->ref.dst,
			.interface = v->in->interface,
			.id = v->ref.id,
			.proto = v->ref.proto,
		};
	}
	if (!entry) {
		d->foreign = true;
		return;
	}
	for (unsigned int i = 0; i < d->count; i++)
		if (d->ours[i] == entry)
			return;
	CHECK(d->count < MODEL_MAX_OURS, "too many flows for the model");
	d->ours[d->count++] = entry;
}

/* One of the flows whose first fragments had this identification. */
static const struct model_entry *sent_by(const struct model_datagram *d, const struct verdict *v)
{
	const uint8_t *ip = v->result->out.byte + model_l3_after(v);
	bool to_server = v->result->outcome == NATLOOP_TO_SERVER;

	for (unsigned int i = 0; i < d->count; i++)
		if (d->ours[i]->to_server == to_server &&
		    d->ours[i]->to.src == reference_get32(ip + 12) &&
		    d->ours[i]->to.dst == reference_get32(ip + 16))
			return d->ours[i];
	return NULL;
}

/* Sent as part of a datagram whose first fragment was seen. */
static void check_later_sent(const struct model_datagram *d, const struct verdict *v)
{
	const struct model_entry *e = d ? sent_by(d, v) : NULL;

	CHECK(e && v->in->interface == model_interface_of(e->from.src) && v->ref.ttl > 1 &&
		      !model_too_big(v),
	      "%s: a fragment was sent that must not be, or not as its first one", v->r->label);
	if (e)
		model_check_sent(v, &e->to);
}

/* How long a datagram is remembered depends on what came of it: some of this is only possible. */
void model_check_later(struct model *m, const struct verdict *v)
{
	const struct model_datagram *d = find_datagram(m, v);
	enum natloop_outcome source = model_bad_source(v->ref.src, v->in->interface);
	bool ours = d && d->count, possible = false;

	switch (v->result->outcome) {
	case NATLOOP_TO_SERVER:
	case NATLOOP_TO_CLIENT:
		check_later_sent(d, v);
		return;
	case NATLOOP_FRAGMENT_HELD:
	case NATLOOP_FRAGMENT_LIMIT:
		possible = true;
		break;
	case NATLOOP_FRAGMENT:
		possible = (d && d->foreign) || (source != MODEL_NONE && source != NATLOOP_NOT_LAN);
		break;
	case NATLOOP_FRAGMENT_REFUSED:
		possible = d;
		break;
	case NATLOOP_FRAGMENT_OVERLAP:
	case NATLOOP_FRAGMENT_ENDLESS:
		possible = ours;
		break;
	case NATLOOP_OTHER_INTERFACE:
		possible = ours && v->in->interface != model_interface_of(v->ref.src);
		break;
	case NATLOOP_TTL_EXPIRED:
		CHECK(ours && v->ref.ttl <= 1, "%s: TTL %u", v->r->label, v->ref.ttl);
		model_check_answered(v, NATLOOP_TTL_EXPIRED);
		return;
	case NATLOOP_TOO_BIG:
	case NATLOOP_SPLIT:
	case NATLOOP_CANNOT_SPLIT:
		CHECK(ours && model_too_big(v), "%s: it is not too big", v->r->label);
		model_check_too_big(v);
		return;
	default:
		break;
	}
	CHECK(possible, "%s: a later fragment, outcome %s", v->r->label,
	      outcome_name(v->result->outcome));
	model_check_kept(v);
}

static struct model_tuple tuple_of(const struct quote *q)
{
	return (struct model_tuple){
		.src = reference_get32(q->ends),
		.dst = reference_get32(q->ends + 4),
		.sport = reference_get16(q->ends + 8),
		.dport = reference_get16(q->ends + 10),
		.proto = q->proto,
	};
}

/* Is the frame from the next hop for packets against @e? By its MAC address. */
static bool may_be_router(const struct verdict *v, const struct model_entry *e)
{
	struct frame f = frame_from(e->from.proto, e->from.src, 1, e->from.dst, 1);
	const uint8_t *mac = v->in->byte + 6;

	return !memcmp(mac, f.smac, 6) || (e->to_server && !memcmp(mac, e->mac, 6));
}

/* The flow that the error is about, if its sender may tell of it. */
static const struct model_entry *about(const struct model *m, const struct verdict *v,
				       const struct quote *q)
{
	struct model_tuple sent = tuple_of(q), back = model_reversed(&sent);
	const struct model_entry *e = model_find(m, &back);

	if (!e || sent.src != v->ref.dst || v->in->interface != model_interface_of(e->from.src))
		return NULL;
	return v->ref.src == sent.dst || may_be_router(v, e) ? e : NULL;
}

static void check_icmp_sent(const struct verdict *v, const struct quote *q,
			    const struct model_entry *e)
{
	size_t length = v->ref.end - v->ref.l4, l4 = model_l3_after(v) + v->ref.l4 - v->ref.l3;
	/* The error goes back: what it quotes was sent by who gets it. */
	struct model_tuple quoted = model_reversed(&e->to), outer = e->to;
	uint8_t ends[QUOTE_ENDS];
	const char *wrong;

	reference_put16(ends, quoted.src >> 16);
	reference_put16(ends + 2, quoted.src & 0xffff);
	reference_put16(ends + 4, quoted.dst >> 16);
	reference_put16(ends + 6, quoted.dst & 0xffff);
	reference_put16(ends + 8, quoted.sport);
	reference_put16(ends + 10, quoted.dport);
	CHECK(l4 + length <= v->result->out.length, "%s: the message was cut", v->r->label);
	wrong = quote_wrong(v->in->byte + v->ref.l4, v->result->out.byte + l4, length, q, ends);
	CHECK(!wrong, "%s: %s", v->r->label, wrong);
	model_check_sent(v, &outer);
}

/* An error about a flow that cannot be sent on: nobody is told (RFC 1122 3.2.2). */
static bool icmp_refused(const struct verdict *v)
{
	if (v->ref.ttl <= 1) {
		model_check_answered(v, NATLOOP_TTL_EXPIRED);
		return true;
	}
	if (!model_too_big(v))
		return false;
	if (v->ref.fragment & FRAME_DF) {
		model_check_answered(v, NATLOOP_TOO_BIG);
		return true;
	}
	model_must_be(v, NATLOOP_CANNOT_SPLIT);
	model_check_kept(v);
	return true;
}

void model_check_icmp(struct model *m, const struct verdict *v)
{
	const uint8_t *msg = v->in->byte + v->ref.l4;
	size_t length = v->ref.end - v->ref.l4;
	struct quote q = quote_read(msg, length);
	const struct model_entry *e;

	if (length > LONGEST_MESSAGE || reference_sum(0, msg, length) != 0xffff)
		q.stop = NATLOOP_ICMP_BAD;
	e = q.stop == MODEL_NONE ? about(m, v, &q) : NULL;
	if (!e) {
		model_must_be(v, q.stop == MODEL_NONE ? NATLOOP_ICMP_STRAY : q.stop);
		model_check_kept(v);
		return;
	}
	/* From a router on the way it may be; its MAC address may have been learned since. */
	if (v->result->outcome == NATLOOP_ICMP_STRAY && v->ref.src != reference_get32(q.ends + 4)) {
		model_check_kept(v);
		return;
	}
	if (v->result->outcome == NATLOOP_NO_NEIGHBOUR && e->to.dst == SERVER_SILENT) {
		model_check_answered(v, NATLOOP_NO_NEIGHBOUR);
		return;
	}
	if (icmp_refused(v))
		return;
	model_must_be(v, NATLOOP_ICMP_ERROR);
	check_icmp_sent(v, &q, e);
}
