// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "flow.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* What tests/wire/lab.sh forwards. */
static const struct {
	uint8_t proto;
	uint16_t public_port;
	uint32_t server;
	uint16_t server_port;
} services[] = {
	{ IPPROTO_TCP, 21115, SERVER, 21115 },	    { IPPROTO_TCP, 21116, SERVER, 21116 },
	{ IPPROTO_TCP, 21117, SERVER, 21117 },	    { IPPROTO_UDP, 21116, SERVER, 21116 },
	{ IPPROTO_TCP, 8443, SERVER, 443 },	    { IPPROTO_UDP, 5353, SERVER, 53 },
	{ IPPROTO_TCP, 22117, SERVER_ETH2, 22117 }, { IPPROTO_UDP, 22116, SERVER_ETH2, 22116 },
};

const char *proto_name(uint8_t proto)
{
	return proto == IPPROTO_TCP ? "TCP" : "UDP";
}

const char *side_name(enum side side)
{
	return side == FROM_CLIENT ? "from the client" : "from the server";
}

static struct flow flow_new(struct suite *s, uint8_t proto, uint32_t client, uint16_t client_port,
			    uint16_t public_port)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (services[i].proto != proto || services[i].public_port != public_port)
			continue;
		return (struct flow){
			.proto = proto,
			.client = client,
			.client_port = client_port,
			.public_port = public_port,
			.server = services[i].server,
			.server_port = services[i].server_port,
			.seq = { 0x10000000u + (suite_id(s) << 12), 0xfffffff0u },
		};
	}
	failed(s, "the suite knows no forward of %s port %u", proto_name(proto), public_port);
}

struct frame flow_frame(const struct flow *f, enum side side)
{
	struct frame in =
		side == FROM_CLIENT ?
			frame_from(f->proto, f->client, f->client_port, PUBLIC, f->public_port) :
			frame_from(f->proto, f->server, f->server_port, f->mapped, f->mapped_port);

	in.seq = f->seq[side];
	in.ack = f->seq[!side];
	in.flags = PSH | ACK;
	return in;
}

struct frame flow_translated(const struct flow *f, enum side side, const struct frame *in)
{
	if (side == FROM_CLIENT)
		return frame_translated(in, f->mapped, f->mapped_port, f->server, f->server_port);
	return frame_translated(in, PUBLIC, f->public_port, f->client, f->client_port);
}

static void count_sequence(struct flow *f, enum side side, const struct frame *in)
{
	f->seq[side] = in->seq + in->payload + !!(in->flags & SYN) + !!(in->flags & FIN);
}

void flow_pass(struct suite *s, struct flow *f, enum side side, const struct frame *in,
	       const char *what)
{
	struct frame out = flow_translated(f, side, in);
	char text[160];

	snprintf(text, sizeof(text), "%s, %s %s", what, proto_name(f->proto), side_name(side));
	expect_sent(s, in, &out, text);
	count_sequence(f, side, in);
}

void flow_say(struct suite *s, struct flow *f, enum side side, uint8_t flags, uint16_t payload,
	      const char *what)
{
	struct frame in = flow_frame(f, side);

	in.flags = flags;
	in.payload = payload;
	if (!(flags & ACK))
		in.ack = 0;
	flow_pass(s, f, side, &in, what);
}

void flow_talk(struct suite *s, struct flow *f, const char *what)
{
	flow_say(s, f, FROM_CLIENT, PSH | ACK, 33, what);
	flow_say(s, f, FROM_SERVER, PSH | ACK, 57, what);
}

struct flow flow_open(struct suite *s, uint8_t proto, uint32_t client, uint16_t client_port,
		      uint16_t public_port)
{
	struct flow f = flow_new(s, proto, client, client_port, public_port);
	struct frame in = flow_frame(&f, FROM_CLIENT), out;
	const struct wire *got;
	char what[80];
	struct wire w;

	if (proto == IPPROTO_TCP) {
		in.flags = SYN;
		in.ack = 0;
		in.payload = 0;
	}
	send_frame(s, &in);
	collect(s);
	snprintf(what, sizeof(what), "the first packet to %s port %u", proto_name(proto),
		 public_port);
	got = expect_any(s, what);
	if (!got->l3)
		failed(s, "%s: what came out is not IPv4", what);
	f.mapped = packet_get32(got, got->l3 + 12);
	f.mapped_port = packet_get16(got, got->l4);
	out = flow_translated(&f, FROM_CLIENT, &in);
	frame_write(&out, &w);
	expect_one(s, &w, what);
	if (f.mapped >> 8 == f.server >> 8 && !is_router(f.mapped))
		failed(s, "%s: the server sees a host of its own LAN, and answers that directly",
		       what);
	count_sequence(&f, FROM_CLIENT, &in);
	return f;
}

struct flow flow_establish(struct suite *s, uint8_t proto, uint32_t client, uint16_t client_port,
			   uint16_t public_port)
{
	struct flow f = flow_open(s, proto, client, client_port, public_port);

	if (proto == IPPROTO_TCP) {
		flow_say(s, &f, FROM_SERVER, SYN | ACK, 0, "SYN ACK");
		flow_say(s, &f, FROM_CLIENT, ACK, 0, "ACK of the handshake");
	} else {
		flow_say(s, &f, FROM_SERVER, 0, 40, "the first answer");
	}
	return f;
}

struct frame_icmp flow_error(const struct flow *f, enum side side, uint8_t type, uint8_t code)
{
	struct frame sent = flow_frame(f, !side), about = flow_translated(f, !side, &sent);

	return frame_icmp_about(type, code, about.dst, &about);
}

struct frame_icmp flow_error_translated(const struct flow *f, enum side side,
					const struct frame_icmp *in)
{
	uint32_t to = side == FROM_CLIENT ? f->server : f->client;
	uint32_t from = side == FROM_CLIENT ? f->mapped : PUBLIC;
	struct frame quoted = in->quoted, sent = flow_frame(f, !side);

	/* The quote is of what the other side sent, but for what it lost on the way: the TTL. */
	quoted.src = sent.src;
	quoted.sport = sent.sport;
	quoted.dst = sent.dst;
	quoted.dport = sent.dport;
	return frame_icmp_translated(in, from, to, &quoted);
}
