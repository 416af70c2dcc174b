// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "allowed.h"
#include "evidence.h"

#include <netinet/in.h>

#define TCP_HEADER 20

/* RFC 4787 REQ-3a, REQ-4: same range, same parity; the router's own NAT keeps neither. */
static bool same_class(uint16_t a, uint16_t b)
{
	return a % 2 == b % 2 && (a < 1024) == (b < 1024);
}

static bool port_choice(const struct context *c, const struct difference *d)
{
	if (d->kind != FIELD || (d->field != F_SPORT && d->field != F_Q_DPORT &&
				 d->field != F_DPORT && d->field != F_Q_SPORT))
		return false;
	for (int i = 0; i < c->train->conversations; i++) {
		const struct seen *a = &c->reference_play->seen[i], *b = &c->other_play->seen[i];

		/* natloop keeps the client's own. */
		if (b->known && b->port == c->train->conversation[i].port &&
		    d->other->field[d->field] == b->port)
			return a->known && d->reference->field[d->field] == a->port;
		if (wants_same_port(c->train, i) && a->known && b->known &&
		    d->reference->field[d->field] == a->port &&
		    d->other->field[d->field] == b->port &&
		    (same_class(b->port, c->train->conversation[i].port) ||
		     c->train->conversation[i].client == INTERNET))
			return true;
	}
	return false;
}

/* Of the client on the Internet, which natloop has nothing to do with. */
static bool port_by_the_routers_nat(const struct context *c, const struct difference *d)
{
	int i = c->step->conversation;
	const struct seen *a = &c->reference_play->seen[i], *b = &c->other_play->seen[i];

	if (c->train->conversation[i].client != INTERNET || d->kind != FIELD || !a->known ||
	    !b->known)
		return false;
	if (d->field != F_SPORT && d->field != F_DPORT && d->field != F_Q_SPORT &&
	    d->field != F_Q_DPORT)
		return false;
	return d->reference->field[d->field] == a->port && d->other->field[d->field] == b->port;
}

static bool id_of_answer(const struct context *c, const struct difference *d)
{
	return d->kind == FIELD && d->field == F_ID && is_answer(c, d->reference) &&
	       is_answer(c, d->other);
}

static bool id_of_fragments(const struct context *c, const struct difference *d)
{
	(void)c;
	return d->kind == FIELD && d->field == F_ID && d->reference->reassembled &&
	       d->other->reassembled;
}

/* What is no whole datagram yet, and never will be: the receiver gets nothing, either way. */
static bool incomplete(const struct context *c, const struct difference *d)
{
	return d->kind == EXTRA && c->step->kind == PIECES && is_translated_piece(c, d->other);
}

static bool one_of_two_pieces(const struct context *c, const struct difference *d)
{
	bool altered = false;

	for (int i = 0; i < c->step->pieces; i++)
		altered = altered || c->step->piece[i].altered;
	return altered && d->kind == FIELD && d->reference->reassembled && d->other->reassembled &&
	       (d->field == F_CONTENT || d->field == F_CHECK);
}

/* An error about a datagram that came in fragments quotes the ID that the receiver saw. */
static bool quoted_id_of_fragments(const struct context *c, const struct difference *d)
{
	enum side side = c->step->from_server ? SERVER_SIDE : CLIENT_SIDE;
	const struct wire *a = &c->reference_play->seen[c->step->conversation].got[side];
	const struct wire *b = &c->other_play->seen[c->step->conversation].got[side];

	return d->kind == FIELD && d->field == F_Q_ID && c->step->kind == COMPLAINT &&
	       d->reference->field[F_Q_ID] == get16(a->byte + 18) &&
	       d->other->field[F_Q_ID] == get16(b->byte + 18);
}

static bool error_of_a_stranger(const struct context *c, const struct difference *d)
{
	return d->kind == MISSING && c->step->kind == COMPLAINT && c->step->sender == OTHER_HOST &&
	       d->reference->field[F_PROTO] == IPPROTO_ICMP && !is_answer(c, d->reference);
}

/* TTL exceeded, and too big, are answered in place of the router's stack. */
static bool own_icmp(const struct context *c, const struct difference *d)
{
	if (d->kind != FIELD ||
	    (!is_icmp_answer(c, d->other, 11, 0) && !is_icmp_answer(c, d->other, 3, 4)))
		return false;
	if (d->field == F_FRAGMENT)
		return d->other->field[F_FRAGMENT] == FRAME_DF && d->other->field[F_ID] == 0;
	if (d->field == F_TOS)
		return d->other->field[F_TOS] == 0xc0 && d->reference->field[F_TOS] >> 5 == 6;
	return d->field == F_SRC && d->reference->field[F_SRC] == PUBLIC &&
	       d->other->field[F_SRC] == (d->other->field[F_WIRE] == ETH2 ? ROUTER_ETH2 : ROUTER);
}

static bool padding(const struct context *c, const struct difference *d)
{
	return d->kind == FIELD && d->field == F_TRAILER && c->in->frames == 1 &&
	       d->other->field[F_TRAILER] == c->in->frame[0].field[F_TRAILER];
}

/* One that only natloop passes on, or what the router answers instead. */
static bool passed_on(const struct context *c, const struct difference *d)
{
	if (d->kind == EXTRA)
		return is_translation(c, d->other) || is_icmp_answer(c, d->other, 3, 4) ||
		       is_icmp_answer(c, d->other, 11, 0);
	/* Both answer, each in its own words. */
	if (d->kind == FIELD)
		return is_answer(c, d->reference) &&
		       (is_icmp_answer(c, d->other, 3, 4) || is_icmp_answer(c, d->other, 11, 0));
	return d->kind == MISSING && is_answer(c, d->reference);
}

static bool wrong_checksum(const struct context *c, const struct difference *d)
{
	return c->train->verify && sent_wrong_checksum(c) && passed_on(c, d);
}

static bool transport_header(const struct context *c, const struct difference *d)
{
	bool lengths = c->step->flaw == IP_HEADER && c->step->packet.length_error;

	return (c->step->flaw == TRANSPORT_HEADER || lengths) && passed_on(c, d);
}

static bool reset_connection(const struct context *c, const struct difference *d)
{
	if (!after_reset(c))
		return false;
	/* Who gets the port next. */
	if (wants_same_port(c->train, c->step->conversation) && d->kind != FIELD)
		return true;
	return passed_on(c, d) || (c->step->kind == COMPLAINT && d->kind == EXTRA);
}

static bool untold_state(const struct context *c, const struct difference *d)
{
	if (!after_uncounted(c))
		return false;
	if (c->step->kind == COMPLAINT)
		return d->kind == EXTRA && d->other->field[F_PROTO] == IPPROTO_ICMP &&
		       !d->other->field[F_CHECK];
	return c->step->packet.proto == IPPROTO_TCP && passed_on(c, d);
}

static bool malformed_option(const struct context *c, const struct difference *d)
{
	if (d->kind == FIELD && c->step->flaw == IP_OPTION)
		return is_icmp_answer(c, d->reference, 12, 0) &&
		       (is_icmp_answer(c, d->other, 11, 0) || is_icmp_answer(c, d->other, 3, 4));
	if (d->kind == EXTRA && c->step->kind == COMPLAINT)
		return c->step->flaw == IP_OPTION;
	return c->step->flaw == IP_OPTION && passed_on(c, d);
}

/* Record route (7) or timestamp (0x44), in this packet or in the one that is quoted. */
static bool recorded_option(const struct context *c, const struct difference *d)
{
	const struct seen *seen = &c->other_play->seen[c->step->conversation];
	const struct step *s = c->step;
	enum field field = F_IP_OPTIONS;
	bool answer = d->other &&
		      (is_icmp_answer(c, d->other, 11, 0) || is_icmp_answer(c, d->other, 3, 4));

	if (s->kind == COMPLAINT && d->field == F_Q_IP_OPTIONS) {
		s = &c->train->step[seen->step[s->from_server ? SERVER_SIDE : CLIENT_SIDE]];
		field = F_Q_IP_OPTIONS;
	}
	answer = answer || (d->kind == MISSING && (is_icmp_answer(c, d->reference, 3, 4) ||
						   is_icmp_answer(c, d->reference, 11, 0)));
	return ((d->kind == FIELD && d->field == field) || answer) && s->packet.ip_options &&
	       (s->packet.ip_option[0] == 7 || s->packet.ip_option[0] == 0x44);
}

/* An error that is damaged itself, or quotes a damaged header. */
static bool bad_error(const struct context *c, const struct difference *d)
{
	const struct dissected *in = c->in->frame;

	return c->step->kind == COMPLAINT && d->kind == MISSING && c->in->frames == 1 &&
	       (in->field[F_CHECK] ||
		(in->field[F_Q_IP_CHECK] && in->field[F_Q_IP_CHECK] != ABSENT));
}

static bool tiny_fragment(const struct context *c, const struct difference *d)
{
	if (d->kind != MISSING || c->step->kind != PIECES || c->step->packet.proto != IPPROTO_TCP)
		return false;
	for (int i = 0; i < c->step->pieces; i++) {
		if (!c->step->piece[i].from && c->step->piece[i].length < TCP_HEADER)
			return true;
	}
	return false;
}

static bool reset_out_of_window(const struct context *c, const struct difference *d)
{
	return d->kind == EXTRA && c->step->packet.proto == IPPROTO_TCP &&
	       c->step->packet.flags & RST && is_translation(c, d->other);
}

static bool source_is_no_host(const struct context *c, const struct difference *d)
{
	(void)d;
	return c->step->kind == FREE && c->step->packet.src == ADDR(192, 168, 11, 255) &&
	       c->step->packet.dst == PUBLIC;
}

const struct allowance allowances[] = {
	{
		"port on collision",
		"Two clients with one port: either may be given any free port. netfilter counts "
		"only "
		"equal 5-tuples as a collision, natloop gives a socket one port for all "
		"destinations.",
		"RFC 4787 REQ-1, REQ-3; net/netfilter/nf_nat_core.c get_unique_tuple()",
		port_choice,
	},
	{
		"port by the router's NAT",
		"Where an address and a port on the Internet are taken, the router's own NAT "
		"chooses "
		"another port at random, in front of nftables' hairpin as in front of natloop.",
		"net/netfilter/nf_nat_core.c nf_nat_l4proto_unique_tuple()",
		port_by_the_routers_nat,
	},
	{
		"IP ID of answers",
		"Packets that a router makes itself have an IP ID of its own.",
		"RFC 6864 4; net/ipv4/inetpeer.c, __ip_select_ident()",
		id_of_answer,
	},
	{
		"IP ID of fragments",
		"Hosts that share an address now share its IDs, too: natloop gives each translated "
		"datagram in fragments a fresh one. conntrack keeps that of the sender.",
		"RFC 7857 3, RFC 6864 5.3; net/ipv4/netfilter/nf_defrag_ipv4.c",
		id_of_fragments,
	},
	{
		"incomplete datagram",
		"conntrack waits for the whole datagram, and drops one with overlapping or missing "
		"parts. "
		"natloop sends fragments on as they come, and drops those that overlap: the "
		"receiver "
		"never gets a whole one. That no whole one differs is compared.",
		"RFC 4787 REQ-14, RFC 1858, RFC 5722; net/ipv4/ip_fragment.c ip_frag_queue()",
		incomplete,
	},
	{
		"one of two fragments",
		"Of two fragments for the same place with different content either may be taken, "
		"and the "
		"order in which natloop lets go of those that waited is not theirs.",
		"RFC 791 3.2; net/ipv4/inet_fragment.c inet_frag_queue_insert()",
		one_of_two_pieces,
	},
	{
		"quoted IP ID of fragments",
		"An error about a datagram in fragments quotes the ID that natloop gave it. Hosts "
		"find the "
		"socket by addresses and ports.",
		"RFC 5508 4.2 names what is to be translated back: addresses and ports",
		quoted_id_of_fragments,
	},
	{
		"damaged ICMP error",
		"natloop leaves an error whose ICMP checksum, or whose quoted IP header, is wrong "
		"to the "
		"router, which drops it. conntrack looks at neither with nf_conntrack_checksum 0, "
		"and "
		"never at the quoted one.",
		"RFC 5508 REQ-3; net/netfilter/nf_conntrack_proto_icmp.c",
		bad_error,
	},
	{
		"tiny fragment",
		"A first fragment without the whole TCP header hides what decides about it. "
		"conntrack has "
		"the whole datagram by then.",
		"RFC 1858 3.2, RFC 3128",
		tiny_fragment,
	},
	{
		"RST out of window",
		"conntrack checks the sequence number of an RST even when it is liberal; natloop "
		"does not "
		"keep windows, the receiver does.",
		"RFC 5961 3; nf_conntrack_proto_tcp.c nf_conntrack_tcp_packet()",
		reset_out_of_window,
	},
	{
		"ICMP error of a stranger",
		"conntrack believes anybody who quotes a connection. natloop asks for the quoted "
		"receiver "
		"itself, or a router on the way to it.",
		"RFC 5508 REQ-4, RFC 5927 4; net/netfilter/nf_conntrack_proto_icmp.c",
		error_of_a_stranger,
	},
	{
		"source, DF and TOS of own ICMP",
		"natloop answers from the address of the interface, with DF and IP ID 0, and in "
		"the class "
		"of network control alone. The "
		"router's "
		"answer passes conntrack, which makes the public address its source.",
		"RFC 1812 4.3.2.4, RFC 6864 4.1; nf_nat_core.c nf_nat_icmp_reply_translation()",
		own_icmp,
	},
	{
		"padding",
		"Bytes behind the IP packet belong to nobody. The kernel cuts them off, natloop by "
		"XDP_TX or bpf_redirect() sends the frame with the length that it came with.",
		"RFC 894; net/ipv4/ip_input.c ip_rcv_core(), pskb_trim_rcsum()",
		padding,
	},
	{
		"wrong transport checksum",
		"conntrack calls the packet INVALID and does not translate it. natloop changes "
		"checksums by "
		"the difference: a wrong one stays wrong, and the receiver drops it. That it stays "
		"wrong "
		"by as much is compared in the trains with nf_conntrack_checksum 0.",
		"RFC 1624; net/netfilter/nf_conntrack_proto_tcp.c tcp_error()",
		wrong_checksum,
	},
	{
		"malformed transport header",
		"conntrack calls lengths or flags INVALID and does not translate. natloop needs "
		"the ports "
		"and the place of the checksum, and leaves what else is wrong to the receiver.",
		"RFC 5382 4 (a NAT must not judge segments); nf_conntrack_proto_tcp.c, "
		"nf_conntrack_proto_udp.c udp_error()",
		transport_header,
	},
	{
		"after RST",
		"conntrack forgets a connection that was not established at once, and calls what "
		"comes "
		"after an RST INVALID. natloop keeps the mapping for 4 minutes.",
		"RFC 7857 2.2; nf_conntrack_proto_tcp.c nf_conntrack_tcp_packet()",
		reset_connection,
	},
	{
		"TCP state",
		"A SYN, FIN or RST that was damaged, or came in fragments, before the right one: "
		"conntrack took it for said or not, calls what follows INVALID, or forgets the "
		"closed connection for a SYN that is dropped later. natloop passes on whatever "
		"belongs to the flow, errors about it too.",
		"RFC 5382 4 (a NAT must not judge segments); nf_conntrack_proto_tcp.c "
		"tcp_conntracks[]",
		untold_state,
	},
	{
		"malformed IP option",
		"natloop does not read IP options; the kernel does, and answers a parameter "
		"problem.",
		"net/ipv4/ip_options.c __ip_options_compile()",
		malformed_option,
	},
	{
		"source that is no host",
		"The broadcast address of the LAN is no client: natloop leaves such a packet to "
		"the router, "
		"which refuses it or not. The rules of the reference do not look.",
		"RFC 1812 5.3.7",
		source_is_no_host,
	},
	{
		"record route, timestamp",
		"natloop does not write its address into options. The kernel does, in the packet "
		"itself, in "
		"what it quotes, and it echoes the option in its answer.",
		"RFC 7126 4.6, 4.7; net/ipv4/ip_options.c ip_forward_options()",
		recorded_option,
	},
};

const int allowance_count = sizeof(allowances) / sizeof(allowances[0]);

int allowed(const struct context *c, const struct difference *d)
{
	for (int i = 0; i < allowance_count; i++) {
		if (allowances[i].applies(c, d))
			return i;
	}
	return -1;
}
