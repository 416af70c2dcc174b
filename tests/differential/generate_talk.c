// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Conversations: what TCP and UDP say in turn. */
#include "train.h"

#include <netinet/in.h>
#include <string.h>

enum phase {
	CLOSED,
	SYN_SENT,
	SYN_ANSWERED,
	OPEN,
	CLIENT_CLOSES,
	SERVER_CLOSES,
	ENDED,
};

static void begin(struct generator *g, int conversation, struct step *s)
{
	struct random *r = &g->random;

	*s = (struct step){
		.kind = TALK,
		.conversation = conversation,
		.what = "talk",
		.packet = {
			.proto = g->train->conversation[conversation].proto,
			.id = generate_id(g),
			.ttl = 64,
			.fragment = one_in(r, 3) ? 0 : FRAME_DF,
			.payload_seed = random_next(r),
		},
	};
}

static void choose_payload(struct generator *g, struct craft *p)
{
	static const uint16_t sizes[] = { 0, 1, 2, 3, 512, 1359, 1360, 1361, 1440 };
	struct random *r = &g->random;

	p->payload = one_in(r, 4) ? sizes[random_below(r, sizeof(sizes) / sizeof(sizes[0]))] :
				    random_below(r, 120);
}

static void talk_udp(struct generator *g, struct step *s)
{
	int *phase = &g->talk[s->conversation].phase;

	s->from_server = *phase && one_in(&g->random, 2);
	*phase = OPEN;
	choose_payload(g, &s->packet);
}

static void set_flags(struct generator *g, struct step *s, bool from_server, uint8_t flags)
{
	uint32_t *seq = g->talk[s->conversation].seq;

	s->from_server = from_server;
	s->packet.flags = flags;
	s->packet.window = 0xfaf0;
	s->packet.seq = seq[from_server];
	s->packet.ack = flags & ACK ? seq[!from_server] : 0;
	if (flags & (SYN | FIN))
		seq[from_server]++;
}

static void syn_options(struct generator *g, struct craft *p)
{
	static const uint8_t options[] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 1,
					   2, 3, 0, 0,	  0, 0, 1, 3,  3, 7 };

	if (one_in(&g->random, 4))
		return;
	p->tcp_options = sizeof(options);
	memcpy(p->tcp_option, options, sizeof(options));
}

static void talk_open(struct generator *g, struct step *s)
{
	struct random *r = &g->random;
	int *phase = &g->talk[s->conversation].phase;
	uint32_t dice = random_below(r, 20);

	if (dice == 0) {
		set_flags(g, s, one_in(r, 2), FIN | ACK);
		*phase = s->from_server ? SERVER_CLOSES : CLIENT_CLOSES;
	} else if (dice == 1) {
		set_flags(g, s, one_in(r, 2), one_in(r, 2) ? RST : RST | ACK);
		*phase = ENDED;
	} else {
		set_flags(g, s, one_in(r, 2), one_in(r, 2) ? ACK : ACK | PSH);
		choose_payload(g, &s->packet);
		if (s->packet.payload > 1428)
			s->packet.payload = 1428;
		g->talk[s->conversation].seq[s->from_server] += s->packet.payload;
	}
}

static void talk_again(struct generator *g, struct step *s)
{
	struct random *r = &g->random;
	int *phase = &g->talk[s->conversation].phase;

	if (*phase == ENDED && one_in(r, 3)) {
		/* What comes late. */
		set_flags(g, s, one_in(r, 2), ACK);
		return;
	}
	/* The same port again at once, with a higher sequence number, as RFC 1122 4.2.2.13 has it.
	 */
	g->talk[s->conversation].seq[0] += 100000;
	g->talk[s->conversation].seq[1] = random_next(r);
	set_flags(g, s, false, SYN);
	syn_options(g, &s->packet);
	*phase = SYN_SENT;
}

static void talk_syn_sent(struct generator *g, struct step *s)
{
	int *phase = &g->talk[s->conversation].phase;
	uint32_t dice = random_below(&g->random, 12);

	if (dice == 0) {
		set_flags(g, s, true, RST | ACK);
		*phase = ENDED;
	} else if (dice == 1) {
		/* Once more. */
		g->talk[s->conversation].seq[0]--;
		set_flags(g, s, false, SYN);
	} else {
		set_flags(g, s, true, SYN | ACK);
		syn_options(g, &s->packet);
		*phase = SYN_ANSWERED;
	}
}

static void talk_tcp(struct generator *g, struct step *s)
{
	int *phase = &g->talk[s->conversation].phase;

	switch (*phase) {
	case CLOSED:
		if (!g->talk[s->conversation].spoken && one_in(&g->random, 12)) {
			/* In the middle: the router lost its state. */
			set_flags(g, s, false, ACK);
			*phase = OPEN;
			break;
		}
		set_flags(g, s, false, SYN);
		syn_options(g, &s->packet);
		*phase = SYN_SENT;
		break;
	case SYN_SENT:
		talk_syn_sent(g, s);
		break;
	case SYN_ANSWERED:
		set_flags(g, s, false, ACK);
		*phase = OPEN;
		break;
	case OPEN:
		talk_open(g, s);
		break;
	case CLIENT_CLOSES:
	case SERVER_CLOSES:
		set_flags(g, s, *phase == CLIENT_CLOSES, FIN | ACK);
		*phase = ENDED;
		break;
	default:
		talk_again(g, s);
	}
}

void generate_talk(struct generator *g, int conversation, struct step *s)
{
	begin(g, conversation, s);
	if (s->packet.proto == IPPROTO_UDP)
		talk_udp(g, s);
	else
		talk_tcp(g, s);
}
