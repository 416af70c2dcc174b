// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What makes a packet unusual, and what makes it wrong. */
#include "train.h"

#include <netinet/in.h>
#include <string.h>

void generate_ip_options(struct generator *g, struct step *s)
{
	static const struct {
		uint8_t length;
		uint8_t byte[12];
		bool malformed;
	} options[] = {
		{ 4, { 1, 1, 1, 1 }, false },				   /* no operation */
		{ 4, { 0, 0, 0, 0 }, false },				   /* end of list */
		{ 4, { 0x94, 4, 0, 0 }, false },			   /* router alert */
		{ 4, { 0x9e, 4, 0x12, 0x34 }, false },			   /* experiment */
		{ 8, { 0x1e, 5, 1, 2, 3, 0x5e, 3, 7 }, false },		   /* two of them */
		{ 12, { 0x82, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, false }, /* security */
		{ 8, { 7, 7, 4, 0, 0, 0, 0, 0 }, false },		   /* record route */
		{ 8, { 0x44, 8, 5, 0, 0, 0, 0, 0 }, false },		   /* timestamp */
		{ 8, { 0x83, 7, 8, 192, 168, 11, 9, 0 }, false }, /* source route, at its end */
		{ 4, { 0x9e, 9, 0, 0 }, true },			  /* longer than the header */
		{ 4, { 7, 2, 0, 0 }, true },			  /* record route without room */
	};
	struct craft *p = &s->packet;
	uint32_t i = random_below(&g->random, sizeof(options) / sizeof(options[0]));

	p->ip_options = options[i].length;
	memcpy(p->ip_option, options[i].byte, p->ip_options);
	if (options[i].malformed) {
		s->flaw = IP_OPTION;
		s->what = "malformed IP option";
	} else {
		s->what = p->ip_option[0] == 0x83 ? "source route" : "IP options";
	}
}

static void tcp_options(struct generator *g, struct craft *p)
{
	static const struct {
		uint8_t length;
		uint8_t byte[12];
	} options[] = {
		{ 12, { 1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 6 } },
		{ 12, { 1, 1, 5, 10, 0, 0, 0, 5, 0, 0, 0, 6 } },
		{ 8, { 254, 6, 0x4e, 0x4c, 1, 2, 1, 1 } },
		{ 4, { 0, 0, 0, 0 } },
		{ 4, { 30, 0, 0, 0 } },
	};
	uint32_t i = random_below(&g->random, sizeof(options) / sizeof(options[0]));

	if (p->proto != IPPROTO_TCP || p->flags & SYN)
		return;
	p->tcp_options = options[i].length;
	memcpy(p->tcp_option, options[i].byte, p->tcp_options);
}

void generate_unusual(struct generator *g, struct step *s)
{
	struct craft *p = &s->packet;
	struct random *r = &g->random;

	switch (random_below(r, 8)) {
	case 0:
	case 1:
		generate_ip_options(g, s);
		break;
	case 2:
		tcp_options(g, p);
		s->what = "TCP options";
		break;
	case 3:
		p->no_check = true;
		s->what = "no UDP checksum";
		break;
	case 4:
		p->tos = random_next(r);
		s->what = "TOS";
		break;
	case 5:
		p->ttl = one_in(r, 2) ? 2 : 255;
		s->what = "TTL 2 or 255";
		break;
	case 6:
		p->padding = 1 + random_below(r, 20);
		s->what = "padding";
		break;
	default:
		p->flags |= (p->flags & (SYN | ACK)) == ACK ? URG : 0;
		p->fragment |= one_in(r, 4) ? 0x8000 : 0;
		s->what = "urgent, or the reserved bit";
	}
}

static void wrong_ip(struct generator *g, struct step *s)
{
	struct craft *p = &s->packet;
	struct random *r = &g->random;

	s->flaw = IP_HEADER;
	switch (random_below(r, 5)) {
	case 0:
		p->first_xor = 0x20;
		s->what = "IP version 6 in an IPv4 frame";
		break;
	case 1:
		p->first_xor = 0x04;
		s->what = "IP header length 4";
		break;
	case 2:
		p->length_error = one_in(r, 2) ? 1 : -10;
		s->what = "IP total length";
		break;
	case 3:
		s->flaw = NO_FLAW;
		p->ip_check_error = 1 + random_below(r, 0xfffe);
		s->what = "wrong IP checksum";
		break;
	default:
		s->flaw = CUT;
		p->cut_tail = 1 + random_below(r, 16);
		s->what = "cut off at the end";
	}
}

static void wrong_transport(struct generator *g, struct step *s)
{
	struct craft *p = &s->packet;
	static const uint8_t flags[] = { 0, FIN, SYN | FIN, FIN | PSH | URG, SYN | RST, PSH };

	s->flaw = TRANSPORT_HEADER;
	if (p->proto == IPPROTO_UDP) {
		p->udp_length_error = one_in(&g->random, 2) ? 1 : -1 - p->payload / 2;
		s->what = "UDP length";
	} else if (one_in(&g->random, 2)) {
		p->offset_error = one_in(&g->random, 2) ? -1 - p->tcp_options / 4 : 9;
		s->what = "TCP header length";
	} else {
		p->flags = flags[random_below(&g->random, sizeof(flags))];
		s->what = "TCP flags";
	}
}

void generate_wrong(struct generator *g, struct step *s)
{
	struct craft *p = &s->packet;
	struct random *r = &g->random;

	switch (random_below(r, 8)) {
	case 0:
	case 1:
		p->check_error = 1 + random_below(r, 0xfffe);
		s->what = "wrong checksum";
		break;
	case 2:
		p->ttl = random_below(r, 2);
		s->what = "TTL 0 or 1";
		break;
	case 3:
		p->foreign_mac = true;
		s->what = "another host's MAC address";
		break;
	case 4:
		p->vlan = 1 + random_below(r, 4000);
		s->what = "VLAN tag";
		break;
	case 5:
		if (p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP) {
			wrong_transport(g, s);
			break;
		}
		/* fall through */
	default:
		wrong_ip(g, s);
	}
}
