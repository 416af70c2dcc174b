// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "evidence.h"

#include <netinet/in.h>
#include <string.h>

/* The frame that must come out for @in. */
static struct dissected translation(const struct context *c, const struct dissected *in)
{
	const struct conversation *v = &c->train->conversation[c->step->conversation];
	const struct seen *seen = &c->other_play->seen[c->step->conversation];
	static const uint32_t router[] = {
		[ETH0] = PUBLIC,
		[ETH1] = ROUTER,
		[ETH2] = ROUTER_ETH2,
	};
	struct dissected out = *in;
	uint32_t to = c->step->from_server ? v->client : v->server;
	uint8_t mac[6];

	out.field[F_WIRE] = interface_of(to);
	mac_of(to, mac);
	out.field[F_DMAC] = (uint64_t)get16(mac) << 32 | get32(mac + 2);
	mac_of(router[interface_of(to)], mac);
	out.field[F_SMAC] = (uint64_t)get16(mac) << 32 | get32(mac + 2);
	out.field[F_TTL]--;
	out.field[F_SRC] = PUBLIC;
	out.field[F_DST] = to;
	out.field[F_SPORT] = c->step->from_server ? v->public_port : seen->port;
	out.field[F_DPORT] = c->step->from_server ? v->port : v->server_port;
	return out;
}

bool is_translation(const struct context *c, const struct dissected *d)
{
	if (c->step->kind != TALK && c->step->kind != PIECES)
		return false;
	for (int i = 0; i < c->in->frames; i++) {
		struct dissected expected = translation(c, &c->in->frame[i]);

		if (d->reassembled)
			expected.field[F_ID] = d->field[F_ID];

		expected.field[F_TRAILER] = d->field[F_TRAILER];
		expected.field[F_CHECK_FORM] = d->field[F_CHECK_FORM];
		if (!memcmp(expected.field, d->field, sizeof(d->field)))
			return true;
	}
	return false;
}

bool is_translated_piece(const struct context *c, const struct dissected *d)
{
	static const enum field same[] = { F_WIRE,  F_DMAC,	F_SMAC,	  F_TTL,      F_SRC,
					   F_DST,   F_TOS,	F_IHL,	  F_IP_CHECK, F_IP_OPTIONS,
					   F_PROTO, F_FRAGMENT, F_LENGTH, F_CONTENT,  F_CHECK };

	for (int i = 0; d->fragment && i < c->in->wires; i++) {
		struct dissected in, expected;
		bool equal = true;

		dissect(&c->in->wire[i], &in);
		expected = translation(c, &in);
		for (unsigned int k = 0; k < sizeof(same) / sizeof(same[0]); k++)
			equal = equal && expected.field[same[k]] == d->field[same[k]];
		if (equal)
			return true;
	}
	return false;
}

bool is_answer(const struct context *c, const struct dissected *d)
{
	if (d->reassembled || is_translation(c, d))
		return false;
	if (d->field[F_SRC] != ROUTER && d->field[F_SRC] != ROUTER_ETH2 &&
	    d->field[F_SRC] != PUBLIC)
		return false;
	for (int i = 0; i < c->in->wires; i++) {
		struct dissected in;

		dissect(&c->in->wire[i], &in);
		/* By chance it may have the same. */
		if (in.field[F_ID] == d->field[F_ID] && in.field[F_ID] != d->field[F_Q_ID])
			return false;
	}
	return true;
}

bool is_icmp_answer(const struct context *c, const struct dissected *d, int type, int code)
{
	return d->field[F_PROTO] == IPPROTO_ICMP && d->field[F_ICMP_TYPE] == (uint64_t)type &&
	       d->field[F_ICMP_CODE] == (uint64_t)code && is_answer(c, d);
}

bool is_reset_answer(const struct context *c, const struct dissected *d)
{
	return d->field[F_PROTO] == IPPROTO_TCP && d->field[F_FLAGS] & RST && is_answer(c, d);
}

bool sent_wrong_checksum(const struct context *c)
{
	for (int i = 0; i < c->in->frames; i++) {
		uint64_t check = c->in->frame[i].field[F_CHECK];

		if (check && check < CHECK_NONE)
			return true;
	}
	return false;
}

bool wants_same_port(const struct train *t, int conversation)
{
	const struct conversation *c = &t->conversation[conversation];

	for (int i = 0; i < t->conversations; i++) {
		const struct conversation *o = &t->conversation[i];

		if (i != conversation && o->proto == c->proto && o->port == c->port)
			return true;
	}
	return false;
}

bool after_reset(const struct context *c)
{
	for (int i = 0; i < c->number; i++) {
		const struct step *s = &c->train->step[i];

		if (s->conversation == c->step->conversation &&
		    (s->kind == TALK || s->kind == PIECES) && s->packet.proto == IPPROTO_TCP &&
		    s->packet.flags & RST)
			return true;
	}
	return false;
}

bool after_uncounted(const struct context *c)
{
	for (int i = 0; i < c->number; i++) {
		const struct step *s = &c->train->step[i];

		if (s->conversation == c->step->conversation && s->kind != FREE && s->uncounted)
			return true;
	}
	return false;
}
