// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fragments, ICMP errors, and packets that have nothing to do with the forwards. */
#include "train.h"

#include <netinet/in.h>

/* Fits into both LANs, with IP options. */
#define PIECE_MAX 1336

static void swap_pieces(struct piece *a, struct piece *b)
{
	struct piece c = *a;

	*a = *b;
	*b = c;
}

static void shuffle(struct generator *g, struct step *s)
{
	for (int i = s->pieces - 1; i > 0; i--)
		swap_pieces(&s->piece[i], &s->piece[random_below(&g->random, i + 1)]);
}

static void repeat_a_piece(struct generator *g, struct step *s)
{
	struct piece *again;

	if (s->pieces == PIECES_MAX)
		return;
	again = &s->piece[s->pieces++];
	*again = s->piece[random_below(&g->random, s->pieces - 1)];
}

static void spoil_pieces(struct generator *g, struct step *s)
{
	struct random *r = &g->random;
	uint32_t i = random_below(r, s->pieces);

	switch (random_below(r, 10)) {
	case 0:
		s->piece[i] = s->piece[--s->pieces];
		s->what = "fragments, one missing";
		break;
	case 1:
		repeat_a_piece(g, s);
		s->what = "fragments, one twice";
		break;
	case 2:
		if (s->piece[i].from >= 16) {
			s->piece[i].from -= 8;
			s->piece[i].length += 8;
		}
		s->piece[i].altered = one_in(r, 2);
		s->what = "fragments, overlapping";
		break;
	case 3:
		repeat_a_piece(g, s);
		s->piece[s->pieces - 1].altered = true;
		s->what = "fragments, one twice with other content";
		break;
	default:
		break;
	}
}

void generate_pieces(struct generator *g, int conversation, struct step *s)
{
	struct random *r = &g->random;
	const struct conversation *c = &g->train->conversation[conversation];
	struct craft *p = &s->packet;
	uint16_t size, total, at = 0;

	generate_talk(g, conversation, s);
	s->kind = PIECES;
	s->what = "fragments";
	p->fragment = 0;
	size = one_in(r, 3) ? 8 + 8 * random_below(r, 12) : 24 + 8 * random_below(r, 160);
	total = size + 1 + random_below(r, size * 6);
	p->payload = total > 40 ? total - 8 : total;
	if (c->proto == IPPROTO_UDP && one_in(r, 6))
		p->no_check = true;
	if (one_in(r, 10))
		generate_ip_options(g, s);
	total = p->payload + (c->proto == IPPROTO_TCP ? 20 + p->tcp_options : 8);
	while (at < total && s->pieces < PIECES_MAX - 2) {
		struct piece *piece = &s->piece[s->pieces++];

		piece->from = at;
		piece->length =
			total - at < size || s->pieces == PIECES_MAX - 2 ? total - at : size;
		if (piece->length > PIECE_MAX)
			piece->length = PIECE_MAX;
		at += piece->length;
	}
	/* A datagram of too many pieces lacks its end. */
	spoil_pieces(g, s);
	if (one_in(r, 2))
		shuffle(g, s);
}

static void choose_error(struct generator *g, struct craft *p)
{
	static const uint8_t codes[] = { 0, 1, 2, 3, 3, 3, 4, 9, 10, 13 };
	struct random *r = &g->random;

	switch (random_below(r, 5)) {
	case 0:
		p->icmp_type = 11;
		p->icmp_code = random_below(r, 2);
		break;
	case 1:
		p->icmp_type = 12;
		p->icmp_rest = random_below(r, 20) << 24;
		break;
	default:
		p->icmp_type = 3;
		p->icmp_code = codes[random_below(r, sizeof(codes))];
		p->icmp_rest = p->icmp_code == 4 ? 576 + random_below(r, 900) : 0;
	}
}

void generate_complaint(struct generator *g, int conversation, struct step *s)
{
	static const uint16_t quotes[] = { 8, 8, 8, 20, 28, 128, 548, 0, 4, 7 };
	struct random *r = &g->random;
	struct craft *p = &s->packet;

	*s = (struct step){
		.kind = COMPLAINT,
		.conversation = conversation,
		.from_server = !one_in(r, 3),
		.what = "ICMP error",
		.quote = quotes[random_below(r, sizeof(quotes) / sizeof(quotes[0]))],
		.packet = {
			.proto = IPPROTO_ICMP,
			.id = generate_id(g),
			.ttl = 64,
			.tos = one_in(r, 2) ? 0xc0 : 0,
		},
	};
	choose_error(g, p);
	if (one_in(r, 5))
		s->sender = one_in(r, 2) ? ROUTER_ON_PATH : OTHER_HOST;
	if (one_in(r, 4))
		s->spoil = random_below(r, SPOILS);
	if (one_in(r, 10))
		s->packet.check_error = 1 + random_below(r, 0xfffe);
	if (one_in(r, 12)) {
		generate_ip_options(g, s);
		s->what = p->ip_option[0] == 0x83 ? "ICMP error with source route" :
						    "ICMP error with IP options";
	}
	if (one_in(r, 16))
		generate_wrong(g, s);
}

static uint32_t free_source(struct generator *g)
{
	static const uint32_t strange[] = {
		ADDR(127, 0, 0, 1),
		ADDR(224, 0, 0, 1),
		ADDR(255, 255, 255, 255),
		ADDR(0, 0, 0, 0),
		ADDR(192, 168, 11, 255),
		ADDR(10, 9, 8, 7),
		INTERNET,
		ROUTER,
		PUBLIC,
		ADDR(192, 168, 12, 9),
	};
	struct random *r = &g->random;

	if (one_in(r, 4))
		return strange[random_below(r, sizeof(strange) / sizeof(strange[0]))];
	return ADDR(192, 168, 11, 90);
}

static uint32_t free_destination(struct generator *g)
{
	static const uint32_t addresses[] = {
		PUBLIC,
		PUBLIC,
		PUBLIC,
		ROUTER,
		INTERNET,
		ADDR(8, 8, 4, 4),
		SERVER_ETH2,
		ADDR(192, 168, 12, 150),
		ADDR(192, 168, 11, 150),
		ROUTER_ETH2,
	};

	return addresses[random_below(&g->random, sizeof(addresses) / sizeof(addresses[0]))];
}

void generate_free(struct generator *g, struct step *s)
{
	static const uint16_t ports[] = { 80, 22, 21114, 21118, 21119, 5354, 443, 0, 65535 };
	static const uint16_t types[] = { 0x86dd, 0x88cc, 0x8864, 0x05dc, 0x8035 };
	static const uint8_t protos[] = { IPPROTO_TCP,	IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP,
					  IPPROTO_ICMP, IPPROTO_GRE, IPPROTO_ESP, 250 };
	struct random *r = &g->random;
	struct craft *p = &s->packet;

	*s = (struct step){ .kind = FREE, .what = "packet not ours" };
	p->mac_of = ADDR(192, 168, 11, 90);
	p->src = free_source(g);
	p->dst = free_destination(g);
	p->id = generate_id(g);
	p->ttl = one_in(r, 12) ? 1 : 64;
	p->proto = protos[random_below(r, sizeof(protos))];
	p->sport = 2048 + g->slot * SLOT + 8 + random_below(r, 20);
	p->dport = ports[random_below(r, sizeof(ports) / sizeof(ports[0]))];
	/* A forwarded port, and nobody who may use it. */
	if (p->src != ADDR(192, 168, 11, 90) && one_in(r, 2))
		p->dport = p->proto == IPPROTO_TCP ? 21115 : 21116;
	p->flags = one_in(r, 2) ? SYN : ACK;
	p->window = 1024;
	p->seq = random_next(r);
	p->payload = random_below(r, 64);
	p->payload_seed = random_next(r);
	/* An information request, which nobody answers, or a ping. */
	p->icmp_type = one_in(r, 4) ? 15 : 8;
	p->icmp_rest = p->sport << 16 | 1;
	if (one_in(r, 12))
		p->ethertype = types[random_below(r, sizeof(types) / sizeof(types[0]))];
	if (one_in(r, 10))
		generate_wrong(g, s);
}
