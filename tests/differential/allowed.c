// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "allowed.h"
#include "evidence.h"

/* RFC 4787 REQ-3a, REQ-4: same range, same parity. */
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

		if (wants_same_port(c->train, i) && a->known && b->known &&
		    d->reference->field[d->field] == a->port &&
		    d->other->field[d->field] == b->port &&
		    same_class(b->port, c->train->conversation[i].port))
			return true;
	}
	return false;
}

static bool id_of_answer(const struct context *c, const struct difference *d)
{
	return d->kind == FIELD && d->field == F_ID && is_answer(c, d->reference) &&
	       is_answer(c, d->other);
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
		return is_translation(c, d->other);
	return d->kind == MISSING && is_answer(c, d->reference);
}

static bool wrong_checksum(const struct context *c, const struct difference *d)
{
	return c->train->verify && sent_wrong_checksum(c) && passed_on(c, d);
}

static bool transport_header(const struct context *c, const struct difference *d)
{
	return c->step->flaw == TRANSPORT_HEADER && passed_on(c, d);
}

static bool reset_connection(const struct context *c, const struct difference *d)
{
	return after_reset(c) && passed_on(c, d);
}

static bool malformed_option(const struct context *c, const struct difference *d)
{
	return c->step->flaw == IP_OPTION && passed_on(c, d);
}

/* Record route (7) or timestamp (0x44). */
static bool recorded_option(const struct context *c, const struct difference *d)
{
	const struct craft *p = &c->step->packet;

	return d->kind == FIELD && d->field == F_IP_OPTIONS && p->ip_options &&
	       (p->ip_option[0] == 7 || p->ip_option[0] == 0x44);
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
		"IP ID of answers",
		"Packets that a router makes itself have an IP ID of its own.",
		"RFC 6864 4; net/ipv4/inetpeer.c, __ip_select_ident()",
		id_of_answer,
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
		"natloop does not write its address into options.",
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
