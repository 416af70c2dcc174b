// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What comes out: the packet as it was, translated, or an answer in its place. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <string.h>

#include "expect.h"
#include "model_parts.h"
#include "quote.h"

#define ANSWER_QUOTE 548 /* RFC 1812 4.3.2.3: 576 bytes in all */
#define ANSWER_HEADERS 28

size_t model_l3_after(const struct verdict *v)
{
	return v->hook == NATLOOP_HOOK_TC ? 14 : v->ref.l3;
}

bool model_too_big(const struct verdict *v)
{
	return v->ref.end - v->ref.l3 > MODEL_MTU;
}

bool model_padded(const struct verdict *v)
{
	return v->in->length - v->ref.l3 > MODEL_MTU;
}

void model_must_be(const struct verdict *v, enum natloop_outcome outcome)
{
	CHECK(v->result->outcome == outcome, "%s: outcome %s, not %s", v->r->label,
	      outcome_name(v->result->outcome), outcome_name(outcome));
}

static void must_return(const struct verdict *v, int verdict)
{
	CHECK(v->result->verdict == verdict, "%s: %s: verdict %d, not %d", v->r->label,
	      outcome_name(v->result->outcome), v->result->verdict, verdict);
}

void model_check_kept(const struct verdict *v)
{
	enum natloop_fate fate = outcome_fate(v->result->outcome);

	must_return(v, verdict_kept(v->hook, fate));
	CHECK(fate != NATLOOP_FATE_DEFER || v->hook == NATLOOP_HOOK_XDP, "%s: TC left it to TC",
	      v->r->label);
	if (fate == NATLOOP_FATE_PASS || fate == NATLOOP_FATE_DEFER)
		expect_packet(v->r, v->in, v->in, &v->result->out);
}

static void put32(uint8_t *byte, uint32_t value)
{
	reference_put16(byte, value >> 16);
	reference_put16(byte + 2, value & 0xffff);
}

/* The ICMP error that tells the sender of @outcome, in the frame that it came in. */
static void write_answer(const struct verdict *v, enum natloop_outcome outcome, struct wire *w)
{
	size_t quote = v->ref.end - v->ref.l3, total;
	struct reference ip = { .l3 = v->ref.l3, .l4 = v->ref.l3 + 20 };
	uint8_t *byte = w->byte + v->ref.l3, *icmp = byte + 20;

	if (quote > ANSWER_QUOTE)
		quote = ANSWER_QUOTE;
	total = ANSWER_HEADERS + quote;
	w->length = v->ref.l3 + total;
	memcpy(w->byte, v->in->byte + 6, 6);
	memcpy(w->byte + 6, v->in->byte, 6);
	memcpy(w->byte + 12, v->in->byte + 12, v->ref.l3 - 12);
	memset(byte, 0, ANSWER_HEADERS);
	reference_put16(byte, 0x45c0);
	reference_put16(byte + 2, total);
	reference_put16(byte + 6, FRAME_DF);
	reference_put16(byte + 8, 64 << 8 | IPPROTO_ICMP);
	put32(byte + 12, v->in->interface == ETH2 ? ROUTER_ETH2 : ROUTER);
	put32(byte + 16, v->ref.src);
	reference_put_ip_check(w->byte, &ip);
	icmp[0] = outcome == NATLOOP_TTL_EXPIRED ? 11 : 3;
	if (outcome == NATLOOP_TOO_BIG)
		reference_put16(icmp + 6, MODEL_MTU);
	if (outcome != NATLOOP_TTL_EXPIRED)
		icmp[1] = outcome == NATLOOP_TOO_BIG ? 4 : outcome == NATLOOP_NO_NEIGHBOUR ? 1 : 13;
	memcpy(icmp + 8, v->in->byte + v->ref.l3, quote);
	reference_put16(icmp + 2, ~reference_sum(0, icmp, 8 + quote));
}

void model_check_answered(const struct verdict *v, enum natloop_outcome outcome)
{
	struct wire answer = { .length = 0 };

	if (v->hook == NATLOOP_HOOK_XDP && v->result->outcome == NATLOOP_DEFER_ICMP) {
		model_check_kept(v);
		return;
	}
	model_must_be(v, outcome);
	if (v->hook == NATLOOP_HOOK_XDP) {
		must_return(v, XDP_DROP);
		return;
	}
	/* The rate allows few. */
	if (v->result->verdict == TC_ACT_SHOT)
		return;
	must_return(v, TC_ACT_REDIRECT);
	CHECK(v->ref.proto != IPPROTO_ICMP && !reference_is_later(&v->ref),
	      "%s: an answer that must not be", v->r->label);
	write_answer(v, outcome, &answer);
	expect_packet(v->r, v->in, &answer, &v->result->out);
}

void model_check_too_big(const struct verdict *v)
{
	enum natloop_outcome outcome = v->result->outcome;

	if (v->hook == NATLOOP_HOOK_XDP) {
		model_must_be(v, NATLOOP_DEFER_ICMP);
		model_check_kept(v);
		return;
	}
	if (v->ref.fragment & FRAME_DF) {
		model_check_answered(v, NATLOOP_TOO_BIG);
		return;
	}
	CHECK(outcome == NATLOOP_SPLIT || outcome == NATLOOP_CANNOT_SPLIT, "%s: outcome %s",
	      v->r->label, outcome_name(outcome));
	model_check_kept(v);
}

/* @in as it must leave, but for checksums, MAC addresses, and the identification of a fragment. */
static void expected_bytes(const struct verdict *v, const struct model_tuple *to, struct wire *ret)
{
	size_t l3 = model_l3_after(v), tags = v->ref.l3 - l3;
	uint8_t *ip = ret->byte + l3, *l4 = ip + v->ref.l4 - v->ref.l3;

	memcpy(ret->byte, v->in->byte, 12);
	memcpy(ret->byte + 12, v->in->byte + 12 + tags, v->in->length - 12 - tags);
	ret->length = v->in->length - tags;
	/*
	 * TC cuts padding off that would not fit, where it knows the way: to the silent server only
	 * if that was a client once, and errors go many ways.
	 */
	if (model_padded(v) && v->hook == NATLOOP_HOOK_TC &&
	    ((v->ref.proto != IPPROTO_ICMP && to->dst != SERVER_SILENT) ||
	     v->result->out.length == v->ref.end - tags))
		ret->length = v->ref.end - tags;
	ip[8]--;
	put32(ip + 12, to->src);
	put32(ip + 16, to->dst);
	if (v->ref.proto == IPPROTO_ICMP || reference_is_later(&v->ref))
		return;
	reference_put16(l4, to->sport);
	reference_put16(l4 + 2, to->dport);
}

/* The transport checksum, of which a first fragment has only part. */
static void check_transport(const struct verdict *v, const struct reference *after)
{
	const uint8_t *before = v->in->byte + v->ref.l3, *ip = v->result->out.byte + after->l3;
	size_t l4 = v->ref.l4 - v->ref.l3, check = reference_l4_check_at(&v->ref) - v->ref.l3;
	const char *wrong = NULL;

	if (v->ref.proto == IPPROTO_UDP && !reference_get16(before + check))
		CHECK(!reference_get16(ip + check), "%s: a checksum where none was", v->r->label);
	else
		wrong = quote_wrong_check(before, ip, l4, check, v->ref.proto);
	CHECK(!wrong, "%s: %s", v->r->label, wrong);
	if (reference_is_fragment(&v->ref))
		return;
	CHECK(reference_l4_check(v->result->out.byte, after) ==
		      reference_l4_check(v->in->byte, &v->ref),
	      "%s: the transport checksum is as right as it was no more", v->r->label);
}

void model_check_sent(const struct verdict *v, const struct model_tuple *to)
{
	const uint8_t *out = v->result->out.byte;
	struct wire expected = { .length = 0 };
	struct reference after = v->ref;

	must_return(v, verdict_sent(v->hook, v->in->interface, model_interface_of(to->dst)));
	expected_bytes(v, to, &expected);
	after.l3 = model_l3_after(v);
	after.l4 -= v->ref.l3 - after.l3;
	after.end -= v->ref.l3 - after.l3;
	memcpy(expected.byte, out, 12);
	memcpy(expected.byte + after.l3 + 10, out + after.l3 + 10, 2);
	if (reference_is_fragment(&v->ref))
		memcpy(expected.byte + after.l3 + 4, out + after.l3 + 4, 2);
	/* Of an ICMP error the message has been looked at. */
	if (v->ref.proto == IPPROTO_ICMP)
		memcpy(expected.byte + after.l4, out + after.l4, after.end - after.l4);
	else if (!reference_is_later(&v->ref))
		memcpy(expected.byte + reference_l4_check_at(&after),
		       out + reference_l4_check_at(&after), 2);
	expect_packet(v->r, v->in, &expected, &v->result->out);
	CHECK(reference_ip_check(out, &after) == reference_ip_check(v->in->byte, &v->ref),
	      "%s: the IP checksum is as right as it was no more", v->r->label);
	if (v->ref.proto != IPPROTO_ICMP && !reference_is_later(&v->ref))
		check_transport(v, &after);
}
