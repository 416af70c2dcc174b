// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "play.h"

#include <netinet/in.h>
#include <string.h>

#define ETHERNET 14
#define OTHER_HOST_ADDRESS ADDR(192, 168, 11, 91)

/* The other side's address and port, as this side knows them. */
static void address_it(const struct play *play, const struct train *t, const struct step *s,
		       struct craft *p)
{
	const struct conversation *c = &t->conversation[s->conversation];
	const struct seen *seen = &play->seen[s->conversation];

	if (!s->from_server) {
		p->src = c->client;
		p->sport = c->port;
		p->dst = PUBLIC;
		p->dport = c->public_port;
		return;
	}
	p->src = c->server;
	p->sport = c->server_port;
	p->dst = seen->address;
	p->dport = seen->port;
}

static int play_pieces(const struct step *s, const struct craft *p, struct wire *frames)
{
	struct wire whole;

	craft_write(p, &whole);
	for (int i = 0; i < s->pieces; i++) {
		craft_piece(&whole, s->piece[i].from, s->piece[i].length, &frames[i]);
		if (s->piece[i].altered)
			frames[i].byte[frames[i].length - 1] ^= 0x55;
	}
	return s->pieces;
}

/* @ip is the quoted header. */
static void spoil_quote(enum complaint_spoil spoil, uint8_t *ip, int length)
{
	uint8_t *l4 = ip + (ip[0] & 0xf) * 4;

	switch (spoil) {
	case QUOTED_PORT:
		if (l4 + 4 <= ip + length) {
			l4[0] ^= 0x40;
			l4[2] ^= 0x40;
		}
		break;
	case QUOTED_ADDRESS:
		ip[15] ^= 0x80;
		ip[19] ^= 0x80;
		craft_set_ip_check(ip);
		break;
	case QUOTED_PROTO:
		ip[9] = ip[9] == IPPROTO_TCP ? IPPROTO_UDP : IPPROTO_TCP;
		craft_set_ip_check(ip);
		break;
	case QUOTED_IP_CHECK:
		ip[10] ^= 0x12;
		break;
	case QUOTED_TTL:
		ip[8] = 1;
		craft_set_ip_check(ip);
		break;
	case QUOTED_CHECK_0:
		if (ip[9] == IPPROTO_UDP && l4 + 8 <= ip + length)
			set16(l4 + 6, 0);
		break;
	default:
		break;
	}
}

static int play_complaint(const struct play *play, const struct train *t, const struct step *s,
			  struct wire *frame)
{
	const struct conversation *c = &t->conversation[s->conversation];
	enum side side = s->from_server ? SERVER_SIDE : CLIENT_SIDE;
	const struct wire *got = &play->seen[s->conversation].got[side];
	struct craft p = s->packet;
	uint8_t quote[FRAME_MAX];
	int header, length;

	if (!play->seen[s->conversation].any[side])
		return 0;
	memcpy(quote, got->byte + ETHERNET, got->length - ETHERNET);
	header = (quote[0] & 0xf) * 4;
	length = get16(quote + 2);
	if (length > header + s->quote)
		length = header + s->quote;
	if (length > 1300)
		length = 1300;
	spoil_quote(s->spoil, quote, length);
	p.src = side == SERVER_SIDE ? c->server : c->client;
	p.dst = get32(got->byte + ETHERNET + 12);
	if (s->sender == ROUTER_ON_PATH) {
		p.mac_of = p.src;
		p.src = p.src == INTERNET ? ADDR(9, 9, 9, 9) : (p.src & ~0xffu) | 199;
	} else if (s->sender == OTHER_HOST) {
		p.src = OTHER_HOST_ADDRESS;
	}
	p.data = quote;
	p.payload = length;
	craft_write(&p, frame);
	return 1;
}

/* No host sends more than its own link takes. */
static void fit_link(struct craft *p)
{
	uint16_t mtu = interface_of(p->src) == ETH2 ? MTU_ETH2 : MTU;
	uint16_t header = 20 + p->ip_options + (p->proto == IPPROTO_TCP ? 20 + p->tcp_options : 8);

	if (header + p->payload + p->padding <= mtu)
		return;
	p->padding = 0;
	if (header + p->payload > mtu)
		p->payload = mtu - header;
}

int play_step(const struct play *play, const struct train *t, const struct step *s,
	      struct wire *frames)
{
	struct craft p = s->packet;

	if (s->kind == COMPLAINT)
		return play_complaint(play, t, s, frames);
	/* A server answers. */
	if (s->kind != FREE && s->from_server && !play->seen[s->conversation].known)
		return 0;
	if (s->kind != FREE)
		address_it(play, t, s, &p);
	if (s->kind == PIECES)
		return play_pieces(s, &p, frames);
	fit_link(&p);
	craft_write(&p, frames);
	return 1;
}

bool play_together(const struct play *a, const struct play *b, const struct step *s)
{
	enum side side = s->from_server ? SERVER_SIDE : CLIENT_SIDE;
	const struct seen *x = &a->seen[s->conversation], *y = &b->seen[s->conversation];

	if (s->from_server && s->kind != FREE && x->known != y->known)
		return false;
	return s->kind != COMPLAINT ||
	       (x->any[side] == y->any[side] && x->step[side] == y->step[side]);
}

static bool is_for(const struct dissected *d, uint8_t proto, uint32_t address, uint16_t port)
{
	uint8_t mac[6];

	mac_of(address, mac);
	return !d->fragment && !memcmp(d->raw->byte, mac, 6) &&
	       d->field[F_WIRE] == interface_of(address) && d->field[F_PROTO] == proto &&
	       d->field[F_DST] == address && d->field[F_DPORT] == port;
}

void play_learn(struct play *play, const struct train *t, const struct step *s,
		const struct outputs *o)
{
	const struct conversation *c = &t->conversation[s->conversation];
	struct seen *seen = &play->seen[s->conversation];

	if (s->kind == FREE || s->kind == COMPLAINT)
		return;
	for (int i = 0; i < o->frames; i++) {
		const struct dissected *d = &o->frame[i];

		/* The server may be the client, too. */
		if (!s->from_server && is_for(d, c->proto, c->server, c->server_port)) {
			seen->known = true;
			seen->address = d->field[F_SRC];
			seen->port = d->field[F_SPORT];
			seen->got[SERVER_SIDE] = *d->raw;
			seen->any[SERVER_SIDE] = true;
			seen->step[SERVER_SIDE] = (int)(s - t->step);
		} else if (s->from_server && is_for(d, c->proto, c->client, c->port)) {
			seen->got[CLIENT_SIDE] = *d->raw;
			seen->any[CLIENT_SIDE] = true;
			seen->step[CLIENT_SIDE] = (int)(s - t->step);
		}
	}
}
