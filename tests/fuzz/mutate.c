// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mutate.h"

#include <netinet/in.h>
#include <string.h>

#include "../unit/random.h"
#include "frame_icmp.h"

#define ONE_OF(list) ((list)[random_below(sizeof(list) / sizeof((list)[0]))])
#define LONGEST 1514
#define PIECES 12

void mutate_seed(uint64_t seed)
{
	/* Neighbouring seeds must not give similar frames, and 0 gives none at all. */
	random_state = (seed + 1) * 0x9e3779b97f4a7c15ULL;
	random_state = random_state ? random_state : 1;
	for (int i = 0; i < 8; i++)
		random_u32();
}

/* Few ports, so that flows meet; now and then any. */
static uint16_t random_port(void)
{
	static const uint16_t ports[] = { 40000, 40001, 40002, 40003, 1023, 1024, 53, 21116 };

	return random_below(32) ? ONE_OF(ports) : random_u32();
}

static uint16_t random_dialled(void)
{
	static const uint16_t ports[] = { 21115, 21116, 21117, 8443, 9000,  9005, 9010,
					  53,	 5000,	6000,  22,   21118, 9011 };

	return random_below(32) ? ONE_OF(ports) : random_u32();
}

static uint32_t random_source(void)
{
	static const uint32_t hosts[] = { CLIENT, CLIENT2, CLIENT_ETH2, SERVER, SERVER_ETH2 };
	static const uint32_t others[] = { ROUTER,
					   PUBLIC,
					   INTERNET,
					   ADDR(127, 0, 0, 1),
					   ADDR(224, 0, 0, 1),
					   ADDR(255, 255, 255, 255),
					   ADDR(192, 168, 11, 255),
					   ADDR(192, 168, 11, 0),
					   ADDR(0, 0, 0, 1),
					   ADDR(192, 168, 11, 77) };

	if (random_below(16))
		return ONE_OF(hosts);
	return random_below(4) ? ONE_OF(others) : random_u32();
}

static struct frame new_frame(void)
{
	return frame_from(random_below(2) ? IPPROTO_TCP : IPPROTO_UDP, random_source(),
			  random_port(), random_below(8) ? PUBLIC : PUBLIC2, random_dialled());
}

/* A packet of a flow that there is, in either direction. */
static struct frame flow_frame(const struct model *m)
{
	const struct model_tuple *t;

	if (!m->entries)
		return new_frame();
	t = &m->entry[random_below(m->entries)].from;
	return frame_from(t->proto, t->src, t->sport, t->dst, t->dport);
}

/* What senders do, and what routers on the way have done. */
static void vary(struct frame *f)
{
	static const uint8_t flags[] = { SYN, ACK, SYN | ACK, FIN | ACK, RST, RST | ACK, PSH, 0 };

	f->id = random_edge16();
	f->payload = random_below(64);
	f->payload_word = random_edge16();
	f->seq = random_u32();
	f->flags = ONE_OF(flags);
	f->no_check = !random_below(8);
	if (!random_below(8))
		f->ip_options = 4 * random_below(11);
	if (!random_below(4))
		f->tcp_options = 4 * random_below(11);
	if (!random_below(8))
		f->payload = random_below(1300);
	if (!random_below(8))
		f->padding = random_below(40);
	if (!random_below(32)) {
		/* About as large as the MTU, or much larger. */
		f->payload = 1400 + random_below(random_below(2) ? 100 : 1600);
		f->padding = random_below(128);
		f->fragment = random_below(2) ? FRAME_DF : 0;
	}
	if (!random_below(8))
		f->ttl = random_below(4);
	if (!random_below(8))
		f->fragment = random_below(2) ? FRAME_MF : random_u32();
	if (!random_below(8))
		f->check_error = random_edge16();
	if (!random_below(64))
		f->ip_check_error = random_edge16();
	if (!random_below(32))
		f->tos = random_u32();
}

/* Where it comes from and to whom, in the Ethernet. */
static void vary_link(struct frame *f)
{
	static const uint8_t *const macs[] = { MAC_ROUTER, MAC_ROUTER_ETH2, MAC_BROADCAST,
					       MAC_STRANGER };

	if (!random_below(16)) {
		f->tags = 1 + random_below(FRAME_TAGS_MAX);
		for (int i = 0; i < f->tags; i++)
			f->tag[i] = (struct frame_tag){
				random_below(2) ? 0x8100 : 0x88a8,
				random_below(4) ? random_below(8) << 13 : random_u32(),
			};
	}
	if (!random_below(32))
		f->dmac = ONE_OF(macs);
	if (!random_below(32))
		f->interface = !f->interface;
	if (!random_below(32))
		f->dmac = f->interface == ETH2 ? MAC_ROUTER_ETH2 : MAC_ROUTER;
}

/* A packet of a flow as it left: what the one who tells of it has got. */
static struct frame sent_frame(const struct model *m)
{
	const struct model_tuple *t;

	if (!m->entries || !random_below(8))
		return flow_frame(m);
	t = &m->entry[random_below(m->entries)].to;
	return frame_from(t->proto, t->src, t->sport, t->dst, t->dport);
}

/* An ICMP error about a packet of a flow, mostly: from who got it or a router, to who sent it. */
static void write_icmp(const struct model *m, struct wire *w)
{
	static const uint8_t types[] = { 3, 3, 3, 11, 12, 5, 8 };
	struct frame about = sent_frame(m);
	struct frame_icmp icmp;

	about.payload = random_below(8) ? random_below(64) : random_below(1500);
	about.ip_options = random_below(8) ? 0 : 4 * random_below(11);
	about.no_check = !random_below(4);
	about.ttl = random_u32();
	about.check_error = random_below(4) ? 0 : random_edge16();
	about.ip_check_error = random_below(16) ? 0 : random_edge16();
	about.fragment = random_below(8) ? FRAME_DF : FRAME_MF;
	icmp = frame_icmp_about(ONE_OF(types), random_below(16), about.dst, &about);
	if (!random_below(4))
		icmp.src = random_source();
	if (!random_below(16))
		icmp.dst = PUBLIC2;
	icmp.quoted_length = random_below(2) ? FRAME_QUOTE_MIN : random_below(128);
	icmp.quoted_length = random_below(4) ? icmp.quoted_length : FRAME_QUOTE_WHOLE;
	icmp.rest = random_u32();
	icmp.check_error = random_below(8) ? 0 : random_edge16();
	icmp.ip_options = random_below(8) ? 0 : 4 * random_below(11);
	icmp.ttl = random_below(8) ? 64 : random_below(3);
	icmp.fragment = random_below(2) ? FRAME_DF : 0;
	icmp.padding = random_below(4) ? 0 : random_below(32);
	frame_icmp_write(&icmp, w);
}

/* A datagram on its way in pieces. */
static struct {
	struct frame whole;
	uint16_t size; /* of a piece */
	uint16_t order[PIECES];
	int pieces, next;
} train;

static void start_train(const struct model *m)
{
	train.whole = random_below(4) ? flow_frame(m) : new_frame();
	vary(&train.whole);
	train.whole.payload = 8 + random_below(1000);
	train.whole.fragment = random_below(8) ? 0 : FRAME_DF;
	train.whole.padding = 0;
	train.pieces = 1 + random_below(PIECES);
	train.size = (frame_ip_payload(&train.whole) / train.pieces + 7) / 8 * 8;
	train.next = 0;
	for (int i = 0; i < train.pieces; i++)
		train.order[i] = i;
	if (random_below(4))
		for (int i = train.pieces - 1; i > 0; i--) {
			int other = random_below(i + 1);
			uint16_t piece = train.order[i];

			train.order[i] = train.order[other];
			train.order[other] = piece;
		}
}

/* The next piece; sometimes one twice, or one too much of it. */
static void write_piece(const struct model *m, struct wire *w)
{
	uint16_t piece, length, at, all;

	if (train.next == train.pieces)
		start_train(m);
	piece = train.order[train.next];
	train.next += random_below(16) != 0;
	all = frame_ip_payload(&train.whole);
	at = piece * train.size;
	length = train.size + (random_below(32) ? 0 : 8);
	/* Sizes are rounded up, so the last places may lie beyond the end. */
	if (at >= all)
		at = 0;
	frame_fragment_write(&train.whole, at, length, at + length < all, w);
}

static void damage_field(struct wire *w)
{
	size_t at = w->l3 + random_below(60) / 2 * 2;

	if (at + 2 <= w->length)
		wire_put16(w, at, random_edge16());
}

static void damage_length(struct wire *w)
{
	/* Of the IPv4 packet and of the UDP datagram: about right. */
	size_t at = random_below(2) ? (size_t)w->l3 + 2 : (size_t)w->l4 + 4;

	if (at + 2 <= w->length)
		wire_put16(w, at, reference_get16(w->byte + at) + random_below(17) - 8);
}

/* BPF_PROG_RUN wants an Ethernet header and something behind it. */
static void cut(struct wire *w)
{
	uint16_t length = 15 + random_below(w->length);

	if (length < w->length)
		w->length = length;
}

static void extend(struct wire *w)
{
	for (int more = 1 + random_below(64); more && w->length < LONGEST; more--)
		w->byte[w->length++] = random_u32();
}

static void damage(struct wire *w)
{
	switch (random_below(7)) {
	case 0:
		w->byte[random_below(w->length)] = random_u32();
		break;
	case 1:
		w->byte[random_below(w->length)] ^= 1 << random_below(8);
		break;
	case 2:
		damage_field(w);
		break;
	case 3:
		damage_length(w);
		break;
	case 4:
		cut(w);
		break;
	case 5:
		extend(w);
		break;
	case 6:
		/* Version and header length. */
		w->byte[w->l3] = random_below(4) ? 0x40 | random_below(16) : random_u32();
		break;
	}
}

static void mend(struct wire *w)
{
	const struct reference_frame f = {
		.byte = w->byte,
		.readable = w->length,
		.length = w->length,
	};

	reference_mend_header(w->byte, &f);
}

/* Bytes of nothing that is known, but for the Ethernet header and an address, sometimes. */
static void write_noise(struct wire *w)
{
	static const uint8_t head[] = { 0x02, 0, 0, 0, 0x0b, 0x01, 0x02, 0,
					0,    0, 0, 9, 8,    0,	   0x45, 0 };

	w->interface = random_below(2) ? ETH1 : ETH2;
	w->length = 15 + random_below(120);
	w->l3 = 14;
	w->l4 = 34;
	for (int i = 0; i < w->length; i++)
		w->byte[i] = random_u32();
	if (random_below(4))
		memcpy(w->byte, head, w->length < 16 ? w->length : 16);
	if (random_below(4) && w->length >= 34) {
		wire_put16(w, 30, PUBLIC >> 16);
		wire_put16(w, 32, PUBLIC & 0xffff);
	}
}

void mutate_frame(const struct model *m, struct wire *w)
{
	uint32_t kind = random_below(64);
	struct frame f = kind < 16 ? new_frame() : flow_frame(m);

	if (kind == 63) {
		write_noise(w);
		mend(w);
		return;
	}
	if (kind >= 56) {
		write_icmp(m, w);
	} else if (kind >= 44) {
		write_piece(m, w);
	} else {
		vary(&f);
		vary_link(&f);
		frame_write(&f, w);
	}
	if (random_below(2))
		return;
	for (int times = 1 + random_below(3); times; times--)
		damage(w);
	/* Most damage must get past the checksum of the IPv4 header. */
	if (random_below(8))
		mend(w);
}
